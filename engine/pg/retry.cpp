#include "engine/pg/retry.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace toomai::engine::pg {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{40};  // between attempts; doubles, with jitter
constexpr milliseconds kMaxPause{1'000};

milliseconds Pause(int attempt) {
  const auto base = std::min(kMaxPause, kFirstPause * (1 << std::min(attempt, 10)));
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * RandomBetween(0.5, 1.5)));
}

}  // namespace

double RandomBetween(double low, double high) {
  thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>(low, high)(engine);
}

Expected<void> RetryTransient(int retries, const Deadline& deadline, const std::function<Expected<void>()>& attempt,
                              const std::function<bool()>& may_repeat) {
  for (int tried = 0;; ++tried) {
    auto done = attempt();
    if (done) return done;
    const Error& error = done.error();
    const bool transient = error.retryable && error.code == ErrorCode::kUnavailable;
    if (!transient || tried >= retries || (may_repeat && !may_repeat())) return done;
    const milliseconds pause = Pause(tried);
    if (deadline.Remaining() <= pause || !deadline.Sleep(pause)) return done;
  }
}

}  // namespace toomai::engine::pg
