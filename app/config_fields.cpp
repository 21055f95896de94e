#include "app/config_fields.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "app/config_values.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using Kind = ConfigNode::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kHidden = "[hidden]";

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

std::vector<std::string> ChoicesOf(const KeySpec& spec) {
  return *spec.choices == '\0' ? std::vector<std::string>() : Split(spec.choices, '|');
}

std::string WithArticle(const std::string& type) {
  return type.starts_with("one of ") || type.starts_with("true ") || type == "text" ? type : "a " + type;
}

std::string Quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of(":#{}[],&*!|>'\"%@`\n\\") == std::string::npos &&
                     text.front() != ' ' && text.back() != ' ' && text.front() != '-';
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string ShowTexts(const StringList& texts) {
  StringList quoted;
  for (const std::string& text : texts) quoted.push_back(Quoted(text));
  return ShowList(quoted);
}

std::string ShowNames(const StringMap& map) {
  StringList members;
  for (const auto& [name, value] : map) members.push_back(Quoted(name) + ": " + kHidden);
  return "{" + Join(members, ", ") + "}";
}

std::string ShowMap(const StringMap& map) {
  StringList members;
  for (const auto& [key, value] : map) members.push_back(Quoted(key) + ": " + Quoted(value));
  return "{" + Join(members, ", ") + "}";
}

// Reads one node into one field.
class FieldReader {
 public:
  FieldReader(std::string path, Problems* problems) : path_(std::move(path)), problems_(problems) {}

  void Read(const KeySpec& spec, const ConfigNode& node, const FieldRef& field) {
    const bool good = std::visit([&](auto* target) { return ReadAs(spec, node, target); }, field);
    if (!good) WrongType(spec, field, node);
  }

 private:
  void Complain(const ConfigNode& node, std::string message) {
    if (problems_ != nullptr) problems_->push_back({node.origin, std::move(message)});
  }
  void WrongType(const KeySpec& spec, const FieldRef& field, const ConfigNode& node) {
    const std::string given = node.kind == Kind::kMap    ? "a map"
                              : node.kind == Kind::kList ? "a list"
                                                         : "'" + node.text + "'";
    Complain(node, "'" + path_ + "' must be " + WithArticle(TypeName(spec, field)) +
                       // What was given may be a secret in the wrong shape.
                       (spec.hidden || spec.redact_url ? std::string() : ", not " + given));
  }

  // Each is false when the node is not of the type; a value out of range is a problem of its own.
  bool ReadAs(const KeySpec&, const ConfigNode& node, bool* target) {
    const auto value = ScalarAs(node, ParseBool);
    if (value) *target = *value;
    return value.has_value();
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, double* target) {
    const auto value = ScalarAs(node, ParseNumber);
    if (value && InRange(spec, node, *value, ShowNumber)) *target = *value;
    return value.has_value();
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, milliseconds* target) {
    const auto value = ScalarAs(node, ParseDuration);
    const auto show = [](double ms) { return ShowDuration(milliseconds(static_cast<std::int64_t>(ms))); };
    if (value && InRange(spec, node, static_cast<double>(value->count()), show)) *target = *value;
    return value.has_value();
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, seconds* target) {
    milliseconds value{0};
    if (!ReadAs(spec, node, &value)) return false;
    *target = std::chrono::duration_cast<seconds>(value);
    return true;
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, std::string* target) {
    if (node.kind != Kind::kScalar) return false;
    const std::vector<std::string> choices = ChoicesOf(spec);
    if (!choices.empty() && std::find(choices.begin(), choices.end(), node.text) == choices.end()) return false;
    *target = spec.path ? Resolved(node.text, node) : node.text;
    return true;
  }
  bool ReadAs(const KeySpec&, const ConfigNode& node, Secret* target) {
    if (node.kind != Kind::kScalar) return false;
    *target = Secret(node.text);
    return true;
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, StringList* target) {
    StringList values;
    if (node.kind == Kind::kScalar) {
      // From the environment or --set: a, b, c. Commas inside parentheses belong to an argument list.
      for (const std::string& part : SplitOutsideParentheses(node.text)) {
        if (const std::string word(Trim(part)); !word.empty()) values.push_back(word);
      }
    } else if (node.kind == Kind::kList) {
      for (const ConfigNode& item : node.items) {
        if (item.kind != Kind::kScalar) return false;
        values.push_back(item.text);
      }
    } else {
      return false;
    }
    if (spec.path) {
      for (std::string& value : values) value = Resolved(value, node);
    }
    *target = std::move(values);
    return true;
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, std::optional<StringList>* target) {
    StringList values;
    if (!ReadAs(spec, node, &values)) return false;
    *target = std::move(values);
    return true;
  }
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, StringMap* target) {
    if (node.kind != Kind::kMap) return false;
    const std::vector<std::string> choices = ChoicesOf(spec);
    for (const auto& [key, value] : node.members) {
      if (value.kind != Kind::kScalar) return false;
      if (!choices.empty() && std::find(choices.begin(), choices.end(), value.text) == choices.end()) {
        Complain(value, "'" + path_ + "." + key + "' must be one of " + Join(choices, ", "));
        continue;
      }
      (*target)[key] = value.text;
    }
    return true;
  }
  // The whole numbers: int, int64, size_t, uint16.
  template <typename Whole>
  bool ReadAs(const KeySpec& spec, const ConfigNode& node, Whole* target) {
    const auto value = ScalarAs(node, spec.bytes ? ParseBytes : ParseWhole);
    if (!value) return false;
    const auto show = [&](double number) {
      const auto whole = static_cast<std::int64_t>(number);
      return spec.bytes ? ShowBytes(whole) : std::to_string(whole);
    };
    KeySpec bounded = spec;
    bounded.most = std::min(spec.most, static_cast<double>(std::numeric_limits<Whole>::max()));
    if (InRange(bounded, node, static_cast<double>(*value), show)) *target = static_cast<Whole>(*value);
    return true;
  }

  template <typename Parse>
  static auto ScalarAs(const ConfigNode& node, Parse parse) -> decltype(parse(node.text)) {
    if (node.kind != Kind::kScalar) return std::nullopt;
    return parse(node.text);
  }

  template <typename ShowValue>
  bool InRange(const KeySpec& spec, const ConfigNode& node, double value, ShowValue show) {
    if (value >= spec.least && value <= spec.most) return true;
    Complain(node, "'" + path_ + "' is " + show(value) + " but must be " +
                       (value < spec.least ? "at least " + show(spec.least) : "at most " + show(spec.most)));
    return false;
  }

  static StringList SplitOutsideParentheses(const std::string& text) {
    StringList parts = {""};
    int depth = 0;
    for (const char c : text) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth <= 0) {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    return parts;
  }

  // Relative to the file that names it; ~/ is the home folder.
  static std::string Resolved(const std::string& text, const ConfigNode& node) {
    namespace fs = std::filesystem;
    if (text.starts_with("~/")) {
      const char* home = std::getenv("HOME");
      return home == nullptr ? text : std::string(home) + text.substr(1);
    }
    const bool is_url = text.find("://") != std::string::npos;
    if (text.empty() || text.front() == '/' || is_url || node.origin.line == 0) return text;
    return (fs::path(node.origin.where).parent_path() / text).lexically_normal().string();
  }

  const std::string path_;
  Problems* problems_;
};

}  // namespace

std::string TypeName(const KeySpec& spec, const FieldRef& field) {
  if (std::holds_alternative<StringMap*>(field)) return "map of words";
  if (*spec.choices != '\0') return "one of " + Join(ChoicesOf(spec), ", ");
  if (spec.bytes) return "size such as 64KB or 4MB";
  return std::visit(Overloaded{[](bool*) { return "true or false"; }, [](double*) { return "number"; },
                               [&](std::string*) { return spec.path ? "file" : "text"; },
                               [](milliseconds*) { return "duration such as 500ms, 30s or 5m"; },
                               [](seconds*) { return "duration such as 30s or 5m"; },
                               [&](StringList*) { return spec.path ? "list of files" : "list"; },
                               [](std::optional<StringList>*) { return "list"; }, [](StringMap*) { return "map"; },
                               [](Secret*) { return "secret text"; }, [](auto*) { return "whole number"; }},
                    field);
}

std::string Show(const KeySpec& spec, const FieldRef& field) {
  return std::visit(
      Overloaded{[](bool* value) { return std::string(*value ? "true" : "false"); },
                 [](double* value) { return ShowNumber(*value); },
                 [&](std::string* value) {
                   if (value->empty()) return std::string();
                   return spec.hidden ? std::string(kHidden) : Quoted(*value);
                 },
                 [](milliseconds* value) { return ShowDuration(*value); },
                 [](seconds* value) { return ShowDuration(*value); },
                 [](StringList* value) { return ShowTexts(*value); },
                 [](std::optional<StringList>* value) { return *value ? ShowTexts(**value) : std::string(); },
                 [&](StringMap* value) { return spec.hidden ? ShowNames(*value) : ShowMap(*value); },
                 [](Secret* value) { return std::string(value->Shown()); },
                 [&](auto* value) {
                   const auto whole = static_cast<std::int64_t>(*value);
                   return spec.bytes ? ShowBytes(whole) : std::to_string(whole);
                 }},
      field);
}

void ReadField(const KeySpec& spec, const std::string& path, const ConfigNode& node, const FieldRef& field,
               Problems* problems) {
  FieldReader(path, problems).Read(spec, node, field);
}

}  // namespace toomai::app
