// `toomai serve`: MCP over HTTP at /mcp, the review page at /, /metrics, /healthz and /readyz.
#pragma once

#include "app/context.h"

namespace toomai::app {

void AddServeCommand(CLI::App& app, const Globals& globals, int* status);

}  // namespace toomai::app
