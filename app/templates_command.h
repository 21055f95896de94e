// `toomai templates`: what operator templates there are, why one is disabled, and what a question would match.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineTemplatesCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
