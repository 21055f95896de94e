#include "app/config_keys.h"

#include <algorithm>
#include <iterator>

#include "app/config_fields.h"
#include "app/key_visitor.h"
#include "base/file.h"
#include "base/redact.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using Kind = ConfigNode::Kind;

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
    if (node != nullptr && node->kind != Kind::kNull) ReadField(spec, PathOf(spec.name), *node, field, problems_);
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

  Problems* problems_;
};

// Of a URL in quotes; also of one without a scheme, user:password@host.
std::string WithoutPassword(const std::string& quoted) {
  constexpr std::string_view kScheme = "x://";
  const std::string url = quoted.substr(1, quoted.size() - 2);
  const bool bare = url.find("://") == std::string::npos && url.find('@') != std::string::npos;
  return Redact(bare ? std::string(kScheme) + url : url).substr(bare ? kScheme.size() : 0);
}

// ---- Listing values: reads the tree, and notes each value with its origin ----

class EffectiveVisitor : public BindVisitor {
 public:
  explicit EffectiveVisitor(const ConfigNode& tree) : BindVisitor(tree, nullptr) {}

  void Visit(const KeySpec& spec, FieldRef field) override {
    BindVisitor::Visit(spec, field);
    EffectiveValue value;
    value.path = PathOf(spec.name);
    value.value = Show(spec, field);
    if (spec.redact_url && value.value.size() > 2) value.value = "\"" + WithoutPassword(value.value) + "\"";
    value.origin = OriginOf(spec.name);
    value.restart = spec.restart;
    KeySpec open = spec;
    open.hidden = false;
    Secret** secret = std::get_if<Secret*>(&field);
    value.digest = Hash64(secret == nullptr ? Show(open, field) : (*secret)->Reveal());
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

constexpr std::size_t kMostSecretBytes = 64u << 10;

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
    const auto text = ReadFile(path, kMostSecretBytes);
    if (!text) {
      problems_->push_back({origin, text.error().message});
    } else {
      *secret = Secret(std::string(Trim(*text)));
    }
  }

  const ConfigNode& tree_;
  const Environment& environment_;
  Problems* problems_;
};

// Members of maps that are called as secrets are. Others ("api-version") must stay readable wherever they occur.
void RegisterSecretsIn(const StringMap& map) {
  for (const auto& [name, value] : map) {
    const std::string lower = AsciiLower(name);
    for (const std::string_view word : {"password", "secret", "token", "key", "auth", "cookie"}) {
      if (lower.find(word) == std::string::npos) continue;
      RegisterSecret(value);
      if (const std::size_t space = value.rfind(' '); space != std::string::npos)
        RegisterSecret(value.substr(space + 1));
      break;
    }
  }
}

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
    RegisterUrlPassword(database.url);
    RegisterSecretsIn(database.parameters);
  }
  for (const engine::WriteOptions& writes : options.writes) RegisterUrlPassword(writes.url);
  RegisterUrlPassword(options.engine.history.store);
  std::vector<engine::ModelOptions>& models = options.engine.generation.models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    finder.Resolve("models", i, "api_key", secrets.models[i], &models[i].api_key);
    RegisterSecretsIn(models[i].query_params);
    RegisterSecretsIn(models[i].extra_headers);
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
