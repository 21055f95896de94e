// What cannot be seen key by key: values that do not go together.
#pragma once

#include "app/config_tree.h"
#include "app/options.h"

namespace toomai::app {

void CheckCombinations(const ConfigNode& tree, const AppOptions& options, Problems* problems);
// That the databases which tokens are limited to are there.
void CheckTokenDatabases(const ConfigNode& tree, const AppOptions& options, Problems* problems);

}  // namespace toomai::app
