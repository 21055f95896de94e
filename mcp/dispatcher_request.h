// Dispatcher::Request, shared by dispatcher.cpp and methods.cpp alone.
#pragma once

#include <chrono>
#include <memory>

#include "mcp/dispatcher.h"

namespace toomai::mcp {

// All that is known of one request; lives until it is answered.
struct Dispatcher::Request {
  Incoming in;
  Call call;
  std::shared_ptr<InFlight> in_flight;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  bool listening = false;  // answered when the subscription ends

  const Json& params() const { return in.message.params; }
};

}  // namespace toomai::mcp
