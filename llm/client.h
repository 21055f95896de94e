// Chat completions of any OpenAI-compatible server: messages in, message out.
//
// Complete() tries the endpoints in order of preference. Per endpoint it learns what the server does not take
// (quirks.h) and asks again without it, retries what may pass (rate limits, 5xx, broken connections) after the wait
// that the server asked for, stays inside the deadline, and counts failures (breaker.h) so that a dead endpoint costs
// nothing. Tokens and money are reserved before a call and settled after it (budget.h). Keys are in no error, log line
// or metric.
//
// Thread-safe. Nothing is loaded or connected before the first call. There is no conversation state and no caching
// here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "llm/breaker.h"
#include "llm/budget.h"
#include "llm/message.h"
#include "llm/options.h"

namespace toomai::llm {

// What an endpoint has been found to be, for `doctor` and the status page.
struct EndpointState {
  std::string name, model, host;
  BreakerState breaker = BreakerState::kClosed;
  std::string last_error;           // redacted; empty after a success
  std::vector<std::string> quirks;  // "max_completion_tokens", "no temperature", ...
  std::int64_t calls = 0, failures = 0;
  int in_flight = 0;
};

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // kRejected: budget spent, key refused, content filter. kUnavailable: every endpoint is down. kBusy: rate limits
  // outlast the deadline. kInvalidArgument: no such endpoint or model, or a prompt that is too long (hint says so).
  Expected<Reply> Complete(const Deadline& deadline, const Request& request);
  // GET /models, which costs no tokens: is the server there, and does it take our key? The models' names.
  Expected<std::vector<std::string>> Probe(const Deadline& deadline, const std::string& endpoint);

  bool configured() const;  // at least one endpoint
  bool available() const;   // at least one whose breaker lets a call through
  std::vector<EndpointState> States() const;
  Budget& budget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A prompt that the model's window does not hold; the caller may shrink it and call again.
bool IsContextOverflow(const Error& error);

}  // namespace toomai::llm
