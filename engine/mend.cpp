#include "engine/mend.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "engine/mend_rules.h"

namespace toomai::engine {

namespace mend {

std::string Parenthesized(const validator::Tree& tree, validator::NodeId node) {
  const std::string text(TextOf(tree, node));
  using Kind = validator::NodeKind;
  switch (tree[node].kind) {
    case Kind::kColumnRef:
    case Kind::kFunctionCall:
    case Kind::kSpecialCall:
    case Kind::kLiteral:
    case Kind::kParameter:
    case Kind::kSubquery:
      return text;
    default:
      break;
  }
  return "(" + text + ")";
}

std::vector<validator::NodeId> ParentsOf(const validator::Tree& tree) {
  std::vector<validator::NodeId> parents(tree.size(), validator::kNoNode);
  for (validator::NodeId id = 0; id < tree.size(); ++id) {
    for (validator::NodeId child : tree.Children(id)) {
      if (child != validator::kNoNode) parents[child] = id;
    }
  }
  return parents;
}

std::string CatalogSpelling(const schema::Schema& schema, std::string_view name) {
  const std::string lower = AsciiLower(name);
  std::string found;
  for (const schema::Table& table : schema.tables) {
    if (table.name == name) return table.name;
    if (AsciiLower(table.name) == lower) found = table.name;
    for (const schema::Column& column : table.columns) {
      if (column.name == name) return column.name;
      if (found.empty() && AsciiLower(column.name) == lower) found = column.name;
    }
  }
  return found;
}

// Double-quoted strings, backticks and the like: written for MySQL or SQLite, whose LIKE does not look at case.
bool LooksForeign(const std::vector<Repair>& repairs) {
  static const std::unordered_set<std::string> kHabits = {
      "string-quotes", "quote-identifier", "operator", "limit-offset", "interval", "function", "like-binary"};
  return std::any_of(repairs.begin(), repairs.end(),
                     [](const Repair& repair) { return kHabits.count(repair.rule) > 0; });
}

// Nothing was changed so far that PostgreSQL would have refused.
bool RunsAsWritten(const std::vector<Repair>& repairs) {
  static const std::unordered_set<std::string> kOfRunning = {"scalar-subquery", "integer-ratio", "null-test",
                                                             "value-spelling", "ilike"};
  return std::all_of(repairs.begin(), repairs.end(),
                     [](const Repair& repair) { return kOfRunning.count(repair.rule) > 0; });
}

namespace {

using Family = void (*)(const Statement&, Edits*);
// Quotes before names (a string is no name), names before types (types need names), types before values.
constexpr Family kFamilies[] = {Quotes, Functions, Tables, Joins, Columns, Types, Subqueries, Grouping, Values};

}  // namespace
}  // namespace mend

Mended Mend(std::string_view sql, const MendContext& context) {
  Mended mended;
  mended.sql = std::string(sql);
  validator::ParseOptions options;
  validator::Tree tree;
  std::unordered_set<std::string> seen;
  for (int round = 0; round < kMaxMendRounds; ++round) {
    // A text that was there before means two rules undo each other.
    if (!seen.insert(mended.sql).second) break;
    Edits edits;
    validator::ParseError error;
    mended.parses = validator::Parse(mended.sql, options, &tree, &error);
    if (mended.parses) {
      const StatementScopes scopes(tree, *context.schema);
      const mend::Statement statement{tree, scopes, context, mend::LooksForeign(mended.repairs),
                                      mend::RunsAsWritten(mended.repairs)};
      for (mend::Family family : mend::kFamilies) {
        family(statement, &edits);
        if (!edits.empty()) break;
      }
    } else {
      if (error.finding.rule != "syntax-error" || mended.sql.size() > options.limits.statement_bytes) break;
      mend::Syntax(mended.sql, error, context, &edits);
    }
    if (edits.empty()) break;
    mended.sql = edits.Apply(mended.sql, &mended.repairs);
  }
  return mended;
}

}  // namespace toomai::engine
