#include "templates/parameters.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>

#include "base/calendar.h"
#include "base/text.h"
#include "schema/numbers.h"
#include "schema/words.h"

namespace toomai::templates {
namespace {

using schema::Token;
using schema::TokenKind;
using Texts = std::vector<std::string>;

constexpr std::size_t kMaxTokens = 128;
constexpr std::size_t kMaxTextBytes = 500;
constexpr std::size_t kMaxKnownTold = 10;  // values that an error lists

std::string Folded(std::string_view text) {
  std::string out;
  for (const Token& token : schema::Tokenize(text, kMaxTokens)) {
    if (token.kind == TokenKind::kPunctuation) continue;
    if (!out.empty()) out += ' ';
    out += token.norm;
  }
  return out;
}

bool IsOneOf(const std::string& folded, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), folded) != words.end();
}

std::optional<double> NumberIn(std::string_view text) {
  const std::vector<Token> tokens = schema::Tokenize(text, kMaxTokens);
  if (tokens.size() == 1 && tokens[0].kind == TokenKind::kNumber) {
    const std::string digits = schema::NumberText(tokens[0].norm);
    char* end = nullptr;
    const double value = std::strtod(digits.c_str(), &end);
    if (end == digits.c_str() + digits.size() && std::isfinite(value)) return value;
  }
  if (tokens.size() == 2 && tokens[0].text == "-" && tokens[1].kind == TokenKind::kNumber) {
    const auto positive = NumberIn(tokens[1].text);
    if (positive) return -*positive;
  }
  return schema::NumberInWords(tokens, 0, tokens.size());
}

std::string Range(const Parameter& parameter) {
  std::string words;
  if (parameter.min) words = "at least " + schema::FormatNumber(*parameter.min);
  if (parameter.min && parameter.max) words += " and ";
  if (parameter.max) words += "at most " + schema::FormatNumber(*parameter.max);
  return words;
}

// The column that "table.column" or "schema.table.column" names; column -1: there is none.
struct Place {
  int table = -1, column = -1;
};

Place PlaceOf(const schema::Schema& schema, const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {};
  const std::string table = name.substr(0, dot);
  const std::size_t in_schema = table.rfind('.');
  Place place;
  place.table = in_schema == std::string::npos
                    ? schema.FindTable("", table)
                    : schema.FindTable(table.substr(0, in_schema), table.substr(in_schema + 1));
  if (place.table >= 0)
    place.column = schema.tables[static_cast<std::size_t>(place.table)].FindColumn(name.substr(dot + 1));
  return place;
}

const schema::ColumnValues* KnownValues(const TemplateEnvironment& environment, const Parameter& parameter) {
  const Place place = PlaceOf(*environment.schema, parameter.column);
  for (const schema::ColumnValues& known : environment.values) {
    if (place.column >= 0 && known.table == place.table && known.column == place.column) return &known;
  }
  return nullptr;
}

// One text on its way into a parameter.
class Value {
 public:
  Value(const TemplateEnvironment& environment, const Parameter& parameter, std::string_view text,
        std::string_view today)
      : environment_(environment), parameter_(parameter), text_(text), today_(today), folded_(Folded(text)) {}

  Expected<Texts> Number() const {
    const auto value = NumberIn(text_);
    if (!value) return Misfit("is not a number");
    if (parameter_.type == ParameterType::kInt && (*value != std::floor(*value) || std::fabs(*value) > 9e15))
      return Misfit("is not a whole number");
    if ((parameter_.min && *value < *parameter_.min) || (parameter_.max && *value > *parameter_.max))
      return Misfit("must be " + Range(parameter_));
    return Texts{schema::FormatNumber(*value)};
  }

  Expected<Texts> Text() const {
    const std::string_view trimmed = Trim(text_);
    if (trimmed.empty() || trimmed.size() > kMaxTextBytes)
      return Misfit("must have 1 to " + std::to_string(kMaxTextBytes) + " bytes");
    if (!IsValidUtf8(trimmed) || trimmed.find('\0') != std::string_view::npos) return Misfit("is not valid text");
    return Texts{std::string(trimmed)};
  }

  Expected<Texts> Boolean() const {
    if (IsOneOf(folded_, {"yes", "true", "on", "是", "は い"})) return Texts{"true"};
    if (IsOneOf(folded_, {"no", "false", "off", "否", "不", "い い え"})) return Texts{"false"};
    return Misfit("is neither yes nor no");
  }

  Expected<Texts> Date() const {
    if (IsCalendarDay(Trim(text_))) return Texts{std::string(Trim(text_))};
    const auto days = Days();
    if (!days) return Misfit("is not a date", "write YYYY-MM-DD, or words such as 'yesterday'");
    return Texts{days->first};
  }

  Expected<Texts> DateRange() const {
    const auto days = Days();
    if (!days) return Misfit("is not a time that is understood", "write for example 'last month', 'Q1 2024' or '2024'");
    return Texts{days->first, days->second};
  }

  Expected<Texts> Listed() const {
    if (auto value = Among(parameter_.values)) return *value;
    return Misfit("is not one of its values", "known: " + Told(parameter_.values));
  }

  // In the column's own spelling. What nobody has seen is passed on only where not all values are known.
  Expected<Texts> OfColumn() const {
    const schema::ColumnValues* known = KnownValues(environment_, parameter_);
    if (known != nullptr) {
      if (auto value = Among(known->values)) return *value;
    }
    const bool open = parameter_.type == ParameterType::kValue && (known == nullptr || !known->complete);
    if (open) return Text();
    return Misfit("is not a value of " + parameter_.column, known == nullptr ? "" : "known: " + Told(known->values));
  }

  Expected<Texts> Table() const {
    const auto& tables = environment_.schema->tables;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (Folded(tables[i].name) == folded_)
        return Texts{schema::QualifiedName(*environment_.schema, static_cast<int>(i))};
    }
    return Misfit("is not a table", "describe the schema for its tables");
  }

  Expected<Texts> Column() const {
    const int table = environment_.schema->FindTable("", parameter_.column);
    if (table < 0) return Misfit("belongs to a table that does not exist");
    for (const schema::Column& column : environment_.schema->tables[static_cast<std::size_t>(table)].columns) {
      if (Folded(column.name) == folded_) return Texts{schema::QuoteIdentifier(column.name)};
    }
    return Misfit("is not a column of " + parameter_.column, "known: " + Told(ChoicesOf(environment_, parameter_)));
  }

  Expected<Texts> Order() const {
    if (IsOneOf(folded_, {"ascending", "asc", "up", "lowest first", "升 序", "昇 順"})) return Texts{"ASC"};
    if (IsOneOf(folded_, {"descending", "desc", "down", "highest first", "降 序", "降 順"}))
      return Texts{"DESC NULLS LAST"};
    return Misfit("is neither ascending nor descending");
  }

 private:
  tl::unexpected<Error> Misfit(std::string what, std::string hint = {}) const {
    if (hint.empty()) hint = parameter_.description;
    return Fail(ErrorCode::kInvalidArgument,
                parameter_.name + ": '" + Ellipsis(CleanUtf8(text_), 60) + "' " + std::move(what), std::move(hint));
  }
  std::optional<std::pair<std::string, std::string>> Days() const {
    return environment_.dates ? environment_.dates(text_, today_) : std::nullopt;
  }
  std::optional<Texts> Among(const Texts& values) const {
    for (const std::string& value : values) {
      if (Folded(value) == folded_) return Texts{value};
    }
    return std::nullopt;
  }
  static std::string Told(const Texts& values) {
    const std::size_t told = std::min(values.size(), kMaxKnownTold);
    return Join(Texts(values.begin(), values.begin() + static_cast<long>(told)), ", ") +
           (told < values.size() ? ", …" : "");
  }

  const TemplateEnvironment& environment_;
  const Parameter& parameter_;
  const std::string_view text_, today_;
  const std::string folded_;
};

}  // namespace

std::string_view ToString(ParameterType type) {
  switch (type) {
    case ParameterType::kInt:
      return "int";
    case ParameterType::kNumber:
      return "number";
    case ParameterType::kText:
      return "text";
    case ParameterType::kBoolean:
      return "boolean";
    case ParameterType::kDate:
      return "date";
    case ParameterType::kDateRange:
      return "date_range";
    case ParameterType::kEnum:
      return "enum";
    case ParameterType::kValue:
      return "value";
    case ParameterType::kTable:
      return "table";
    case ParameterType::kColumn:
      return "column";
    case ParameterType::kOrder:
      return "order";
  }
  return "text";
}

Expected<Texts> ReadParameter(const TemplateEnvironment& environment, const Parameter& parameter, std::string_view text,
                              std::string_view today) {
  const Value value(environment, parameter, text, today);
  switch (parameter.type) {
    case ParameterType::kInt:
    case ParameterType::kNumber:
      return value.Number();
    case ParameterType::kText:
      return value.Text();
    case ParameterType::kBoolean:
      return value.Boolean();
    case ParameterType::kDate:
      return value.Date();
    case ParameterType::kDateRange:
      return value.DateRange();
    case ParameterType::kEnum:
      return parameter.values.empty() ? value.OfColumn() : value.Listed();
    case ParameterType::kValue:
      return value.OfColumn();
    case ParameterType::kTable:
      return value.Table();
    case ParameterType::kColumn:
      return value.Column();
    case ParameterType::kOrder:
      return value.Order();
  }
  return Fail(ErrorCode::kInternal, parameter.name + " has an unknown type");
}

Texts ChoicesOf(const TemplateEnvironment& environment, const Parameter& parameter) {
  if (parameter.type == ParameterType::kOrder) return {"ascending", "descending"};
  if (parameter.type == ParameterType::kColumn) {
    Texts names;
    const int table = environment.schema->FindTable("", parameter.column);
    if (table < 0) return names;
    for (const schema::Column& column : environment.schema->tables[static_cast<std::size_t>(table)].columns) {
      if (column.readable) names.push_back(column.name);
    }
    return names;
  }
  if (parameter.type != ParameterType::kEnum || !parameter.values.empty()) return parameter.values;
  const Place place = PlaceOf(*environment.schema, parameter.column);
  if (place.column < 0) return {};
  const schema::Column& column = environment.schema->column(place.table, place.column);
  return column.enum_values.empty() ? column.check_values : column.enum_values;
}

std::string SampleOf(const TemplateEnvironment& environment, const Parameter& parameter) {
  if (!parameter.default_value.empty()) return parameter.default_value;
  switch (parameter.type) {
    case ParameterType::kInt:
    case ParameterType::kNumber:
      return schema::FormatNumber(parameter.min.value_or(std::min(1.0, parameter.max.value_or(1.0))));
    case ParameterType::kBoolean:
      return "true";
    case ParameterType::kDate:
      return "2024-06-15";
    case ParameterType::kDateRange:
      return "2024";
    case ParameterType::kTable:
      return environment.schema->tables.empty() ? "" : environment.schema->tables[0].name;
    case ParameterType::kText:
      return "x";
    case ParameterType::kOrder:
    case ParameterType::kColumn: {
      const Texts choices = ChoicesOf(environment, parameter);
      return choices.empty() ? "" : choices.front();
    }
    case ParameterType::kEnum:
    case ParameterType::kValue: {
      if (!parameter.values.empty()) return parameter.values.front();
      const schema::ColumnValues* known = KnownValues(environment, parameter);
      return known == nullptr || known->values.empty() ? "x" : known->values.front();
    }
  }
  return "";
}

}  // namespace toomai::templates
