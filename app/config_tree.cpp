#include "app/config_tree.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>

#include "base/text.h"
#include "templates/yaml_document.h"

namespace toomai::app {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 100'000;  // aliases can multiply a small file

// Sections that are lists of named things.
bool IsNamedList(const std::string& key) {
  return key == "databases" || key == "models" || key == "tokens";
}

class YamlReader {
 public:
  YamlReader(std::string file, Problems* problems) : file_(std::move(file)), problems_(problems) {}

  ConfigNode Convert(const YAML::Node& yaml, int depth = 0) {
    ConfigNode node;
    node.origin = At(yaml);
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes) {
      if (!refused_) problems_->push_back({node.origin, "the file is nested too deeply or too large"});
      refused_ = true;
      return node;
    }
    switch (yaml.Type()) {
      case YAML::NodeType::Scalar:
        return ConfigNode::Scalar(yaml.Scalar(), node.origin);
      case YAML::NodeType::Sequence:
        node.kind = ConfigNode::Kind::kList;
        for (const YAML::Node& item : yaml) node.items.push_back(Convert(item, depth + 1));
        return node;
      case YAML::NodeType::Map:
        node.kind = ConfigNode::Kind::kMap;
        for (const auto& member : yaml) AddMember(member.first, member.second, depth, &node);
        return node;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        return node;
    }
    return node;
  }

 private:
  Origin At(const YAML::Node& yaml) const { return {file_, yaml.Mark().line + 1}; }

  void AddMember(const YAML::Node& key, const YAML::Node& value, int depth, ConfigNode* map) {
    if (!key.IsScalar()) {
      problems_->push_back({At(key), "a key must be a word"});
      return;
    }
    if (map->Find(key.Scalar()) != nullptr) {
      problems_->push_back({At(key), "'" + key.Scalar() + "' is given twice"});
      return;
    }
    ConfigNode child = Convert(value, depth + 1);
    // A key is found by eye where it stands, not where its block begins.
    child.origin = At(key);
    map->members.emplace_back(key.Scalar(), std::move(child));
  }

  const std::string file_;
  Problems* problems_;
  std::size_t nodes_ = 0;
  bool refused_ = false;
};

std::string NameOf(const ConfigNode& item) {
  const ConfigNode* name = item.Find("name");
  return name == nullptr ? std::string() : name->text;
}

// Lists of maps in which every item of `over` has a name.
bool MergesByName(const ConfigNode& over, const ConfigNode& base) {
  return over.kind == ConfigNode::Kind::kList && base.kind == ConfigNode::Kind::kList && !over.items.empty() &&
         std::all_of(over.items.begin(), over.items.end(),
                     [](const ConfigNode& item) { return !NameOf(item).empty(); });
}

ConfigNode* FindNamed(ConfigNode* list, const std::string& name) {
  for (ConfigNode& item : list->items) {
    if (EqualsIgnoreAsciiCase(NameOf(item), name)) return &item;
  }
  return nullptr;
}

}  // namespace

ConfigNode ConfigNode::Scalar(std::string text, Origin origin) {
  ConfigNode node;
  node.kind = Kind::kScalar;
  node.text = std::move(text);
  node.origin = std::move(origin);
  return node;
}

ConfigNode ConfigNode::Map(Origin origin) {
  ConfigNode node;
  node.kind = Kind::kMap;
  node.origin = std::move(origin);
  return node;
}

const ConfigNode* ConfigNode::Find(const std::string& key) const {
  for (const auto& [name, node] : members) {
    if (name == key) return &node;
  }
  return nullptr;
}

ConfigNode& ConfigNode::Member(const std::string& key, const Origin& at) {
  for (auto& [name, node] : members) {
    if (name == key) return node;
  }
  members.emplace_back(key, Map(at));
  return members.back().second;
}

ConfigNode ParseYaml(const std::string& text, const std::string& file, Problems* problems) {
  ConfigNode root = ConfigNode::Map({file, 0});
  if (const std::size_t bad = FindInvalidUtf8(text); bad != std::string::npos) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    problems->push_back({{file, static_cast<int>(line) + 1}, "the file is not UTF-8"});
    return root;
  }
  try {
    ConfigNode node = YamlReader(file, problems).Convert(YamlDocument(text));
    if (node.kind == ConfigNode::Kind::kMap) return node;
    if (node.kind != ConfigNode::Kind::kNull) {
      problems->push_back({{file, 1}, "the file must hold 'key: value' lines"});
    }
  } catch (const YAML::Exception& error) {
    problems->push_back({{file, error.mark.line + 1}, "not valid YAML: " + error.msg});
  } catch (const std::exception& error) {
    problems->push_back({{file, 1}, std::string("cannot be read: ") + error.what()});
  }
  return root;
}

void Merge(const ConfigNode& over, ConfigNode* base) {
  if (over.kind == ConfigNode::Kind::kNull) return;
  if (over.kind == ConfigNode::Kind::kMap && base->kind == ConfigNode::Kind::kMap) {
    for (const auto& [key, node] : over.members) {
      const auto known = std::find_if(base->members.begin(), base->members.end(),
                                      [&name = key](const auto& member) { return member.first == name; });
      if (known == base->members.end()) {
        base->members.emplace_back(key, node);
      } else {
        Merge(node, &known->second);
      }
    }
  } else if (MergesByName(over, *base)) {
    for (const ConfigNode& item : over.items) {
      if (ConfigNode* known = FindNamed(base, NameOf(item))) {
        Merge(item, known);
      } else {
        base->items.push_back(item);
      }
    }
  } else {
    *base = over;
  }
}

void SetPath(const std::vector<std::string>& path, std::string text, const Origin& origin, ConfigNode* root) {
  ConfigNode* node = root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    node = &node->Member(path[i], origin);
    if (IsNamedList(path[i])) {
      node->kind = ConfigNode::Kind::kList;
      ++i;
      ConfigNode* item = FindNamed(node, path[i]);
      if (item == nullptr) {
        node->items.push_back(ConfigNode::Map(origin));
        item = &node->items.back();
        item->members.emplace_back("name", ConfigNode::Scalar(path[i], origin));
      }
      node = item;
      if (i + 1 >= path.size()) return;
    } else if (node->kind != ConfigNode::Kind::kMap) {
      *node = ConfigNode::Map(origin);
    }
  }
  node->Member(path.back(), origin) = ConfigNode::Scalar(std::move(text), origin);
}

}  // namespace toomai::app
