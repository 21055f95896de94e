#include "engine/pg/envelope.h"

#include <algorithm>
#include <iterator>
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

// Values that are plain words are sent as SET, which the server runs at half the cost of a SELECT; everything else
// (claims, role) travels as parameters of one SELECT set_config(…).
class Settings {
 public:
  enum class For { kTransaction, kSession };
  Settings(For scope, std::vector<Statement>* batch) : local_(scope == For::kTransaction), batch_(batch) {}

  // `name` is a literal of ours.
  void SetPlain(const std::string& name, const std::string& value) {
    if (!IsPlainWord(value)) return Set(name, value);
    batch_->emplace_back().sql = (local_ ? "SET LOCAL " : "SET ") + name + " = '" + value + "'";
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
  const bool local_;
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

// What a session is told for good.
struct Standing {
  std::vector<Statement> statements;
  std::string name;  // other settings have another one

  Standing(const ExecutionOptions& options, int server_version) {
    Settings settings(Settings::For::kSession, &statements);
    AddConstants(options, server_version, &settings);
    settings.NoticeLostClient(server_version);
    settings.Finish();
    for (const Statement& statement : statements) {
      name += statement.sql + "\n";
      for (const Parameter& value : statement.parameters) name += value.value_or("") + "\n";
    }
  }
};

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
                                    const StatementScope& scope, const Connection& session) {
  std::vector<Statement> opening(1);
  opening[0].sql = BeginText(options.isolation);
  Settings settings(Settings::For::kTransaction, &opening);
  settings.SetPlain("statement_timeout", std::to_string(StatementTimeout(deadline, options).count()));
  if (session.standing() != Standing(options, session.server_version()).name)
    AddConstants(options, session.server_version(), &settings);
  settings.SetPlain("application_name", scope.request_id.empty() ? "toomai" : "toomai " + scope.request_id);
  // Names mean what the validator took them for, whatever a session was told before.
  if (!scope.search_path.empty())
    opening.emplace_back().sql = "SET LOCAL search_path = " + SearchPathText(scope.search_path);
  for (const auto& [key, value] : scope.claims) settings.Set(key, value);
  if (!scope.role.empty()) settings.Set("role", scope.role);  // last: it may have fewer rights
  settings.Finish();
  return opening;
}

std::vector<Statement> CloseEnvelope(const ExecutionOptions& options, Lease::Traces traces, Connection* session) {
  std::vector<Statement> closing;
  if (traces == Lease::Traces::kNone) return closing;
  closing.push_back(InItsGroup("ROLLBACK"));
  if (traces == Lease::Traces::kAny) {
    closing.push_back(InItsGroup("DISCARD ALL"));
    session->set_standing("");
  }
  Standing standing(options, session->server_version());
  if (!session->direct() || session->standing() == standing.name) return closing;
  std::move(standing.statements.begin(), standing.statements.end(), std::back_inserter(closing));
  session->set_standing(std::move(standing.name));
  return closing;
}

}  // namespace toomai::engine::pg
