// SQL text -> verdict. The one place that decides whether a statement may run.
//
// The argument: a statement is allowed only when (1) our lexer and parser understood every token of it as one read-only
// query, (2) every name in it resolved against the catalog, (3) every rule of rules.def was silent, and (4) the text
// that will be sent was rebuilt from the checked tokens, read again and found to be the same statement plus a LIMIT.
// What the parser does not know is refused. Pure functions, standard library only; any thread, no shared state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validator/catalog.h"
#include "validator/policy.h"

namespace toomai::validator {

// What is wrong, where. Offsets are bytes of the text that was given.
struct Finding {
  std::string rule;  // id in rules.def: "not-read-only", "unknown-column", ...
  std::size_t begin = 0, end = 0;
  std::string message;                  // one sentence
  std::string hint;                     // what to do; may be empty
  std::vector<std::string> candidates;  // nearest names, best first
  std::string sqlstate;                 // what PostgreSQL would say, when it would: 42601, 42P01, 42703, 42702
};

// A base column: schema.table.column.
struct ColumnRef {
  std::string schema, table, column;
  friend bool operator==(const ColumnRef&, const ColumnRef&) = default;
  friend auto operator<=>(const ColumnRef&, const ColumnRef&) = default;
};

struct OutputColumn {
  std::string name;
  std::vector<ColumnRef> lineage;  // every base column that feeds the value
  bool exact = true;               // false: a plain copy is not guaranteed (expression, aggregate, cast)
  bool is_plain = false;           // the value is one base column, unchanged
};

// What the statement reads and does; for policies, history and paraphrase.
struct StatementFacts {
  std::vector<std::string> tables;     // "schema.table", sorted, unique
  std::vector<ColumnRef> columns;      // base columns referenced anywhere
  std::vector<std::string> functions;  // as written, folded
  std::vector<OutputColumn> outputs;
  int joins = 0, subqueries = 0, ctes = 0, set_operations = 0, aggregates = 0, windows = 0, depth = 0;
  bool has_limit = false, has_order = false, has_group = false, distinct = false;
  int max_parameter = 0;  // highest $n
};

// A byte of the text that is sent, and the byte of what the user wrote that it comes from.
struct CanonicalOffset {
  std::uint32_t sent, original;
  bool operator==(const CanonicalOffset&) const = default;
};

// A statement that may be sent to the server. Only Validate() makes one.
class ValidatedSql {
 public:
  class Key {
    friend class ValidatedSqlMaker;
    Key() = default;
  };
  explicit ValidatedSql(Key) {}

  const std::string& text() const { return text_; }
  const StatementFacts& facts() const { return facts_; }
  const std::string& fingerprint() const { return fingerprint_; }
  const std::string& normalized() const { return normalized_; }  // literals replaced by $n-like marks
  std::int64_t limit() const { return limit_; }                  // the cap in force
  // Where byte `offset` of text() came from in what the user wrote.
  std::size_t OriginalOffset(std::size_t offset) const;

 private:
  friend class ValidatedSqlMaker;
  std::string text_, fingerprint_, normalized_;
  StatementFacts facts_;
  std::int64_t limit_ = 0;
  std::vector<CanonicalOffset> offsets_;
};

struct Verdict {
  bool allowed = false;
  std::vector<Finding> findings;    // empty when allowed; the first is the one to show
  std::optional<ValidatedSql> sql;  // set when allowed
  std::string statement_kind;       // "SELECT", "DELETE", "" when nothing was recognised
};

// `catalog` may be null: names are then not resolved (syntax only: "is it one read-only SELECT?").
Verdict Validate(std::string_view sql, const Catalog* catalog, const Policy& policy);

// The finding as a person likes it: message, source line, caret, hint. No colour.
std::string Render(const Finding& finding, std::string_view sql);
// One line with candidates, for a model.
std::string RenderForModel(const Finding& finding, std::string_view sql);

}  // namespace toomai::validator
