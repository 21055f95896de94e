// The tables of the history in PostgreSQL, made and brought up to date on first use.
#pragma once

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/connection.h"

namespace toomai::engine::pg {

// Several instances may come at the same time: one does the work, the others wait for it.
Expected<void> MigrateHistory(Connection& connection, const Deadline& deadline);

}  // namespace toomai::engine::pg
