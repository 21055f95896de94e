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
  if (isolation == "serializable") return "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY";
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
           c == ' ';
  });
}

// Values that are plain words are sent as SET LOCAL, which the server runs at half the cost of a SELECT; everything
// else (search path, claims, role) travels as parameters of one SELECT set_config(…, true).
class Settings {
 public:
  explicit Settings(std::vector<Statement>* batch) : batch_(batch) {}

  // `name` is a literal of ours.
  void SetPlain(const std::string& name, const std::string& value) {
    if (!IsPlainWord(value)) return Set(name, value);
    batch_->emplace_back().sql = "SET LOCAL " + name + " = '" + value + "'";
  }
  void Set(std::string name, std::string value) {
    const auto place = rest_.parameters.size();
    rest_.sql += rest_.sql.empty() ? "SELECT " : ", ";
    rest_.sql += "pg_catalog.set_config($" + std::to_string(place + 1) + ", $" + std::to_string(place + 2) + ", true)";
    rest_.parameters.emplace_back(std::move(name));
    rest_.parameters.emplace_back(std::move(value));
  }
  void Finish() {
    if (!rest_.sql.empty()) batch_->push_back(std::move(rest_));
  }

 private:
  std::vector<Statement>* batch_;
  Statement rest_;
};

// A setting for superusers, unless it was granted (PostgreSQL 15). Where it may not be set, the server's own holds.
Statement LimitTempFiles(const std::string& limit, int server_version) {
  Statement statement;
  statement.sql = "SELECT pg_catalog.set_config('temp_file_limit', $1, true) WHERE ";
  statement.sql += server_version >= 150000 ? "pg_catalog.has_parameter_privilege('temp_file_limit', 'SET')"
                                            : "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)";
  statement.parameters.emplace_back(limit);
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
                                    const StatementScope& scope, int server_version) {
  std::vector<Statement> opening(1);
  opening[0].sql = BeginText(options.isolation);
  Settings settings(&opening);
  settings.SetPlain("statement_timeout", std::to_string(StatementTimeout(deadline, options).count()));
  settings.SetPlain("lock_timeout", std::to_string(options.lock_timeout.count()));
  settings.SetPlain("idle_in_transaction_session_timeout", std::to_string(options.idle_in_transaction_timeout.count()));
  if (!options.work_mem.empty()) settings.SetPlain("work_mem", options.work_mem);
  settings.SetPlain("row_security", "on");
  settings.SetPlain("application_name", scope.request_id.empty() ? "toomai" : "toomai " + scope.request_id);
  if (!scope.search_path.empty())
    opening.emplace_back().sql = "SET LOCAL search_path = " + SearchPathText(scope.search_path);
  for (const auto& [key, value] : scope.claims) settings.Set(key, value);
  if (!options.temp_file_limit.empty()) opening.push_back(LimitTempFiles(options.temp_file_limit, server_version));
  if (!scope.role.empty()) settings.Set("role", scope.role);  // last: it may have fewer rights
  settings.Finish();
  return opening;
}

}  // namespace toomai::engine::pg
