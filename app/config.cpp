#include "app/config.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>

#include "app/config_checks.h"
#include "base/file.h"
#include "base/text.h"

extern char** environ;

namespace toomai::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = 4 << 20;
constexpr const char* kOpenAiUrl = "https://api.openai.com/v1";
constexpr const char* kOpenAiModel = "gpt-4o-mini";

std::string Variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

Origin FromVariable(const std::string& name) {
  return {"environment " + name, 0};
}

// ---- Files ----

ConfigNode ReadConfigFile(const std::string& path, Problems* problems) {
  const auto text = ReadFile(path, kMaxFileBytes);
  if (text) return ParseYaml(*text, path, problems);
  const bool missing = text.error().code == ErrorCode::kNotFound;
  problems->push_back({{path, 0}, missing ? "there is no such configuration file" : text.error().message});
  return ConfigNode::Map({path, 0});
}

std::vector<std::string> FilesOf(const ConfigSources& sources) {
  if (!sources.files.empty()) return sources.files;
  if (const std::string named = Variable(sources.environment, "TOOMAI_CONFIG"); !named.empty())
    return Split(named, ':');
  for (const std::string& path : DefaultConfigFiles(sources.environment)) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return {path};
  }
  return {};
}

// Takes `environments:` out of the tree and merges the chosen one. All of them are checked, chosen or not.
void ApplyOverlay(const std::string& chosen, ConfigNode* tree, Problems* problems) {
  const auto place = std::find_if(tree->members.begin(), tree->members.end(),
                                  [](const auto& member) { return member.first == "environments"; });
  if (place == tree->members.end()) {
    if (!chosen.empty()) {
      problems->push_back(
          {tree->origin, "there is no environment '" + chosen + "': the configuration has no 'environments'"});
    }
    return;
  }
  const ConfigNode overlays = std::move(place->second);
  tree->members.erase(place);
  if (overlays.kind != ConfigNode::Kind::kMap) {
    problems->push_back({overlays.origin, "'environments' must hold a section for each environment"});
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, overlay] : overlays.members) {
    names.push_back(name);
    if (name != chosen) CheckKeys(overlay, problems);
  }
  const ConfigNode* overlay = overlays.Find(chosen);
  if (overlay != nullptr) Merge(*overlay, tree);
  if (overlay == nullptr && !chosen.empty()) {
    const std::string nearest = NearestName(chosen, names);
    problems->push_back({overlays.origin, "there is no environment '" + chosen + "'; " +
                                              (nearest.empty() ? "known are: " + Join(names, ", ")
                                                               : "did you mean '" + nearest + "'?")});
  }
}

// ---- Environment ----

bool HasItems(const ConfigNode& tree, const char* list) {
  const ConfigNode* node = tree.Find(list);
  return node != nullptr && !node->items.empty();
}

void SetDefaultDatabase(const std::string& key, const std::string& value, const Origin& origin, ConfigNode* tree) {
  if (!value.empty()) SetPath({"databases", "default", key}, value, origin, tree);
}

// DATABASE_URL, POSTGRES_* and PG* name one database, called "default", unless a file lists databases. What libpq reads
// itself (PGHOST and the like) is left to libpq; we only see that it was given.
void AddDefaultDatabase(const Environment& environment, ConfigNode* tree) {
  if (HasItems(*tree, "databases")) return;
  if (const std::string url = Variable(environment, "DATABASE_URL"); !url.empty()) {
    SetDefaultDatabase("url", url, FromVariable("DATABASE_URL"), tree);
  } else {
    const std::pair<const char*, const char*> kParts[] = {
        {"POSTGRES_HOST", "host"}, {"POSTGRES_PORT", "port"},         {"POSTGRES_DB", "database"},
        {"POSTGRES_USER", "user"}, {"POSTGRES_PASSWORD", "password"}, {"POSTGRES_SSL_MODE", "sslmode"},
    };
    for (const auto& [variable, key] : kParts) {
      SetDefaultDatabase(key, Variable(environment, variable), FromVariable(variable), tree);
    }
    for (const char* variable : {"PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"}) {
      if (!HasItems(*tree, "databases") && !Variable(environment, variable).empty()) {
        SetDefaultDatabase("description", std::string("from ") + variable, FromVariable(variable), tree);
      }
    }
  }
  if (!HasItems(*tree, "databases")) return;
  const std::pair<const char*, const char*> kPool[] = {{"POSTGRES_POOL_SIZE", "max"},
                                                       {"POSTGRES_MAX_OVERFLOW", "overflow"}};
  for (const auto& [variable, key] : kPool) {
    const std::string value = Variable(environment, variable);
    if (!value.empty()) SetPath({"databases", "default", "pool", key}, value, FromVariable(variable), tree);
  }
}

std::string AsciiUpper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string HostOf(const std::string& url) {
  const std::size_t start = url.find("://");
  if (start == std::string::npos) return url;
  return url.substr(0, url.find_first_of("/?#", start + 3));
}

// OPENAI_* make one model unless a file lists models; a listed model without a key gets OPENAI_API_KEY when it talks to
// the same server.
void AddOpenAi(const Environment& environment, ConfigNode* tree) {
  const std::string key = Variable(environment, "OPENAI_API_KEY"), url = Variable(environment, "OPENAI_BASE_URL");
  const std::string base = url.empty() ? kOpenAiUrl : url;
  if (!HasItems(*tree, "models")) {
    if (key.empty() && url.empty()) return;
    const std::string model = Variable(environment, "OPENAI_MODEL");
    const std::string first = key.empty() ? "OPENAI_BASE_URL" : "OPENAI_API_KEY";
    SetPath({"models", "openai", "base_url"}, base, url.empty() ? FromVariable(first) : FromVariable("OPENAI_BASE_URL"),
            tree);
    SetPath({"models", "openai", "model"}, model.empty() ? kOpenAiModel : model,
            FromVariable(model.empty() ? first : "OPENAI_MODEL"), tree);
    if (!key.empty()) SetPath({"models", "openai", "api_key"}, key, FromVariable("OPENAI_API_KEY"), tree);
    return;
  }
  if (key.empty()) return;
  for (auto& [name, list] : tree->members) {
    if (name != "models") continue;
    for (ConfigNode& model : list.items) {
      const ConfigNode* own = model.Find("base_url");
      const bool has_key = model.Find("api_key") != nullptr || model.Find("api_key_env_var") != nullptr ||
                           model.Find("api_key_file") != nullptr;
      if (model.kind != ConfigNode::Kind::kMap || own == nullptr || has_key || HostOf(own->text) != HostOf(base))
        continue;
      model.members.emplace_back("api_key", ConfigNode::Scalar(key, FromVariable("OPENAI_API_KEY")));
    }
  }
}

constexpr std::string_view kPrefix = "TOOMAI_";

// A variable that names no key is none of ours, unless it looks like a slip of the fingers.
void CheckVariable(const std::string& name, const std::set<std::string>& plain, Problems* problems) {
  if (name == "TOOMAI_CONFIG" || name == "TOOMAI_ENV" || name == "TOOMAI_TOKEN") return;
  std::vector<std::string> known(plain.begin(), plain.end());
  for (const KeyInfo& key : ListKeys()) {
    if (!key.section && key.path.find("[]") == std::string::npos) known.push_back(key.path);
  }
  for (std::string& path : known) {
    for (std::size_t at = 0; (at = path.find('.', at)) != std::string::npos; at += 2) path.replace(at, 1, "__");
  }
  const std::string nearest = NearestName(AsciiLower(name.substr(kPrefix.size())), known);
  if (nearest.empty()) return;
  problems->push_back(
      {FromVariable(name), "this names no key; did you mean " + std::string(kPrefix) + AsciiUpper(nearest) + "?"});
}

// TOOMAI_SECTION__KEY, and TOOMAI_KEY for the keys that stand in no section.
void AddToomaiVariables(const Environment& environment, ConfigNode* tree, Problems* problems) {
  const std::set<std::string> plain = {"state_directory", "default_timeout", "calls_per_minute"};
  for (auto it = environment.lower_bound(std::string(kPrefix)); it != environment.end(); ++it) {
    const auto& [name, value] = *it;
    if (!name.starts_with(kPrefix)) break;
    const std::string key = AsciiLower(name.substr(kPrefix.size()));
    std::vector<std::string> path;
    for (std::size_t start = 0; start != std::string::npos;) {
      const std::size_t end = key.find("__", start);
      path.push_back(key.substr(start, end == std::string::npos ? end : end - start));
      start = end == std::string::npos ? end : end + 2;
    }
    if (path.size() > 1 || plain.count(key) > 0)
      SetPath(path, value, FromVariable(name), tree);
    else
      CheckVariable(name, plain, problems);
  }
}

// ---- Command line ----

void AddSettings(const std::vector<std::string>& settings, ConfigNode* tree, Problems* problems) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems->push_back({{"--set " + setting, 0}, "write it as section.key=value"});
      continue;
    }
    SetPath(Split(setting.substr(0, equals), '.'), setting.substr(equals + 1),
            {"--set " + setting.substr(0, equals), 0}, tree);
  }
}

void AddFlags(const std::vector<ConfigFlag>& flags, ConfigNode* tree) {
  for (const ConfigFlag& flag : flags) SetPath(Split(flag.path, '.'), flag.value, {flag.origin, 0}, tree);
}

// Changes are allowed for databases by name, and this one is not among them.
void UseOnlyDatabase(const std::string& url, ConfigNode* tree) {
  if (url.empty()) return;
  std::erase_if(tree->members,
                [](const auto& member) { return member.first == "databases" || member.first == "writes"; });
  SetPath({"databases", "default", "url"}, url, {"--url", 0}, tree);
}

// In the order in which a person meets them: source by source, line by line.
void SortProblems(Problems* problems) {
  std::vector<std::string> order;
  const auto rank = [&](const Problem& problem) {
    return std::find(order.begin(), order.end(), problem.origin.where) - order.begin();
  };
  for (const Problem& problem : *problems) {
    if (rank(problem) == static_cast<std::ptrdiff_t>(order.size())) order.push_back(problem.origin.where);
  }
  std::stable_sort(problems->begin(), problems->end(), [&](const Problem& a, const Problem& b) {
    return std::make_pair(rank(a), a.origin.line) < std::make_pair(rank(b), b.origin.line);
  });
}

}  // namespace

ConfigSources ConfigSources::OfProcess() {
  ConfigSources sources;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) sources.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return sources;
}

std::vector<std::string> DefaultConfigFiles(const Environment& environment) {
  std::vector<std::string> files;
  const std::string config = Variable(environment, "XDG_CONFIG_HOME"), home = Variable(environment, "HOME");
  if (!config.empty()) {
    files.push_back(config + "/toomai/config.yaml");
  } else if (!home.empty()) {
    files.push_back(home + "/.config/toomai/config.yaml");
  }
  files.emplace_back("/etc/toomai/config.yaml");
  return files;
}

std::string DefaultStateDirectory(const Environment& environment) {
  if (const std::string state = Variable(environment, "XDG_STATE_HOME"); !state.empty()) return state + "/toomai";
  if (const std::string home = Variable(environment, "HOME"); !home.empty()) return home + "/.local/state/toomai";
  return "/var/lib/toomai";
}

LoadedConfig ReadConfig(const ConfigSources& sources, Problems* problems) {
  LoadedConfig config;
  config.files = FilesOf(sources);
  config.tree = ConfigNode::Map({config.files.empty() ? "configuration" : config.files.front(), 0});
  for (const std::string& file : config.files) Merge(ReadConfigFile(file, problems), &config.tree);
  config.environment_name =
      sources.environment_name.empty() ? Variable(sources.environment, "TOOMAI_ENV") : sources.environment_name;
  ApplyOverlay(config.environment_name, &config.tree, problems);
  AddDefaultDatabase(sources.environment, &config.tree);
  AddOpenAi(sources.environment, &config.tree);
  AddToomaiVariables(sources.environment, &config.tree, problems);
  UseOnlyDatabase(sources.database_url, &config.tree);
  AddSettings(sources.settings, &config.tree, problems);
  AddFlags(sources.flags, &config.tree);

  config.options = BindConfig(config.tree, sources.environment, problems);
  if (config.options.engine.state_directory.empty()) {
    config.options.engine.state_directory = DefaultStateDirectory(sources.environment);
  }
  CheckCombinations(config.tree, config.options, problems);
  // With --url the names that tokens are limited to mean databases that are not there: such tokens may use none.
  if (sources.database_url.empty()) CheckTokenDatabases(config.tree, config.options, problems);
  SortProblems(problems);
  return config;
}

Expected<LoadedConfig> LoadConfig(const ConfigSources& sources) {
  Problems problems;
  LoadedConfig config = ReadConfig(sources, &problems);
  if (problems.empty()) return config;
  std::string message = problems.size() == 1
                            ? "the configuration is wrong:"
                            : "the configuration has " + std::to_string(problems.size()) + " problems:";
  for (const Problem& problem : problems) message += "\n  " + problem.ToString();
  return Fail(ErrorCode::kInvalidArgument, std::move(message),
              "all keys: docs/config.md, or toomai config --reference");
}

}  // namespace toomai::app
