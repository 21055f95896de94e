// MCP over stdin and stdout: one JSON message per line. Requests run at the same time; every line is written whole. At
// the end of the input or a signal, calls that are nearly done are waited for; the others are cancelled and their
// client is told so. The descriptors are parameters so that tests can use pipes.
#pragma once

#include "mcp/dispatcher.h"

namespace toomai::mcp {

struct StdioOptions {
  int input = 0, output = 1;
  bool handle_signals = true;  // SIGTERM and SIGINT end the server; SIGPIPE is ignored
  engine::Caller caller;
  milliseconds grace{300};              // for running calls at the end
  milliseconds patience{2'500};         // for cancelled calls after that
  milliseconds write_patience{20'000};  // with a client that reads nothing
};

// Blocks until the end; 0.
int ServeStdio(Dispatcher& dispatcher, const StdioOptions& options);

}  // namespace toomai::mcp
