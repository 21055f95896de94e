// `toomai demo`: wires the stage (app/demo.h) to the real engine and, with --serve, to the real server.
#pragma once

#include "app/context.h"

namespace toomai::app {

void AddDemoCommand(CLI::App& app, const Globals& globals, int* status);

}  // namespace toomai::app
