// What every command needs: the global options, the configuration they lead to, and an engine made from it.
#pragma once

#include <csignal>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/options.h"
#include "base/deadline.h"
#include "base/error.h"
#include "engine/engine.h"

namespace CLI {
class App;
}

namespace toomai::app {

// Options that stand before or after any command.
struct Globals {
  std::vector<std::string> config_files;
  std::string environment;
  std::vector<std::string> settings;  // --set key=value
  std::string database_url;           // --url: one database, no file needed
  std::string log_level, log_format;
  bool quiet = false;
};
void AddGlobalOptions(CLI::App& app, Globals* globals);

// Exit statuses of the program.
inline constexpr int kDone = 0, kFailed = 1, kUsage = 2;

// Prints message and hint on stderr; gives the exit status that fits.
int Report(const Error& error);

// The configuration that the options and the environment lead to; the log is set up by it.
ConfigSources SourcesOf(const Globals& globals);
// "Today" is a day of this zone, here and in sessions of PostgreSQL (whose PGTZ goes before). Before any thread starts.
void UseTimeZone(const std::string& zone);
Expected<AppOptions> LoadOptions(const Globals& globals);
// `timeout_ms`: what --timeout gave; left at 0 it becomes the configured default_timeout.
Expected<std::unique_ptr<engine::Engine>> OpenEngine(const Globals& globals, int* timeout_ms = nullptr);
engine::Caller LocalCaller();

// Ctrl-C and SIGTERM stop what runs; a second one ends the program at once.
std::stop_token StopOnSignals();

}  // namespace toomai::app
