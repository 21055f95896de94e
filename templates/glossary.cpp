#include "templates/glossary.h"

#include <yaml-cpp/yaml.h>

#include "templates/yaml_document.h"

namespace toomai::templates {
namespace {

std::string Text(const YAML::Node& node, const char* key) {
  if (!node.IsMap()) throw YAML::ParserException(node.Mark(), "an item must hold 'key: value' lines");
  return node[key] && node[key].IsScalar() ? node[key].as<std::string>() : std::string();
}

}  // namespace

Expected<Glossary> ParseGlossary(std::string_view yaml, std::string_view source_name) {
  Glossary glossary;
  const std::string where(source_name);
  try {
    YAML::Node root = YamlDocument(std::string(yaml));
    if (root.IsNull()) return glossary;
    if (!root.IsMap())
      return Fail(ErrorCode::kInvalidArgument, where + " is not a YAML map.",
                  "Use the keys synonyms, terms, metrics, defaults.");
    for (const auto& item : root) {
      std::string key = item.first.as<std::string>();
      const YAML::Node& node = item.second;
      if (key == "synonyms" && node.IsMap()) {
        for (const auto& pair : node) {
          if (pair.second.IsSequence()) {
            for (const auto& word : pair.second)
              glossary.synonyms.push_back({word.as<std::string>(), pair.first.as<std::string>()});
          } else {
            glossary.synonyms.push_back({pair.first.as<std::string>(), pair.second.as<std::string>()});
          }
        }
      } else if (key == "terms" && node.IsSequence()) {
        for (const auto& n : node) glossary.terms.push_back({Text(n, "word"), Text(n, "table"), Text(n, "condition")});
      } else if (key == "metrics" && node.IsSequence()) {
        for (const auto& n : node) {
          glossary.metrics.push_back({Text(n, "word"), Text(n, "table"), Text(n, "expression"), Text(n, "condition")});
        }
      } else if (key == "defaults" && node.IsSequence()) {
        for (const auto& n : node) {
          for (const char* role : {"display", "time", "measure"}) {
            std::string column = Text(n, role);
            if (!column.empty()) glossary.defaults.push_back({Text(n, "table"), role, column});
          }
        }
      } else {
        return Fail(ErrorCode::kInvalidArgument, where + ": unknown or malformed key '" + key + "'.",
                    "Use the keys synonyms (map), terms, metrics, defaults (lists).");
      }
    }
  } catch (const YAML::Exception& e) {
    return Fail(ErrorCode::kInvalidArgument, where + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg,
                "correct the YAML at that line");
  }
  return glossary;
}

}  // namespace toomai::templates
