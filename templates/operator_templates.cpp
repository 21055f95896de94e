#include "templates/operator_templates.h"

#include <algorithm>
#include <set>

#include "base/calendar.h"
#include "base/text.h"
#include "schema/words.h"

namespace toomai::templates {
namespace {

using schema::Token;

constexpr std::size_t kMaxTokens = 128;

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::vector<std::string> NamesOf(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
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
    } else if (sql.compare(i, 2, "--") == 0 || sql.compare(i, 2, "/*") == 0) {
      const std::size_t end = sql.find(sql[i] == '-' ? "\n" : "*/", i + 2);
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
                  parameter.name + ": this parameter of template '" + one.id + "' is missing", parameter.description);
    auto value = ReadParameter(environment_, parameter, text, today);
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
    if (parameter->type == ParameterType::kDateRange ||
        (parameter->type == ParameterType::kDate && !IsCalendarDay(text))) {
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
    return parameter != one.parameters.end() &&
           ReadParameter(environment_, *parameter, text_of(from, to), today).has_value();
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
      if (!known)
        return Fail(ErrorCode::kInvalidArgument, "template '" + id + "' has no parameter '" + name + "'",
                    "it has: " + Join(NamesOf(one.parameters), ", "));
    }
    return Bind(one, arguments, today);
  }
  return Fail(ErrorCode::kNotFound, "there is no template '" + id + "'", "toomai templates lists them");
}

// Finds what would fail later, now: SQL the validator refuses, tests that do not match.
void OperatorTemplates::Check(OperatorTemplate* one) const {
  constexpr std::string_view kAnyDay = "2024-06-15";
  std::map<std::string, std::string> sample;
  for (const Parameter& parameter : one->parameters) sample[parameter.name] = SampleOf(environment_, parameter);
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
    } else if (one.disabled.empty()) {
      loaded->Check(&one);
    }
  }
  loaded->templates_ = std::move(templates);
  return loaded;
}

}  // namespace toomai::templates
