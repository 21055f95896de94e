// The operator's words: what the people who ask say, in terms of the schema. Plain data, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace toomai::templates {

// Another name for a table or a column: {"client", "public.customers"}, {"revenue", "orders.total"}.
struct Synonym {
  std::string word;    // one word or a short phrase, any language
  std::string target;  // "table", "schema.table", "table.column" or "schema.table.column"
};

// A word that stands for a condition: {"active customer", "customers", "status = 'active'"}; the word may also name the
// table.
struct Term {
  std::string word;
  std::string table;      // the table whose rows the condition is about
  std::string condition;  // SQL over that table's columns, written without qualifier
};

// A word that stands for a number: {"revenue", "orders", "sum(total)"}.
struct Metric {
  std::string word;
  std::string table;
  std::string expression;  // an aggregate over that table's columns, written without qualifier
  std::string condition;   // optional, ANDed when the metric is used
};

// Which column is meant when a question names none.
struct DefaultColumn {
  std::string table;
  std::string role;  // "display", "time" or "measure"
  std::string column;
};

struct Glossary {
  std::vector<Synonym> synonyms;
  std::vector<Term> terms;
  std::vector<Metric> metrics;
  std::vector<DefaultColumn> defaults;
  bool empty() const { return synonyms.empty() && terms.empty() && metrics.empty() && defaults.empty(); }
};

// Reads YAML:
//   synonyms: {client: customers, turnover: orders.total}
//   terms:    [{word: active customer, table: customers, condition: "status = 'active'"}]
//   metrics:  [{word: revenue, table: orders, expression: sum(total), condition: "status <> 'void'"}]
//   defaults: [{table: customers, display: name, time: created_at, measure: credit}]
// Names are not checked here; the engine ignores (and reports) those that the schema does not have.
Expected<Glossary> ParseGlossary(std::string_view yaml, std::string_view source_name);

}  // namespace toomai::templates
