#include "app/context.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>

#include <unistd.h>

#include "app/config.h"
#include "app/formats.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/text.h"

namespace toomai::app {
namespace {

std::stop_source& SignalSource() {
  static std::stop_source source;
  return source;
}

// Line breaks are ours; whatever else a message quotes is made safe.
std::string SafeLines(std::string_view text) {
  std::vector<std::string> lines = Split(text, '\n');
  for (std::string& line : lines) line = TerminalSafe(line);
  return Join(lines, "\n");
}

}  // namespace

void AddGlobalOptions(CLI::App& app, Globals* globals) {
  app.add_option("-c,--config", globals->config_files, "YAML configuration file (repeat: later ones win)")
      ->allow_extra_args(false);
  app.add_option("--env", globals->environment, "overlay from 'environments:' in the configuration");
  app.add_option("--set", globals->settings, "one setting, e.g. --set execution.max_rows=100 (repeat)")
      ->allow_extra_args(false);
  app.add_option("--url", globals->database_url,
                 "a database, instead of those configured: postgresql://user@host/name");
  app.add_option("--log-level", globals->log_level, "trace, debug, info, warn, error or off");
  app.add_option("--log-format", globals->log_format, "console or json");
}

int Report(const Error& error) {
  std::string text = Styled("toomai: ", "31") + SafeLines(error.message);
  if (!error.sqlstate.empty()) text += " [" + error.sqlstate + "]";
  text += "\n";
  if (!error.hint.empty()) text += "  -> " + SafeLines(error.hint) + "\n";
  std::fputs(text.c_str(), stderr);
  return error.code == ErrorCode::kInvalidArgument ? kUsage : kFailed;
}

engine::Caller LocalCaller() {
  engine::Caller caller;
  if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') caller.name = user;
  caller.client = "cli";
  caller.may_review = true;
  return caller;
}

std::stop_token StopOnSignals() {
  // A signal handler may only touch lock-free things; a small thread turns the signal into a stop request.
  static const bool once = [] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread([set] {
      int signal = 0;
      sigwait(&set, &signal);
      SignalSource().request_stop();
      sigwait(&set, &signal);
      _exit(128 + signal);
    }).detach();
    return true;
  }();
  (void)once;
  return SignalSource().get_token();
}

ConfigSources SourcesOf(const Globals& globals) {
  ConfigSources sources = ConfigSources::OfProcess();
  if (!globals.config_files.empty()) sources.files = globals.config_files;
  if (!globals.environment.empty()) sources.environment_name = globals.environment;
  sources.settings = globals.settings;
  if (!globals.log_level.empty()) sources.settings.push_back("log.level=" + globals.log_level);
  if (!globals.log_format.empty()) sources.settings.push_back("log.format=" + globals.log_format);
  if (!globals.database_url.empty()) sources.database_url = globals.database_url;
  return sources;
}

void UseTimeZone(const std::string& zone) {
  if (zone.empty()) return;
  setenv("TZ", zone.c_str(), 1);
  setenv("PGTZ", zone.c_str(), 0);
  tzset();
}

Expected<AppOptions> LoadOptions(const Globals& globals) {
  auto config = LoadConfig(SourcesOf(globals));
  if (!config) return Fail(config.error());
  UseTimeZone(config->options.engine.generation.timezone);
  InitLog(config->options.log);
  return std::move(config->options);
}

Expected<std::unique_ptr<engine::Engine>> OpenEngine(const Globals& globals, int* timeout_ms) {
  auto options = LoadOptions(globals);
  if (!options) return Fail(options.error());
  if (timeout_ms != nullptr && *timeout_ms == 0) {
    const auto most = std::chrono::milliseconds(std::numeric_limits<int>::max());
    *timeout_ms = static_cast<int>(std::min(options->engine.default_timeout, most).count());
  }
  // A person at a command line wants the answer; servers and --log-level say more.
  if (globals.log_level.empty() && options->log.level == Level::kInfo) {
    std::map<std::string, Level> modules = options->log.modules;
    modules.try_emplace("pool", Level::kError);  // what it would say, the command's own error says once
    SetLogLevels(Level::kWarn, std::move(modules));
  }
  return engine::MakeEngine(std::move(options->engine));
}

}  // namespace toomai::app
