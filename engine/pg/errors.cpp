#include "engine/pg/errors.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace toomai::engine::pg {
namespace {

// https://www.postgresql.org/docs/current/errcodes-appendix.html
// The longest prefix wins; `hint` is used when the server gave none.
struct Rule {
  std::string_view prefix;
  ErrorCode code;
  bool retryable;
  std::string_view hint;
};

constexpr std::array kRules = {
    Rule{"08", ErrorCode::kUnavailable, true, "the database went away: try again, and see its log if it stays away"},
    Rule{"08P01", ErrorCode::kInternal, false, "the server did not understand what it was sent: please report this"},
    Rule{"0A", ErrorCode::kInvalidArgument, false, "this server cannot do that: write the statement another way"},
    Rule{"0L", ErrorCode::kRejected, false, "the role may not do that"},
    Rule{"0P", ErrorCode::kRejected, false, "check the configured statement role: it must exist and be granted"},
    Rule{"21", ErrorCode::kInvalidArgument, false,
         "a subquery used as a value must give at most one row: aggregate it or add a filter"},
    Rule{"22023", ErrorCode::kInvalidArgument, false, "a setting, role or argument has a value that is not allowed"},
    Rule{"22", ErrorCode::kInvalidArgument, false,
         "a value does not fit its type or operation: check literals, casts and divisions"},
    Rule{"23", ErrorCode::kRejected, false, ""},
    Rule{"25006", ErrorCode::kRejected, false, "only statements that read are run"},
    Rule{"25P03", ErrorCode::kUnavailable, true, "the transaction was idle for too long: start again"},
    Rule{"25", ErrorCode::kInternal, false, ""},
    Rule{"28", ErrorCode::kUnavailable, false,
         "check user, password and pg_hba.conf; `toomai doctor` shows what was tried"},
    Rule{"2F", ErrorCode::kRejected, false, ""},
    Rule{"3D", ErrorCode::kUnavailable, false, "check the name of the database in the configuration"},
    Rule{"3F", ErrorCode::kInvalidArgument, false, "check the schema name"},
    Rule{"40", ErrorCode::kUnavailable, true, "a conflict with another transaction: try again"},
    Rule{"42501", ErrorCode::kRejected, false, "the role may not read this: ask for a GRANT, or leave it out"},
    Rule{"42P01", ErrorCode::kInvalidArgument, false,
         "no such table: look at the schema, or refresh it when it changed"},
    Rule{"42703", ErrorCode::kInvalidArgument, false,
         "no such column: look at the schema, or refresh it when it changed"},
    Rule{"42883", ErrorCode::kInvalidArgument, false, "no function or operator takes these types: add a cast"},
    Rule{"42", ErrorCode::kInvalidArgument, false, "correct the statement"},
    Rule{"53300", ErrorCode::kUnavailable, true,
         "the server has no connection left: try again, or lower the pool's max"},
    Rule{"53400", ErrorCode::kRejected, false,
         "the statement needs more temporary space than is allowed: filter, aggregate or sort less"},
    Rule{"53", ErrorCode::kUnavailable, true, "the server is short of memory or disk: ask for less, or try later"},
    Rule{"54", ErrorCode::kInvalidArgument, false,
         "the statement is too complex or its values too large: ask for less"},
    Rule{"55P03", ErrorCode::kBusy, true, "another session holds a lock on this table: try again"},
    Rule{"55", ErrorCode::kRejected, false, ""},
    Rule{"57014", ErrorCode::kCancelled, false, ""},
    Rule{"57", ErrorCode::kUnavailable, true, "the server is stopping or starting: try again"},
    Rule{"58", ErrorCode::kUnavailable, false, "the server met a damaged file or a full disk: see its log"},
    Rule{"P0", ErrorCode::kInvalidArgument, false, "a function in the database raised this"},
    Rule{"XX", ErrorCode::kInternal, false, "the server reports an internal error: see its log"},
};

const Rule* FindRule(std::string_view sqlstate) {
  const Rule* best = nullptr;
  for (const Rule& rule : kRules) {
    if (sqlstate.substr(0, rule.prefix.size()) != rule.prefix) continue;
    if (best == nullptr || rule.prefix.size() > best->prefix.size()) best = &rule;
  }
  return best;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// 57014 has one code for several causes; the words tell them apart (untranslated where lc_messages is C or English).
void RefineCancel(Error* error) {
  if (Contains(error->message, "statement timeout")) {
    error->code = ErrorCode::kDeadlineExceeded;
    error->hint = "ask for less (filter, aggregate), or raise execution.statement_timeout";
  } else {
    error->retryable = true;
    error->hint = "somebody cancelled the statement on the server: try again";
  }
}

}  // namespace

Error ToError(const ServerMessage& message) {
  if (message.sqlstate.empty()) return ConnectionError("talking to the database", message.primary);
  const Rule* rule = FindRule(message.sqlstate);
  Error error(rule ? rule->code : ErrorCode::kInternal, CleanUtf8(message.primary), CleanUtf8(message.hint));
  if (!message.detail.empty()) error.message += " (" + CleanUtf8(message.detail) + ")";
  error.sqlstate = message.sqlstate;
  error.position = message.position;
  error.retryable = rule != nullptr && rule->retryable;
  if (error.hint.empty() && rule != nullptr) error.hint = rule->hint;
  if (message.sqlstate == "57014") RefineCancel(&error);
  error.message = Redact(error.message);
  return error;
}

bool MessageIsFreeOfData(std::string_view sqlstate) {
  // Classes, and single codes of those in which text parsers (tsquery, jsonpath, xml) report what they were given.
  constexpr std::array kFree = {"08",    "0A",    "25",    "28",    "3D",    "3F",    "40",    "53",    "55",
                                "57",    "58",    "42501", "42P01", "42703", "42702", "42883", "42725", "42804",
                                "42803", "42809", "42846", "42P02", "42P10", "42P18", "42P20", "54001", "54023"};
  return sqlstate.empty() ||
         std::any_of(kFree.begin(), kFree.end(), [&](std::string_view free) { return sqlstate.starts_with(free); });
}

Error WithoutData(Error error) {
  if (MessageIsFreeOfData(error.sqlstate)) return error;
  error.message = "the database refused the statement (SQLSTATE " + error.sqlstate +
                  "); its message is withheld because it may quote a protected value";
  const Rule* rule = FindRule(error.sqlstate);
  error.hint = rule != nullptr ? std::string(rule->hint) : std::string();
  return error;
}

Error ConnectionError(std::string_view doing, std::string_view libpq_message) {
  std::string text = Redact(Trim(libpq_message));
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  Error error(ErrorCode::kUnavailable, "lost the database while " + std::string(doing),
              "check that the server runs and can be reached; the next call tries again");
  if (!text.empty()) error.message += ": " + CleanUtf8(text);
  return error;
}

}  // namespace toomai::engine::pg
