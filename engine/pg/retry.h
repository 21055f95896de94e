// Trying again after failures that pass: with growing, jittered pauses, inside the deadline.
#pragma once

#include <chrono>
#include <functional>

#include "base/deadline.h"
#include "base/error.h"

namespace toomai::engine::pg {

// A statement that had run for longer is not begun again: perhaps it was what brought the server down.
inline constexpr std::chrono::milliseconds kQuickEnd{200};

// Calls `attempt` up to 1 + `retries` times while it fails with a retryable kUnavailable. `may_repeat` is asked each
// time, null means yes.
Expected<void> RetryTransient(int retries, const Deadline& deadline, const std::function<Expected<void>()>& attempt,
                              const std::function<bool()>& may_repeat);

double RandomBetween(double low, double high);

}  // namespace toomai::engine::pg
