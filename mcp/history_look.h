// Whether the history takes entries, for whoever may not wait for the answer: it is found by a thread of its own, which
// looks again when somebody asks and the last answer is old.
#pragma once

#include <string>
#include <thread>

#include "base/deadline.h"
#include "base/mutex.h"
#include "engine/engine.h"

namespace toomai::mcp {

class HistoryLook {
 public:
  // `engine` must live longer.
  explicit HistoryLook(engine::Engine& engine);
  ~HistoryLook();
  HistoryLook(const HistoryLook&) = delete;
  HistoryLook& operator=(const HistoryLook&) = delete;

  // Why no call can be answered, as of the last look; empty: they can.
  std::string Trouble();

 private:
  void Look();

  engine::Engine& engine_;
  Mutex mutex_;
  CondVar changed_;
  std::string trouble_ TOOMAI_GUARDED_BY(mutex_) = "the history was not looked at yet";
  Deadline::Clock::time_point looked_at_ TOOMAI_GUARDED_BY(mutex_);
  bool wanted_ TOOMAI_GUARDED_BY(mutex_) = true;
  bool ending_ TOOMAI_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace toomai::mcp
