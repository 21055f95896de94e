// The MCP server: tools, resources and prompts over an Engine, spoken over stdio or streamable HTTP, in the stateless
// revision (2026-07-28) and in the handshake revisions before it (2025-11-25 to 2024-11-05), decided per message.
//
// Both functions block until the input ends or SIGTERM / SIGINT arrives, cancel what still runs, and return the exit
// status. They never wait for a database before the first answer.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "engine/engine.h"
#include "engine/write.h"
#include "mcp/options.h"

namespace toomai::mcp {

// How the owner of the engine says that databases came or went, or that what describes them has changed: clients are
// told what they should list again. Thread-safe; nobody is told while no server runs.
class DatabasesNotice {
 public:
  void Tell(bool came_or_went);
  // The engine has found, perhaps by itself, that a schema is another than before.
  void SchemaChanged(const std::string& database);

 private:
  friend class NoticeScope;  // server.cpp
  std::mutex mutex_;
  std::function<void(bool)> publish_;
  std::function<void(const std::string&)> schema_changed_;
};

// stdout carries protocol lines only; logs go to stderr. Without a writer nothing can be changed.
int RunMcpStdio(engine::Engine& engine, const ServerOptions& options, DatabasesNotice* databases_changed = nullptr,
                engine::Writer* writer = nullptr);

// `ready` is called once with the URL when connections are accepted. With a stop token it is that which ends the
// server, and signals are left to whoever handles them.
int RunMcpHttp(engine::Engine& engine, const ServerOptions& options,
               const std::function<void(const std::string& url)>& ready = {},
               DatabasesNotice* databases_changed = nullptr, engine::Writer* writer = nullptr,
               const std::stop_token& stop = {});

// docs/tools.md, made from the registry that clients see.
std::string ToolsAsMarkdown();

}  // namespace toomai::mcp
