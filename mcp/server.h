// The MCP server: tools, resources and prompts over an Engine, spoken over stdio or streamable HTTP, in the stateless
// revision (2026-07-28) and in the handshake revisions before it (2025-11-25 to 2024-11-05), decided per message.
//
// Both functions block until the input ends or SIGTERM / SIGINT arrives, cancel what still runs, and return the exit
// status. They never wait for a database before the first answer.
#pragma once

#include <functional>
#include <string>

#include "engine/engine.h"
#include "mcp/options.h"

namespace toomai::mcp {

// stdout carries protocol lines only; logs go to stderr.
int RunMcpStdio(engine::Engine& engine, const ServerOptions& options);

// `ready` is called once with the URL when connections are accepted.
int RunMcpHttp(engine::Engine& engine, const ServerOptions& options,
               const std::function<void(const std::string& url)>& ready = {});

// docs/tools.md, made from the registry that clients see.
std::string ToolsAsMarkdown();

}  // namespace toomai::mcp
