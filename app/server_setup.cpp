#include "app/server_setup.h"

#include "app/cli.h"
#include "app/config.h"
#include "base/log.h"

namespace toomai::app {

Expected<ServerSetup> SetUpServer(const Globals& globals) {
  ConfigSources sources = ConfigSources::OfProcess();
  sources.files = globals.config_files;
  sources.environment_name = globals.environment;
  sources.settings = globals.settings;
  sources.database_url = globals.database_url;
  auto config = LoadConfig(sources);
  if (!config) return Fail(config.error());
  LogOptions log = config->options.log;
  if (const auto level = ParseLevel(globals.log_level)) log.level = *level;
  if (globals.log_format == "json") log.format = LogOptions::Format::kJson;
  if (globals.log_format == "console") log.format = LogOptions::Format::kConsole;
  InitLog(log);
  ServerSetup setup;
  setup.server = config->options.server;
  setup.server.version = kVersion;
  setup.engine = engine::MakeEngine(std::move(config->options.engine));
  return setup;
}

}  // namespace toomai::app
