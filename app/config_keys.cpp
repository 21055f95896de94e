#include "app/config_keys.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <type_traits>

#include "app/config_values.h"
#include "app/key_visitor.h"
#include "base/redact.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using Kind = ConfigNode::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

std::vector<std::string> ChoicesOf(const KeySpec& spec) {
  return *spec.choices == '\0' ? std::vector<std::string>() : Split(spec.choices, '|');
}

// What a person should write.
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

std::string ShowMap(const StringMap& map) {
  StringList members;
  for (const auto& [key, value] : map) members.push_back(Quoted(key) + ": " + Quoted(value));
  return "{" + Join(members, ", ") + "}";
}

// The value as it would be written in a file.
std::string Show(const KeySpec& spec, const FieldRef& field) {
  return std::visit(
      Overloaded{
          [](bool* value) { return std::string(*value ? "true" : "false"); },
          [](double* value) { return ShowNumber(*value); },
          [](std::string* value) { return value->empty() ? std::string() : Quoted(*value); },
          [](milliseconds* value) { return ShowDuration(*value); }, [](seconds* value) { return ShowDuration(*value); },
          [](StringList* value) { return ShowTexts(*value); },
          [](std::optional<StringList>* value) { return *value ? ShowTexts(**value) : std::string(); },
          [](StringMap* value) { return ShowMap(*value); }, [](Secret* value) { return std::string(value->Shown()); },
          [&](auto* value) {
            const auto whole = static_cast<std::int64_t>(*value);
            return spec.bytes ? ShowBytes(whole) : std::to_string(whole);
          }},
      field);
}

// ---- Reading a tree ----

class BindVisitor : public KeyVisitor {
 public:
  BindVisitor(const ConfigNode& tree, Problems* problems) : root_(tree), problems_(problems) {
    stack_.push_back({&tree, {}, ""});
  }

  void Visit(const KeySpec& spec, FieldRef field) override {
    Level& level = stack_.back();
    level.known.emplace_back(spec.name);
    const ConfigNode* node = level.node == nullptr ? nullptr : level.node->Find(spec.name);
    if (node != nullptr && node->kind != Kind::kNull) Read(spec, *node, field);
  }

  void BeginSection(const char* name, const char*) override {
    Level& level = stack_.back();
    level.known.emplace_back(name);
    const ConfigNode* node = level.node == nullptr ? nullptr : level.node->Find(name);
    if (node != nullptr && node->kind == Kind::kNull) node = nullptr;
    if (node != nullptr && node->kind != Kind::kMap) {
      Complain(*node, std::string("'") + name + "' must hold 'key: value' lines");
      node = nullptr;
    }
    stack_.push_back({node, {}, PathOf(name)});
  }
  void EndSection() override {
    FindUnknownKeys();
    stack_.pop_back();
  }

  std::size_t BeginList(const char* name, const char*, std::size_t) override {
    Level& level = stack_.back();
    level.known.emplace_back(name);
    const ConfigNode* node = level.node == nullptr ? nullptr : level.node->Find(name);
    if (node != nullptr && node->kind == Kind::kNull) node = nullptr;
    if (node != nullptr && node->kind != Kind::kList) {
      Complain(*node, std::string("'") + name + "' must be a list ('- name: …')");
      node = nullptr;
    }
    stack_.push_back({node, {}, PathOf(name)});
    return node == nullptr ? 0 : node->items.size();
  }
  void BeginItem(std::size_t index) override {
    const Level& list = stack_.back();
    const ConfigNode* item = &list.node->items[index];
    const ConfigNode* name = item->Find("name");
    std::string path = list.path + "." + (name == nullptr ? std::to_string(index + 1) : name->text);
    if (item->kind != Kind::kMap) {
      Complain(*item, "an item of '" + list.path + "' must hold 'key: value' lines");
      item = nullptr;
    }
    stack_.push_back({item, {}, std::move(path)});
  }
  void EndItem() override { EndSection(); }
  void EndList() override { stack_.pop_back(); }

  void FindUnknownKeys() {
    const Level& level = stack_.back();
    if (level.node == nullptr) return;
    for (const auto& [key, node] : level.node->members) {
      if (std::find(level.known.begin(), level.known.end(), key) != level.known.end()) continue;
      const std::string nearest = NearestName(key, level.known);
      const std::string where = level.path.empty() ? "" : " in '" + level.path + "'";
      Complain(node,
               "unknown key '" + key + "'" + where +
                   (nearest.empty() ? "; known are: " + Join(level.known, ", ") : "; did you mean '" + nearest + "'?"));
    }
  }

 protected:
  struct Level {
    const ConfigNode* node;  // nullptr: nothing was given
    std::vector<std::string> known;
    std::string path;
  };

  std::string PathOf(const char* name) const {
    return stack_.back().path.empty() ? name : stack_.back().path + "." + name;
  }

  const ConfigNode& root_;
  std::vector<Level> stack_;

 private:
  void Complain(const ConfigNode& node, std::string message) {
    if (problems_ != nullptr) problems_->push_back({node.origin, std::move(message)});
  }
  void WrongType(const KeySpec& spec, const FieldRef& field, const ConfigNode& node) {
    const std::string given = node.kind == Kind::kMap    ? "a map"
                              : node.kind == Kind::kList ? "a list"
                                                         : "'" + node.text + "'";
    Complain(node, "'" + PathOf(spec.name) + "' must be " + WithArticle(TypeName(spec, field)) + ", not " + given);
  }

  void Read(const KeySpec& spec, const ConfigNode& node, const FieldRef& field) {
    const bool good = std::visit([&](auto* target) { return ReadAs(spec, node, target); }, field);
    if (!good) WrongType(spec, field, node);
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
        Complain(value, "'" + PathOf(spec.name) + "." + key + "' must be one of " + Join(choices, ", "));
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
    Complain(node, "'" + PathOf(spec.name) + "' is " + show(value) + " but must be " +
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

  Problems* problems_;
};

// ---- Listing values: reads the tree, and notes each value with its origin ----

class EffectiveVisitor : public BindVisitor {
 public:
  explicit EffectiveVisitor(const ConfigNode& tree) : BindVisitor(tree, nullptr) {}

  void Visit(const KeySpec& spec, FieldRef field) override {
    BindVisitor::Visit(spec, field);
    EffectiveValue value;
    value.path = PathOf(spec.name);
    value.value = Show(spec, field);
    if (spec.redact_url) value.value = Redact(value.value);
    value.origin = OriginOf(spec.name);
    value.restart = spec.restart;
    Secret** secret = std::get_if<Secret*>(&field);
    value.digest = Hash64(secret == nullptr ? Show(spec, field) : (*secret)->Reveal());
    values.push_back(std::move(value));
  }

  std::vector<EffectiveValue> values;

 private:
  std::string OriginOf(const char* name) const {
    const ConfigNode* node = stack_.back().node == nullptr ? nullptr : stack_.back().node->Find(name);
    if (node == nullptr || node->kind == Kind::kNull) node = FindShared(name);
    return node == nullptr || node->kind == Kind::kNull ? "default" : node->origin.ToString();
  }
  // databases.small.pool.max comes from pool.max when it is not given itself.
  const ConfigNode* FindShared(const char* name) const {
    std::vector<std::string> path = Split(PathOf(name), '.');
    if (path.size() < 4 || path.front() != "databases") return nullptr;
    const ConfigNode* node = &root_;
    for (std::size_t i = 2; i < path.size() && node != nullptr; ++i) node = node->Find(path[i]);
    return node;
  }
};

// ---- Listing keys ----

class InfoVisitor : public KeyVisitor {
 public:
  void Visit(const KeySpec& spec, FieldRef field) override {
    KeyInfo key;
    key.path = prefix_ + spec.name;
    key.type = TypeName(spec, field);
    key.fallback = Show(spec, field);
    key.doc = spec.doc;
    key.example = spec.example;
    key.restart = spec.restart;
    key.secret = std::holds_alternative<Secret*>(field);
    keys.push_back(std::move(key));
  }
  void BeginSection(const char* name, const char* doc) override { Enter(name, doc); }
  void EndSection() override { Leave(); }
  std::size_t BeginList(const char* name, const char* doc, std::size_t) override {
    Enter(std::string(name) + "[]", doc);
    return 1;
  }
  void BeginItem(std::size_t) override {}
  void EndItem() override {}
  void EndList() override { Leave(); }

  std::vector<KeyInfo> keys;

 private:
  void Enter(const std::string& name, const char* doc) {
    KeyInfo section;
    section.path = prefix_ + name;
    section.section = true;
    section.doc = doc;
    keys.push_back(std::move(section));
    lengths_.push_back(prefix_.size());
    prefix_ += name + ".";
  }
  void Leave() {
    prefix_.resize(lengths_.back());
    lengths_.pop_back();
  }

  std::string prefix_;
  std::vector<std::size_t> lengths_;
};

// ---- Secrets kept elsewhere ----

class SecretFinder {
 public:
  SecretFinder(const ConfigNode& tree, const Environment& environment, Problems* problems)
      : tree_(tree), environment_(environment), problems_(problems) {}

  // Fills `secret` from the variable or file named beside it.
  void Resolve(const char* list, std::size_t index, const char* key, const SecretSource& source, Secret* secret) {
    const int given = (secret->empty() ? 0 : 1) + (source.env_var.empty() ? 0 : 1) + (source.file.empty() ? 0 : 1);
    const std::string name(key);
    if (given > 1) {
      problems_->push_back({OriginOf(list, index, name.c_str()),
                            "give only one of '" + name + "', '" + name + "_env_var' and '" + name + "_file'"});
      return;
    }
    if (!source.env_var.empty())
      FromVariable(OriginOf(list, index, (name + "_env_var").c_str()), source.env_var, secret);
    if (!source.file.empty()) FromFile(OriginOf(list, index, (name + "_file").c_str()), source.file, secret);
    RegisterSecret(secret->Reveal());
  }

 private:
  Origin OriginOf(const char* list, std::size_t index, const char* key) const {
    const ConfigNode* node = &tree_;
    const std::vector<std::string> path = Split(list, '.');
    for (const std::string& part : path) node = node == nullptr ? nullptr : node->Find(part);
    if (node == nullptr || index >= node->items.size()) return tree_.origin;
    const ConfigNode* field = node->items[index].Find(key);
    return field == nullptr ? node->items[index].origin : field->origin;
  }
  void FromVariable(const Origin& origin, const std::string& name, Secret* secret) {
    const auto found = environment_.find(name);
    if (found == environment_.end()) {
      problems_->push_back({origin, "the environment variable '" + name + "' is not set"});
    } else {
      *secret = Secret(found->second);
    }
  }
  void FromFile(const Origin& origin, const std::string& path, Secret* secret) {
    std::ifstream in(path);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in) {
      problems_->push_back({origin, "cannot read the file '" + path + "'"});
    } else {
      *secret = Secret(std::string(Trim(text)));
    }
  }

  const ConfigNode& tree_;
  const Environment& environment_;
  Problems* problems_;
};

}  // namespace

std::vector<KeyInfo> ListKeys() {
  InfoVisitor visitor;
  AppOptions defaults;
  RawSecrets secrets;
  DescribeConfig(visitor, defaults, secrets);
  return std::move(visitor.keys);
}

AppOptions BindConfig(const ConfigNode& tree, const Environment& environment, Problems* problems) {
  AppOptions options;
  RawSecrets secrets;
  BindVisitor visitor(tree, problems);
  DescribeConfig(visitor, options, secrets);
  visitor.FindUnknownKeys();

  SecretFinder finder(tree, environment, problems);
  for (std::size_t i = 0; i < options.engine.databases.size(); ++i) {
    engine::DatabaseOptions& database = options.engine.databases[i];
    // password_file stays with the database: it is read at each connect.
    finder.Resolve("databases", i, "password", secrets.databases[i], &database.password);
  }
  std::vector<engine::ModelOptions>& models = options.engine.generation.models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    finder.Resolve("models", i, "api_key", secrets.models[i], &models[i].api_key);
  }
  std::vector<mcp::TokenOptions>& tokens = options.server.http.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    finder.Resolve("http.tokens", i, "token", secrets.tokens[i], &tokens[i].token);
  }
  return options;
}

void CheckKeys(const ConfigNode& tree, Problems* problems) {
  AppOptions options;
  RawSecrets secrets;
  BindVisitor visitor(tree, problems);
  DescribeConfig(visitor, options, secrets);
  visitor.FindUnknownKeys();
}

std::vector<EffectiveValue> ListEffective(const ConfigNode& tree) {
  EffectiveVisitor visitor(tree);
  AppOptions options;
  RawSecrets secrets;
  DescribeConfig(visitor, options, secrets);
  return std::move(visitor.values);
}

}  // namespace toomai::app
