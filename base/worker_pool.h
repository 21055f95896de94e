// A fixed number of threads and a queue with a size. One call per worker, in plain blocking code; when the queue is
// full the caller hears "busy" at once. Tasks may have a lane (the database they use): one that is slow fills its lane,
// and leaves workers to the others.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"

namespace toomai {

struct WorkerPoolOptions {
  std::size_t workers = 8;
  std::size_t queue = 64;    // tasks waiting beyond those that run
  std::size_t per_lane = 0;  // tasks of one lane that run at once; 0: no limit
};

class WorkerPool {
 public:
  explicit WorkerPool(const WorkerPoolOptions& options);
  ~WorkerPool();  // runs what is queued, then joins

  // kBusy when every worker is taken and the queue is full. A task must not throw; if it does, it is logged. Without a
  // lane it runs as soon as a worker is free.
  Expected<void> Submit(std::function<void()> task, std::string lane = {}) {
    return Add(std::move(task), std::move(lane), true);
  }
  // Work that was taken before and goes on after a wait: the queue has room for it, however full it is.
  Expected<void> Resume(std::function<void()> task, std::string lane = {}) {
    return Add(std::move(task), std::move(lane), false);
  }
  // The task, for the caller to run soon in the place of a worker; null when none is free for it, or others wait. It
  // counts as running from now on.
  std::function<void()> Take(std::function<void()> task, const std::string& lane = {});
  // Refuses new tasks and waits for running ones.
  void Drain();
  std::size_t running() const;
  std::size_t queued() const;

 private:
  struct State;
  Expected<void> Add(std::function<void()> task, std::string lane, bool limited);
  std::unique_ptr<State> state_;
};

}  // namespace toomai
