// What is sent around a caller's statement: the read-only transaction, its settings, and the way back. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "engine/options.h"
#include "engine/pg/connection.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {

// BEGIN READ ONLY and the settings of this transaction, as far as the session does not have
// them already. A first group's start: if any of it fails, the statement is skipped.
std::vector<Statement> OpenEnvelope(const Deadline& deadline, const ExecutionOptions& options,
                                    const StatementScope& scope, const Connection& session);
// What is sent behind a statement: the session forgets it, and one of our own (Connection::direct) is told, once, the
// limits that every statement of the database runs under.
std::vector<Statement> CloseEnvelope(const ExecutionOptions& options, Lease::Traces traces, Connection* session);
// Claims become settings of the session: the name must have two parts, so that no setting of the server can be meant.
Expected<void> CheckClaims(const StatementScope& scope);

// The server's own limit for the statement: the configured one, or what is left of the deadline plus a little, so that
// the cancel comes from us first.
milliseconds StatementTimeout(const Deadline& deadline, const ExecutionOptions& options);

}  // namespace toomai::engine::pg
