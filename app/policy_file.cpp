#include "app/policy_file.h"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "templates/yaml_document.h"

namespace toomai::app {
namespace {

using Setter = std::function<void(const YAML::Node&)>;

// What each key sets; as<T>() throws with the line when the value does not fit.
std::map<std::string, Setter> Keys(validator::Policy* policy) {
  std::map<std::string, Setter> keys;
  const auto list = [&](const char* name, std::vector<std::string>* to) {
    keys[name] = [to](const YAML::Node& node) {
      if (node.IsScalar())
        *to = {node.as<std::string>()};
      else
        *to = node.as<std::vector<std::string>>();
    };
  };
  const auto number = [&](const char* name, auto* to) {
    keys[name] = [to](const YAML::Node& node) { *to = node.as<std::remove_pointer_t<decltype(to)>>(); };
  };
  list("denied_relations", &policy->denied_relations);
  list("denied_columns", &policy->denied_columns);
  list("allowed_relations", &policy->allowed_relations);
  list("allowed_user_functions", &policy->allowed_user_functions);
  list("allowed_functions", &policy->allowed_functions);
  list("denied_functions", &policy->denied_functions);
  list("allowed_system_relations", &policy->allowed_system_relations);
  list("allowed_fingerprints", &policy->allowed_fingerprints);
  list("search_path", &policy->search_path);
  number("allow_parameters", &policy->allow_parameters);
  number("allow_reg_casts", &policy->allow_reg_casts);
  number("max_rows", &policy->max_rows);
  validator::Limits* limits = &policy->limits;
  number("max_statement_bytes", &limits->statement_bytes);
  number("max_tokens", &limits->tokens);
  number("max_nesting", &limits->nesting);
  return keys;
}

std::map<std::string, Setter> LimitKeys(validator::Limits* limits) {
  std::map<std::string, Setter> keys;
  const auto number = [&](const char* name, auto* to) {
    keys[name] = [to](const YAML::Node& node) { *to = node.as<std::remove_pointer_t<decltype(to)>>(); };
  };
  number("statement_bytes", &limits->statement_bytes);
  number("tokens", &limits->tokens);
  number("nesting", &limits->nesting);
  number("tree_height", &limits->tree_height);
  number("ctes", &limits->ctes);
  number("set_operation_arms", &limits->set_operation_arms);
  number("from_items", &limits->from_items);
  number("list_items", &limits->list_items);
  number("generated_rows", &limits->generated_rows);
  number("repeat_bytes", &limits->repeat_bytes);
  return keys;
}

Expected<void> Apply(const YAML::Node& map, const std::map<std::string, Setter>& keys, const std::string& file) {
  for (const auto& entry : map) {
    const std::string name = entry.first.as<std::string>();
    const std::string where = file + ":" + std::to_string(entry.first.Mark().line + 1);
    const auto key = keys.find(name);
    if (key == keys.end()) {
      std::vector<std::string> names;
      for (const auto& [known, setter] : keys) names.push_back(known);
      const std::string nearest = NearestName(name, names);
      return Fail(ErrorCode::kInvalidArgument, where + ": unknown key '" + name + "'",
                  nearest.empty() ? "docs/config.md lists the keys of a policy" : "did you mean '" + nearest + "'?");
    }
    try {
      key->second(entry.second);
    } catch (const YAML::Exception&) {
      return Fail(ErrorCode::kInvalidArgument, where + ": '" + name + "' has a value that does not fit",
                  "see docs/config.md for its kind");
    }
  }
  return {};
}

}  // namespace

Expected<validator::Policy> ParsePolicy(const std::string& text, const std::string& file) {
  if (text.size() > kMaxPolicyBytes)
    return Fail(ErrorCode::kInvalidArgument, file + ": too large for a policy", "is this the right file?");
  validator::Policy policy;
  auto keys = Keys(&policy);
  for (const char* remark : {"comment", "functions", "system_catalogs"}) keys[remark] = [](const YAML::Node&) {};
  const auto limits = LimitKeys(&policy.limits);
  Expected<void> nested;
  keys["limits"] = [&](const YAML::Node& node) {
    if (!node.IsMap()) throw YAML::Exception(node.Mark(), "not a map");
    nested = Apply(node, limits, file);
  };
  try {
    const YAML::Node root = YamlDocument(text);
    if (!root.IsDefined() || root.IsNull()) return policy;
    if (!root.IsMap())
      return Fail(ErrorCode::kInvalidArgument, file + ": a policy is a map of keys",
                  "start with: denied_relations: [hr.salaries]");
    if (auto applied = Apply(root, keys, file); !applied) return Fail(applied.error());
    if (!nested) return Fail(nested.error());
  } catch (const YAML::Exception& error) {
    return Fail(ErrorCode::kInvalidArgument, file + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg,
                "write it as YAML or JSON");
  }
  return policy;
}

Expected<validator::Policy> LoadPolicyFile(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text) return Fail(text.error());
  return ParsePolicy(*text, path);
}

}  // namespace toomai::app
