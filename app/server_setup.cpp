#include "app/server_setup.h"

#include "app/cli.h"
#include "app/options.h"

namespace toomai::app {

Expected<ServerSetup> SetUpServer(const Globals& globals) {
  auto options = LoadOptions(globals);
  if (!options) return Fail(options.error());
  ServerSetup setup;
  setup.server = options->server;
  setup.server.version = kVersion;
  auto engine = engine::MakeEngine(std::move(options->engine));
  if (!engine) return Fail(engine.error());
  setup.engine = std::move(*engine);
  return setup;
}

}  // namespace toomai::app
