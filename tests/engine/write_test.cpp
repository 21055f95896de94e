// Opt-in writes on a real server: dry by default, kept only as announced, by their own role, and written down.
#include "engine/write.h"

#include <gtest/gtest.h>

#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

class Write : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = TestCluster::Get().NewDatabase();
    Sql("CREATE TABLE item (id int PRIMARY KEY, name text, secret text);"
        "INSERT INTO item SELECT i, 'item ' || i, 'qzx' || i FROM generate_series(1, 10) i;"
        "CREATE TABLE other (id int); GRANT SELECT ON ALL TABLES IN SCHEMA public TO toomai_reader;"
        "DO $$ BEGIN CREATE ROLE toomai_test_writer; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "GRANT toomai_test_writer TO toomai_reader;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO toomai_test_writer");
    Options options;
    options.state_directory = state_;
    DatabaseOptions shop = OptionsFor(TestCluster::Get().Url(database_));
    shop.name = "shop";
    shop.masks = {{"public.item.secret", "redact"}};
    options.databases = {shop};
    WriteOptions writes;
    writes.database = "shop";
    writes.tables = {"public.item"};
    writes.role = "toomai_test_writer";
    writes.max_rows = 3;
    auto engine = MakeEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
    writer_ = std::make_unique<Writer>(*engine_, options.databases, std::vector<WriteOptions>{writes});
    request_.kind = WriteKind::kUpdate;
    request_.table = "public.item";
    request_.set = {{"name", "new"}};
    request_.where = {{"id", "<=", {"3"}}};
  }
  void TearDown() override {
    writer_.reset();
    engine_.reset();
    Sql("REVOKE toomai_test_writer FROM toomai_reader");
  }

  std::string Sql(const std::string& sql) { return TestCluster::Get().Sql(database_, sql); }
  int Renamed() { return std::stoi(Sql("SELECT count(*) FROM item WHERE name = 'new'")); }
  Expected<WriteReport> Run() { return writer_->Run(Soon(), Caller(), request_); }

  const test::ScratchFolder state_{"write"};
  std::string database_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Writer> writer_;
  WriteRequest request_;
};

TEST_F(Write, ADryRunShowsAndChangesNothing) {
  const auto report = Run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 3);
  EXPECT_FALSE(report->applied);
  ASSERT_EQ(report->preview.rows.size(), 3u);
  EXPECT_EQ(*report->preview.rows[0][1], "new");
  EXPECT_EQ(Renamed(), 0);
}

TEST_F(Write, AppliesWhatWasAnnouncedAndNothingElse) {
  request_.apply = true;
  EXPECT_FALSE(Run()) << "no count was announced";
  request_.expected_rows = 2;
  EXPECT_FALSE(Run());
  EXPECT_EQ(Renamed(), 0);
  request_.expected_rows = 3;
  const auto report = Run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->applied);
  EXPECT_EQ(Renamed(), 3);
  const auto entries = engine_->history().Search(Soon(), {});
  ASSERT_TRUE(entries);
  ASSERT_FALSE(entries->empty());
  EXPECT_EQ(entries->front().kind, "write");
  EXPECT_EQ(entries->front().origin, "applied");
  EXPECT_EQ(entries->front().rows, 3);
  EXPECT_EQ(entries->size(), 3u) << "what was refused is there, too";
}

TEST_F(Write, TheCeilingHoldsAtNAndBeyond) {
  request_.apply = true;
  request_.where = {{"id", "<=", {"4"}}};
  request_.expected_rows = 4;
  const auto refused = Run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRejected);
  EXPECT_EQ(Renamed(), 0);
  // The session that was rolled back is as good as new.
  request_.where = {{"id", "<=", {"3"}}};
  request_.expected_rows = 3;
  EXPECT_TRUE(Run());
}

TEST_F(Write, RunsAsItsOwnRoleAndTellsNoMaskedValue) {
  Sql("REVOKE UPDATE ON item FROM toomai_test_writer");
  const auto refused = Run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "42501");
  Sql("GRANT UPDATE ON item TO toomai_test_writer; CREATE UNIQUE INDEX ON item (secret)");
  request_.set = {{"secret", "qzx9"}};
  request_.where = {{"id", "=", {"1"}}};
  const auto duplicate = Run();
  ASSERT_FALSE(duplicate);
  EXPECT_EQ(duplicate.error().sqlstate, "23505");
  EXPECT_EQ(duplicate.error().message.find("qzx"), std::string::npos) << duplicate.error().message;
}

TEST_F(Write, OtherTablesAndDatabasesAreOutOfReach) {
  request_.table = "public.other";
  request_.set = {{"id", "1"}};
  EXPECT_FALSE(Run());
  request_.database = "elsewhere";
  EXPECT_FALSE(Run());
  EXPECT_FALSE(Writer(*engine_, {}, {}).enabled());
}

TEST_F(Write, ADeferredConstraintIsHeardInTheDryRun) {
  Sql("CREATE TABLE child (id int REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED); INSERT INTO child VALUES (1)");
  request_.kind = WriteKind::kDelete;
  request_.where = {{"id", "=", {"1"}}};
  EXPECT_FALSE(Run());
  request_.apply = true;
  request_.expected_rows = 1;
  ASSERT_FALSE(Run());
  EXPECT_EQ(Sql("SELECT count(*) FROM item"), "10");
  const auto entries = engine_->history().Search(Soon(), {});
  ASSERT_TRUE(entries && !entries->empty());
  for (const cache::HistoryEntry& entry : *entries)
    EXPECT_NE(entry.origin, "applied") << "the history tells of a change that is not there";
}

TEST_F(Write, RowsOfOtherTablesDoNotGoAlongUnasked) {
  Sql("CREATE TABLE child (id int REFERENCES item (id) ON DELETE CASCADE ON UPDATE CASCADE);"
      "INSERT INTO child VALUES (1), (1)");
  request_.kind = WriteKind::kDelete;
  request_.where = {{"id", "=", {"1"}}};
  const auto refused = Run();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("public.child"), std::string::npos) << refused.error().message;
  request_.kind = WriteKind::kUpdate;
  EXPECT_TRUE(Run()) << "the key stays as it is";
  request_.set = {{"id", "77"}};
  EXPECT_FALSE(Run());
}

TEST_F(Write, DeniedColumnsAreNeitherComparedNorQuoted) {
  Sql("ALTER TABLE item ADD CONSTRAINT named CHECK (name <> 'bad'); REVOKE SELECT ON item FROM toomai_reader;"
      "GRANT SELECT (id, name) ON item TO toomai_reader");
  Options options;
  options.state_directory = state_ / "denied";
  DatabaseOptions shop = OptionsFor(TestCluster::Get().Url(database_));
  shop.name = "shop";
  shop.policy.denied_columns = {"public.item.secret"};
  options.databases = {shop};
  auto engine = MakeEngine(options);
  ASSERT_TRUE(engine) << engine.error().message;
  Writer writer(**engine, options.databases, {{"shop", {"public.item"}, "toomai_test_writer", "", 3}});
  WriteRequest request = request_;
  request.where = {{"secret", "<", {"qzx5"}}};
  EXPECT_FALSE(writer.Run(Soon(), Caller(), request));
  request.where = {{"id", "=", {"1"}}};
  request.set = {{"secret", "x"}};
  EXPECT_FALSE(writer.Run(Soon(), Caller(), request));
  request.set = {{"name", "bad"}};
  const auto refused = writer.Run(Soon(), Caller(), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("qzx1"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace toomai::engine
