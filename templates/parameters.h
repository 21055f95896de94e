// Parameters of operator templates: what they take, and how words of a question or arguments of a call become what SQL
// wants. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "schema/schema.h"
#include "schema/values.h"
#include "validator/validator.h"

namespace toomai::templates {

enum class ParameterType { kInt, kNumber, kText, kBoolean, kDate, kDateRange, kEnum, kValue, kTable, kColumn, kOrder };
std::string_view ToString(ParameterType type);

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::kText;
  std::string column;               // kEnum, kValue: "table.column"; kColumn: the table
  std::vector<std::string> values;  // kEnum: what the operator allows, instead of a column
  std::optional<double> min, max;
  std::string default_value;  // as in a question; empty: the parameter must be given
  std::string description;
};

// [first, last) of a phrase such as "last month", as SQL expressions made by our own rules; all of the phrase.
using DateRangeReader =
    std::function<std::optional<std::pair<std::string, std::string>>(std::string_view phrase, std::string_view today)>;

// What templates are checked against and read with.
struct TemplateEnvironment {
  const schema::Schema* schema = nullptr;       // must outlive the templates
  const validator::Catalog* catalog = nullptr;  // for the checks at load
  validator::Policy policy;
  std::vector<schema::ColumnValues> values;
  DateRangeReader dates;
};

// A value as SQL wants it: one text, or two for a range. An error names the parameter first ("n: '0' must be …").
Expected<std::vector<std::string>> ReadParameter(const TemplateEnvironment& environment, const Parameter& parameter,
                                                 std::string_view text, std::string_view today);

// All that it takes, where the operator or the schema lists it; values of rows are never told.
std::vector<std::string> ChoicesOf(const TemplateEnvironment& environment, const Parameter& parameter);

// A value that fits, for checks; empty when none is known.
std::string SampleOf(const TemplateEnvironment& environment, const Parameter& parameter);

}  // namespace toomai::templates
