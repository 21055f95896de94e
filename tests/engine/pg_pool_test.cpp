// The pool: order, limits, what the next borrower finds, and servers that go away.
#include "engine/pg/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>
#include <numeric>
#include <vector>

#include "tests/engine/pg_test_util.h"
#include "tests/support/fault_proxy.h"

namespace toomai::engine::pg {
namespace {

using test::FaultProxy;
using test::TestCluster;

DatabaseOptions Small(int max = 2, int overflow = 0) {
  auto options = OptionsFor(TestCluster::Get().Url("postgres", app::PrivatePostgres::kSuperuser));
  options.pool.max = max;
  options.pool.overflow = overflow;
  return options;
}

DatabaseOptions ThroughProxy(const FaultProxy& proxy, int max = 2) {
  auto options = Small(max);
  options.url = TestCluster::Get().TcpUrl("ecommerce_small", app::kSampleReader, proxy.port());
  return options;
}

Lease MustBorrow(Pool& pool, const Deadline& deadline = Soon()) {
  auto lease = pool.Borrow(deadline, "test");
  EXPECT_TRUE(lease) << (lease ? "" : lease.error().message);
  return lease ? std::move(*lease) : Lease();
}

std::string Ask(Pool& pool, const std::string& sql) {
  auto lease = pool.Borrow(Soon(), "ask");
  if (!lease) return "borrow: " + lease.error().message;
  auto rows = (*lease)->Query(Soon(), sql);
  return rows ? std::string(rows->at(0, 0)) : "query: " + rows.error().message;
}

// Whether the server is busy with this session's pg_sleep.
bool Sleeps(const std::string& backend_pid) {
  return TestCluster::Get().Sql(
             "postgres",
             "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " + backend_pid) == "1";
}

// Connections of ours to that port whose end has not reached us.
int OpenTo(int port) {
  constexpr unsigned kEstablished = 1;
  std::ifstream sockets("/proc/self/net/tcp");
  int open = 0;
  for (std::string line; std::getline(sockets, line);) {
    unsigned remote = 0, state = 0;
    if (std::sscanf(line.c_str(), " %*u: %*x:%*x %*x:%x %x", &remote, &state) != 2) continue;
    open += remote == static_cast<unsigned>(port) && state == kEstablished;
  }
  return open;
}

int ServerSessions(const std::string& application) {
  return std::atoi(
      TestCluster::Get()
          .Sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + application + "'")
          .c_str());
}

TEST(PgPool, ConnectsOnlyWhenAsked) {
  auto options = Small();
  options.parameters["application_name"] = "lazy_test";
  Pool pool(options);
  EXPECT_EQ(pool.stats().opened, 0);
  EXPECT_EQ(ServerSessions("lazy_test"), 0);
  MustBorrow(pool);
  EXPECT_EQ(ServerSessions("lazy_test"), 1);
}

TEST(PgPool, LendsTheSameSessionAgain) {
  Pool pool(Small());
  const std::string first = Ask(pool, "SELECT pg_backend_pid()");
  EXPECT_EQ(Ask(pool, "SELECT pg_backend_pid()"), first);
  EXPECT_EQ(pool.stats().opened, 1);
  EXPECT_EQ(pool.stats().idle, 1);
}

TEST(PgPool, LimitIsMaxPlusOverflowAndThenBusy) {
  auto options = Small(2, 1);
  options.pool.wait_timeout = milliseconds(80);
  Pool pool(options);
  Lease a = MustBorrow(pool), b = MustBorrow(pool), c = MustBorrow(pool);
  auto fourth = pool.Borrow(Soon(), "fourth");
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, ErrorCode::kBusy);
  a.GiveBack();
  EXPECT_TRUE(pool.Borrow(Soon(), "fifth"));
  b.GiveBack();
  c.GiveBack();
  EXPECT_EQ(pool.stats().borrowed, 0);
}

TEST(PgPool, OverflowIsKeptForTheNextRushAndGoesWhenIdle) {
  Pool pool(Small(2, 1));
  for (int rush = 0; rush < 2; ++rush) {
    const Lease a = MustBorrow(pool), b = MustBorrow(pool), c = MustBorrow(pool);
  }
  EXPECT_EQ(pool.stats().opened, 3);
  EXPECT_EQ(pool.stats().idle, 3);
  for (int i = 0; i < 600 && pool.stats().idle > 2; ++i) std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(pool.stats().idle, 2);
}

TEST(PgPool, QueueHasAnEnd) {
  auto options = Small(1);
  options.pool.max_waiting = 3;
  Pool pool(options);
  Lease lease = MustBorrow(pool);
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] { return pool.Borrow(Soon(), "waiting").has_value(); }));
  }
  ASSERT_TRUE(Eventually([&] { return pool.stats().waiting == 3; }));
  EXPECT_EQ(pool.Borrow(Soon(), "one too many").error().code, ErrorCode::kBusy);
  EXPECT_EQ(pool.stats().waiting, 3) << "those who came before still wait, so it did not";
  lease.GiveBack();
  for (auto& result : waiting) EXPECT_TRUE(result.get());
}

// Borrowers that queue up one behind the other and keep what they get until told. The places in which they were served
// can be read at moments when nothing moves, so that the order is exact however slow the threads are.
class Queue {
 public:
  Queue(Pool& pool, int borrowers) {
    for (int i = 0; i < borrowers; ++i) {
      threads_.emplace_back([this, &pool, i] { Borrow(pool, i); });
      EXPECT_TRUE(Eventually([&] { return pool.stats().waiting == i + 1; }));
    }
  }
  ~Queue() {
    for (auto& thread : threads_) thread.join();
  }
  // Those served from place `from` on, once there are `count`, lowest first.
  std::vector<int> Served(std::size_t from, std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool all = changed_.wait_for(lock, seconds(20), [&] { return served_.size() >= from + count; });
    EXPECT_TRUE(all) << "only " << served_.size() << " were served";
    EXPECT_LE(served_.size(), from + count) << "more were served than there are sessions";
    std::vector<int> batch(served_.begin() + static_cast<std::ptrdiff_t>(std::min(from, served_.size())),
                           served_.end());
    std::sort(batch.begin(), batch.end());
    return batch;
  }
  // Those served so far may give their sessions back.
  void LetGo(std::size_t places) {
    const std::lock_guard lock(mutex_);
    let_go_ = places;
    changed_.notify_all();
  }
  bool poison = false;  // they give back sessions that must be replaced

 private:
  void Borrow(Pool& pool, int number) {
    auto lease = pool.Borrow(Deadline::After(seconds(60)), "crowd");
    ASSERT_TRUE(lease) << lease.error().message;
    EXPECT_EQ((*lease)->Query(Soon(), "SELECT 1")->at(0, 0), "1");
    if (poison) lease->Poison();
    std::unique_lock lock(mutex_);
    const std::size_t place = served_.size();
    served_.push_back(number);
    changed_.notify_all();
    changed_.wait(lock, [&] { return let_go_ > place; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> served_;
  std::size_t let_go_ = 0;
  std::vector<std::thread> threads_;
};

TEST(PgPool, TwoHundredBorrowersOnFiveSessionsAreServedInTheOrderTheyCame) {
  constexpr std::size_t kBorrowers = 200, kSessions = 5;
  auto options = Small(kSessions);
  options.pool.wait_timeout = seconds(60);
  Pool pool(options);
  std::vector<Lease> held;
  for (std::size_t i = 0; i < kSessions; ++i) held.push_back(MustBorrow(pool));
  {
    Queue queue(pool, kBorrowers);
    held.clear();
    for (std::size_t place = 0; place < kBorrowers; place += kSessions) {
      std::vector<int> next(kSessions);
      std::iota(next.begin(), next.end(), static_cast<int>(place));
      EXPECT_EQ(queue.Served(place, kSessions), next);
      queue.LetGo(place + kSessions);
    }
  }
  EXPECT_EQ(pool.stats().opened, 5);
  EXPECT_EQ(pool.stats().borrowed, 0);
}

TEST(PgPool, TheOrderHoldsWhenSessionsMustBeReplaced) {
  constexpr std::size_t kBorrowers = 12;
  Pool pool(Small(1));
  Lease held = MustBorrow(pool);
  {
    Queue queue(pool, kBorrowers);
    queue.poison = true;
    held.GiveBack();
    for (std::size_t place = 0; place < kBorrowers; ++place) {
      EXPECT_EQ(queue.Served(place, 1), std::vector<int>{static_cast<int>(place)});
      queue.LetGo(place + 1);
    }
  }
  EXPECT_GE(pool.stats().opened, static_cast<std::int64_t>(kBorrowers));
  EXPECT_LE(pool.stats().open(), 1);
}

TEST(PgPool, ANewcomerDoesNotOvertake) {
  Pool pool(Small(1));
  for (int round = 0; round < 30; ++round) {
    Lease held = MustBorrow(pool);
    std::atomic<int> turn{0};
    int waiter = 0;
    std::thread waiting([&] {
      Lease lease = MustBorrow(pool);
      waiter = ++turn;
    });
    ASSERT_TRUE(Eventually([&] { return pool.stats().waiting == 1; }));
    held.GiveBack();
    Lease mine = MustBorrow(pool);
    const int newcomer = ++turn;
    mine.GiveBack();
    waiting.join();
    ASSERT_LT(waiter, newcomer) << "round " << round;
  }
}

TEST(PgPool, AKilledBackendCostsItsCallAndNothingElse) {
  auto options = Small(1);
  options.parameters["application_name"] = "pool_kill_test";
  Pool pool(options);
  for (int round = 0; round < 5; ++round) {
    Lease lease = MustBorrow(pool);
    const std::string pid = std::to_string(lease->backend_pid());
    auto running = std::async(std::launch::async, [&] { return lease->Query(Soon(), "SELECT pg_sleep(20)"); });
    EXPECT_TRUE(Eventually([&] {
      return TestCluster::Get().Sql("postgres", "SELECT state FROM pg_stat_activity WHERE pid = " + pid) == "active";
    }));
    TestCluster::Get().Sql("postgres", "SELECT pg_terminate_backend(" + pid + ")");
    auto rows = running.get();
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(rows.error().sqlstate, "57P01");
    lease.GiveBack();
    EXPECT_EQ(pool.stats().open(), 0);
    EXPECT_EQ(Ask(pool, "SELECT 'next'"), "next");
    EXPECT_LE(ServerSessions("pool_kill_test"), 1);
  }
}

TEST(PgPool, WaitingEndsWithDeadlineOrStop) {
  Pool pool(Small(1));
  Lease lease = MustBorrow(pool);
  EXPECT_EQ(pool.Borrow(Deadline::After(milliseconds(50)), "late").error().code, ErrorCode::kDeadlineExceeded);
  std::stop_source source;
  auto waiting = std::async(std::launch::async, [&] {
    auto borrowed = pool.Borrow(Deadline::Never(source.get_token()), "stopped");
    return borrowed ? ErrorCode::kInternal : borrowed.error().code;
  });
  ASSERT_TRUE(Eventually([&] { return pool.stats().waiting == 1; }));
  source.request_stop();
  EXPECT_EQ(waiting.get(), ErrorCode::kCancelled);
  EXPECT_EQ(pool.stats().waiting, 0);
}

TEST(PgPool, TheNextBorrowerFindsNoTrace) {
  Pool pool(Small(1));
  std::string pid;
  {
    Lease lease = MustBorrow(pool);
    auto run = [&](const std::string& sql) { ASSERT_TRUE(lease->Query(Soon(), sql)) << sql; };
    pid = lease->Query(Soon(), "SELECT pg_backend_pid()")->at(0, 0);
    run("SET work_mem = '77MB'");
    run("SET ROLE pg_monitor");
    run("RESET ROLE");
    run("SELECT pg_advisory_lock(4242)");
    run("CREATE TEMP TABLE leftover (a int)");
    run("PREPARE leftover AS SELECT 1");
    run("LISTEN leftover");
    run("SELECT set_config('app.tenant', 'mallory', false)");
    run("SET SESSION AUTHORIZATION toomai_reader");
    run("BEGIN");
    run("SELECT set_config('statement_timeout', '1', false)");
    run("DECLARE leftover CURSOR WITH HOLD FOR SELECT 1");
  }
  Lease lease = MustBorrow(pool);
  auto rows = lease->Query(Soon(), R"(SELECT pg_backend_pid(), current_setting('work_mem'), current_user = session_user,
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), (SELECT count(*) FROM pg_prepared_statements),
      (SELECT count(*) FROM pg_class WHERE relname = 'leftover'), (SELECT count(*) FROM pg_cursors WHERE name <> ''),
      (SELECT count(*) FROM pg_listening_channels()), coalesce(current_setting('app.tenant', true), ''),
      current_setting('statement_timeout'), current_user)");
  ASSERT_TRUE(rows) << rows.error().message;
  const std::vector<std::string> expected = {pid, "64MB", "t", "0", "0", "0", "0", "0", "", "0", "postgres"};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(rows->at(0, i), expected[i]) << "column " << i;
}

TEST(PgPool, WhatEndsWithItsTransactionNeedsOnlyARollback) {
  Pool pool(Small(1));
  {
    Lease lease = MustBorrow(pool);
    ASSERT_TRUE(lease->Query(Soon(), "PREPARE kept AS SELECT 1"));
    ASSERT_TRUE(lease->Query(Soon(), "BEGIN"));
    ASSERT_TRUE(lease->Query(Soon(), "SET work_mem = '77MB'"));
    lease.Leaves(Lease::Traces::kInTransaction);
  }
  Lease lease = MustBorrow(pool);
  auto rows = lease->Query(Soon(), "SELECT current_setting('work_mem'), count(*) FROM pg_prepared_statements");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->at(0, 0), TestCluster::Get().Sql("postgres", "SHOW work_mem"));
  EXPECT_EQ(rows->at(0, 1), "1");  // no DISCARD ALL was sent
}

TEST(PgPool, ASessionThatTurnedStringsOddIsNotLentAgain) {
  Pool pool(Small(1));
  std::string pid;
  {
    Lease lease = MustBorrow(pool);
    pid = lease->Query(Soon(), "SELECT pg_backend_pid()")->at(0, 0);
    ASSERT_TRUE(lease->Query(Soon(), "SET standard_conforming_strings = off"));
    lease.Leaves(Lease::Traces::kNone);  // a lie: no reset is sent
  }
  EXPECT_NE(Ask(pool, "SELECT pg_backend_pid()"), pid);
}

TEST(PgPool, PoisonedAndBrokenSessionsAreClosed) {
  Pool pool(Small(1));
  const std::string first = Ask(pool, "SELECT pg_backend_pid()");
  {
    Lease lease = MustBorrow(pool);
    lease.Poison();
  }
  const std::string second = Ask(pool, "SELECT pg_backend_pid()");
  EXPECT_NE(first, second);
  TestCluster::Get().Sql("postgres", "SELECT pg_terminate_backend(" + second + ", 5000)");
  const std::string third = Ask(pool, "SELECT pg_backend_pid()");  // the dead one is noticed before it is lent
  EXPECT_NE(second, third);
  EXPECT_GT(std::atoi(third.c_str()), 0) << third;
  EXPECT_EQ(pool.stats().open(), 1);
}

TEST(PgPool, MinIsKeptAndIdleSessionsAboveItAreClosed) {
  auto options = Small(4);
  options.parameters["application_name"] = "pool_min_test";
  options.pool.min = 1;
  options.pool.idle_timeout = milliseconds(120);
  Pool pool(options);
  { Lease a = MustBorrow(pool), b = MustBorrow(pool), c = MustBorrow(pool); }
  EXPECT_EQ(pool.stats().idle, 3);
  EXPECT_TRUE(Eventually([&] { return pool.stats().idle == 1; }));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(pool.stats().idle, 1);
  TestCluster::Get().Sql(
      "postgres",
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'pool_min_test'");
  EXPECT_EQ(Ask(pool, "SELECT 1"), "1");
}

TEST(PgPool, LifetimeAndHealthChecksReplaceSessions) {
  auto options = Small(1);
  options.pool.lifetime = milliseconds(150);
  Pool aging(options);
  const std::string young = Ask(aging, "SELECT pg_backend_pid()");
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_NE(Ask(aging, "SELECT pg_backend_pid()"), young);

  options = Small(1);
  options.pool.health_interval = milliseconds(80);
  Pool probed(options);
  const std::string pid = Ask(probed, "SELECT pg_backend_pid()");
  TestCluster::Get().Sql("postgres", "SELECT pg_terminate_backend(" + pid + ")");
  EXPECT_TRUE(Eventually([&] { return probed.stats().idle == 0 && probed.stats().open() == 0; }));
}

TEST(PgPool, LeaksAreNamed) {
  auto options = Small(1);
  options.pool.leak_after = milliseconds(60);
  options.name = "leaky";
  Pool pool(options);
  ::testing::internal::CaptureStderr();
  auto lease = pool.Borrow(Soon(), "forgetful caller");
  ASSERT_TRUE(lease);
  std::this_thread::sleep_for(milliseconds(300));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("forgetful caller"), std::string::npos) << log;
}

TEST(PgPool, AnUnreachableServerIsOneClearErrorAndThenTheBreakerOpens) {
  auto options = Small();
  options.url = "postgresql://u@127.0.0.1:1/nothing";
  options.pool.retries = 1;
  options.pool.breaker_failures = 4;
  options.pool.breaker_cooldown = milliseconds(60'000);
  Pool pool(options);
  for (int i = 0; i < 2; ++i) {
    auto failed = pool.Borrow(Soon(), "test");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(failed.error().retryable);
  }
  EXPECT_EQ(pool.stats().breaker, BreakerState::kOpen);
  auto refused = pool.Borrow(Soon(), "test");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("not answering"), std::string::npos) << refused.error().message;
  EXPECT_EQ(pool.stats().open(), 0);
}

TEST(PgPool, HealsAfterTheServerCrashedAndCameBack) {
  auto& cluster = TestCluster::Get();
  auto options = Small(3);
  options.pool.retries = 0;
  options.pool.breaker_failures = 2;
  options.pool.breaker_cooldown = milliseconds(200);
  Pool pool(options);
  Lease busy = MustBorrow(pool);
  EXPECT_EQ(Ask(pool, "SELECT 1"), "1");
  const std::string pid = std::to_string(busy->backend_pid());
  auto running = std::async(std::launch::async, [&] { return busy->Query(Soon(), "SELECT pg_sleep(60)"); });
  EXPECT_TRUE(Eventually([&] { return Sleeps(pid); }));
  ASSERT_TRUE(cluster.server().StopImmediate());
  auto cut = running.get();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kUnavailable) << cut.error().message;
  EXPECT_TRUE(cut.error().retryable);
  busy.GiveBack();
  for (int i = 0; i < 4; ++i) {
    auto down = pool.Borrow(Soon(), "test");
    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().code, ErrorCode::kUnavailable);
  }
  ASSERT_TRUE(cluster.server().StartAgain());
  EXPECT_TRUE(Eventually([&] { return pool.stats().breaker == BreakerState::kClosed; }));  // without any call
  EXPECT_EQ(Ask(pool, "SELECT 2"), "2");
  EXPECT_LE(pool.stats().open(), 3);
  EXPECT_EQ(pool.stats().borrowed, 0);
}

TEST(PgPool, ACutPathHealsWithTheNextCall) {
  FaultProxy proxy(TestCluster::Get().port());
  Pool pool(ThroughProxy(proxy));
  Lease lease = MustBorrow(pool);
  const std::string pid = std::to_string(lease->backend_pid());
  auto running = std::async(std::launch::async, [&] { return lease->Query(Soon(), "SELECT pg_sleep(60)"); });
  EXPECT_TRUE(Eventually([&] { return Sleeps(pid); }));
  proxy.ResetAll();
  EXPECT_EQ(running.get().error().code, ErrorCode::kUnavailable);
  TestCluster::Get().Sql("postgres", "SELECT pg_terminate_backend(" + pid + ", 60000)");  // it has not noticed
  lease.GiveBack();
  EXPECT_EQ(Ask(pool, "SELECT 3"), "3");
  proxy.CutAll();  // while idle
  EXPECT_TRUE(Eventually([&] { return OpenTo(proxy.port()) == 0; }));
  EXPECT_EQ(Ask(pool, "SELECT 4"), "4");
  EXPECT_EQ(pool.stats().open(), 1);
}

TEST(PgPool, ABackendThatIgnoresItsCancelKeepsItsPlaceUntilItIsGone) {
  auto options = Small(1);
  options.execution.cancel_grace = milliseconds(150);
  options.pool.wait_timeout = milliseconds(100);
  options.parameters["application_name"] = "pool_abandon_test";
  Pool pool(options);
  {
    Lease lease = MustBorrow(pool);
    auto rows = lease->Query(Deadline::After(milliseconds(50)),
                             "SELECT array_fill(1, ARRAY[40000]) && array_fill(2, ARRAY[40000])");
    EXPECT_EQ(rows.error().code, ErrorCode::kDeadlineExceeded);
  }
  EXPECT_EQ(pool.stats().abandoned + pool.stats().connecting, 1);
  EXPECT_EQ(pool.Borrow(Soon(), "next").error().code, ErrorCode::kBusy);
  EXPECT_TRUE(Eventually([&] { return pool.Borrow(Soon(), "next").has_value(); }, seconds(60)));
  EXPECT_TRUE(Eventually([&] { return ServerSessions("pool_abandon_test") <= 1; }));
}

TEST(PgPool, NoSessionIsLeftBehindOnTheServer) {
  {
    auto options = Small(5);
    options.parameters["application_name"] = "pool_leftover_test";
    Pool pool(options);
    std::vector<std::future<void>> calls;
    for (int i = 0; i < 40; ++i) {
      calls.push_back(std::async(std::launch::async, [&, i] {
        auto lease = pool.Borrow(Soon(), "test");
        ASSERT_TRUE(lease);
        auto deadline = i % 3 == 0 ? Deadline::After(milliseconds(5)) : Soon();
        auto rows = (*lease)->Query(deadline, "SELECT pg_sleep(0.01)");
        EXPECT_TRUE(rows || i % 3 == 0);
      }));
    }
    for (auto& call : calls) call.get();
    EXPECT_LE(pool.stats().open(), 5);
  }
  EXPECT_TRUE(Eventually([] { return ServerSessions("pool_leftover_test") == 0; }));
}

TEST(PgPool, ALeaseMayOutliveItsPool) {
  auto pool = std::make_unique<Pool>(Small(1));
  Lease lease = MustBorrow(*pool);
  pool.reset();
  EXPECT_EQ(lease->Query(Soon(), "SELECT 5")->at(0, 0), "5");
}

TEST(PgPool, RetryRepeatsTransientFailuresOnly) {
  Pool pool(Small());
  int calls = 0;
  auto done = pool.Retry(Soon(), [&]() -> Expected<void> {
    if (++calls < 3) return Fail(ErrorCode::kUnavailable, "gone");
    return {};
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(calls, 3);
  calls = 0;
  done = pool.Retry(Soon(), [&]() -> Expected<void> { return ++calls, Fail(ErrorCode::kInvalidArgument, "bad"); });
  EXPECT_EQ(calls, 1);
  calls = 0;
  done = pool.Retry(
      Soon(), [&]() -> Expected<void> { return ++calls, Fail(ErrorCode::kUnavailable, "gone"); }, [] { return false; });
  EXPECT_EQ(calls, 1);
}

TEST(PgBreaker, OpensTriesAndCloses) {
  Breaker breaker(2, milliseconds(100));
  Breaker::Time now{};
  EXPECT_TRUE(breaker.Allow(now));
  breaker.OnFailure(now);
  EXPECT_TRUE(breaker.Allow(now));
  breaker.OnFailure(now);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_FALSE(breaker.Allow(now + milliseconds(99)));
  EXPECT_TRUE(breaker.Allow(now + milliseconds(100)));
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker.Allow(now + milliseconds(100)));  // one at a time
  breaker.OnFailure(now + milliseconds(101));
  EXPECT_FALSE(breaker.Allow(now + milliseconds(150)));
  EXPECT_TRUE(breaker.Allow(now + milliseconds(201)));
  breaker.OnNoVerdict();
  EXPECT_TRUE(breaker.Allow(now + milliseconds(202)));
  breaker.OnSuccess();
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker.failures(), 0);
}

}  // namespace
}  // namespace toomai::engine::pg
