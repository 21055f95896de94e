// Row-level security by role and by claims: each caller sees the rows of that caller, whatever the session did before.
#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"
#include "engine/engine.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

class WhoAsks : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string& database = database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(
        database,
        "CREATE TABLE doc (id int, tenant text, body text);"
        "INSERT INTO doc VALUES (1, 'a', 'of a'), (2, 'b', 'of b'), (3, 'b', 'of b, too');"
        "ALTER TABLE doc ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY by_claim ON doc TO toomai_reader USING (tenant = current_setting('app.tenant', true));"
        "DO $$ BEGIN CREATE ROLE toomai_test_clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "GRANT toomai_test_clerk TO toomai_reader;"
        "CREATE POLICY by_role ON doc TO toomai_test_clerk USING (id = 1 AND current_user = 'toomai_test_clerk');"
        "GRANT SELECT ON doc TO toomai_reader, toomai_test_clerk; ANALYZE doc");
    Options options;
    options.state_directory = state_;
    options.databases = {OptionsFor(TestCluster::Get().Url(database))};
    options.databases[0].pool.max = 1;  // all callers share one session
    options.databases[0].pool.overflow = 0;
    options.calls_per_minute = 100;
    auto engine = MakeEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  static Caller WithTenant(const std::string& tenant) {
    Caller caller;
    caller.name = "tenant " + tenant;
    caller.claims = {{"app.tenant", tenant}};
    return caller;
  }
  Expected<QueryResult> Ask(const Caller& caller, const std::string& sql = "SELECT id FROM doc ORDER BY id") {
    ExecuteRequest request;
    request.sql = sql;
    return engine_->Execute(Soon(), caller, request);
  }
  std::string Ids(const Caller& caller) {
    const auto rows = Ask(caller);
    if (!rows) return rows.error().message;
    std::string ids;
    for (const auto& row : rows->rows) ids += *row[0];
    return ids;
  }

  const test::ScratchFolder state_{"who"};
  std::string database_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(WhoAsks, ClaimsAndRolesHoldForOneCallOnly) {
  Caller clerk;
  clerk.name = "clerk";
  clerk.database_role = "toomai_test_clerk";
  EXPECT_EQ(Ids(WithTenant("a")), "1");
  EXPECT_EQ(Ids(WithTenant("b")), "23");
  EXPECT_EQ(Ids(Caller()), "") << "nothing is left of the caller before";
  EXPECT_EQ(Ids(clerk), "1");
  EXPECT_EQ(Ids(WithTenant("' OR true --")), "");
  EXPECT_EQ(Ids(WithTenant("b")), "23") << "nor of the role before";
}

TEST_F(WhoAsks, AStatementCannotBecomeSomebodyElse) {
  for (const char* sql : {"SELECT d.* FROM (SELECT set_config('app.tenant', 'b', true) OFFSET 0) s, doc d",
                          "SELECT current_setting('app.tenant')", "SET app.tenant = 'b'", "SET ROLE toomai_reader"}) {
    EXPECT_FALSE(Ask(WithTenant("a"), sql)) << sql;
  }
  EXPECT_EQ(Ids(WithTenant("a")), "1");
}

TEST_F(WhoAsks, CallersAtTheSameTimeAreNotMixedUp) {
  std::vector<std::jthread> callers;
  std::atomic<int> wrong = 0;
  for (int k = 0; k < 4; ++k) {
    callers.emplace_back([this, k, &wrong] {
      const bool a = k % 2 == 0;
      for (int i = 0; i < 10; ++i) wrong += Ids(WithTenant(a ? "a" : "b")) != (a ? "1" : "23");
    });
  }
  callers.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(WhoAsks, ValuesOfSuchTablesAreNotToldToEverybody) {
  Options options;
  options.state_directory = state_ / "owner";
  options.databases = {
      OptionsFor(TestCluster::Get().Url(database_, app::PrivatePostgres::kSuperuser))};  // who sees the rows of all
  options.databases[0].scan_values = true;
  auto engine = MakeEngine(options);
  ASSERT_TRUE(engine) << engine.error().message;
  const auto schema = (*engine)->GetSchema(Soon(), WithTenant("a"), "");
  ASSERT_TRUE(schema) << schema.error().message;
  const schema::Table& doc = (*schema)->tables.at((*schema)->FindTable("public", "doc"));
  for (const schema::Column& column : doc.columns) {
    if (!column.stats) continue;
    EXPECT_TRUE(column.stats->common_values.empty()) << column.name;
  }
  ExecuteRequest request;
  request.sql = "SELECT id FROM doc WHERE body = 'of b, tooo'";
  const auto empty = (*engine)->Execute(Soon(), WithTenant("a"), request);
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_EQ(Join(empty->notes, "\n").find("of b, too'"), std::string::npos) << Join(empty->notes, "\n");
}

TEST_F(WhoAsks, EachCallerHasAShareOfItsOwn) {
  int served = 0;
  Expected<QueryResult> last = Ask(WithTenant("a"));
  for (; last && served < 200; ++served) last = Ask(WithTenant("a"));
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kBusy);
  EXPECT_NE(last.error().hint.find("wait"), std::string::npos);
  EXPECT_EQ(Ids(WithTenant("b")), "23") << "another caller is still served";
}

}  // namespace
}  // namespace toomai::engine
