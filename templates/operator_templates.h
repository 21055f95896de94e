// Templates that operators write in YAML: patterns of questions, typed parameters, SQL with :parameters.
//
//   - id: top_customers
//     description: customers by revenue
//     patterns:
//       en: ["top {n} customers [by revenue] [in|during] {period}"]
//       zh: ["{period}(的)?销售额最高的(前)?{n}(个|名)?客户(是谁)?"]
//     params:
//       n: {type: int, min: 1, max: 1000, default: 10}
//       period: {type: date_range, default: last month}
//     sql: SELECT … WHERE o.placed_at >= :period.start AND o.placed_at < :period.end … LIMIT :n
//     tests: ["top 3 customers in 2024"]
//
// What a question says is bound as $1, $2, …, never pasted. Written into the text are only a table, a column and an
// order, from names that the schema has, and the expression that our own date rules make of a period. SQL and tests are
// checked against the schema when the templates are loaded; what is broken is disabled, with the reason. Immutable
// after Load; any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "templates/parameters.h"
#include "templates/pattern.h"

namespace toomai::templates {

struct OperatorTemplate {
  std::string id, title, description, source;  // source: file:line
  std::vector<Pattern> patterns;
  std::vector<Parameter> parameters;
  std::string sql;
  std::vector<std::string> tests;  // questions that must match this template
  bool expose_as_tool = false;
  std::string disabled;  // why it is not used; empty: in use
};

struct TemplateAnswer {
  std::string id;
  std::string sql;  // with $1, $2, …
  std::vector<std::string> parameters;
  std::vector<std::string> bound;  // "n = 10", "period = 2024-01-01 … 2024-02-01"
};

class OperatorTemplates {
 public:
  // A template whose form is wrong is disabled, with each problem and its line. An error: the file is no list at all.
  static Expected<std::vector<OperatorTemplate>> Parse(std::string_view yaml, const std::string& source_name);

  using Environment = TemplateEnvironment;
  static std::shared_ptr<const OperatorTemplates> Load(std::vector<OperatorTemplate> templates,
                                                       Environment environment);

  std::optional<TemplateAnswer> Match(std::string_view question, std::string_view today) const;
  // The same with the parameters given by name, as a tool call does.
  Expected<TemplateAnswer> Fill(const std::string& id, const std::map<std::string, std::string>& arguments,
                                std::string_view today) const;
  const std::vector<OperatorTemplate>& all() const { return templates_; }
  const Environment& environment() const { return environment_; }

 private:
  Expected<TemplateAnswer> Bind(const OperatorTemplate& one, const std::map<std::string, std::string>& given,
                                std::string_view today) const;
  std::optional<TemplateAnswer> MatchOne(const OperatorTemplate& one, std::string_view question,
                                         std::string_view today) const;
  void Check(OperatorTemplate* one) const;

  std::vector<OperatorTemplate> templates_;
  Environment environment_;
};

}  // namespace toomai::templates
