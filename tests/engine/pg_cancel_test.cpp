// Cancels at awkward moments: before the statement has begun, while it begins, after it has ended.
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

#include "engine/pg/introspect.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/fault_proxy.h"

namespace toomai::engine::pg {
namespace {

using test::FaultProxy;
using test::TestCluster;

std::string ReaderUrl(int port = 0) {
  return TestCluster::Get().TcpUrl("ecommerce_small", app::kSampleReader, port);
}

int RunningWith(const std::string& mark) {
  const std::string count = TestCluster::Get().Sql(
      "postgres", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%" + mark +
                      "%' AND pid <> pg_backend_pid()");
  return std::atoi(count.c_str());
}

// The server throws away a cancel that finds nothing to cancel. Here it always does: the statement is held up on its
// way, the request is not.
TEST(PgCancel, ACancelThatOvertakesItsStatementIsSentAgain) {
  FaultProxy proxy(TestCluster::Get().port());
  auto connection = MustOpen(ReaderUrl(proxy.port()));
  connection->set_cancel_grace(seconds(10));
  const std::size_t before = proxy.accepted();
  proxy.DelayRequests(seconds(2));
  const std::uint64_t sent = proxy.bytes_from_client();
  std::stop_source stop;
  auto running = std::async(std::launch::async, [&] {
    return connection->Query(Deadline::Never(stop.get_token()), "SELECT pg_sleep(30), 'overtaken_mark'");
  });
  EXPECT_TRUE(Eventually([&] { return proxy.bytes_from_client() > sent; }));
  stop.request_stop();
  auto rows = running.get();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
  EXPECT_GE(proxy.accepted() - before, 2u) << "the first request came too early, a second must have followed";
  EXPECT_EQ(RunningWith("overtaken_mark"), 0);
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(connection->Query(Soon(), "SELECT 'next'")->at(0, 0), "next");
}

// Every moment around the start, by chance. A cancel that got lost would let the statement sleep to its end and
// succeed; one that came late would hit the innocent statement that follows.
TEST(PgCancel, AtTheMomentAStatementStarts) {
  auto connection = MustOpen(ReaderUrl());
  std::minstd_rand random(20261127);
  std::uniform_int_distribution<int> microseconds(0, 1500);
  for (int i = 0; i < 150; ++i) {
    std::stop_source stop;
    const auto pause = std::chrono::microseconds(microseconds(random));
    std::thread stopper([&] {
      std::this_thread::sleep_for(pause);
      stop.request_stop();
    });
    auto rows = connection->Query(Deadline::Never(stop.get_token()), "SELECT pg_sleep(30)");
    stopper.join();
    ASSERT_FALSE(rows) << "round " << i << ", stopped after " << pause.count() << " us";
    ASSERT_EQ(rows.error().code, ErrorCode::kCancelled) << rows.error().message;
    auto next = connection->Query(Soon(), "SELECT pg_sleep(0.001), 'next'");
    ASSERT_TRUE(next) << "round " << i << ": " << next.error().message;
    ASSERT_EQ(next->at(0, 1), "next");
  }
}

// The server has done everything, and we stop in the middle of reading it: what was left out makes it a failure.
TEST(PgCancel, AfterTheServerIsDoneIsNotTakenForComplete) {
  auto connection = MustOpen(ReaderUrl());
  constexpr int kStatements = 400;
  std::stop_source stop;
  int seen = 0;
  std::vector<Statement> batch(kStatements);
  for (int i = 0; i < kStatements; ++i) {
    batch[i].sql = "SELECT " + std::to_string(i);
    batch[i].on_row = [&](const RowView&) {
      if (++seen == 1) {
        EXPECT_TRUE(Eventually([&] {  // every answer is under way
          return TestCluster::Get().Sql("postgres", "SELECT state FROM pg_stat_activity WHERE pid = " +
                                                        std::to_string(connection->backend_pid())) == "idle";
        }));
        stop.request_stop();
      }
      return RowAction::kContinue;
    };
  }
  auto done = connection->Run(Deadline::Never(stop.get_token()), batch);
  ASSERT_LT(seen, kStatements) << "the stop was not noticed before the end: this shows nothing";
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(connection->usable());
}

TEST(PgCancel, IntrospectionGivesAllOrNothing) {
  const std::string url = TestCluster::Get().Url("social_medium");
  auto connection = MustOpen(url);
  auto whole = Introspect(*connection, Soon(), {});
  ASSERT_TRUE(whole);
  ASSERT_FALSE(whole->tables.empty());
  int stopped = 0, complete = 0;
  for (int i = 0; i < 120; ++i) {
    if (!connection->usable()) connection = MustOpen(url);
    auto read = Introspect(*connection, Deadline::After(std::chrono::milliseconds(i)), {});
    if (!read) {
      ++stopped;
      EXPECT_EQ(read.error().code, ErrorCode::kDeadlineExceeded) << read.error().message;
      continue;
    }
    ++complete;
    ASSERT_EQ(read->fingerprint, whole->fingerprint) << "after " << i << " ms";
    ASSERT_EQ(read->functions.size(), whole->functions.size());
  }
  EXPECT_GT(stopped, 0);
  RecordProperty("complete", complete);
}

}  // namespace
}  // namespace toomai::engine::pg
