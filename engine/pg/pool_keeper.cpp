// The pool's own thread, from the first borrower on: keeps `min` sessions, closes idle and old ones, probes idle ones,
// tries a server that does not answer, watches abandoned backends, and names borrowers that never return.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "engine/pg/pool_state.h"

namespace toomai::engine::pg {

using Clock = Deadline::Clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kProbeTimeout{5'000};
constexpr milliseconds kLongestTick{1'000};
constexpr milliseconds kShortestTick{20};
// A session beyond `max` waits this long for its next borrower: under steady load, opening one per call would cost far
// more than the call.
constexpr milliseconds kOverflowIdle{5'000};
constexpr milliseconds kMonitorEvery{1'000};  // asks pg_stat_activity about abandoned backends

}  // namespace

void PoolState::Keep(const std::stop_token& stop) {
  const Deadline never = Deadline::Never(stop);
  while (!stop.stop_requested()) {
    {
      Lock lock(mutex_);
      keeper_wakes_.wait_for(lock, stop, Tick(), [] { return false; });
    }
    if (stop.stop_requested()) return;
    CloseExpired();
    ProbeIdle(never.Within(kProbeTimeout));
    OpenMissing(never.Within(options_.pool.connect_timeout));
    WatchAbandoned(never.Within(kProbeTimeout));
    LogLeaks();
  }
}

// Often enough for the shortest of the configured times. REQUIRES: mutex_.
milliseconds PoolState::Tick() const {
  const PoolOptions& pool = options_.pool;
  milliseconds tick = std::min({kLongestTick, pool.idle_timeout / 4, pool.health_interval / 4, pool.leak_after / 4});
  if (pool.lifetime.count() > 0) tick = std::min(tick, pool.lifetime / 4);
  if (breaker_.state() == BreakerState::kOpen) tick = std::min(tick, pool.breaker_cooldown / 4);
  if (!abandoned_.empty()) tick = kShortestTick * 5;
  return std::max(tick, kShortestTick);
}

void PoolState::CloseExpired() {
  std::vector<SessionPtr> to_close;
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  for (auto session = idle_.begin(); session != idle_.end();) {  // the longest idle in front
    const auto idle_for = now - (*session)->idle_since;
    const bool too_idle = (idle_for >= options_.pool.idle_timeout && Taken() > options_.pool.min) ||
                          (idle_for >= kOverflowIdle && Taken() > options_.pool.max);
    if (!too_idle && now < (*session)->retire_at) {
      ++session;
      continue;
    }
    to_close.push_back(std::move(*session));
    session = idle_.erase(session);
    CountClosed();
  }
  UpdateMetrics();
}

// One at a time, so that no borrower finds the shelf empty because of us.
void PoolState::ProbeIdle(const Deadline& deadline) {
  while (!deadline.over()) {
    SessionPtr session;
    {
      const std::lock_guard lock(mutex_);
      const auto due = std::find_if(idle_.begin(), idle_.end(), [&](const SessionPtr& s) {
        return Clock::now() - s->probed_at >= options_.pool.health_interval;
      });
      if (due == idle_.end()) return;
      session = std::move(*due);
      idle_.erase(due);
      ++connecting_;
      UpdateMetrics();
    }
    session->probed_at = Clock::now();
    const bool healthy = FitForUse(*session, deadline) && session->connection->Query(deadline, "SELECT 1").has_value();
    if (!healthy) {
      Log(Level::kInfo, kPoolModule, "an idle session was dead", {{"database", options_.name}});
      session.reset();
    }
    Shelve(std::move(session));
  }
}

// Puts a session (or, if null, only its place) back. Its place is counted in connecting_.
void PoolState::Shelve(SessionPtr session) {
  const std::lock_guard lock(mutex_);
  --connecting_;
  if (session == nullptr || closed_) {
    CountClosed();
    FreeSlot();
    return;
  }
  if (!waiters_.empty()) {
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->session = std::move(session);
    ++connecting_;
    next->changed.notify_all();
  } else {
    idle_.insert(idle_.begin(), std::move(session));
  }
  UpdateMetrics();
}

// Keeps `min` sessions, and tries the server while the breaker is open, so that callers need not.
void PoolState::OpenMissing(const Deadline& deadline) {
  while (!deadline.over()) {
    {
      const std::lock_guard lock(mutex_);
      const bool trial = breaker_.state() == BreakerState::kOpen && breaker_.RetryIn(Clock::now()).count() == 0;
      if (closed_ || Taken() >= Slots() ||
          (!trial && (Taken() >= options_.pool.min || breaker_.state() != BreakerState::kClosed))) {
        return;
      }
      ++connecting_;
    }
    auto session = OpenReserved(deadline);
    if (!session) return;
    Shelve(std::move(*session));
  }
}

void PoolState::WatchAbandoned(const Deadline& deadline) {
  std::vector<SessionPtr> watched, gone;
  {
    const std::lock_guard lock(mutex_);
    watched.swap(abandoned_);
    connecting_ += static_cast<int>(watched.size());  // their places stay taken
  }
  if (watched.empty()) return;
  const bool ask = Clock::now() - monitored_at_ >= kMonitorEvery;
  if (ask) monitored_at_ = Clock::now();
  for (SessionPtr& session : watched) {
    if (session->connection->BackendFinished() || (ask && BackendIsGone(deadline, *session)))
      gone.push_back(std::move(session));
  }
  const std::lock_guard lock(mutex_);
  connecting_ -= static_cast<int>(watched.size());
  for (SessionPtr& session : watched) {
    if (session != nullptr && !closed_) abandoned_.push_back(std::move(session));
  }
  for (const SessionPtr& session : gone) {
    Log(Level::kInfo, kPoolModule, "an abandoned backend is gone",
        {{"database", options_.name}, {"pid", static_cast<std::int64_t>(session->connection->backend_pid())}});
    CountClosed();
    FreeSlot();
  }
}

// Asks the server through a session of its own. A process id may come back to life as another session, so only one that
// is older than the moment of abandoning counts as ours.
bool PoolState::BackendIsGone(const Deadline& deadline, const Session& session) {
  if (!session.connection->direct()) return false;  // a pooler's number: only the connection itself can tell
  auto monitor = Connection::Open(deadline.Within(kMonitorEvery), settings_);
  if (!monitor) return false;
  const auto age = std::chrono::duration<double>(Clock::now() - session.abandoned_at).count();
  auto rows = (*monitor)->Query(deadline,
                                "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND"
                                " backend_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $2)",
                                {std::to_string(session.connection->backend_pid()), std::to_string(age)});
  return rows && rows->rows.empty();
}

void PoolState::LogLeaks() {
  const std::lock_guard lock(mutex_);
  for (Session* session : borrowed_) {
    const auto held = Clock::now() - session->borrowed_at;
    if (session->leak_logged || held < options_.pool.leak_after) continue;
    session->leak_logged = true;
    leaks_total_.Add();
    Log(Level::kWarn, kPoolModule, "a session has not come back",
        {{"database", options_.name},
         {"borrower", session->borrower},
         {"seconds", static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(held).count())}});
  }
}

}  // namespace toomai::engine::pg
