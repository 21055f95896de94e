// Configuration: YAML files, environment variables and command line, merged in that order, checked as a whole.
//
// Everything works without any file. All that is wrong is told at once, each with its place and what to write instead.
#pragma once

#include <string>
#include <vector>

#include "app/config_keys.h"
#include "app/config_tree.h"
#include "app/options.h"
#include "base/error.h"

namespace toomai::app {

// One key that an option or a variable of a command stands for; wins over everything else.
struct ConfigFlag {
  std::string path{}, value{};  // "http.address", "0.0.0.0"
  std::string origin{};         // "--address"
};

struct ConfigSources {
  std::vector<std::string> files{};     // later ones win; empty: $TOOMAI_CONFIG, or the first of DefaultConfigFiles
  std::string environment_name{};       // overlay from `environments:`; empty: $TOOMAI_ENV, or none
  std::vector<std::string> settings{};  // "execution.max_rows=100"
  std::string database_url{};           // this database instead of all others
  std::vector<ConfigFlag> flags{};
  Environment environment{};

  // With the environment of the process.
  static ConfigSources OfProcess();
};

struct LoadedConfig {
  AppOptions options;
  ConfigNode tree;                 // merged; for ListEffective
  std::vector<std::string> files;  // that were read
  std::string environment_name;
};

// /…/.config/toomai/config.yaml and /etc/toomai/config.yaml. Never the working directory: a downloaded folder must not
// be able to run a password_command.
std::vector<std::string> DefaultConfigFiles(const Environment& environment);
std::string DefaultStateDirectory(const Environment& environment);

// The error's message holds every problem, one a line.
Expected<LoadedConfig> LoadConfig(const ConfigSources& sources);
// The same with the problems apart; the result is then only good for showing.
LoadedConfig ReadConfig(const ConfigSources& sources, Problems* problems);

}  // namespace toomai::app
