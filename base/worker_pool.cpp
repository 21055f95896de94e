#include "base/worker_pool.h"

#include <algorithm>
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
  // Whether a task of the lane may run now.
  bool HasRoom(const std::string& lane) const TOOMAI_REQUIRES(mutex);
  // The first task that may run.
  std::deque<Task>::iterator NextTask() TOOMAI_REQUIRES(mutex);
  void Began(const std::string& lane) TOOMAI_REQUIRES(mutex);
  void Ended(const std::string& lane) TOOMAI_REQUIRES(mutex);
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

bool WorkerPool::State::HasRoom(const std::string& lane) const {
  if (running >= options.workers) return false;
  if (options.per_lane == 0 || lane.empty()) return true;
  const auto found = in_lane.find(lane);
  return found == in_lane.end() || found->second < options.per_lane;
}

std::deque<Task>::iterator WorkerPool::State::NextTask() {
  return std::find_if(queue.begin(), queue.end(),
                      [this](const Task& task) TOOMAI_NO_THREAD_SAFETY { return HasRoom(task.lane); });
}

void WorkerPool::State::Began(const std::string& lane) {
  ++running;
  if (options.per_lane > 0) ++in_lane[lane];
}

void WorkerPool::State::Ended(const std::string& lane) {
  --running;
  if (options.per_lane > 0 && --in_lane[lane] == 0) in_lane.erase(lane);
  if (running == 0 && queue.empty()) idle.NotifyAll();
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
    Began(task.lane);
    if (ending && queue.empty()) work_or_end.NotifyAll();
    mutex.Unlock();
    RunTask(task.run);
    task.run = nullptr;  // what the task holds is released before it counts as done
    mutex.Lock();
    Ended(task.lane);
  }
  mutex.Unlock();
}

std::function<void()> WorkerPool::Take(std::function<void()> task, const std::string& lane) {
  State& state = *state_;
  MutexLock lock(state.mutex);
  if (state.draining || !state.queue.empty() || !state.HasRoom(lane)) return nullptr;
  state.Began(lane);
  return [&state, task = std::move(task), lane]() mutable {
    RunTask(task);
    task = nullptr;
    MutexLock done(state.mutex);
    state.Ended(lane);
    // Those who came meanwhile may have found every place taken.
    if (!state.queue.empty()) state.work_or_end.NotifyOne();
  };
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
