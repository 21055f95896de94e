#include "mcp/arguments.h"

#include <algorithm>
#include <cmath>

#include "base/calendar.h"
#include "base/text.h"

namespace toomai::mcp {
namespace {

std::string TypeOf(const Json& value) {
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return "null";
}

bool HasType(const Json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

std::string WithArticle(const std::string& type) {
  const bool vowel = type == "array" || type == "integer" || type == "object";
  return (vowel ? "an " : "a ") + type;
}

std::vector<std::string> Texts(const Json& values) {
  std::vector<std::string> texts;
  for (const Json& value : values) texts.push_back(value.is_string() ? value.get<std::string>() : Dump(value));
  return texts;
}

std::optional<ArgumentProblem> CheckValue(const Json& schema, const Json& value, const std::string& field);

std::optional<ArgumentProblem> CheckType(const Json& schema, const Json& value, const std::string& field) {
  const Json& type = Member(schema, "type");
  if (type.is_string() && !HasType(value, type.get<std::string>())) {
    return ArgumentProblem{field, "must be " + WithArticle(type.get<std::string>()) + ", not " + TypeOf(value), {}};
  }
  if (type.is_array()) {
    std::vector<std::string> words;
    for (const Json& one : type) {
      if (HasType(value, one.get<std::string>())) return std::nullopt;
      words.push_back(WithArticle(one.get<std::string>()));
    }
    return ArgumentProblem{field, "must be " + Join(words, " or ") + ", not " + TypeOf(value), {}};
  }
  return std::nullopt;
}

std::optional<ArgumentProblem> CheckEnum(const Json& schema, const Json& value, const std::string& field) {
  const Json& choices = Member(schema, "enum");
  if (!choices.is_array()) return std::nullopt;
  for (const Json& choice : choices) {
    if (choice == value) return std::nullopt;
  }
  const std::vector<std::string> words = Texts(choices);
  ArgumentProblem problem{field, "must be one of " + Join(words, ", "), {}};
  const std::string nearest = value.is_string() ? NearestName(value.get<std::string>(), words) : std::string();
  if (!nearest.empty()) problem.suggestion = "use \"" + nearest + "\"";
  return problem;
}

std::optional<ArgumentProblem> CheckRange(const Json& schema, const Json& value, const std::string& field) {
  const Json& low = Member(schema, "minimum");
  const Json& high = Member(schema, "maximum");
  if (value.is_number()) {
    const double number = value.get<double>();
    if ((low.is_number() && number < low.get<double>()) || (high.is_number() && number > high.get<double>())) {
      std::string range = low.is_number() ? "at least " + Dump(low) : std::string();
      if (high.is_number()) range += (range.empty() ? "at most " : " and at most ") + Dump(high);
      return ArgumentProblem{field, "must be " + range, {}};
    }
  }
  if (value.is_string()) {
    const std::size_t length = CountCodePoints(value.get_ref<const std::string&>());
    const Json& most = Member(schema, "maxLength");
    if (most.is_number() && length > most.get<std::size_t>()) {
      return ArgumentProblem{field, "is longer than " + Dump(most) + " characters", "send a shorter text"};
    }
    if (StringMember(schema, "format") == "date" && length > 0 && !IsCalendarDay(value.get_ref<const std::string&>()))
      return ArgumentProblem{field, "must be a day as YYYY-MM-DD", {}};
    const Json& least = Member(schema, "minLength");
    if (least.is_number() && length < least.get<std::size_t>()) return ArgumentProblem{field, "must not be empty", {}};
  }
  return std::nullopt;
}

std::optional<ArgumentProblem> CheckItems(const Json& schema, const Json& value, const std::string& field) {
  if (!value.is_array()) return std::nullopt;
  const Json& most = Member(schema, "maxItems");
  if (most.is_number() && value.size() > most.get<std::size_t>()) {
    return ArgumentProblem{field, "has more than " + Dump(most) + " items", {}};
  }
  const Json& items = Member(schema, "items");
  if (!items.is_object()) return std::nullopt;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (auto problem = CheckValue(items, value[i], field + "[" + std::to_string(i) + "]")) return problem;
  }
  return std::nullopt;
}

// Of an object inside an argument.
std::optional<ArgumentProblem> CheckMembers(const Json& schema, const Json& value, const std::string& field) {
  const Json& properties = Member(schema, "properties");
  if (!value.is_object() || !properties.is_object()) return std::nullopt;
  const Json& required = Member(schema, "required");
  for (std::size_t i = 0; required.is_array() && i < required.size(); ++i) {
    const std::string name = required[i].get<std::string>();
    if (!value.contains(name)) return ArgumentProblem{field + "." + name, "is required", {}};
  }
  for (const auto& [name, member] : value.items()) {
    const Json& about = Member(properties, name);
    const std::string at = field + "." + Ellipsis(name, 80);
    if (about.is_null() && Member(schema, "additionalProperties") == false)
      return ArgumentProblem{at, "is not known", {}};
    if (auto problem = CheckValue(about, member, at)) return problem;
  }
  return std::nullopt;
}

std::optional<ArgumentProblem> CheckValue(const Json& schema, const Json& value, const std::string& field) {
  if (auto problem = CheckType(schema, value, field)) return problem;
  if (auto problem = CheckEnum(schema, value, field)) return problem;
  if (auto problem = CheckRange(schema, value, field)) return problem;
  if (auto problem = CheckMembers(schema, value, field)) return problem;
  return CheckItems(schema, value, field);
}

bool AllowsNull(const Json& about) {
  const Json& type = Member(about, "type");
  return type == "null" || (type.is_array() && std::find(type.begin(), type.end(), Json("null")) != type.end());
}

// What clients write in more than one way: null for an argument that is left out, 10.0 for 10, and a placeholder where
// a tool takes no arguments but the model's API wants one.
void Soften(const Json& properties, Json* arguments) {
  if (properties.empty()) arguments->erase("random_string");  // Cursor
  for (const auto& [name, about] : properties.items()) {
    if (!arguments->contains(name)) continue;
    Json& value = (*arguments)[name];
    if (value.is_null() && !AllowsNull(about)) {
      arguments->erase(name);
    } else if (value.is_number_float() && StringMember(about, "type") == "integer") {
      const double number = value.get<double>();
      if (std::trunc(number) == number && std::fabs(number) < 9e15) value = static_cast<std::int64_t>(number);
    }
  }
}

std::optional<ArgumentProblem> CheckNames(const Json& properties, const std::vector<std::string>& known,
                                          const Json& arguments) {
  for (const auto& [name, value] : arguments.items()) {
    if (!Member(properties, name).is_null()) continue;
    const std::string nearest = NearestName(name, known);
    const std::string suggestion =
        nearest.empty() ? (known.empty() ? "leave the arguments out" : "known arguments: " + Join(known, ", "))
                        : "did you mean \"" + nearest + "\"?";
    return ArgumentProblem{Ellipsis(name, 80), "is not an argument of this tool", suggestion};
  }
  return std::nullopt;
}

std::optional<ArgumentProblem> CheckRequired(const Json& schema, const Json& properties, const Json& arguments) {
  const Json& required = Member(schema, "required");
  for (std::size_t i = 0; required.is_array() && i < required.size(); ++i) {
    const std::string name = required[i].get<std::string>();
    if (arguments.contains(name)) continue;
    return ArgumentProblem{name, "is required", std::string(StringMember(Member(properties, name), "description"))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ArgumentProblem> CheckArguments(const Json& schema, Json* arguments) {
  const Json& properties = Member(schema, "properties");
  std::vector<std::string> known;
  for (const auto& [name, unused] : properties.items()) known.push_back(name);
  Soften(properties, arguments);
  if (Member(schema, "additionalProperties") == false) {
    if (auto problem = CheckNames(properties, known, *arguments)) return problem;
  }
  if (auto problem = CheckRequired(schema, properties, *arguments)) return problem;
  for (const std::string& name : known) {
    const Json& about = Member(properties, name);
    if (!arguments->contains(name)) {
      if (about.contains("default")) (*arguments)[name] = about["default"];
      continue;
    }
    if (auto problem = CheckValue(about, (*arguments)[name], name)) {
      if (problem->suggestion.empty()) problem->suggestion = std::string(StringMember(about, "description"));
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace toomai::mcp
