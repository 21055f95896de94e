// The inside of a pool: lending (pool.cpp) and looking after the sessions meanwhile (pool_keeper.cpp). Not for others.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "engine/pg/pool.h"

namespace toomai::engine::pg {

inline constexpr char kPoolModule[] = "pool";

struct Session {
  std::unique_ptr<Connection> connection;
  Deadline::Clock::time_point idle_since, probed_at, retire_at, borrowed_at, abandoned_at;
  std::string borrower;
  bool leak_logged = false;
};

// Everything behind one mutex. Connections are opened, closed and spoken to outside of it.
class PoolState : public std::enable_shared_from_this<PoolState> {
 public:
  explicit PoolState(const DatabaseOptions& options);
  ~PoolState() { Close(); }

  Expected<Lease> Borrow(const Deadline& deadline, std::string_view borrower);
  void Return(std::unique_ptr<Session> session, Lease::Traces traces, bool poisoned);
  void Close();
  PoolStats stats() const;

  const DatabaseOptions& options() const { return options_; }
  std::string Describe() const { return settings_.Describe(); }

 private:
  using SessionPtr = std::unique_ptr<Session>;
  using Lock = std::unique_lock<std::mutex>;

  // Somebody in the queue. Gets a session, or the right to open one, or an error.
  struct Waiter {
    std::condition_variable_any changed;
    SessionPtr session;
    bool may_connect = false;
    std::optional<Error> error;
    bool answered() const { return session != nullptr || may_connect || error; }
  };

  Expected<SessionPtr> BorrowOnce(const Deadline& deadline);
  Expected<SessionPtr> WaitForTurn(const Deadline& deadline, Lock& lock);
  Expected<SessionPtr> OpenReserved(const Deadline& deadline);
  bool FitForUse(Session& session, const Deadline& deadline);
  int Slots() const { return options_.pool.max + options_.pool.overflow; }
  int Taken() const;  // REQUIRES: mutex_
  void FreeSlot();    // REQUIRES: mutex_
  void CountClosed();
  Error BreakerError() const;
  void FailWaiters();
  void UpdateMetrics();

  // The keeper: one thread per pool, from the first borrower on.
  void Keep(const std::stop_token& stop);
  std::chrono::milliseconds Tick() const;
  void CloseExpired();
  void ProbeIdle(const Deadline& deadline);
  void OpenMissing(const Deadline& deadline);
  void WatchAbandoned(const Deadline& deadline);
  bool BackendIsGone(const Deadline& deadline, const Session& session);
  void LogLeaks();
  void Shelve(SessionPtr session);

  const DatabaseOptions options_;
  ConnectSettings settings_;

  mutable std::mutex mutex_;
  std::vector<SessionPtr> idle_;  // the last used at the back
  std::list<Waiter*> waiters_;    // the longest waiting in front
  std::set<Session*> borrowed_;
  std::vector<SessionPtr> abandoned_;
  int connecting_ = 0;
  Breaker breaker_;
  Error last_failure_;
  bool wanted_ = false;  // somebody has borrowed: `min` holds from now on
  bool closed_ = false;
  std::int64_t opened_count_ = 0, failure_count_ = 0;
  std::atomic<std::int64_t> closed_count_{0};

  Gauge &idle_gauge_, &borrowed_gauge_, &connecting_gauge_, &abandoned_gauge_, &waiting_gauge_, &breaker_gauge_;
  Counter &opened_total_, &closed_total_, &failures_total_, &busy_total_, &leaks_total_;
  Histogram& wait_seconds_;

  std::condition_variable_any keeper_wakes_;
  Deadline::Clock::time_point monitored_at_{};
  std::jthread keeper_;
};

}  // namespace toomai::engine::pg
