#include "app/context.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "app/formats.h"
#include "app/terminal.h"
#include "base/log.h"

namespace toomai::app {
namespace {

std::stop_source& SignalSource() {
  static std::stop_source source;
  return source;
}

}  // namespace

void AddGlobalOptions(CLI::App& app, Globals* globals) {
  app.add_option("-c,--config", globals->config_files, "YAML configuration file (repeat: later ones win)");
  app.add_option("--env", globals->environment, "overlay from 'environments:' in the configuration");
  app.add_option("--set", globals->settings, "one setting, e.g. --set execution.max_rows=100 (repeat)");
  app.add_option("--url", globals->database_url, "a database, instead of those configured: postgresql://user@host/name");
  app.add_option("--log-level", globals->log_level, "trace, debug, info, warn, error or off");
  app.add_option("--log-format", globals->log_format, "console or json");
}

int Report(const Error& error) {
  std::string text = Styled("toomai: ", "31") + TerminalSafe(error.message);
  if (!error.sqlstate.empty()) text += " [" + error.sqlstate + "]";
  text += "\n";
  if (!error.hint.empty()) text += "  -> " + TerminalSafe(error.hint) + "\n";
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

Expected<std::unique_ptr<engine::Engine>> OpenEngine(const Globals& globals) {
  engine::Options options;
  const char* url = std::getenv("DATABASE_URL");
  engine::DatabaseOptions database;
  database.name = "default";
  database.url = !globals.database_url.empty() ? globals.database_url : url != nullptr ? url : "";
  options.databases.push_back(database);
  return engine::MakeEngine(std::move(options));
}

}  // namespace toomai::app
