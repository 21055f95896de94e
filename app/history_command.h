// `toomai history`: what was asked, what people said of it, and proof that nobody changed it.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineHistoryCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
