// Runs functions when their time has come, on one thread of its own, which starts with the first of them. For work that
// is short and does not wait: one that waits holds up all others. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>

#include "base/mutex.h"

namespace toomai {

class Timekeeper {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Ticket = std::uint64_t;  // never 0

  Timekeeper() = default;
  ~Timekeeper();  // what has not run will not run

  Ticket At(Time when, std::function<void()> task) { return Add(when, {}, std::move(task)); }
  // First after one period, then again and again until it is cancelled.
  Ticket Every(std::chrono::milliseconds period, std::function<void()> task);
  // Does not wait for a task that is running just now.
  void Cancel(Ticket ticket);
  std::size_t pending() const;

 private:
  struct Task {
    std::chrono::milliseconds period{0};  // 0: once
    std::function<void()> run;
  };
  using Key = std::pair<Time, Ticket>;

  Ticket Add(Time when, std::chrono::milliseconds period, std::function<void()> run);
  void Work();
  void RunNext() TOOMAI_REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<Key, Task> tasks_ TOOMAI_GUARDED_BY(mutex_);
  std::map<Ticket, Time> when_ TOOMAI_GUARDED_BY(mutex_);  // absent: done or cancelled
  Ticket last_ticket_ TOOMAI_GUARDED_BY(mutex_) = 0;
  bool ending_ TOOMAI_GUARDED_BY(mutex_) = false;
  std::thread thread_ TOOMAI_GUARDED_BY(mutex_);
};

}  // namespace toomai
