// A circuit breaker: after some failures in a row nobody tries for a while; then one may try, and its luck decides.
// Time is an argument, so tests need no waiting. Not thread-safe: its owner holds a lock.
#pragma once

#include <chrono>
#include <string_view>

namespace toomai::engine::pg {

enum class BreakerState { kClosed, kHalfOpen, kOpen };
std::string_view ToString(BreakerState state);  // "closed", "half-open", "open"

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Breaker(int failures_to_open, std::chrono::milliseconds cooldown)
      : failures_to_open_(failures_to_open), cooldown_(cooldown) {}

  // May this caller try now? In the open state, once the cooldown is over, one caller gets yes and makes it half-open.
  bool Allow(Time now);
  void OnSuccess();
  void OnFailure(Time now);
  // The trial ended without telling anything (the caller went away): somebody else may try.
  void OnNoVerdict();

  BreakerState state() const { return state_; }
  int failures() const { return failures_; }
  std::chrono::milliseconds RetryIn(Time now) const;

 private:
  int failures_to_open_;
  std::chrono::milliseconds cooldown_;
  BreakerState state_ = BreakerState::kClosed;
  int failures_ = 0;  // in a row
  Time retry_at_{};
};

}  // namespace toomai::engine::pg
