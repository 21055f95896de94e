// The history in PostgreSQL: several instances, and a server that is locked, read-only, gone or of the future.
#include <atomic>
#include <set>

#include "tests/cache/history_fixture.h"

namespace toomai::cache {
namespace {

class HistoryPostgresTest : public HistoryFixture {
 protected:
  HistoryPostgresTest() : HistoryFixture(Store::kPostgres) { options_.lock_timeout = milliseconds(300); }
  std::unique_ptr<History> Instance() { return std::move(*OpenHistory(options_)); }
};

TEST_F(HistoryPostgresTest, FourInstancesStartAtOnceAndKeepOneChain) {
  options_.lock_timeout = std::chrono::minutes(5);  // that nothing is lost is asked here, not how fast the machine is
  constexpr int kInstances = 4, kThreads = 4, kEach = 25;
  std::vector<std::unique_ptr<History>> instances;
  for (int i = 0; i < kInstances; ++i) instances.push_back(Instance());
  std::atomic<int> trouble{0};
  std::vector<std::vector<std::int64_t>> ids(kInstances * kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kInstances * kThreads; ++t) {
    threads.emplace_back([&, t] {
      History& mine = *instances[static_cast<std::size_t>(t % kInstances)];
      for (int i = 0; i < kEach; ++i) {
        const auto id = mine.Append(kSoon, Entry("thread " + std::to_string(t)));
        if (!id) {
          ADD_FAILURE() << id.error().message << " " << id.error().hint;
          ++trouble;
          continue;
        }
        ids[static_cast<std::size_t>(t)].push_back(*id);
        if (i % 5 == 0 && !mine.SetReview(kSoon, *id, {ReviewState::kApproved, "r", "", ""})) ++trouble;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(trouble, 0);
  std::set<std::int64_t> all;
  for (const auto& some : ids) all.insert(some.begin(), some.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kInstances * kThreads * kEach));
  for (const auto& instance : instances) {
    const auto report = instance->Verify(kSoon);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->intact) << report->detail;
    EXPECT_EQ(instance->Health().entries, kInstances * kThreads * kEach);
    EXPECT_EQ(instance->Approved("shop")->size(), static_cast<std::size_t>(kInstances * kThreads * kEach / 5));
  }
}

TEST_F(HistoryPostgresTest, AReviewReachesTheOtherInstance) {
  auto first = Instance(), second = Instance();
  const std::int64_t id = *first->Append(kSoon, Entry("how many customers?"));
  const std::int64_t before = second->ReviewVersion();
  ASSERT_TRUE(first->SetReview(kSoon, id, {ReviewState::kApproved, "ann", "", ""}));
  EXPECT_GT(second->ReviewVersion(), before);
  EXPECT_EQ(second->Approved("shop")->size(), 1u);
}

TEST_F(HistoryPostgresTest, AHeldLockIsWaitedForThenReportedThenUsedAgain) {
  Open();
  Add(Entry("before"));
  // A stranger holds the head for two seconds.
  std::thread stranger([&] { Stranger("BEGIN; SELECT FROM head FOR UPDATE; SELECT pg_sleep(2); COMMIT"); });
  while (
      Stranger("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'") ==
      "0") {
  }
  const auto refused = history_->Append(kSoon, Entry("during"));
  EXPECT_FALSE(refused);
  if (!refused) {
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(refused.error().message.starts_with("locked: ")) << refused.error().message;
  }
  EXPECT_TRUE(history_->Health().state.starts_with("locked")) << history_->Health().state;
  EXPECT_EQ(FindText("before").size(), 1u);  // readers do not mind
  stranger.join();
  Add(Entry("after"));
  EXPECT_TRUE(history_->Health().writable);
  EXPECT_TRUE(Verified().intact);
}

TEST_F(HistoryPostgresTest, RetentionBySizeKeepsTheNewest) {
  options_.lock_timeout = milliseconds(20'000);
  Open();
  for (int i = 0; i < 300; ++i) Add(Entry(std::string(1000, 'x') + std::to_string(i)));
  options_.max_bytes = 150'000;
  Open();
  Add(Entry("one more"));
  for (int i = 0; i < 300 && Stranger("SELECT count(*) FROM events WHERE kind = 'prune'") == "0"; ++i)
    std::this_thread::sleep_for(milliseconds(20));
  const auto left = history_->Health().entries;
  EXPECT_GT(left, 20);
  EXPECT_LT(left, 250);
  EXPECT_TRUE(Verified().intact) << Verified().detail;
  EXPECT_EQ(Find({}).front(), 301);
}

TEST_F(HistoryPostgresTest, LostSessionsAreReplaced) {
  Open();
  Add(Entry("before"));
  Stranger(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()");
  // The first call after it may meet the loss; nothing has to be started anew.
  (void)history_->Append(kSoon, Entry("meets the loss"));
  Add(Entry("after"));
  EXPECT_TRUE(Verified().intact);
  EXPECT_GE(Find({}).size(), 2u);
}

TEST_F(HistoryPostgresTest, ARoleThatMayNotMakeTheTablesIsTold) {
  options_.path = test::TestCluster::Get().Url(database_);  // as the reader
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().hint.find("GRANT CREATE"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(history_->Health().writable);
}

TEST_F(HistoryPostgresTest, TablesOfTheFutureAreLeftAlone) {
  Open();
  Add(Entry("x"));
  Stranger("UPDATE version SET version = 99");
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("version 99"), std::string::npos) << refused.error().message;
}

TEST_F(HistoryPostgresTest, AnUnreachableServerIsReportedWithoutThePassword) {
  options_.path = "postgresql://toomai:pl4nted-password@127.0.0.1:1/nowhere";
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ((refused.error().message + refused.error().hint).find("pl4nted"), std::string::npos);
  EXPECT_FALSE(history_->Health().writable);
  EXPECT_EQ(history_->Health().state.find("pl4nted"), std::string::npos);
  EXPECT_FALSE(history_->Search(kSoon, {}));
}

TEST(HistoryPostgresOptionsTest, AUrlThatCannotBeReadIsRefused) {
  EXPECT_FALSE(engine::pg::OpenPostgresHistory({.path = "postgresql://[:bad"}));
  EXPECT_TRUE(engine::pg::IsPostgresUrl("postgres://h/d"));
  EXPECT_FALSE(engine::pg::IsPostgresUrl("/var/lib/postgresql://x"));
}

}  // namespace
}  // namespace toomai::cache
