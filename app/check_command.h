// `toomai check`: SQL -> verdict, for people (carets), for programs (--json) and by the thousand (--batch).
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineCheckCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
