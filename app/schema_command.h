// `toomai schema`: what a database looks like to toomai.
#pragma once

#include "app/context.h"

namespace toomai::app {

void DefineSchemaCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
