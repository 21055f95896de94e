// `toomai config`: the configuration as it is, where each value comes from, and whether it is right.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineConfigCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
