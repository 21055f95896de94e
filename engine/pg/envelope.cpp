#include "engine/pg/envelope.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "schema/schema.h"

namespace toomai::engine::pg {
namespace {

constexpr milliseconds kOursFirst{100};

const char* BeginText(const std::string& isolation) {
  if (isolation == "repeatable read") return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  return "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
}

// pg_temp is searched first unless it is named: name it, last. Quoted names may stand in a statement of ours.
std::string SearchPathText(const std::vector<std::string>& schemas) {
  std::vector<std::string> quoted;
  for (const std::string& schema : schemas) quoted.push_back(schema::QuoteIdentifier(schema));
  quoted.emplace_back("pg_temp");
  return Join(quoted, ", ");
}

// Nothing that needs quoting: may stand between quotes in a statement of ours.
bool IsPlainWord(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ' ';
  });
}

// Values that are plain words are sent as SET, which costs the server less than a SELECT that it has to read and plan;
// everything else (claims, role) travels as parameters of one SELECT set_config(…). Where that can be kept prepared, it
// costs less than two SETs, and everything does.
class Settings {
 public:
  enum class For { kTransaction, kKeptTransaction, kSession };
  Settings(For scope, std::vector<Statement>* batch)
      : local_(scope != For::kSession), together_(scope == For::kKeptTransaction), batch_(batch) {
    rest_.comes_again = together_;
  }

  // `name` is a literal of ours.
  void SetPlain(const std::string& name, const std::string& value) {
    if (together_ || !IsPlainWord(value)) return Set(name, value);
    batch_->emplace_back().sql = (local_ ? "SET LOCAL " : "SET ") + name + " = '" + value + "'";
  }
  void SetPath(const std::string& path) {
    if (together_) return Set("search_path", path);
    batch_->emplace_back().sql = "SET LOCAL search_path = " + path;
  }
  void Set(std::string name, std::string value) {
    const auto place = rest_.parameters.size();
    rest_.sql += rest_.sql.empty() ? "SELECT " : ", ";
    rest_.sql += "pg_catalog.set_config($" + std::to_string(place + 1) + ", $" + std::to_string(place + 2) +
                 (local_ ? ", true)" : ", false)");
    rest_.parameters.emplace_back(std::move(name));
    rest_.parameters.emplace_back(std::move(value));
  }
  void Finish() {
    if (!rest_.sql.empty()) batch_->push_back(std::move(rest_));
  }

  // A client that is gone is noticed by servers that can.
  void NoticeLostClient(int server_version) {
    if (server_version < 140000) return;
    batch_->emplace_back().sql =
        std::string("SELECT pg_catalog.set_config('client_connection_check_interval', '2s', ") +
        (local_ ? "true" : "false") + ") WHERE pg_catalog.version() LIKE '%linux%'";
  }
  // A setting for superusers, unless it was granted (PostgreSQL 15). Where it may not be set, the server's own holds.
  void LimitTempFiles(const std::string& limit, int server_version) {
    Statement& statement = batch_->emplace_back();
    statement.sql = "SELECT pg_catalog.set_config('temp_file_limit', $1, ";
    statement.sql += local_ ? "true) WHERE " : "false) WHERE ";
    statement.sql += server_version >= 150000
                         ? "pg_catalog.has_parameter_privilege('temp_file_limit', 'SET')"
                         : "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)";
    statement.parameters.emplace_back(limit);
  }

 private:
  const bool local_, together_;
  std::vector<Statement>* batch_;
  Statement rest_;
};

// What is the same for every statement of a database.
void AddConstants(const ExecutionOptions& options, int server_version, Settings* settings) {
  settings->SetPlain("lock_timeout", std::to_string(options.lock_timeout.count()));
  settings->SetPlain("idle_in_transaction_session_timeout",
                     std::to_string(options.idle_in_transaction_timeout.count()));
  if (!options.work_mem.empty()) settings->SetPlain("work_mem", options.work_mem);
  settings->SetPlain("row_security", "on");
  settings->SetPlain("cursor_tuple_fraction", "1");  // a statement read by pages is planned as for the whole result
  if (!options.temp_file_limit.empty()) settings->LimitTempFiles(options.temp_file_limit, server_version);
}

// What a session is told for good, in a group of its own.
void TellLimits(const ExecutionOptions& options, Connection* session, std::vector<Statement>* batch) {
  Settings settings(Settings::For::kSession, batch);
  AddConstants(options, session->server_version(), &settings);
  settings.NoticeLostClient(session->server_version());
  settings.Finish();
  batch->back().ends_group = true;
  session->NoteLimits();
}

Statement InItsGroup(const char* sql) {
  Statement statement;
  statement.sql = sql;
  statement.ends_group = true;
  return statement;
}

bool IsNamePart(std::string_view part) {
  if (part.empty() || part.size() > 63 || (part[0] >= '0' && part[0] <= '9')) return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

milliseconds StatementTimeout(const Deadline& deadline, const ExecutionOptions& options) {
  milliseconds timeout = deadline.Remaining() + kOursFirst;
  if (options.statement_timeout.count() > 0) timeout = std::min(timeout, options.statement_timeout);
  return std::max(timeout, milliseconds(1));
}

Expected<void> CheckClaims(const StatementScope& scope) {
  for (const auto& [key, value] : scope.claims) {
    const std::vector<std::string> parts = Split(key, '.');
    const bool named =
        parts.size() >= 2 && std::all_of(parts.begin(), parts.end(), [](const auto& p) { return IsNamePart(p); });
    if (!named) {
      return Fail(ErrorCode::kInvalidArgument, "\"" + Ellipsis(CleanUtf8(key), 80) + "\" cannot be the name of a claim",
                  "claims are settings with a dot in their name, such as app.tenant");
    }
  }
  return {};
}

std::vector<Statement> OpenEnvelope(const Deadline& deadline, const ExecutionOptions& options,
                                    const StatementScope& scope, Connection* session, const char* begin) {
  std::vector<Statement> opening;
  opening.reserve(8);
  if (session->direct() && !session->knows_limits()) TellLimits(options, session, &opening);
  Statement& first = opening.emplace_back();
  first.sql = begin != nullptr ? begin : BeginText(options.isolation);
  first.comes_again = true;
  Settings settings(session->direct() ? Settings::For::kKeptTransaction : Settings::For::kTransaction, &opening);
  settings.SetPlain("statement_timeout", std::to_string(StatementTimeout(deadline, options).count()));
  if (!session->direct()) AddConstants(options, session->server_version(), &settings);
  settings.SetPlain("application_name", scope.request_id.empty() ? "toomai" : "toomai " + scope.request_id);
  // Names mean what the validator took them for, whatever a session was told before.
  if (!scope.search_path.empty()) settings.SetPath(SearchPathText(scope.search_path));
  for (const auto& [key, value] : scope.claims) settings.Set(key, value);
  if (!scope.role.empty()) settings.Set("role", scope.role);  // last: it may have fewer rights
  settings.Finish();
  return opening;
}

std::vector<Statement> CloseEnvelope(const ExecutionOptions& options, Lease::Traces traces, Connection* session) {
  std::vector<Statement> closing;
  if (traces == Lease::Traces::kNone) return closing;
  closing.push_back(InItsGroup("ROLLBACK"));
  if (traces == Lease::Traces::kInTransaction) return closing;
  closing.push_back(InItsGroup("DISCARD ALL"));
  session->NoteReset();
  if (session->direct()) TellLimits(options, session, &closing);
  return closing;
}

Statement Rollback() {
  Statement statement;
  statement.sql = "ROLLBACK";
  statement.comes_again = true;
  return statement;
}

}  // namespace toomai::engine::pg
