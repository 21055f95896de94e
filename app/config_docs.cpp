#include "app/config_docs.h"

#include <algorithm>
#include <vector>

#include "app/config_keys.h"
#include "base/text.h"

namespace toomai::app {
namespace {

std::string LastPart(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::string Cell(std::string text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

// databases[].pool repeats pool: told once.
bool RepeatsSharedSection(const std::string& path) {
  for (const char* section : {"databases[].pool", "databases[].execution", "databases[].policy"}) {
    if (path.starts_with(std::string(section) + ".")) return true;
  }
  return false;
}

std::string SampleValue(const KeyInfo& key) {
  if (!key.example.empty()) return key.example;
  if (!key.fallback.empty() && key.fallback != "[hidden]") return key.fallback;
  return "\"\"";
}

// Keys that would contradict another one of the example, or name files that do not exist, stand there as comments.
bool IsAlternative(const KeyInfo& key) {
  static const std::vector<std::string> kAlternatives = {"databases[].url",
                                                         "databases[].password",
                                                         "databases[].password_file",
                                                         "databases[].password_command",
                                                         "databases[].service",
                                                         "databases[].parameters",
                                                         "databases[].sslmode",
                                                         "databases[].sslrootcert",
                                                         "databases[].sslcert",
                                                         "databases[].sslkey",
                                                         "databases[].target_session_attrs",
                                                         "databases[].glossary",
                                                         "databases[].templates",
                                                         "databases[].statement_role",
                                                         "databases[].schemas",
                                                         "databases[].pool",
                                                         "databases[].execution",
                                                         "databases[].policy",
                                                         "models[].api_key",
                                                         "models[].api_key_file",
                                                         "models[].query_params",
                                                         "models[].extra_body",
                                                         "http.tokens[].token",
                                                         "http.tokens[].token_file",
                                                         "http.tokens[].database_role",
                                                         "http.tokens[].claims",
                                                         "http.oauth.issuer",
                                                         "http.oauth.resource",
                                                         "http.oauth.jwks_url",
                                                         "policy.denied_relations",
                                                         "policy.denied_columns",
                                                         "policy.allowed_user_functions",
                                                         "policy.allowed_system_relations",
                                                         "policy.allowed_functions",
                                                         "policy.search_path"};
  return std::find(kAlternatives.begin(), kAlternatives.end(), key.path) != kAlternatives.end();
}

}  // namespace

std::string ConfigReference() {
  std::string page;
  bool in_table = false;
  for (const KeyInfo& key : ListKeys()) {
    if (RepeatsSharedSection(key.path)) continue;
    if (key.section) {
      page += "\n### `" + key.path + "`\n\n" + key.doc + "\n";
      in_table = false;
      continue;
    }
    if (!in_table) page += "\n| key | type | default | meaning |\n|---|---|---|---|\n";
    in_table = true;
    page += "| `" + key.path + "` | " + Cell(key.type) + " | " +
            (key.fallback.empty() ? std::string() : "`" + Cell(key.fallback) + "`") + " | " + Cell(key.doc) +
            (key.restart ? " *Restart.*" : "") + " |\n";
  }
  return page;
}

std::string ConfigExample() {
  std::string file =
      "# Every key of toomai's configuration, with its default or an example. None is needed: copy what you change.\n"
      "# Meaning of each: docs/config.md. Checked by: toomai config --check -c FILE\n";
  std::vector<std::string> lists;  // sections of the path that are lists
  bool starts_item = false;
  for (const KeyInfo& key : ListKeys()) {
    if (RepeatsSharedSection(key.path)) continue;
    const auto depth = static_cast<std::size_t>(std::count(key.path.begin(), key.path.end(), '.'));
    const auto items = [&] {
      std::size_t count = 0;
      for (std::size_t at = key.path.find("[]."); at != std::string::npos; at = key.path.find("[].", at + 1)) ++count;
      return count;
    }();
    std::string indent(2 * (depth + items), ' ');
    std::string name = LastPart(key.path);
    if (key.section) {
      const bool list = name.ends_with("[]");
      if (list) name.resize(name.size() - 2);
      file += (depth == 0 ? "\n" : "") + indent + "# " + key.doc + "\n";
      file += IsAlternative(key) ? indent + "# " + name + ": {}\n" : indent + name + ":\n";
      starts_item = list;
      continue;
    }
    if (starts_item) indent.replace(indent.size() - 2, 2, "- ");
    starts_item = false;
    const std::string line = name + ": " + SampleValue(key);
    std::string comment = IsAlternative(key) ? "# " : "";
    file += indent + comment + line + "  # " + key.doc + "\n";
  }
  return file +
         "\n# Overlays, chosen with --env NAME or TOOMAI_ENV.\nenvironments:\n  dev:\n    log:\n      level: debug\n";
}

}  // namespace toomai::app
