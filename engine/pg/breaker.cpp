#include "engine/pg/breaker.h"

#include <algorithm>

namespace toomai::engine::pg {

std::string_view ToString(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kHalfOpen:
      return "half-open";
    case BreakerState::kOpen:
      return "open";
  }
  return "closed";
}

bool Breaker::Allow(Time now) {
  if (state_ == BreakerState::kClosed) return true;
  if (state_ == BreakerState::kHalfOpen || now < retry_at_) return false;
  state_ = BreakerState::kHalfOpen;
  return true;
}

void Breaker::OnSuccess() {
  state_ = BreakerState::kClosed;
  failures_ = 0;
}

void Breaker::OnFailure(Time now) {
  ++failures_;
  if (state_ == BreakerState::kClosed && failures_ < failures_to_open_) return;
  state_ = BreakerState::kOpen;
  retry_at_ = now + cooldown_;
}

void Breaker::OnNoVerdict() {
  if (state_ == BreakerState::kHalfOpen) state_ = BreakerState::kOpen;
}

std::chrono::milliseconds Breaker::RetryIn(Time now) const {
  if (state_ == BreakerState::kClosed) return std::chrono::milliseconds(0);
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(retry_at_ - now), std::chrono::milliseconds(0));
}

}  // namespace toomai::engine::pg
