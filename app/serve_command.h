// `toomai serve`: MCP over HTTP at /mcp, the review page at /, /metrics, /healthz and /readyz.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineServeCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
