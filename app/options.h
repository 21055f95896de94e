// Everything that configuration can say, in the words of the parts that use it.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "engine/options.h"
#include "engine/write_sql.h"
#include "mcp/options.h"

namespace toomai::app {

struct AppOptions {
  engine::Options engine;
  mcp::ServerOptions server;
  std::vector<engine::WriteOptions> writes;
  LogOptions log;
};

}  // namespace toomai::app
