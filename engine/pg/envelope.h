// What is sent around a caller's statement: the read-only transaction, its settings, and the way back. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "engine/options.h"
#include "engine/pg/connection.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {

// BEGIN READ ONLY and one SELECT set_config(…, true) with everything the statement runs under. A first group's start:
// if any of it fails, the statement is skipped.
std::vector<Statement> OpenEnvelope(const Deadline& deadline, const ExecutionOptions& options,
                                    const StatementScope& scope, int server_version);
// Claims become settings of the session: the name must have two parts, so that no setting of the server can be meant.
Expected<void> CheckClaims(const StatementScope& scope);

// The server's own limit for the statement: the configured one, or what is left of the deadline plus a little, so that
// the cancel comes from us first.
milliseconds StatementTimeout(const Deadline& deadline, const ExecutionOptions& options);

}  // namespace toomai::engine::pg
