#include "base/timekeeper.h"

#include <exception>
#include <string>
#include <utility>

#include "base/log.h"

namespace toomai {
namespace {

void RunTask(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    Log(Level::kError, "timekeeper", "a task threw", {{"what", std::string(error.what())}});
  }
}

}  // namespace

Timekeeper::~Timekeeper() {
  std::thread thread;
  {
    MutexLock lock(mutex_);
    ending_ = true;
    thread = std::move(thread_);
  }
  changed_.NotifyAll();
  if (thread.joinable()) thread.join();
}

Timekeeper::Ticket Timekeeper::Every(std::chrono::milliseconds period, std::function<void()> task) {
  return Add(std::chrono::steady_clock::now() + period, period, std::move(task));
}

Timekeeper::Ticket Timekeeper::Add(Time when, std::chrono::milliseconds period, std::function<void()> run) {
  MutexLock lock(mutex_);
  const Ticket ticket = ++last_ticket_;
  tasks_.emplace(Key{when, ticket}, Task{period, std::move(run)});
  when_.emplace(ticket, when);
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  changed_.NotifyAll();
  return ticket;
}

void Timekeeper::Cancel(Ticket ticket) {
  std::function<void()> dropped;  // what the task holds is released without the lock
  MutexLock lock(mutex_);
  const auto found = when_.find(ticket);
  if (found == when_.end()) return;
  const auto task = tasks_.find(Key{found->second, ticket});
  if (task != tasks_.end()) {
    dropped = std::move(task->second.run);
    tasks_.erase(task);
  }
  when_.erase(found);
}

std::size_t Timekeeper::pending() const {
  MutexLock lock(mutex_);
  return when_.size();
}

void Timekeeper::Work() {
  MutexLock lock(mutex_);
  while (!ending_) {
    if (tasks_.empty()) {
      changed_.Wait(mutex_);
    } else if (const Time next = tasks_.begin()->first.first; std::chrono::steady_clock::now() < next) {
      changed_.WaitUntil(mutex_, next);
    } else {
      RunNext();
    }
  }
}

// Takes the first task out, runs it without the lock, and puts it back when it is to come again and was not cancelled
// meanwhile.
void Timekeeper::RunNext() {
  const Ticket ticket = tasks_.begin()->first.second;
  Task task = std::move(tasks_.begin()->second);
  tasks_.erase(tasks_.begin());
  if (task.period.count() == 0) when_.erase(ticket);
  mutex_.Unlock();
  RunTask(task.run);
  mutex_.Lock();
  if (const auto again = when_.find(ticket); again != when_.end()) {
    again->second = std::chrono::steady_clock::now() + task.period;
    tasks_.emplace(Key{again->second, ticket}, std::move(task));
    return;
  }
  mutex_.Unlock();
  task.run = nullptr;  // what it holds may want to cancel tasks
  mutex_.Lock();
}

}  // namespace toomai
