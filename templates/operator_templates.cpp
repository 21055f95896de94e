#include "templates/operator_templates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"
#include "schema/numbers.h"

namespace toomai::templates {
namespace {

using schema::Token;
using schema::TokenKind;

constexpr std::size_t kMaxTokens = 128;
constexpr std::size_t kMaxTextBytes = 500;

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string Folded(std::string_view text) {
  std::string out;
  for (const Token& token : schema::Tokenize(text, kMaxTokens)) {
    if (token.kind == TokenKind::kPunctuation) continue;
    if (!out.empty()) out += ' ';
    out += token.norm;
  }
  return out;
}

std::optional<double> ReadNumber(std::string_view text) {
  const std::vector<Token> tokens = schema::Tokenize(text, kMaxTokens);
  if (tokens.size() == 1 && tokens[0].kind == TokenKind::kNumber) {
    const std::string digits = schema::NumberText(tokens[0].norm);
    char* end = nullptr;
    const double value = std::strtod(digits.c_str(), &end);
    if (end == digits.c_str() + digits.size() && std::isfinite(value)) return value;
  }
  if (tokens.size() == 2 && tokens[0].text == "-" && tokens[1].kind == TokenKind::kNumber) {
    const auto positive = ReadNumber(tokens[1].text);
    if (positive) return -*positive;
  }
  return schema::NumberInWords(tokens, 0, tokens.size());
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  }
  const int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::optional<bool> ReadBoolean(const std::string& folded) {
  for (const std::string_view yes : {"yes", "true", "on", "是", "はい"}) {
    if (folded == yes) return true;
  }
  for (const std::string_view no : {"no", "false", "off", "否", "不", "い い え"}) {
    if (folded == no) return false;
  }
  return std::nullopt;
}

// A placeholder of the SQL: ":n", ":period.start". Strings, quoted names, comments and "::" are passed over.
struct Placeholder {
  std::size_t begin = 0, end = 0;
  std::string name, part;
};

std::vector<Placeholder> FindPlaceholders(const std::string& sql) {
  std::vector<Placeholder> found;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'' || sql[i] == '"') {
      const std::size_t end = sql.find(sql[i], i + 1);
      if (end == std::string::npos) return found;
      i = end;
    } else if (sql.compare(i, 2, "::") == 0) {
      ++i;
    } else if (sql[i] == ':' && i + 1 < sql.size() && IsNameChar(sql[i + 1])) {
      Placeholder one;
      one.begin = i;
      std::size_t at = i + 1;
      while (at < sql.size() && IsNameChar(sql[at])) one.name += sql[at++];
      for (const std::string_view part : {".start", ".end"}) {
        if (sql.compare(at, part.size(), part) == 0 &&
            (at + part.size() == sql.size() || !IsNameChar(sql[at + part.size()]))) {
          one.part = std::string(part.substr(1));
          at += part.size();
          break;
        }
      }
      one.end = at;
      i = at - 1;
      found.push_back(std::move(one));
    }
  }
  return found;
}

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

Expected<std::vector<std::string>> OperatorTemplates::Read(const Parameter& parameter, std::string_view text,
                                                           std::string_view today) const {
  const auto misfit = [&](std::string what) {
    return Fail(ErrorCode::kInvalidArgument, parameter.name + ": '" + Ellipsis(text, 60) + "' " + std::move(what));
  };
  const auto in_range = [&](double value) {
    return (!parameter.min || value >= *parameter.min) && (!parameter.max || value <= *parameter.max);
  };
  const auto range = [&] {
    return "must be " + (parameter.min ? "at least " + schema::FormatNumber(*parameter.min) : std::string()) +
           (parameter.min && parameter.max ? " and " : "") +
           (parameter.max ? "at most " + schema::FormatNumber(*parameter.max) : std::string());
  };
  const std::string folded = Folded(text);
  switch (parameter.type) {
    case ParameterType::kInt:
    case ParameterType::kNumber: {
      const auto value = ReadNumber(text);
      if (!value) return misfit("is not a number");
      if (parameter.type == ParameterType::kInt && (*value != std::floor(*value) || std::fabs(*value) > 9e15))
        return misfit("is not a whole number");
      if (!in_range(*value)) return misfit(range());
      return std::vector<std::string>{schema::FormatNumber(*value)};
    }
    case ParameterType::kText: {
      std::string_view trimmed = Trim(text);
      if (trimmed.empty() || trimmed.size() > kMaxTextBytes)
        return misfit("must have 1 to " + std::to_string(kMaxTextBytes) + " bytes");
      if (!IsValidUtf8(trimmed) || trimmed.find('\0') != std::string_view::npos) return misfit("is not valid text");
      return std::vector<std::string>{std::string(trimmed)};
    }
    case ParameterType::kBoolean: {
      const auto value = ReadBoolean(folded);
      if (!value) return misfit("is neither yes nor no");
      return std::vector<std::string>{*value ? "true" : "false"};
    }
    case ParameterType::kDate: {
      if (IsDate(Trim(text))) return std::vector<std::string>{std::string(Trim(text))};
      const auto days = environment_.dates ? environment_.dates(text, today) : std::nullopt;
      if (!days) return misfit("is not a date; write YYYY-MM-DD");
      return std::vector<std::string>{days->first};
    }
    case ParameterType::kDateRange: {
      const auto days = environment_.dates ? environment_.dates(text, today) : std::nullopt;
      if (days) return std::vector<std::string>{days->first, days->second};
      return misfit("is not a time that is understood, such as 'last month' or '2024'");
    }
    case ParameterType::kEnum:
    case ParameterType::kValue: {
      const std::size_t dot = parameter.column.rfind('.');
      for (const schema::ColumnValues& known : environment_.values) {
        const schema::Table& table = environment_.schema->tables[static_cast<std::size_t>(known.table)];
        if (table.columns[static_cast<std::size_t>(known.column)].name != parameter.column.substr(dot + 1)) continue;
        const std::string where = parameter.column.substr(0, dot);
        if (where != table.name && where != table.schema + "." + table.name) continue;
        for (const std::string& value : known.values) {
          if (Folded(value) == folded) return std::vector<std::string>{value};
        }
        if (known.complete) return misfit("is not a value of " + parameter.column);
      }
      if (parameter.type == ParameterType::kEnum) return misfit("is not a value of " + parameter.column);
      return std::vector<std::string>{std::string(Trim(text))};
    }
    case ParameterType::kTable: {
      for (std::size_t i = 0; i < environment_.schema->tables.size(); ++i) {
        if (Folded(environment_.schema->tables[i].name) == folded)
          return std::vector<std::string>{schema::QualifiedName(*environment_.schema, static_cast<int>(i))};
      }
      return misfit("is not a table");
    }
    case ParameterType::kColumn: {
      const int table = environment_.schema->FindTable("", parameter.column);
      if (table < 0) return misfit("belongs to a table that does not exist");
      for (const schema::Column& column : environment_.schema->tables[static_cast<std::size_t>(table)].columns) {
        if (Folded(column.name) == folded) return std::vector<std::string>{schema::QuoteIdentifier(column.name)};
      }
      return misfit("is not a column of " + parameter.column);
    }
    case ParameterType::kOrder:
      for (const std::string_view up : {"ascending", "asc", "up", "lowest first", "升 序", "昇 順"}) {
        if (folded == up) return std::vector<std::string>{"ASC"};
      }
      for (const std::string_view down : {"descending", "desc", "down", "highest first", "降 序", "降 順"}) {
        if (folded == down) return std::vector<std::string>{"DESC NULLS LAST"};
      }
      return misfit("is neither ascending nor descending");
  }
  return misfit("has an unknown type");
}

Expected<TemplateAnswer> OperatorTemplates::Bind(const OperatorTemplate& one,
                                                 const std::map<std::string, std::string>& given,
                                                 std::string_view today) const {
  std::map<std::string, std::vector<std::string>> values;
  TemplateAnswer answer;
  answer.id = one.id;
  for (const Parameter& parameter : one.parameters) {
    const auto it = given.find(parameter.name);
    const std::string& text = it == given.end() ? parameter.default_value : it->second;
    if (text.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "parameter '" + parameter.name + "' of template '" + one.id + "' is missing");
    auto value = Read(parameter, text, today);
    if (!value) return Fail(value.error());
    answer.bound.push_back(parameter.name + " = " +
                           (value->size() == 2 ? (*value)[0] + " … " + (*value)[1] : (*value)[0]));
    values[parameter.name] = std::move(*value);
  }
  std::map<std::string, std::string> numbered;  // "period.start" -> "$1"
  std::string sql;
  std::size_t copied = 0;
  for (const Placeholder& place : FindPlaceholders(one.sql)) {
    sql += one.sql.substr(copied, place.begin - copied);
    copied = place.end;
    const auto parameter = std::find_if(one.parameters.begin(), one.parameters.end(),
                                        [&](const Parameter& p) { return p.name == place.name; });
    if (parameter == one.parameters.end())
      return Fail(ErrorCode::kInvalidArgument, "the SQL uses :" + place.name + ", which params does not name");
    const std::vector<std::string>& value = values[place.name];
    if ((value.size() == 2) != !place.part.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  ":" + place.name +
                      (value.size() == 2 ? " is a range: write :" + place.name + ".start and :" + place.name + ".end"
                                         : " is no range: write it without .start and .end"));
    }
    const std::string& text = place.part == "end" ? value[1] : value[0];
    if (parameter->type == ParameterType::kTable || parameter->type == ParameterType::kColumn ||
        parameter->type == ParameterType::kOrder) {
      sql += text;  // a name that the schema has, or a keyword of ours
      continue;
    }
    if (parameter->type == ParameterType::kDateRange || (parameter->type == ParameterType::kDate && !IsDate(text))) {
      sql += "(" + text + ")";  // an expression of our own date rules
      continue;
    }
    std::string& number = numbered[place.name + "." + place.part];
    if (number.empty()) {
      answer.parameters.push_back(text);
      number = "$" + std::to_string(answer.parameters.size());
    }
    sql += number;
  }
  answer.sql = sql + one.sql.substr(copied);
  return answer;
}

std::optional<TemplateAnswer> OperatorTemplates::MatchOne(const OperatorTemplate& one, std::string_view question,
                                                          std::string_view today) const {
  const std::vector<Token> tokens = schema::Tokenize(question, kMaxTokens);
  if (tokens.empty()) return std::nullopt;
  const auto text_of = [&](std::size_t from, std::size_t to) {
    return from + 1 == to ? tokens[from].text
                          : std::string(question.substr(tokens[from].begin, tokens[to - 1].end - tokens[from].begin));
  };
  const SlotCheck fits = [&](const std::string& slot, std::size_t from, std::size_t to) {
    const auto parameter =
        std::find_if(one.parameters.begin(), one.parameters.end(), [&](const Parameter& p) { return p.name == slot; });
    return parameter != one.parameters.end() && Read(*parameter, text_of(from, to), today).has_value();
  };
  for (const Pattern& pattern : one.patterns) {
    const auto captured = pattern.Match(tokens, fits);
    if (!captured) continue;
    std::map<std::string, std::string> given;
    for (const auto& [name, span] : *captured) given[name] = text_of(span.from, span.to);
    auto answer = Bind(one, given, today);
    if (answer) return *answer;
  }
  return std::nullopt;
}

std::optional<TemplateAnswer> OperatorTemplates::Match(std::string_view question, std::string_view today) const {
  for (const OperatorTemplate& one : templates_) {
    if (!one.disabled.empty()) continue;
    if (auto answer = MatchOne(one, question, today)) return answer;
  }
  return std::nullopt;
}

Expected<TemplateAnswer> OperatorTemplates::Fill(const std::string& id,
                                                 const std::map<std::string, std::string>& arguments,
                                                 std::string_view today) const {
  for (const OperatorTemplate& one : templates_) {
    if (one.id != id) continue;
    if (!one.disabled.empty()) return Fail(ErrorCode::kRejected, "template '" + id + "' is disabled: " + one.disabled);
    for (const auto& [name, value] : arguments) {
      const bool known = std::any_of(one.parameters.begin(), one.parameters.end(),
                                     [&, &key = name](const Parameter& p) { return p.name == key; });
      if (!known) return Fail(ErrorCode::kInvalidArgument, "template '" + id + "' has no parameter '" + name + "'");
    }
    return Bind(one, arguments, today);
  }
  return Fail(ErrorCode::kNotFound, "there is no template '" + id + "'", "toomai templates lists them");
}

// Finds what would fail later, now: SQL the validator refuses, tests that do not match.
void OperatorTemplates::Check(OperatorTemplate* one) const {
  constexpr std::string_view kAnyDay = "2024-06-15";
  // A value for each parameter that certainly fits its type.
  std::map<std::string, std::string> sample;
  for (const Parameter& parameter : one->parameters) {
    std::string text = parameter.default_value;
    if (text.empty()) {
      switch (parameter.type) {
        case ParameterType::kInt:
        case ParameterType::kNumber:
          text = schema::FormatNumber(parameter.min.value_or(std::min(1.0, parameter.max.value_or(1.0))));
          break;
        case ParameterType::kBoolean:
          text = "true";
          break;
        case ParameterType::kDate:
          text = std::string(kAnyDay);
          break;
        case ParameterType::kDateRange:
          text = "2024";
          break;
        case ParameterType::kOrder:
          text = "asc";
          break;
        case ParameterType::kTable:
          text = environment_.schema->tables.empty() ? "" : environment_.schema->tables[0].name;
          break;
        case ParameterType::kColumn: {
          const int table = environment_.schema->FindTable("", parameter.column);
          if (table >= 0) text = environment_.schema->tables[static_cast<std::size_t>(table)].columns[0].name;
          break;
        }
        case ParameterType::kText:
          text = "x";
          break;
        case ParameterType::kEnum:
        case ParameterType::kValue:
          for (const schema::ColumnValues& known : environment_.values) {
            const schema::Table& table = environment_.schema->tables[static_cast<std::size_t>(known.table)];
            const std::string& name = table.columns[static_cast<std::size_t>(known.column)].name;
            if ((table.name + "." + name == parameter.column ||
                 table.schema + "." + table.name + "." + name == parameter.column) &&
                !known.values.empty()) {
              text = known.values[0];
            }
          }
          if (text.empty()) text = "x";
          break;
      }
    }
    sample[parameter.name] = text;
  }
  const auto bound = Bind(*one, sample, kAnyDay);
  if (!bound) {
    one->disabled = bound.error().message;
    return;
  }
  if (environment_.catalog != nullptr) {
    validator::Policy policy = environment_.policy;
    policy.allow_parameters = true;
    const validator::Verdict verdict = validator::Validate(bound->sql, environment_.catalog, policy);
    if (!verdict.allowed) {
      one->disabled = "the SQL is refused: " +
                      (verdict.findings.empty() ? std::string("unknown reason") : verdict.findings.front().message);
      return;
    }
  }
  for (const std::string& test : one->tests) {
    if (!MatchOne(*one, test, kAnyDay)) {
      one->disabled = "its own test does not match: \"" + test + "\"";
      return;
    }
  }
}

std::shared_ptr<const OperatorTemplates> OperatorTemplates::Load(std::vector<OperatorTemplate> templates,
                                                                 Environment environment) {
  auto loaded = std::make_shared<OperatorTemplates>();
  loaded->environment_ = std::move(environment);
  std::set<std::string> ids;
  for (OperatorTemplate& one : templates) {
    if (!ids.insert(one.id).second) {
      one.disabled = "another template has the same id";
    } else {
      loaded->Check(&one);
    }
  }
  loaded->templates_ = std::move(templates);
  return loaded;
}

}  // namespace toomai::templates
