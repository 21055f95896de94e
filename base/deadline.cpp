#include "base/deadline.h"

#include <condition_variable>
#include <mutex>
#include <string>

namespace toomai {

bool Deadline::Sleep(std::chrono::milliseconds time) const {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, token_, Remaining(time), [] { return false; });
  return !over();
}

Error Deadline::ToError(std::string_view doing) const {
  if (stopped()) return {ErrorCode::kCancelled, "cancelled while " + std::string(doing)};
  return {ErrorCode::kDeadlineExceeded, "out of time while " + std::string(doing),
          "ask for less, or allow more time with a longer timeout"};
}

}  // namespace toomai
