// Dispatcher::Request, shared by dispatcher.cpp and methods.cpp alone.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "mcp/dispatcher.h"

namespace toomai::mcp {

// All that is known of one request; lives until it is answered.
struct Dispatcher::Request {
  Incoming in;
  Call call;
  std::shared_ptr<InFlight> in_flight;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::mutex progress_mutex;
  double last_progress = -1;  // what the client heard; a heartbeat adds a little to it
  bool answered = false;      // nothing is sent after the answer
  Timekeeper::Ticket heartbeat = 0;
  bool listening = false;  // answered when the subscription ends
  int rounds = 0;          // questions to the client so far (handshake era)

  // Messages to the client before the answer: progress only ever grows, and nothing follows a cancellation.
  void Notify(const Json& message);
  void Heartbeat();

  const Json& params() const { return in.message.params; }
};

// The capability that one of the questions needs and the client did not declare.
std::optional<std::string> MissingCapability(const Call& call, const Json& questions);

}  // namespace toomai::mcp
