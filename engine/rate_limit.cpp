#include "engine/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace toomai::engine {

Expected<void> RateLimit::Take(const std::string& caller, int per_minute, Clock::time_point now) {
  if (per_minute <= 0) return {};
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxTrackedCallers && buckets_.count(caller) == 0) {
    // An idle bucket is full again, so forgetting it changes nothing for its caller.
    std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at > std::chrono::minutes(1); });
    if (buckets_.size() >= kMaxTrackedCallers) buckets_.erase(buckets_.begin());
  }
  const auto [it, fresh] = buckets_.try_emplace(caller, Bucket{static_cast<double>(per_minute), now});
  Bucket& bucket = it->second;
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min<double>(per_minute, bucket.tokens + seconds * per_minute / 60.0);
  bucket.at = now;
  if (bucket.tokens < 1) {
    const int wait = static_cast<int>(std::ceil((1 - bucket.tokens) * 60.0 / per_minute));
    return Fail(ErrorCode::kBusy, "'" + caller + "' has used its " + std::to_string(per_minute) + " calls per minute",
                "wait " + std::to_string(wait) + " s and call again");
  }
  bucket.tokens -= 1;
  return {};
}

}  // namespace toomai::engine
