#include "engine/glossary_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schema/words.h"
#include "templates/derived_columns.h"

namespace toomai::engine {
namespace {

// "table", "schema.table", "table.column" or "schema.table.column", folded as the lexicon looks for them.
bool Exists(const schema::Schema& schema, const std::string& target) {
  const std::string wanted = schema::Fold(target);
  return std::any_of(schema.tables.begin(), schema.tables.end(), [&](const schema::Table& table) {
    const std::string bare = schema::Fold(table.name), full = schema::Fold(table.schema) + "." + bare;
    return wanted == bare || wanted == full ||
           std::any_of(table.columns.begin(), table.columns.end(), [&](const schema::Column& column) {
             const std::string name = "." + schema::Fold(column.name);
             return wanted == bare + name || wanted == full + name;
           });
  });
}

class Audit {
 public:
  Audit(const schema::Schema& schema, const validator::Checker& checker) : schema_(schema), checker_(checker) {}

  // Keeps the entries about which `fault` finds nothing to say.
  template <typename Entry, typename Fault>
  void Keep(std::vector<Entry>* entries, const char* kind, Fault fault) {
    std::erase_if(*entries, [&](const Entry& entry) {
      const std::optional<std::string> why = fault(entry);
      if (why) problems_.push_back("glossary: the " + std::string(kind) + " " + *why);
      return why.has_value();
    });
  }

  // Why the number, where the condition holds, cannot be asked of the table; nothing for a table that is not there.
  std::optional<std::string> Refusal(const std::string& word, const std::string& table, const std::string& number,
                                     const std::string& condition) const {
    const int t = templates::FindTable(schema_, table);
    if (t < 0) return std::nullopt;
    // One expression stands with parentheses around it and without: "a) OR (b" only with them, "a LIMIT 1" only
    // without.
    for (const auto& [open, close] : {std::pair{"(", ")"}, std::pair{"", ""}}) {
      std::string sql = "SELECT " + (open + number + close) + " FROM " + schema::QualifiedName(schema_, t);
      if (!condition.empty()) sql += " WHERE " + (open + condition + close);
      const validator::Verdict verdict = validator::Validate(sql, checker_);
      if (!verdict.allowed && !verdict.findings.empty())
        return "'" + word + "' is refused: " + verdict.findings.front().message;
    }
    return std::nullopt;
  }

  std::vector<std::string> TakeProblems() { return std::move(problems_); }

 private:
  const schema::Schema& schema_;
  const validator::Checker& checker_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> LeaveOutUnfounded(const schema::Schema& schema, const validator::Checker& checker,
                                           templates::Glossary* glossary) {
  Audit audit(schema, checker);
  audit.Keep(&glossary->synonyms, "synonym", [&](const templates::Synonym& one) -> std::optional<std::string> {
    if (Exists(schema, one.target)) return std::nullopt;
    return "'" + one.word + "' stands for '" + one.target + "', which does not exist";
  });
  audit.Keep(&glossary->terms, "term", [&](const templates::Term& one) {
    return one.condition.empty() ? std::nullopt : audit.Refusal(one.word, one.table, "1", one.condition);
  });
  audit.Keep(&glossary->metrics, "metric", [&](const templates::Metric& one) {
    return one.expression.empty() ? std::nullopt : audit.Refusal(one.word, one.table, one.expression, one.condition);
  });
  audit.Keep(&glossary->defaults, "default", [&](const templates::DefaultColumn& one) -> std::optional<std::string> {
    if (Exists(schema, one.table + "." + one.column)) return std::nullopt;
    return one.role + " of '" + one.table + "' is '" + one.column + "', which does not exist";
  });
  return audit.TakeProblems();
}

}  // namespace toomai::engine
