// What is sent around a caller's statement: the read-only transaction, its settings, and the way back. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "engine/options.h"
#include "engine/pg/connection.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {

// BEGIN READ ONLY (or `begin`) and the settings of this transaction. If any of it fails, the statement is skipped. The
// limits that hold for every statement of the database are told to a session of our own (Connection::direct) once,
// before its first transaction, and behind a pooler in each.
std::vector<Statement> OpenEnvelope(const Deadline& deadline, const ExecutionOptions& options,
                                    const StatementScope& scope, Connection* session, const char* begin = nullptr);
// What is sent behind a statement: the session forgets its transaction or everything.
std::vector<Statement> CloseEnvelope(const ExecutionOptions& options, Lease::Traces traces, Connection* session);
// The end of a transaction in the statement's own group: it comes with the last row, and is skipped when the statement
// failed or was stopped: Connection::in_transaction() says so.
Statement Rollback();
// Claims become settings of the session: the name must have two parts, so that no setting of the server can be meant.
Expected<void> CheckClaims(const StatementScope& scope);

// The server's own limit for the statement: the configured one, or what is left of the deadline plus a little, so that
// the cancel comes from us first.
milliseconds StatementTimeout(const Deadline& deadline, const ExecutionOptions& options);

}  // namespace toomai::engine::pg
