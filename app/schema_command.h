// `toomai schema`: what a database looks like to toomai.
#pragma once

#include "app/context.h"

namespace toomai::app {

void AddSchemaCommand(CLI::App& app, const Globals& globals, int* status);

}  // namespace toomai::app
