#include "app/config_checks.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/loopback.h"
#include "base/redact.h"
#include "base/text.h"
#include "validator/name_pattern.h"

namespace toomai::app {
namespace {

constexpr std::size_t kLeastTokenLength = 16;
constexpr std::size_t kMostShownOfAName = 80;
constexpr const char *kColumnShape = "schema.table.column", *kRelationShape = "schema.table";

class Checker {
 public:
  Checker(const ConfigNode& tree, Problems* problems) : tree_(tree), problems_(problems) {}

  void Complain(const std::string& path, std::string message) {
    problems_->push_back({OriginOf(path), std::move(message)});
  }
  void Require(bool good, const std::string& path, std::string message) {
    if (!good) Complain(path, std::move(message));
  }

 private:
  // The origin of the deepest part of the path that was given; list items are found by index ("databases.0.url").
  Origin OriginOf(const std::string& path) const {
    const ConfigNode* node = &tree_;
    for (const std::string& part : Split(path, '.')) {
      const ConfigNode* next = nullptr;
      if (node->kind == ConfigNode::Kind::kList) {
        const auto index = static_cast<std::size_t>(std::atoi(part.c_str()));
        next = index < node->items.size() ? &node->items[index] : nullptr;
      } else {
        next = node->Find(part);
      }
      if (next == nullptr) break;
      node = next;
    }
    return node->origin;
  }

  const ConfigNode& tree_;
  Problems* problems_;
};

// Names travel in URIs, metrics and command lines.
bool IsGoodName(const std::string& name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
             std::string::npos;
}

template <typename Items>
void CheckNames(Checker& checker, const char* list, const Items& items) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string path = std::string(list) + "." + std::to_string(i) + ".name";
    checker.Require(IsGoodName(items[i].name), path,
                    items[i].name.empty() ? std::string("an item of '") + list + "' needs a 'name'"
                                          : "the name '" + Ellipsis(items[i].name, kMostShownOfAName) +
                                                "' may hold only letters, digits, '_', '-' and '.'");
    checker.Require(
        seen.insert(AsciiLower(items[i].name)).second || items[i].name.empty(), path,
        std::string("two items of '") + list + "' are called '" + Ellipsis(items[i].name, kMostShownOfAName) + "'");
  }
}

bool IsMemorySize(const std::string& text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const std::string unit = digits == std::string::npos ? "" : text.substr(digits);
  return digits != 0 && !text.empty() && (unit == "kB" || unit == "MB" || unit == "GB" || unit.empty());
}

// Parts between dots, none of them empty: `most` of them.
bool IsDottedName(const std::string& pattern, int most) {
  int parts = 0;
  std::string_view rest = pattern;
  do {
    const validator::DottedName split = validator::SplitLast(rest);
    if (split.last.empty() || ++parts > most) return false;
    rest = split.head;
  } while (!rest.empty());
  return pattern.front() != '.';
}

void CheckPatterns(Checker& checker, const std::string& at, const std::vector<std::string>& patterns, int most,
                   const char* shape) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    checker.Require(!patterns[i].empty() && IsDottedName(patterns[i], most), at,
                    "'" + patterns[i] + "' can never fit: write it as " + shape);
  }
}

void CheckDatabase(Checker& checker, const std::string& at, const engine::DatabaseOptions& o) {
  const std::string name = AsciiLower(o.name);
  checker.Require(
      name != "history" && name != "results" && name != "templates", at + ".name",
      "a database cannot be called '" + o.name + "': resources of other things have addresses with this name");
  checker.Require(
      o.pool.min <= o.pool.max, at + ".pool.min",
      "'pool.min' is " + std::to_string(o.pool.min) + " but 'pool.max' is only " + std::to_string(o.pool.max));
  const int passwords =
      (o.password.empty() ? 0 : 1) + (o.password_file.empty() ? 0 : 1) + (o.password_command.empty() ? 0 : 1);
  checker.Require(passwords <= 1, at + ".password",
                  "'" + o.name +
                      "' has several passwords: give one of password, password_env_var, password_file and "
                      "password_command");
  checker.Require(IsMemorySize(o.execution.work_mem), at + ".execution.work_mem",
                  "'work_mem' must look like 64MB, not '" + o.execution.work_mem + "'");
  checker.Require(o.execution.temp_file_limit.empty() || IsMemorySize(o.execution.temp_file_limit),
                  at + ".execution.temp_file_limit",
                  "'temp_file_limit' must look like 1GB, not '" + o.execution.temp_file_limit + "'");
  checker.Require(o.url.empty() || o.url.find('=') != std::string::npos || o.url.starts_with("postgres://") ||
                      o.url.starts_with("postgresql://"),
                  at + ".url", "'url' must start with postgresql:// or hold key=value words");
  for (std::size_t i = 0; i < o.masks.size(); ++i) {
    const std::string mask = at + ".masks." + std::to_string(i);
    checker.Require(!o.masks[i].column.empty(), mask, "a mask needs a 'column'");
    if (!o.masks[i].column.empty()) CheckPatterns(checker, mask, {o.masks[i].column}, 3, kColumnShape);
    checker.Require(!o.masks[i].method.empty(), mask, "a mask needs a 'method': hash, last4, null or redact");
  }
  CheckPatterns(checker, at + ".policy.denied_columns", o.policy.denied_columns, 3, kColumnShape);
  CheckPatterns(checker, at + ".policy.denied_relations", o.policy.denied_relations, 2, kRelationShape);
  CheckPatterns(checker, at + ".policy.allowed_relations", o.policy.allowed_relations, 2, kRelationShape);
  const auto port = o.parameters.find("port");
  if (port == o.parameters.end()) return;
  for (const std::string& one : Split(port->second, ',')) {
    const bool good = !one.empty() && one.size() <= 5 && one.find_first_not_of("0123456789") == std::string::npos &&
                      std::stoi(one) >= 1 && std::stoi(one) <= 65535;
    checker.Require(good, at + ".port", "'port' must be 1 to 65535, not '" + one + "'");
  }
}

bool LeadsSomewhere(const ConfigNode& database) {
  return std::any_of(database.members.begin(), database.members.end(), [](const auto& member) {
    const std::string& key = member.first;
    const bool from_file = member.second.origin.line > 0;
    return from_file || key == "url" || key == "host" || key == "service" || key == "database";
  });
}

// A variable or --set that misspells the name of a database would add one, and have no effect where it was meant to.
void CheckInvented(const ConfigNode* databases, Checker& checker) {
  if (databases == nullptr) return;
  std::vector<std::string> known;
  const auto name_of = [](const ConfigNode& database) {
    const ConfigNode* name = database.Find("name");
    return name == nullptr ? std::string() : name->text;
  };
  for (const ConfigNode& one : databases->items) {
    if (LeadsSomewhere(one)) known.push_back(name_of(one));
  }
  for (std::size_t i = 0; i < databases->items.size(); ++i) {
    const ConfigNode& one = databases->items[i];
    const std::string name = Ellipsis(name_of(one), kMostShownOfAName);
    if (known.empty() || LeadsSomewhere(one) || name == "default") continue;  // PGHOST and the like lead that one
    const std::string nearest = NearestName(name, known);
    checker.Complain("databases." + std::to_string(i),
                     "no database is called '" + name + "'; " +
                         (nearest.empty() ? "known are: " + Join(known, ", ") : "did you mean '" + nearest + "'?"));
  }
}

void CheckModel(Checker& checker, const std::string& at, const engine::ModelOptions& o) {
  checker.Require(o.base_url.starts_with("https://") || o.base_url.starts_with("http://"), at + ".base_url",
                  o.base_url.empty() ? "the model '" + o.name + "' needs a 'base_url'"
                                     : "'base_url' must start with https:// or http://");
  checker.Require(o.base_url.find_first_of("?#") == std::string::npos, at + ".base_url",
                  "'base_url' is the address alone: parameters stand in 'query_params'");
  checker.Require(!o.model.empty(), at + ".model", "the model '" + o.name + "' needs a 'model'");
  const bool is_object = o.extra_body.empty() || nlohmann::json::parse(o.extra_body, nullptr, false).is_object();
  checker.Require(is_object, at + ".extra_body", "'extra_body' must be a JSON object");
}

void CheckWrites(Checker& checker, const AppOptions& options) {
  for (std::size_t i = 0; i < options.writes.size(); ++i) {
    const engine::WriteOptions& o = options.writes[i];
    const std::string at = "writes." + std::to_string(i);
    const auto& all = options.engine.databases;
    const bool known = std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == o.database; });
    checker.Require(known, at + ".database",
                    "'writes' names the database '" + o.database + "', which is not configured");
    checker.Require(!o.tables.empty(), at + ".tables", "'writes' needs 'tables': each as schema.table");
    for (const std::string& table : o.tables) {
      checker.Require(table.find('.') != std::string::npos, at + ".tables",
                      "'" + table + "' must be written as schema.table");
    }
  }
}

void CheckHttp(Checker& checker, const mcp::HttpOptions& o) {
  checker.Require(o.certificate_file.empty() == o.key_file.empty(),
                  o.key_file.empty() ? "http.certificate_file" : "http.key_file",
                  "TLS needs both 'certificate_file' (--cert) and 'key_file' (--key)");
  checker.Require(IsLoopback(o.address) || o.authenticates() || o.allow_unauthenticated, "http.address",
                  "'" + o.address +
                      "' can be reached from other machines: add 'tokens' or 'oauth' (or, behind a proxy that "
                      "checks who calls, 'allow_unauthenticated: true')");
  const bool one_source = o.oauth.jwks_file.empty() != o.oauth.jwks_url.empty();
  checker.Require(o.oauth.issuer.empty() || (!o.oauth.resource.empty() && one_source), "http.oauth.issuer",
                  "OAuth needs 'issuer', 'resource', and either 'jwks_url' or 'jwks_file'");
  for (std::size_t i = 0; i < o.tokens.size(); ++i) {
    const std::string& token = o.tokens[i].token.Reveal();
    checker.Require(token.size() >= kLeastTokenLength, "http.tokens." + std::to_string(i),
                    token.empty()
                        ? "the token '" + o.tokens[i].name + "' has no 'token', 'token_env_var' or 'token_file'"
                        : "the token '" + o.tokens[i].name + "' is shorter than " + std::to_string(kLeastTokenLength) +
                              " characters");
  }
}

// Of the zones that this machine knows; one that knows none takes any name.
bool IsTimeZone(const std::string& name) {
  static const std::filesystem::path kZones = "/usr/share/zoneinfo";
  if (name.empty() || !std::filesystem::exists(kZones)) return true;
  return name.front() != '/' && name.find("..") == std::string::npos && std::filesystem::is_regular_file(kZones / name);
}

}  // namespace

void CheckCombinations(const ConfigNode& tree, const AppOptions& options, Problems* problems) {
  Checker checker(tree, problems);
  CheckNames(checker, "databases", options.engine.databases);
  CheckInvented(tree.Find("databases"), checker);
  CheckNames(checker, "models", options.engine.generation.models);
  CheckNames(checker, "http.tokens", options.server.http.tokens);
  for (std::size_t i = 0; i < options.engine.databases.size(); ++i) {
    CheckDatabase(checker, "databases." + std::to_string(i), options.engine.databases[i]);
  }
  for (std::size_t i = 0; i < options.engine.generation.models.size(); ++i) {
    CheckModel(checker, "models." + std::to_string(i), options.engine.generation.models[i]);
  }
  const engine::GenerationOptions& generation = options.engine.generation;
  checker.Require(IsTimeZone(generation.timezone), "generation.timezone",
                  "there is no time zone '" + generation.timezone + "'; it is written as in Europe/Berlin");
  checker.Require(generation.low_confidence <= generation.high_confidence, "generation.low_confidence",
                  "'low_confidence' is above 'high_confidence'");
  const bool all_priced = std::all_of(generation.models.begin(), generation.models.end(), [](const auto& model) {
    return model.price_prompt > 0 || model.price_completion > 0;
  });
  checker.Require(generation.daily_cost <= 0 || all_priced, "generation.daily_cost",
                  "'daily_cost' needs 'price_prompt' or 'price_completion' of each model, or nothing would be counted");
  const std::string& store = options.engine.history.store;
  checker.Require(
      store.find("://") == std::string::npos || store.starts_with("postgres://") || store.starts_with("postgresql://"),
      "history.store", "'store' is the path of a file, or postgresql://…");
  CheckHttp(checker, options.server.http);
  CheckWrites(checker, options);
}

void CheckTokenDatabases(const ConfigNode& tree, const AppOptions& options, Problems* problems) {
  Checker checker(tree, problems);
  for (const mcp::TokenOptions& token : options.server.http.tokens) {
    for (const std::string& name : token.databases.value_or(std::vector<std::string>())) {
      const auto& all = options.engine.databases;
      const bool known = std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
      checker.Require(known, "http.tokens",
                      "the token '" + token.name + "' names the database '" + name + "', which is not configured");
    }
  }
}

}  // namespace toomai::app
