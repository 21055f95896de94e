#include "app/config_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/config.h"
#include "app/config_docs.h"
#include "app/terminal.h"
#include "base/text.h"

namespace toomai::app {
namespace {

struct Flags {
  bool check = false, all = false, json = false, reference = false, example = false;
};

std::string Padded(const std::string& text, std::size_t width) {
  const std::size_t used = DisplayWidth(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

void PrintProblems(const Problems& problems) {
  for (const Problem& problem : problems) {
    std::fprintf(stderr, "%s %s\n", Styled(problem.origin.ToString() + ":", "1").c_str(), problem.message.c_str());
  }
}

void PrintTable(const std::vector<EffectiveValue>& values, bool all) {
  std::size_t path_width = 0, value_width = 0;
  std::vector<const EffectiveValue*> shown;
  for (const EffectiveValue& value : values) {
    if (!all && value.origin == "default") continue;
    shown.push_back(&value);
    path_width = std::max(path_width, DisplayWidth(value.path));
    value_width = std::max(value_width, std::min<std::size_t>(DisplayWidth(value.value), 60));
  }
  for (const EffectiveValue* value : shown) {
    std::printf("%s  %s  %s\n", Padded(value->path, path_width).c_str(), Padded(value->value, value_width).c_str(),
                Styled(value->origin, "2").c_str());
  }
  if (!all) std::printf("%s\n", Styled("All other keys have their defaults: toomai config --all", "2").c_str());
}

void PrintJson(const LoadedConfig& config, const std::vector<EffectiveValue>& values) {
  nlohmann::ordered_json json;
  json["files"] = config.files;
  json["environment"] = config.environment_name;
  json["values"] = nlohmann::ordered_json::array();
  for (const EffectiveValue& value : values) {
    json["values"].push_back(
        {{"key", value.path}, {"value", value.value}, {"origin", value.origin}, {"restart", value.restart}});
  }
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

int Run(const Globals& globals, const Flags& flags) {
  if (flags.reference) std::fputs(ConfigReference().c_str(), stdout);
  if (flags.example) std::fputs(ConfigExample().c_str(), stdout);
  if (flags.reference || flags.example) return kDone;
  Problems problems;
  const LoadedConfig config = ReadConfig(SourcesOf(globals), &problems);
  PrintProblems(problems);
  if (flags.check) {
    if (problems.empty()) {
      std::printf("The configuration is right: %s.\n",
                  config.files.empty() ? "no file, environment and defaults only" : Join(config.files, ", ").c_str());
    } else {
      std::fprintf(stderr, "%zu problem%s.\n", problems.size(), problems.size() == 1 ? "" : "s");
    }
    return problems.empty() ? kDone : kUsage;
  }
  const std::vector<EffectiveValue> values = ListEffective(config.tree);
  if (flags.json) {
    PrintJson(config, values);
  } else {
    PrintTable(values, flags.all);
  }
  return problems.empty() ? kDone : kUsage;
}

}  // namespace

void DefineConfigCommand(CLI::App* command, const Globals& globals, int* status) {
  auto flags = std::make_shared<Flags>();
  command->add_flag("--check", flags->check, "only say whether it is right; exit 2 when it is not");
  command->add_flag("--all", flags->all, "also the keys that have their defaults");
  command->add_flag("--json", flags->json, "as JSON, with all keys");
  command->add_flag("--reference", flags->reference, "describe every key (Markdown)");
  command->add_flag("--example", flags->example, "print a file with every key, to start from");
  command->callback([&globals, flags, status] { *status = Run(globals, *flags); });
}

}  // namespace toomai::app
