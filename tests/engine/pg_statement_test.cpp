// From text through the validator to rows, on the sample database as its reader.
#include <gtest/gtest.h>

#include "engine/pg/cursors.h"
#include "engine/pg/executor.h"
#include "engine/pg/introspect.h"
#include "schema/catalog_view.h"
#include "tests/engine/pg_test_util.h"
#include "validator/validator.h"

namespace toomai::engine::pg {
namespace {

using test::TestCluster;

class PgStatement : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_,
                           "CREATE TABLE item AS SELECT i AS id, 'item ' || i AS name FROM generate_series(1, 50) i;"
                           "GRANT SELECT ON item TO toomai_reader; ANALYZE item");
    options_ = OptionsFor(TestCluster::Get().Url(database_));
    options_.execution.max_rows = 10;
    pool_ = std::make_unique<Pool>(options_);
    executor_ = std::make_unique<Executor>(*pool_, options_.execution);
    auto lease = pool_->Borrow(Soon(), "introspection");
    ASSERT_TRUE(lease) << lease.error().message;
    auto read = Introspect(**lease, Soon());
    ASSERT_TRUE(read);
    catalog_ = std::make_unique<schema::CatalogView>(std::make_shared<const schema::Schema>(std::move(*read)));
  }
  validator::ValidatedSql Valid(const std::string& sql, std::int64_t max_rows) {
    validator::Policy policy;
    policy.max_rows = max_rows;
    policy.allow_parameters = true;
    auto verdict = validator::Validate(sql, catalog_.get(), policy);
    if (!verdict.allowed) ADD_FAILURE() << sql << ": " << verdict.findings.at(0).message;
    return *verdict.sql;
  }

  std::string database_;
  DatabaseOptions options_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<schema::CatalogView> catalog_;
};

TEST_F(PgStatement, OneRowBeyondTheCapMakesTruncatedExact) {
  auto result = executor_->Execute(Soon(), Valid("select name from item order by id", 11), {}, {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->rows.size(), 10u);
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(*result->rows[9][0], "item 10");
  result = executor_->Execute(Soon(), Valid("SELECT name FROM item WHERE id <= 10 -- ten", 11), {}, {}, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows.size(), 10u);
  EXPECT_FALSE(result->truncated);
}

TEST_F(PgStatement, ParametersPlansColumnsAndPages) {
  auto result = executor_->Execute(Soon(), Valid("SELECT name FROM item WHERE id = $1", 11), {"7"}, {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result->rows.at(0)[0], "item 7");
  const auto sql = Valid("SELECT id, name FROM item", 1000);
  auto columns = executor_->Describe(Soon(), sql, {});
  ASSERT_TRUE(columns) << columns.error().message;
  EXPECT_EQ(columns->at(1).type, "text");
  auto plan = executor_->ExplainPlan(Soon(), sql, {}, {}, false);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_NE(plan->find("\"Node Type\""), std::string::npos);
  auto refused = executor_->ExplainPlan(Soon(), sql, {}, {}, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRejected);
  Cursors cursors(*pool_, options_.execution);
  auto page = cursors.Open(Soon(), sql, {}, {}, {}, "ann");
  ASSERT_TRUE(page) << page.error().message;
  std::size_t seen = page->rows.size();
  while (!page->cursor.empty()) {
    page = cursors.Next(Soon(), page->cursor, "ann", {});
    ASSERT_TRUE(page);
    seen += page->rows.size();
  }
  EXPECT_EQ(seen, 50u);
}

TEST_F(PgStatement, ATableThatWentAwayIsToldByItsState) {
  const auto sql = Valid("SELECT id FROM item", 11);
  TestCluster::Get().Sql(database_, "DROP TABLE item");
  auto gone = executor_->Execute(Soon(), sql, {}, {}, {});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().sqlstate, "42P01");
}

}  // namespace
}  // namespace toomai::engine::pg
