#include "engine/pg/pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "engine/pg/envelope.h"
#include "engine/pg/pool_state.h"
#include "engine/pg/retry.h"

namespace toomai::engine::pg {

using Clock = Deadline::Clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSettleTimeout{2'000};  // for the answers of a reset
// A session that was used just now is not asked whether the server has hung up: should it have, that shows as soon.
constexpr milliseconds kJustUsed{2};

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
    Log(Level::kWarn, kPoolModule, "cannot connect",
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
  session->retire_at = lifetime > 0 ? now + milliseconds(static_cast<std::int64_t>(lifetime * RandomBetween(0.9, 1.0)))
                                    : Clock::time_point::max();
  return session;
}

// In step, reset, alive, and still speaking the dialect the validator reads.
bool PoolState::FitForUse(Session& session, const Deadline& deadline) {
  Connection& connection = *session.connection;
  const auto now = Clock::now();
  if (now >= session.retire_at) return false;
  if (!connection.settled() && !connection.Settle(deadline.Within(kSettleTimeout))) return false;
  if (now - session.idle_since > kJustUsed && connection.ClosedByServer()) return false;
  return connection.usable() && connection.CheckLexicalSettings().has_value();
}

void PoolState::Return(SessionPtr session, Lease::Traces traces, bool poisoned) {
  Connection& connection = *session->connection;
  const bool abandoned = connection.abandoned();
  bool keep = !abandoned && !poisoned && !connection.broken() && Clock::now() < session->retire_at;
  if (keep && traces != Lease::Traces::kNone) connection.Post(CloseEnvelope(options_.execution, traces, &connection));
  keep = keep && !connection.broken();
  session->idle_since = Clock::now();

  SessionPtr to_close;  // closed outside the lock
  {
    const std::lock_guard lock(mutex_);
    borrowed_.erase(session.get());
    if (abandoned && !closed_) {
      session->abandoned_at = Clock::now();
      Log(Level::kWarn, kPoolModule, "a backend ignores its cancel: its place stays taken until it is gone",
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
    } else if (keep && !closed_) {
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
      traces_(other.traces_),
      poisoned_(other.poisoned_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    GiveBack();
    pool_ = std::move(other.pool_);
    session_ = std::move(other.session_);
    traces_ = other.traces_;
    poisoned_ = other.poisoned_;
  }
  return *this;
}

Connection& Lease::operator*() const {
  return *session_->connection;
}

void Lease::GiveBack() {
  if (session_ != nullptr) pool_->Return(std::move(session_), traces_, poisoned_);
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

}  // namespace toomai::engine::pg
