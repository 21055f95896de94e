#include "llm/breaker.h"

#include <algorithm>

namespace toomai::llm {

std::string_view ToString(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half open";
  }
  return "closed";
}

bool Breaker::Allow(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (!open_) return true;
  if (trial_ || now < opened_ + cooldown_) return false;
  trial_ = true;
  return true;
}

void Breaker::Record(bool success, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  trial_ = false;
  if (success) {
    failures_ = 0;
    open_ = false;
    return;
  }
  ++failures_;
  if (open_ || failures_ >= limit_) {
    open_ = true;
    opened_ = now;
  }
}

void Breaker::Abandon() {
  std::lock_guard lock(mutex_);
  trial_ = false;
}

BreakerState Breaker::state(Clock::time_point now) const {
  std::lock_guard lock(mutex_);
  if (!open_) return BreakerState::kClosed;
  return trial_ || now >= opened_ + cooldown_ ? BreakerState::kHalfOpen : BreakerState::kOpen;
}

std::chrono::milliseconds Breaker::RetryIn(Clock::time_point now) const {
  std::lock_guard lock(mutex_);
  if (!open_) return std::chrono::milliseconds(0);
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::ceil<std::chrono::milliseconds>(opened_ + cooldown_ - now));
}

}  // namespace toomai::llm
