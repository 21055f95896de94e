// A circuit breaker: after so many failures in a row calls are refused at once; after a pause one call may try again,
// and its outcome decides. Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <string_view>

namespace toomai::llm {

enum class BreakerState { kClosed, kOpen, kHalfOpen };
std::string_view ToString(BreakerState state);  // "closed", "open", "half open"

class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  Breaker(int failures, std::chrono::milliseconds cooldown) : limit_(failures), cooldown_(cooldown) {}

  // May a call be made now? A true answer in the half-open state is the one trial; it must be followed by Record().
  bool Allow(Clock::time_point now = Clock::now());
  void Record(bool success, Clock::time_point now = Clock::now());
  // The call ended without telling anything of the server's health (cancelled): a trial may be made again.
  void Abandon();

  BreakerState state(Clock::time_point now = Clock::now()) const;
  std::chrono::milliseconds RetryIn(Clock::time_point now = Clock::now()) const;

 private:
  const int limit_;
  const std::chrono::milliseconds cooldown_;
  mutable std::mutex mutex_;
  int failures_ = 0;
  bool open_ = false, trial_ = false;
  Clock::time_point opened_{};
};

}  // namespace toomai::llm
