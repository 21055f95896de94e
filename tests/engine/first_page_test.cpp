// Pages: what looks like one page is run without a cursor, and is paged all the same when it was more.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

class FirstPage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_,
                           "CREATE TABLE numbers AS SELECT n, repeat('x', 1000) AS wide FROM generate_series(1, 50) n;"
                           "GRANT SELECT ON numbers TO toomai_reader");
  }
  FirstPage() {
    Options options;
    options.state_directory = state_;
    options.databases = {OptionsFor(TestCluster::Get().Url(database_))};
    auto engine = MakeEngine(options);
    EXPECT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  Expected<QueryResult> Page(const std::string& sql, std::int64_t rows, std::int64_t bytes = 0,
                             const std::string& cursor = "") {
    ExecuteRequest request;
    request.sql = sql;
    request.paged = true;
    request.cursor = cursor;
    request.budget.rows = rows;
    request.budget.bytes = bytes;
    return engine_->Execute(Soon(), Caller(), request);
  }

  static inline std::string database_;
  const test::ScratchFolder state_{"page"};
  std::unique_ptr<Engine> engine_;
};

TEST_F(FirstPage, PagesAddUpHoweverTheStatementLooks) {
  const std::pair<const char*, int> statements[] = {
      {"SELECT 1", 1},
      {"SELECT count(*), max(wide) FROM numbers", 1},
      {"SELECT n FROM numbers LIMIT 0", 0},
      {"SELECT n FROM numbers LIMIT 9", 9},
      {"SELECT n FROM numbers LIMIT 10", 10},
      {"SELECT n FROM numbers LIMIT 11", 11},
      {"SELECT n, wide FROM numbers", 50},
      {"SELECT generate_series(1, 30)", 30},
      {"SELECT unnest(ARRAY[1, 2, 3]), count(*) FROM numbers", 3},
      {"SELECT count(*) FROM numbers GROUP BY n % 13", 13},
      {"VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)", 11},
      {"SELECT 1 UNION ALL SELECT 2", 2},
  };
  for (const auto& [sql, rows] : statements) {
    std::size_t seen = 0;
    std::string cursor;
    do {
      const auto page = Page(sql, 10, 0, cursor);
      ASSERT_TRUE(page) << sql << ": " << page.error().message;
      seen += page->rows.size();
      cursor = page->cursor;
      EXPECT_EQ(page->truncated, !cursor.empty()) << sql;
    } while (!cursor.empty());
    EXPECT_EQ(seen, static_cast<std::size_t>(rows)) << sql;
  }
}

TEST_F(FirstPage, BytesCutWhatLookedLikeOnePage) {
  // Ten rows of a thousand bytes each, and room for four.
  auto page = Page("SELECT wide FROM numbers ORDER BY n LIMIT 10", 10, 4'500);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->rows.size(), 4u);
  EXPECT_EQ(page->truncated_by, "bytes");
  ASSERT_FALSE(page->cursor.empty());
  page = Page("", 10, 1 << 20, page->cursor);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->rows.size(), 6u);
  const auto none = Page("SELECT max(wide) FROM numbers", 10, 500);
  ASSERT_FALSE(none) << "one row, and even that is too much";
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace toomai::engine
