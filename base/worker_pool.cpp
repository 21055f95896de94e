#include "base/worker_pool.h"

#include <deque>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"

namespace toomai {

namespace {

struct Task {
  std::function<void()> run;
  std::string lane;
};

}  // namespace

// Threads are started when work first needs them, so that a pool costs nothing at start-up.
struct WorkerPool::State {
  explicit State(const WorkerPoolOptions& options_in) : options(options_in) {}

  const WorkerPoolOptions options;
  mutable Mutex mutex;
  CondVar work_or_end, idle;
  std::deque<Task> queue TOOMAI_GUARDED_BY(mutex);
  std::map<std::string, std::size_t> in_lane TOOMAI_GUARDED_BY(mutex);  // tasks that run, by lane
  std::vector<std::thread> threads TOOMAI_GUARDED_BY(mutex);
  std::size_t running TOOMAI_GUARDED_BY(mutex) = 0;
  bool draining TOOMAI_GUARDED_BY(mutex) = false;
  bool ending TOOMAI_GUARDED_BY(mutex) = false;

  void Work();
  // The first task whose lane has room. REQUIRES: mutex.
  std::deque<Task>::iterator NextTask() TOOMAI_REQUIRES(mutex);
};

namespace {

void RunTask(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    Log(Level::kError, "worker", "a task threw", {{"what", std::string(error.what())}});
  } catch (...) {
    Log(Level::kError, "worker", "a task threw something that is not an exception");
  }
}

}  // namespace

std::deque<Task>::iterator WorkerPool::State::NextTask() {
  auto task = queue.begin();
  for (; task != queue.end(); ++task) {
    if (options.per_lane == 0 || task->lane.empty()) break;
    const auto lane = in_lane.find(task->lane);
    if (lane == in_lane.end() || lane->second < options.per_lane) break;
  }
  return task;
}

void WorkerPool::State::Work() {
  mutex.Lock();
  while (true) {
    auto next = NextTask();
    while (next == queue.end() && !(ending && queue.empty())) {
      work_or_end.Wait(mutex);
      next = NextTask();
    }
    if (next == queue.end()) break;
    Task task = std::move(*next);
    queue.erase(next);
    ++running;
    ++in_lane[task.lane];
    if (ending && queue.empty()) work_or_end.NotifyAll();
    mutex.Unlock();
    RunTask(task.run);
    task.run = nullptr;  // what the task holds is released before it counts as done
    mutex.Lock();
    --running;
    if (--in_lane[task.lane] == 0) in_lane.erase(task.lane);
    if (running == 0 && queue.empty()) idle.NotifyAll();
  }
  mutex.Unlock();
}

WorkerPool::WorkerPool(const WorkerPoolOptions& options) : state_(std::make_unique<State>(options)) {}

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(state_->mutex);
    state_->draining = state_->ending = true;
    threads.swap(state_->threads);
  }
  state_->work_or_end.NotifyAll();
  for (std::thread& thread : threads) thread.join();
}

Expected<void> WorkerPool::Add(std::function<void()> task, std::string lane, bool limited) {
  State& state = *state_;
  MutexLock lock(state.mutex);
  if (state.draining) return Fail(ErrorCode::kUnavailable, "shutting down: no new work is taken");
  const std::size_t inside = state.running + state.queue.size();
  if (limited && inside >= state.options.workers + state.options.queue) {
    return Fail(ErrorCode::kBusy,
                "all " + std::to_string(state.options.workers) + " workers are busy and " +
                    std::to_string(state.options.queue) + " calls are waiting",
                "wait a moment and call again");
  }
  state.queue.push_back({std::move(task), std::move(lane)});
  if (state.threads.size() < state.options.workers && inside >= state.threads.size()) {
    try {
      state.threads.emplace_back([&state] { state.Work(); });
    } catch (const std::exception& error) {
      if (state.threads.empty()) {
        state.queue.pop_back();
        return Fail(ErrorCode::kUnavailable, std::string("cannot start a worker thread: ") + error.what());
      }
    }
  }
  state.work_or_end.NotifyOne();
  return {};
}

void WorkerPool::Drain() {
  MutexLock lock(state_->mutex);
  state_->draining = true;
  while (state_->running > 0 || !state_->queue.empty()) state_->idle.Wait(state_->mutex);
}

std::size_t WorkerPool::running() const {
  MutexLock lock(state_->mutex);
  return state_->running;
}

std::size_t WorkerPool::queued() const {
  MutexLock lock(state_->mutex);
  return state_->queue.size();
}

}  // namespace toomai
