// What both server commands begin with: the configuration read, the log opened, the engine made; no database is
// touched. And what goes on beside them: configuration that changes while they run.
#pragma once

#include <memory>

#include "app/context.h"
#include "app/reload.h"
#include "engine/reloadable.h"
#include "engine/write.h"
#include "mcp/options.h"
#include "mcp/server.h"

namespace toomai::app {

struct ServerSetup {
  mcp::ServerOptions server;
  std::unique_ptr<mcp::DatabasesNotice> databases_changed;  // the engine tells it; so it goes after the engine
  std::unique_ptr<engine::ReloadableEngine> engine;
  std::unique_ptr<engine::Writer> writer;    // goes before the engine, which it uses
  std::unique_ptr<ConfigReloader> reloader;  // watches already; last: ends before what it changes
};

// `flags`: what the command's own options stand for.
Expected<ServerSetup> SetUpServer(const Globals& globals, std::vector<ConfigFlag> flags);

}  // namespace toomai::app
