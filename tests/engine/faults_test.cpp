// The network fails at the steps that the executor's own tests do not reach: between the pages of a cursor, in the
// middle of a stream, and while a change is being kept. No wrong row, no row twice, no hang, no session left behind,
// and no word about a change that nobody can know.
#include <gtest/gtest.h>

#include <thread>

#include "engine/pg/cursors.h"
#include "engine/write.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::Eventually;
using pg::OptionsFor;
using pg::Soon;
using std::chrono::milliseconds;
using test::FaultProxy;
using test::TestCluster;

constexpr std::int64_t kRows = 20'000;

class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_,
                           "CREATE TABLE numbers AS SELECT i, repeat('x', 50) AS wide FROM generate_series(1, " +
                               std::to_string(kRows) +
                               ") i; CREATE TABLE item (id int PRIMARY KEY, name text);"
                               "INSERT INTO item VALUES (1, 'old'); ANALYZE; GRANT SELECT ON numbers, item TO "
                               "toomai_reader; GRANT UPDATE ON item TO toomai_reader");
    options_.state_directory = state_;
    DatabaseOptions one = OptionsFor(TestCluster::Get().TcpUrl(database_, app::kSampleReader, proxy_.port()));
    one.execution.max_rows = kRows;
    one.execution.cursor_ttl = milliseconds(60'000);
    one.pool.retries = 0;
    options_.databases = {one};
    auto engine = MakeEngine(options_);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
    ASSERT_TRUE(engine_->GetSchema(Soon(), Caller(), ""));
  }
  void TearDown() override {
    proxy_.Heal();
    engine_.reset();
  }
  static ExecuteRequest AllRows() {
    ExecuteRequest request;
    request.sql = "SELECT i, wide FROM numbers ORDER BY i";
    return request;
  }
  bool NobodyWorksForUs() {
    return Eventually([&] {
      return TestCluster::Get().Sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database_ +
                                                    "' AND state <> 'idle'") == "0";
    });
  }

  FaultProxy proxy_{TestCluster::Get().port()};
  std::string database_;
  Options options_;
  const test::ScratchFolder state_{"faults"};
  std::unique_ptr<Engine> engine_;
};

TEST_F(Faults, BetweenAndWithinPages) {
  const std::vector<std::pair<const char*, std::function<void()>>> faults = {
      {"cut", [&] { proxy_.CutAll(); }},
      {"reset", [&] { proxy_.ResetAll(); }},
      {"half closed", [&] { proxy_.HalfCloseAll(); }},
      {"reset within the page", [&] { proxy_.ResetAfter(5'000); }},
      {"frozen", [&] { proxy_.Freeze(); }},
  };
  for (const auto& [name, fault] : faults) {
    ExecuteRequest request = AllRows();
    request.paged = true;
    request.budget.rows = 3'000;
    const auto first = engine_->Execute(Soon(), Caller(), request);
    ASSERT_TRUE(first) << name << ": " << first.error().message;
    ASSERT_FALSE(first->cursor.empty()) << name;
    fault();
    request.cursor = first->cursor;
    const auto page = engine_->Execute(Deadline::After(milliseconds(1'500)), Caller(), request);
    if (page) {  // it may have been fetched before
      ASSERT_EQ(page->rows.size(), 3'000u) << name;
      EXPECT_EQ(*page->rows.front()[0], "3001") << name;
    } else {
      EXPECT_TRUE(page.error().code == ErrorCode::kUnavailable || page.error().code == ErrorCode::kDeadlineExceeded)
          << name << ": " << page.error().message;
      proxy_.Heal();
      const auto again = engine_->Execute(Soon(), Caller(), request);
      ASSERT_FALSE(again) << name;
      EXPECT_EQ(again.error().code, ErrorCode::kNotFound) << name << ": " << again.error().message;
    }
    proxy_.Heal();
    const auto healed = engine_->Execute(Soon(), Caller(), AllRows());
    ASSERT_TRUE(healed) << name << ": " << healed.error().message;
    EXPECT_EQ(healed->rows.size(), static_cast<std::size_t>(kRows)) << name;
  }
  engine_.reset();
  EXPECT_TRUE(NobodyWorksForUs());
}

struct Sequence : RowConsumer {
  std::int64_t next = 1, wrong = 0;
  std::function<void()> at_row_5000;
  void OnColumns(const std::vector<ResultColumn>&) override {}
  bool OnRow(const std::vector<std::optional<std::string_view>>& cells) override {
    wrong += cells.size() != 2 || *cells[0] != std::to_string(next) || cells[1]->size() != 50;
    if (next == 5'000 && at_row_5000) at_row_5000();
    return ++next, true;
  }
};

TEST_F(Faults, AStreamThatBreaksHasToldEachRowOnce) {
  for (const bool frozen : {false, true}) {
    Sequence rows;
    rows.at_row_5000 = [&] { frozen ? proxy_.Freeze() : proxy_.ResetAll(); };
    const auto end = engine_->Stream(Deadline::After(milliseconds(2'000)), Caller(), AllRows(), rows, true);
    EXPECT_EQ(rows.wrong, 0);
    EXPECT_GE(rows.next, 5'000);
    // What was under way already may have been all of it.
    EXPECT_EQ(end.has_value(), rows.next == kRows + 1) << rows.next;
    proxy_.Heal();
    Sequence whole;
    const auto healed = engine_->Stream(Soon(), Caller(), AllRows(), whole, true);
    ASSERT_TRUE(healed) << healed.error().message;
    EXPECT_EQ(whole.next, kRows + 1);
    EXPECT_EQ(whole.wrong, 0);
  }
  engine_.reset();
  EXPECT_TRUE(NobodyWorksForUs());
}

TEST_F(Faults, ALostCommitIsNotCalledAFailure) {
  TestCluster::Get().Sql(
      database_,
      "CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
      "  IF (SELECT count(*) FROM echo) < 1 THEN SET CONSTRAINTS ALL DEFERRED; INSERT INTO echo VALUES (1);"
      "  ELSE PERFORM pg_sleep(1); END IF; RETURN NULL; END $$;"
      "CREATE TABLE echo (id int);"
      "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION slow_commit();"
      "CREATE CONSTRAINT TRIGGER slower AFTER INSERT ON echo DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION slow_commit()");
  WriteOptions rules;
  rules.database = options_.databases[0].name;
  rules.tables = {"public.item"};
  Writer writer(*engine_, options_.databases, {rules});
  WriteRequest request;
  request.kind = WriteKind::kUpdate;
  request.table = "public.item";
  request.set = {{"name", "new"}};
  request.where = {{"id", "=", {"1"}}};
  request.apply = true;
  request.expected_rows = 1;
  std::jthread cut([&] {
    Eventually([&] {
      return TestCluster::Get().Sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database_ +
                                                    "' AND query = 'COMMIT' AND state = 'active'") == "1";
    });
    proxy_.ResetAll();
  });
  const auto report = writer.Run(Soon(), Caller(), request);
  cut.join();
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("may or may not have been kept"), std::string::npos) << report.error().message;
  EXPECT_FALSE(report.error().retryable) << "trying again could change twice";
  EXPECT_TRUE(Eventually([&] { return TestCluster::Get().Sql(database_, "SELECT name FROM item") != "old"; }))
      << "here the server kept it, which is why nobody may say that it failed";
  const auto entries = engine_->history().Search(Soon(), {});
  ASSERT_TRUE(entries);
  ASSERT_FALSE(entries->empty());
  EXPECT_NE(entries->front().error.find("may or may not"), std::string::npos);
}

TEST_F(Faults, AChangeThatBreaksBeforeCommitIsNotKept) {
  WriteOptions rules;
  rules.database = options_.databases[0].name;
  rules.tables = {"public.item"};
  Writer writer(*engine_, options_.databases, {rules});
  WriteRequest request;
  request.kind = WriteKind::kUpdate;
  request.table = "public.item";
  request.set = {{"name", "new"}};
  request.where = {{"id", "=", {"1"}}};
  ASSERT_TRUE(writer.Run(Soon(), Caller(), request)) << "a dry run, which opens the session";
  request.apply = true;
  request.expected_rows = 1;
  for (const std::size_t bytes : {1, 200}) {
    proxy_.ResetAfter(bytes);
    const auto report = writer.Run(Soon(), Caller(), request);
    proxy_.Heal();
    ASSERT_FALSE(report) << bytes;
    EXPECT_EQ(report.error().message.find("may or may not"), std::string::npos) << report.error().message;
    EXPECT_EQ(TestCluster::Get().Sql(database_, "SELECT name FROM item"), "old");
  }
  EXPECT_TRUE(writer.Run(Soon(), Caller(), request));
  EXPECT_EQ(TestCluster::Get().Sql(database_, "SELECT name FROM item"), "new");
}

}  // namespace
}  // namespace toomai::engine
