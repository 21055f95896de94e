// A mutex and a condition variable whose use clang can check: a field marked TOOMAI_GUARDED_BY(mutex_) may be touched
// only while the mutex is held, and the compiler says so (-Wthread-safety). With g++ the marks are nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define TOOMAI_THREAD_MARK(x) __attribute__((x))
#else
#define TOOMAI_THREAD_MARK(x)
#endif

#define TOOMAI_CAPABILITY(name) TOOMAI_THREAD_MARK(capability(name))
#define TOOMAI_SCOPED_CAPABILITY TOOMAI_THREAD_MARK(scoped_lockable)
#define TOOMAI_GUARDED_BY(mutex) TOOMAI_THREAD_MARK(guarded_by(mutex))
#define TOOMAI_REQUIRES(...) TOOMAI_THREAD_MARK(requires_capability(__VA_ARGS__))
#define TOOMAI_EXCLUDES(...) TOOMAI_THREAD_MARK(locks_excluded(__VA_ARGS__))
#define TOOMAI_ACQUIRE(...) TOOMAI_THREAD_MARK(acquire_capability(__VA_ARGS__))
#define TOOMAI_RELEASE(...) TOOMAI_THREAD_MARK(release_capability(__VA_ARGS__))
#define TOOMAI_NO_THREAD_SAFETY TOOMAI_THREAD_MARK(no_thread_safety_analysis)

namespace toomai {

class TOOMAI_CAPABILITY("mutex") Mutex {
 public:
  void Lock() TOOMAI_ACQUIRE() { mutex_.lock(); }
  void Unlock() TOOMAI_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class TOOMAI_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TOOMAI_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() TOOMAI_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits may wake for no reason: call them in a loop that looks at the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) TOOMAI_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // False when the time has come.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point when) TOOMAI_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool woken = condition_.wait_until(lock, when) == std::cv_status::no_timeout;
    lock.release();
    return woken;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace toomai
