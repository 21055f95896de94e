// What both server commands begin with: the configuration read, the log opened, the engine made; no database is
// touched.
#pragma once

#include <memory>

#include "app/context.h"
#include "engine/engine.h"
#include "mcp/options.h"

namespace toomai::app {

struct ServerSetup {
  mcp::ServerOptions server;
  std::unique_ptr<engine::Engine> engine;
};

Expected<ServerSetup> SetUpServer(const Globals& globals);

}  // namespace toomai::app
