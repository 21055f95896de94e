// The values that travel through the engine: Question -> GeneratedSql -> (ValidatedSql) -> QueryResult -> Answer.
// Plain data; nothing here waits, locks or owns a connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace toomai::engine {

// Who is asking. Made at the door (stdio: the local user; HTTP: the token) and checked by the engine on every call.
struct Caller {
  std::string name = "local";
  std::string client;                                 // what the MCP client calls itself, or "cli"
  std::optional<std::vector<std::string>> databases;  // allowed databases; nullopt: all
  std::optional<std::vector<std::string>> tools;      // allowed tools; nullopt: all
  std::string database_role;                          // SET LOCAL ROLE for row-level security; empty: the login role
  std::map<std::string, std::string> claims;          // set_config(key, value, true) before the query
  bool may_review = false;                            // approve, reject, correct
  std::string trace_id;                               // W3C trace id, when the client sent one
};

// How the SQL was, or should be, made. kAuto follows DESIGN's order of preference.
enum class Source { kAuto, kApproved, kTemplate, kModel, kGrammar, kCache, kClient };
std::string_view ToString(Source source);  // "approved", "template", ...
std::optional<Source> ParseSource(std::string_view word);

struct Question {
  std::string text;
  std::string database;  // name of a configured database; empty: the default one
  std::string evidence;  // a hint from the asker, may be empty
  Source source = Source::kAuto;
  int samples = 0;              // candidates to compare; 0: by setting
  std::optional<bool> compare;  // candidates may be run, read-only, to compare their results; unset: by setting
  std::string today;            // YYYY-MM-DD to answer relative dates by; empty: today
  // An operator's template by its id, with its arguments; `text` is then for the history alone.
  std::string template_id;
  std::map<std::string, std::string> arguments;
};

struct Repair {
  std::string rule;  // "quote-identifier"
  std::string before, after;
  bool risky = false;  // "please check"
};

struct Alternative {
  std::string sql;
  std::string paraphrase;
  double confidence = 0;
};

struct Usage {
  std::string model;
  std::int64_t prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0;
  bool estimated = false;
  double cost = 0;  // in the currency of the configured prices
  int calls = 0;
};

// A stretch of the question, what it was taken for, and the rule that read it so.
struct ReadPart {
  std::size_t begin = 0, end = 0;  // bytes of the question
  std::string text, meaning, rule;
  std::string sql;  // the part of the statement that came of it; may be empty
};

// Why there is no SQL, and what would help.
struct Refusal {
  std::string reason;                       // one sentence for a person
  std::string rule;                         // of the validator, when SQL was written and is not allowed
  std::vector<std::string> unknown_words;   // words of the question nothing in the database explains
  std::vector<Alternative> readings;        // "did you mean …", best first
  std::string schema_context;               // linked part of the schema, for the client's own model
  std::vector<std::string> matched_values;  // "'vip' -> customer.segment"
  std::vector<std::string> rules;           // what SQL for execute must look like
};

struct GeneratedSql {
  std::string database;
  std::optional<std::string> sql;  // validated, canonical text with LIMIT; nullopt: refused
  std::string as_written;          // before mending and canonical spelling
  std::string to_run;              // says what `sql` says, without our LIMIT: what is run, kept and learned from
  Source source = Source::kAuto;
  double confidence = 0;  // a probability
  std::string language;   // "en", "zh", "ja": of the question
  std::string paraphrase;
  std::vector<std::string> assumptions;
  std::vector<std::string> warnings;
  std::vector<Repair> repairs;
  std::vector<Alternative> alternatives;
  std::vector<ReadPart> reading;        // how the rules read the question, in its order
  std::vector<std::string> tables;      // read by the statement, qualified
  std::string fingerprint;              // of the statement
  std::string origin;                   // "approved answer #42", "template top_customers", ...
  std::string verified_by;              // "grammar" when rule and model agree
  std::vector<std::string> parameters;  // values of $1, $2, … in the SQL (templates)
  Usage usage;
  std::string prompt_version;  // of the prompt a model was asked with
  Refusal refusal;
  std::map<std::string, double> timings_ms;  // stage -> milliseconds
  std::int64_t history_id = 0;
};

struct ResultColumn {
  std::string name;
  std::string type;  // format_type
  std::uint32_t type_oid = 0;
  bool masked = false;
};

using Cell = std::optional<std::string>;  // PostgreSQL's text; nullopt is NULL

struct QueryResult {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<Cell>> rows;
  bool truncated = false;
  std::string truncated_by;  // "rows", "bytes", "tokens", ""
  std::string cursor;        // for the next page; empty when there is none
  std::size_t bytes = 0;
  double elapsed_ms = 0;
  double age_s = -1;               // >= 0: from the result cache, this old
  std::string sql;                 // the text that was sent
  std::vector<std::string> notes;  // empty result explained, cells cut, ...
};

struct Budget {
  std::int64_t rows = 0, bytes = 0, tokens = 0, cell_bytes = 0;  // 0: by setting; settings are ceilings
};

struct ExecuteRequest {
  std::string database;
  std::string sql;
  std::vector<std::optional<std::string>> parameters;
  Budget budget;
  std::string cursor;    // continue instead of starting; sql is ignored
  bool paged = false;    // keep a cursor when there are more rows than the budget
  bool confirm = false;  // run although the cost gate asks
  std::chrono::milliseconds timeout{0};
  std::string question;  // for the history, if known
};

// Takes rows as they come, on the calling thread. Views die when the call returns.
class RowConsumer {
 public:
  virtual ~RowConsumer() = default;
  virtual void OnColumns(const std::vector<ResultColumn>& columns) = 0;
  virtual bool OnRow(const std::vector<std::optional<std::string_view>>& cells) = 0;  // false: no more, please
};

// Called while a call runs: stage ("linking", "model", "executing"), and how much of how much (0 total: unknown).
using Progress = std::function<void(std::string_view stage, double done, double total)>;

}  // namespace toomai::engine
