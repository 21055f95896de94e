// At most so many at a time; the rest wait their turn inside their deadline. Thread-safe.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/deadline.h"

namespace toomai::llm {

class Gate {
 public:
  explicit Gate(int limit) : free_(std::max(1, limit)) {}
  // False when the deadline was over first. A true answer must be followed by Leave().
  bool Enter(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return free_ > 0; };
    if (deadline.never()) {
      if (!wake_.wait(lock, deadline.token(), ready)) return false;
    } else if (!wake_.wait_until(lock, deadline.token(), deadline.when(), ready)) {
      return false;
    }
    --free_;
    return true;
  }
  void Leave() {
    {
      std::lock_guard lock(mutex_);
      ++free_;
    }
    wake_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  int free_;
};

}  // namespace toomai::llm
