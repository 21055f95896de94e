// Calls per minute for each caller: a token bucket that refills steadily and holds one minute's worth. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "base/error.h"

namespace toomai::engine {

inline constexpr std::size_t kMaxTrackedCallers = 10'000;  // beyond it the fullest buckets are forgotten

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // kBusy with the seconds to wait when `caller` has used up its share; `per_minute` 0 means no limit.
  Expected<void> Take(const std::string& caller, int per_minute, Clock::time_point now = Clock::now());

 private:
  struct Bucket {
    double tokens = 0;
    Clock::time_point at;
  };
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace toomai::engine
