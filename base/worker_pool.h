// A fixed number of threads and a queue with a size. One call per worker, in plain blocking code; when the queue is
// full the caller hears "busy" at once.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.h"

namespace toomai {

struct WorkerPoolOptions {
  std::size_t workers = 8;
  std::size_t queue = 64;  // tasks waiting beyond those that run
};

class WorkerPool {
 public:
  explicit WorkerPool(const WorkerPoolOptions& options);
  ~WorkerPool();  // runs what is queued, then joins

  // kBusy when every worker is taken and the queue is full. A task must not throw; if it does, it is logged.
  Expected<void> Submit(std::function<void()> task) { return Add(std::move(task), true); }
  // Work that was taken before and goes on after a wait: the queue has room for it, however full it is.
  Expected<void> Resume(std::function<void()> task) { return Add(std::move(task), false); }
  // Refuses new tasks and waits for running ones.
  void Drain();
  std::size_t running() const;
  std::size_t queued() const;

 private:
  struct State;
  Expected<void> Add(std::function<void()> task, bool limited);
  std::unique_ptr<State> state_;
};

}  // namespace toomai
