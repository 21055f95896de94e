#include "engine/pg/pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"

namespace toomai::engine::pg {

using Clock = Deadline::Clock;
using std::chrono::milliseconds;

namespace {

constexpr char kModule[] = "pool";
constexpr milliseconds kFirstPause{40};  // between attempts; doubles, with jitter
constexpr milliseconds kMaxPause{1'000};
constexpr milliseconds kProbeTimeout{5'000};
constexpr milliseconds kSettleTimeout{2'000};  // for the answers of a reset
constexpr milliseconds kLongestTick{1'000};    // of the keeper
constexpr milliseconds kShortestTick{20};
constexpr milliseconds kMonitorEvery{1'000};  // asks pg_stat_activity about abandoned backends

double Random(double low, double high) {
  thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>(low, high)(engine);
}

milliseconds Pause(int attempt) {
  const auto base = std::min(kMaxPause, kFirstPause * (1 << std::min(attempt, 10)));
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * Random(0.5, 1.5)));
}

// Sleeps, but not past the deadline nor after a stop request. False when the deadline is over.
bool Sleep(const Deadline& deadline, milliseconds pause) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, deadline.token(), std::min(pause, deadline.Remaining()), [] { return false; });
  return !deadline.over();
}

Statement Plain(const char* sql) {
  Statement statement;
  statement.sql = sql;
  statement.ends_group = true;
  return statement;
}

Expected<void> RetryTransient(int retries, const Deadline& deadline, const std::function<Expected<void>()>& attempt,
                              const std::function<bool()>& may_repeat) {
  for (int tried = 0;; ++tried) {
    auto done = attempt();
    if (done) return done;
    const Error& error = done.error();
    const bool transient = error.retryable && error.code == ErrorCode::kUnavailable;
    if (!transient || tried >= retries || (may_repeat && !may_repeat())) return done;
    const milliseconds pause = Pause(tried);
    if (deadline.Remaining() <= pause || !Sleep(deadline, pause)) return done;
  }
}

}  // namespace

struct Session {
  std::unique_ptr<Connection> connection;
  Clock::time_point idle_since, probed_at, retire_at, borrowed_at, abandoned_at;
  std::string borrower;
  bool leak_logged = false;
};

// Everything behind one mutex. Connections are opened, closed and spoken to outside of it.
class PoolState : public std::enable_shared_from_this<PoolState> {
 public:
  explicit PoolState(const DatabaseOptions& options);
  ~PoolState() { Close(); }

  Expected<Lease> Borrow(const Deadline& deadline, std::string_view borrower);
  void Return(std::unique_ptr<Session> session, bool clean, bool poisoned);
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
  milliseconds Tick() const;
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
  Clock::time_point monitored_at_{};
  std::jthread keeper_;
};

namespace {
Gauge& Connections(const std::string& database, const char* state) {
  return GetGauge("toomai_pool_connections", "Sessions of the pool by state",
                  {{"database", database}, {"state", state}});
}
Counter& Count(const char* name, const char* help, const std::string& database) {
  return GetCounter(name, help, {{"database", database}});
}
}  // namespace

PoolState::PoolState(const DatabaseOptions& options)
    : options_(options),
      settings_(options),
      breaker_(options.pool.breaker_failures, options.pool.breaker_cooldown),
      idle_gauge_(Connections(options.name, "idle")),
      borrowed_gauge_(Connections(options.name, "borrowed")),
      connecting_gauge_(Connections(options.name, "connecting")),
      abandoned_gauge_(Connections(options.name, "abandoned")),
      waiting_gauge_(GetGauge("toomai_pool_waiting", "Borrowers in the queue", {{"database", options.name}})),
      breaker_gauge_(GetGauge("toomai_pool_breaker", "0 closed, 1 half-open, 2 open", {{"database", options.name}})),
      opened_total_(Count("toomai_pool_opened_total", "Sessions opened", options.name)),
      closed_total_(Count("toomai_pool_closed_total", "Sessions closed", options.name)),
      failures_total_(Count("toomai_pool_connect_failures_total", "Connects that failed", options.name)),
      busy_total_(Count("toomai_pool_busy_total", "Borrowers sent away", options.name)),
      leaks_total_(Count("toomai_pool_leaks_total", "Borrowers that kept a session too long", options.name)),
      wait_seconds_(
          GetLatency("toomai_pool_wait_seconds", "Time until a session was lent", {{"database", options.name}})) {}

void PoolState::Close() {
  std::vector<SessionPtr> sessions;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    last_failure_ = Error(ErrorCode::kUnavailable, "the database was taken out of service");
    FailWaiters();
    sessions.swap(idle_);
    std::move(abandoned_.begin(), abandoned_.end(), std::back_inserter(sessions));
    abandoned_.clear();
    UpdateMetrics();
  }
  keeper_.request_stop();
  keeper_wakes_.notify_all();
  if (keeper_.joinable() && keeper_.get_id() != std::this_thread::get_id()) keeper_.join();
}

int PoolState::Taken() const {
  return static_cast<int>(idle_.size() + borrowed_.size() + abandoned_.size()) + connecting_;
}

Expected<Lease> PoolState::Borrow(const Deadline& deadline, std::string_view borrower) {
  const auto asked = Clock::now();
  SessionPtr session;
  const auto attempt = [&]() -> Expected<void> {
    auto got = BorrowOnce(deadline);
    if (!got) return Fail(got.error());
    session = std::move(*got);
    return {};
  };
  const auto breaker_closed = [this] {
    const std::lock_guard lock(mutex_);
    return breaker_.state() == BreakerState::kClosed && !closed_;
  };
  if (auto done = RetryTransient(options_.pool.retries, deadline, attempt, breaker_closed); !done) {
    if (done.error().code == ErrorCode::kBusy) busy_total_.Add();
    return Fail(done.error());
  }
  session->borrower = borrower;
  session->borrowed_at = Clock::now();
  session->leak_logged = false;
  session->connection->set_cancel_grace(options_.execution.cancel_grace);
  {
    const std::lock_guard lock(mutex_);
    --connecting_;  // its place was held while it was opened or checked
    borrowed_.insert(session.get());
    if (!wanted_ && !closed_) {
      wanted_ = true;
      keeper_ = std::jthread([this](const std::stop_token& stop) { Keep(stop); });
    }
    UpdateMetrics();
  }
  wait_seconds_.Observe(std::chrono::duration<double>(Clock::now() - asked).count());
  return Lease(shared_from_this(), std::move(session));
}

// On success the session's place is counted in connecting_.
Expected<PoolState::SessionPtr> PoolState::BorrowOnce(const Deadline& deadline) {
  if (deadline.over()) return Fail(deadline.ToError("waiting for a connection"));
  Lock lock(mutex_);
  while (true) {
    if (closed_) return Fail(last_failure_);
    if (!waiters_.empty() || (idle_.empty() && Taken() >= Slots())) {
      auto turn = WaitForTurn(deadline, lock);  // its place is counted already
      if (!turn) return turn;
      lock.unlock();
      if (*turn == nullptr) return OpenReserved(deadline);
      if (FitForUse(**turn, deadline)) return turn;
      turn->reset();
      CountClosed();
      return OpenReserved(deadline);
    }
    ++connecting_;
    if (idle_.empty()) {
      lock.unlock();
      return OpenReserved(deadline);
    }
    SessionPtr session = std::move(idle_.back());
    idle_.pop_back();
    lock.unlock();
    if (FitForUse(*session, deadline)) return session;
    session.reset();
    CountClosed();
    lock.lock();
    --connecting_;
  }
}

Expected<PoolState::SessionPtr> PoolState::WaitForTurn(const Deadline& deadline, Lock& lock) {
  if (static_cast<int>(waiters_.size()) >= options_.pool.max_waiting) {
    return Fail(ErrorCode::kBusy, "too many calls wait for database \"" + options_.name + "\"",
                "try again in a moment, or raise pool.max or pool.max_waiting");
  }
  Waiter self;
  const auto place = waiters_.insert(waiters_.end(), &self);
  UpdateMetrics();
  const Deadline patience = deadline.Within(options_.pool.wait_timeout);
  self.changed.wait_until(lock, patience.token(), patience.when(), [&] { return self.answered(); });
  if (!self.answered()) {
    waiters_.erase(place);
    UpdateMetrics();
    if (deadline.over()) return Fail(deadline.ToError("waiting for a connection"));
    return Fail(ErrorCode::kBusy, "no connection to database \"" + options_.name + "\" became free in time",
                "try again in a moment, or raise pool.max");
  }
  if (self.error) return Fail(*self.error);
  return std::move(self.session);  // null: may connect
}

// REQUIRES: a place is counted in connecting_; it is given up on failure.
Expected<PoolState::SessionPtr> PoolState::OpenReserved(const Deadline& deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (!breaker_.Allow(Clock::now())) {
      --connecting_;
      FreeSlot();
      return Fail(BreakerError());
    }
    UpdateMetrics();
  }
  auto connection = Connection::Open(deadline, settings_);
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (!connection) {
    const bool server_failed = connection.error().code == ErrorCode::kUnavailable;
    if (server_failed) {
      breaker_.OnFailure(now);
      ++failure_count_;
      failures_total_.Add();
      last_failure_ = connection.error();
      if (breaker_.state() == BreakerState::kOpen) FailWaiters();
    } else {
      breaker_.OnNoVerdict();
    }
    --connecting_;
    FreeSlot();
    Log(Level::kWarn, kModule, "cannot connect",
        {{"database", options_.name},
         {"error", connection.error().message},
         {"breaker", std::string(ToString(breaker_.state()))}});
    return Fail(connection.error());
  }
  breaker_.OnSuccess();
  ++opened_count_;
  opened_total_.Add();
  auto session = std::make_unique<Session>();
  session->connection = std::move(*connection);
  session->probed_at = session->idle_since = now;
  const auto lifetime = static_cast<double>(options_.pool.lifetime.count());
  session->retire_at = lifetime > 0 ? now + milliseconds(static_cast<std::int64_t>(lifetime * Random(0.9, 1.0)))
                                    : Clock::time_point::max();
  return session;
}

// In step, reset, alive, and still speaking the dialect the validator reads.
bool PoolState::FitForUse(Session& session, const Deadline& deadline) {
  Connection& connection = *session.connection;
  if (Clock::now() >= session.retire_at) return false;
  if (!connection.settled() && !connection.Settle(deadline.Within(kSettleTimeout))) return false;
  return !connection.ClosedByServer() && connection.usable() && connection.CheckLexicalSettings().has_value();
}

void PoolState::Return(SessionPtr session, bool clean, bool poisoned) {
  Connection& connection = *session->connection;
  const bool abandoned = connection.abandoned();
  bool keep = !abandoned && !poisoned && !connection.broken() && Clock::now() < session->retire_at;
  if (keep && !clean) connection.Post(Pool::ResetStatements());
  keep = keep && !connection.broken();
  session->idle_since = Clock::now();

  SessionPtr to_close;  // closed outside the lock
  {
    const std::lock_guard lock(mutex_);
    borrowed_.erase(session.get());
    if (abandoned && !closed_) {
      session->abandoned_at = Clock::now();
      Log(Level::kWarn, kModule, "a backend ignores its cancel: its place stays taken until it is gone",
          {{"database", options_.name},
           {"pid", static_cast<std::int64_t>(connection.backend_pid())},
           {"borrower", session->borrower}});
      abandoned_.push_back(std::move(session));
      keeper_wakes_.notify_all();
    } else if (keep && !closed_ && !waiters_.empty()) {
      Waiter* next = waiters_.front();
      waiters_.pop_front();
      next->session = std::move(session);
      ++connecting_;
      next->changed.notify_all();
    } else if (keep && !closed_ && Taken() < options_.pool.max) {
      idle_.push_back(std::move(session));
    } else {
      CountClosed();
      to_close = std::move(session);
      FreeSlot();
    }
    UpdateMetrics();
  }
}

// A place became free: the one who waits longest may open a session in it.
void PoolState::FreeSlot() {
  if (!waiters_.empty() && Taken() < Slots()) {
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->may_connect = true;
    ++connecting_;
    next->changed.notify_all();
  }
  UpdateMetrics();
}

void PoolState::CountClosed() {
  ++closed_count_;
  closed_total_.Add();
}

void PoolState::FailWaiters() {
  const Error error = closed_ ? last_failure_ : BreakerError();
  for (Waiter* waiter : waiters_) {
    waiter->error = error;
    waiter->changed.notify_all();
  }
  waiters_.clear();
}

Error PoolState::BreakerError() const {
  Error error = last_failure_;
  error.code = ErrorCode::kUnavailable;
  error.retryable = true;
  error.message = "database \"" + options_.name + "\" is not answering (" + std::to_string(breaker_.failures()) +
                  " connects failed in a row, the last: " + last_failure_.message + ")";
  error.hint = "it is tried again every few seconds; check that the server runs and can be reached";
  return error;
}

PoolStats PoolState::stats() const {
  const std::lock_guard lock(mutex_);
  PoolStats stats;
  stats.idle = static_cast<int>(idle_.size());
  stats.borrowed = static_cast<int>(borrowed_.size());
  stats.connecting = connecting_;
  stats.abandoned = static_cast<int>(abandoned_.size());
  stats.waiting = static_cast<int>(waiters_.size());
  stats.breaker = breaker_.state();
  stats.opened = opened_count_;
  stats.closed = closed_count_;
  stats.connect_failures = failure_count_;
  return stats;
}

void PoolState::UpdateMetrics() {
  idle_gauge_.Set(static_cast<double>(idle_.size()));
  borrowed_gauge_.Set(static_cast<double>(borrowed_.size()));
  connecting_gauge_.Set(connecting_);
  abandoned_gauge_.Set(static_cast<double>(abandoned_.size()));
  waiting_gauge_.Set(static_cast<double>(waiters_.size()));
  breaker_gauge_.Set(static_cast<double>(breaker_.state()));
}

// ---- the keeper

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
    const bool too_idle = now - (*session)->idle_since >= options_.pool.idle_timeout && Taken() > options_.pool.min;
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
      Log(Level::kInfo, kModule, "an idle session was dead", {{"database", options_.name}});
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
    Log(Level::kInfo, kModule, "an abandoned backend is gone",
        {{"database", options_.name}, {"pid", static_cast<std::int64_t>(session->connection->backend_pid())}});
    CountClosed();
    FreeSlot();
  }
}

// Asks the server through a session of its own. A process id may come back to life as another session, so only one that
// is older than the moment of abandoning counts as ours.
bool PoolState::BackendIsGone(const Deadline& deadline, const Session& session) {
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
    Log(Level::kWarn, kModule, "a session has not come back",
        {{"database", options_.name},
         {"borrower", session->borrower},
         {"seconds", static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(held).count())}});
  }
}

// ---- the face

Lease::Lease() = default;
Lease::~Lease() {
  GiveBack();
}

Lease::Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Session> session)
    : pool_(std::move(pool)), session_(std::move(session)) {}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::move(other.pool_)),
      session_(std::move(other.session_)),
      clean_(other.clean_),
      poisoned_(other.poisoned_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    GiveBack();
    pool_ = std::move(other.pool_);
    session_ = std::move(other.session_);
    clean_ = other.clean_;
    poisoned_ = other.poisoned_;
  }
  return *this;
}

Connection& Lease::operator*() const {
  return *session_->connection;
}

void Lease::GiveBack() {
  if (session_ != nullptr) pool_->Return(std::move(session_), clean_, poisoned_);
  pool_.reset();
}

Pool::Pool(const DatabaseOptions& options) : state_(std::make_shared<PoolState>(options)) {}
Pool::~Pool() {
  state_->Close();
}

Expected<Lease> Pool::Borrow(const Deadline& deadline, std::string_view borrower) {
  return state_->Borrow(deadline, borrower);
}

Expected<void> Pool::Retry(const Deadline& deadline, const std::function<Expected<void>()>& attempt,
                           const std::function<bool()>& may_repeat) const {
  return RetryTransient(state_->options().pool.retries, deadline, attempt, may_repeat);
}

PoolStats Pool::stats() const {
  return state_->stats();
}
const DatabaseOptions& Pool::options() const {
  return state_->options();
}
std::string Pool::Describe() const {
  return state_->Describe();
}

std::vector<Statement> Pool::ResetStatements() {
  return {Plain("ROLLBACK"), Plain("DISCARD ALL")};
}

}  // namespace toomai::engine::pg
