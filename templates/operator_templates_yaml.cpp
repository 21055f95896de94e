// Operator templates from YAML. The only file here that knows yaml-cpp's template side.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "templates/operator_templates.h"
#include "templates/yaml_document.h"

namespace toomai::templates {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

// Collects every problem of a template with its line, so that one look mends them all.
class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  void Problem(const YAML::Node& node, const std::string& what) { problems_.push_back(Where(node) + ": " + what); }
  std::string Where(const YAML::Node& node) const { return source_ + ":" + std::to_string(node.Mark().line + 1); }

  std::string Text(const YAML::Node& map, const char* key, bool required) {
    const YAML::Node node = map[key];
    if (!node) {
      if (required) Problem(map, std::string("'") + key + "' is missing");
      return {};
    }
    if (!node.IsScalar()) {
      Problem(node, std::string("'") + key + "' must be text");
      return {};
    }
    return node.Scalar();
  }

  std::vector<std::string> Texts(const YAML::Node& node, const char* key) {
    std::vector<std::string> texts;
    if (!node) return texts;
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) {
      Problem(node, std::string("'") + key + "' must be a list of texts");
      return texts;
    }
    for (const YAML::Node& item : node) {
      if (item.IsScalar()) {
        texts.push_back(item.Scalar());
      } else {
        Problem(item, std::string("'") + key + "' must be a list of texts");
      }
    }
    return texts;
  }

  void KnownKeys(const YAML::Node& map, const std::vector<std::string>& known) {
    for (const auto& entry : map) {
      if (!entry.first.IsScalar() || std::find(known.begin(), known.end(), entry.first.Scalar()) != known.end())
        continue;
      const std::string nearest = NearestName(entry.first.Scalar(), known);
      Problem(entry.first, "unknown key '" + entry.first.Scalar() + "'" +
                               (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
  }

  std::optional<double> Number(const YAML::Node& node, const char* key) {
    if (!node) return std::nullopt;
    double value = 0;
    if (node.IsScalar() && YAML::convert<double>::decode(node, value)) return value;
    Problem(node, std::string("'") + key + "' must be a number");
    return std::nullopt;
  }

  bool Flag(const YAML::Node& node, const char* key) {
    bool value = false;
    if (node && (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)))
      Problem(node, std::string("'") + key + "' must be true or false");
    return value;
  }

  // What was wrong since the last call, a line each.
  std::string TakeProblems() { return Join(std::exchange(problems_, {}), "\n"); }

 private:
  std::vector<std::string> problems_;
  std::string source_;
};

std::optional<ParameterType> ParseType(const std::string& word) {
  for (const ParameterType type :
       {ParameterType::kInt, ParameterType::kNumber, ParameterType::kText, ParameterType::kBoolean,
        ParameterType::kDate, ParameterType::kDateRange, ParameterType::kEnum, ParameterType::kValue,
        ParameterType::kTable, ParameterType::kColumn, ParameterType::kOrder}) {
    if (ToString(type) == word) return type;
  }
  return std::nullopt;
}

Parameter ReadParameter(Reader& reader, const std::string& name, const YAML::Node& node) {
  Parameter parameter;
  parameter.name = name;
  if (!node.IsMap()) {
    reader.Problem(node, "parameter '" + name + "' must be a map with at least 'type'");
    return parameter;
  }
  reader.KnownKeys(node, {"type", "column", "table", "values", "min", "max", "default", "description"});
  const std::string type = reader.Text(node, "type", true);
  const auto parsed = ParseType(type);
  if (!parsed && !type.empty()) {
    reader.Problem(node["type"],
                   "unknown type '" + type +
                       "'; known: int, number, text, boolean, date, date_range, enum, value, table, column, order");
  }
  parameter.type = parsed.value_or(ParameterType::kText);
  parameter.column = reader.Text(node, parameter.type == ParameterType::kColumn ? "table" : "column", false);
  parameter.values = reader.Texts(node["values"], "values");
  if (!parameter.values.empty() && parameter.type != ParameterType::kEnum)
    reader.Problem(node["values"], "'values' are for the type enum");
  const bool needs_column = (parameter.type == ParameterType::kEnum && parameter.values.empty()) ||
                            parameter.type == ParameterType::kValue || parameter.type == ParameterType::kColumn;
  if (needs_column && parameter.column.empty()) {
    reader.Problem(node, "parameter '" + name + "' needs '" +
                             (parameter.type == ParameterType::kColumn ? "table" : "column: table.column") + "'" +
                             (parameter.type == ParameterType::kEnum ? " or 'values'" : ""));
  }
  parameter.min = reader.Number(node["min"], "min");
  parameter.max = reader.Number(node["max"], "max");
  if (parameter.min && parameter.max && *parameter.min > *parameter.max) reader.Problem(node, "'min' is above 'max'");
  parameter.default_value = reader.Text(node, "default", false);
  parameter.description = reader.Text(node, "description", false);
  return parameter;
}

OperatorTemplate ReadTemplate(Reader& reader, const YAML::Node& node) {
  OperatorTemplate one;
  if (!node.IsMap()) {
    reader.Problem(node, "a template must be a map with 'id', 'patterns' and 'sql'");
    return one;
  }
  reader.KnownKeys(node, {"id", "title", "description", "patterns", "params", "sql", "tests", "tool"});
  one.source = reader.Where(node);
  one.id = reader.Text(node, "id", true);
  one.title = reader.Text(node, "title", false);
  one.description = reader.Text(node, "description", false);
  one.sql = reader.Text(node, "sql", true);
  one.tests = reader.Texts(node["tests"], "tests");
  one.expose_as_tool = reader.Flag(node["tool"], "tool");

  std::vector<std::string> patterns;
  const YAML::Node listed = node["patterns"];
  if (!listed) {
    reader.Problem(node, "'patterns' is missing");
  } else if (listed.IsMap()) {
    for (const auto& language : listed) {
      for (std::string& text : reader.Texts(language.second, "patterns")) patterns.push_back(std::move(text));
    }
  } else {
    patterns = reader.Texts(listed, "patterns");
  }
  for (const auto& entry :
       node["params"] && node["params"].IsMap() ? node["params"] : YAML::Node(YAML::NodeType::Map)) {
    one.parameters.push_back(ReadParameter(reader, entry.first.Scalar(), entry.second));
  }
  for (const std::string& text : patterns) {
    auto pattern = Pattern::Compile(text);
    if (!pattern) {
      reader.Problem(listed, "pattern \"" + text + "\": " + pattern.error().message);
      continue;
    }
    for (const std::string& slot : pattern->slots()) {
      const bool known =
          std::any_of(one.parameters.begin(), one.parameters.end(), [&](const Parameter& p) { return p.name == slot; });
      if (!known) reader.Problem(listed, "pattern \"" + text + "\" uses {" + slot + "}, which params does not name");
    }
    one.patterns.push_back(std::move(*pattern));
  }
  return one;
}

}  // namespace

Expected<std::vector<OperatorTemplate>> OperatorTemplates::Parse(std::string_view yaml,
                                                                 const std::string& source_name) {
  if (yaml.size() > kMaxFileBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                source_name + " is larger than " + std::to_string(kMaxFileBytes) + " bytes",
                "split it into several files");
  }
  try {
    const YAML::Node root = YamlDocument(std::string(yaml));
    Reader reader(source_name);
    const YAML::Node list = root.IsMap() ? root["templates"] : root;
    std::vector<OperatorTemplate> templates;
    if (!list || !list.IsSequence()) {
      return Fail(ErrorCode::kInvalidArgument, source_name + " is not a list of templates",
                  "begin each template with '- id: …'");
    }
    for (const YAML::Node& node : list) {
      OperatorTemplate& one = templates.emplace_back(ReadTemplate(reader, node));
      one.disabled = reader.TakeProblems();
      if (one.id.empty()) one.id = "line " + std::to_string(node.Mark().line + 1);
      if (one.source.empty()) one.source = reader.Where(node);
    }
    return templates;
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, source_name + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg,
                "the file is not YAML");
  }
}

}  // namespace toomai::templates
