// `toomai mcp`: MCP over stdio, what a client's configuration starts. With --print-config it prints that configuration.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineMcpCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
