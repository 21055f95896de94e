// The tables of the state file, and the steps from each older version to the newest.
#pragma once

#include "base/error.h"
#include "cache/sqlite.h"

namespace toomai::cache {

// What this program writes; a file with a higher number was made by a newer one and is refused.
int CurrentVersion();

// Brings the file to CurrentVersion() in one transaction. Several processes may call this at once.
Expected<void> Migrate(Connection& connection);

}  // namespace toomai::cache
