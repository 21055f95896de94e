// The sessions of one database: lent to one borrower at a time, in the order they asked, and handed on without a trace
// of who had them before.
//
//   auto lease = pool.Borrow(deadline, "execute");
//   if (!lease) return Fail(lease.error());
//   (*lease)->Query(deadline, "SELECT 1");
//   // the destructor gives the session back
//
// Constructing never connects. A returned session is rolled back and, unless all it did is known to end with its
// transaction, reset (DISCARD ALL) by messages that nobody waits for; their answers are checked before the next
// borrower gets it. A session that cannot be trusted is closed. At most `max` + `overflow` sessions exist, counting
// those whose backend was abandoned while it ignored a cancel: they hold their place until the backend is gone, so that
// a runaway statement cannot be multiplied.
//
// After some failed connects in a row the breaker opens: borrowers hear so at once, and the pool's own thread tries
// again until the server answers. That thread also keeps `min` sessions, closes idle and old ones, probes idle ones,
// watches abandoned backends and names borrowers that never return. It starts with the first borrower.
//
// Thread-safe. A Lease belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/options.h"
#include "engine/pg/breaker.h"
#include "engine/pg/connection.h"

namespace toomai::engine::pg {

struct PoolStats {
  int idle = 0, borrowed = 0, connecting = 0, abandoned = 0, waiting = 0;
  BreakerState breaker = BreakerState::kClosed;
  std::int64_t opened = 0, closed = 0, connect_failures = 0;  // since the start
  int open() const { return idle + borrowed + connecting + abandoned; }
};

class PoolState;  // pool.cpp
struct Session;   // pool.cpp

// A session on loan. It keeps what it needs of the pool alive, so it may outlive a pool that a reload took away.
class Lease {
 public:
  Lease();
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  Connection& operator*() const;
  Connection* operator->() const { return &**this; }
  explicit operator bool() const { return session_ != nullptr; }

  // The session is told to forget at return: everything (when nothing else is said), only its transaction, or nothing,
  // because that was sent already, behind the last statement.
  enum class Traces { kAny, kInTransaction, kNone };
  void Leaves(Traces traces) { traces_ = traces; }
  // Closed at return whatever it looks like.
  void Poison() { poisoned_ = true; }
  void GiveBack();

 private:
  friend class PoolState;
  Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Session> session);

  std::shared_ptr<PoolState> pool_;
  std::unique_ptr<Session> session_;
  Traces traces_ = Traces::kAny;
  bool poisoned_ = false;
};

class Pool {
 public:
  explicit Pool(const DatabaseOptions& options);
  ~Pool();  // closes what is idle; waiting borrowers get kUnavailable; leases close when they come back
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Waits its turn for at most pool.wait_timeout, inside the deadline. kBusy: no session became free, or too many wait.
  // kUnavailable: the server cannot be reached (after pool.retries attempts where that may help), or the breaker is
  // open. `borrower` names the caller in logs.
  Expected<Lease> Borrow(const Deadline& deadline, std::string_view borrower);

  // Calls `attempt` again after transient failures (error.retryable and not kBusy), with growing, jittered pauses,
  // inside the deadline. Only for what may safely be repeated: `may_repeat` is asked each time, null means yes.
  Expected<void> Retry(const Deadline& deadline, const std::function<Expected<void>()>& attempt,
                       const std::function<bool()>& may_repeat = nullptr) const;

  PoolStats stats() const;
  const DatabaseOptions& options() const;
  std::string Describe() const;  // "user@host:port/database"

 private:
  std::shared_ptr<PoolState> state_;
};

}  // namespace toomai::engine::pg
