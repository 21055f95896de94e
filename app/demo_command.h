// `toomai demo`: wires the stage (app/demo.h) to the real engine and, with --serve, to the real server.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineDemoCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
