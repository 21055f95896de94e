#include "engine/result_cache.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using std::chrono::milliseconds;

QueryResult OneCell(const std::string& value) {
  QueryResult result;
  result.columns = {{"x", "text", 25, false}};
  result.rows = {{value}};
  return result;
}

TEST(ResultCache, GivesAResultUntilItsTimeIsOverAndSaysItsAge) {
  ResultCache cache(milliseconds(1'000), 1 << 20);
  const auto start = ResultCache::Clock::now();
  cache.Keep("k", OneCell("v"), start);
  const auto found = cache.Find("k", start + milliseconds(999));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found->rows[0][0], "v");
  EXPECT_DOUBLE_EQ(found->age_s, 0.999);
  EXPECT_FALSE(cache.Find("k", start + milliseconds(1'000)));
  EXPECT_EQ(cache.bytes(), 0u) << "what is over takes no memory";
}

TEST(ResultCache, TheOldestLeaveWhenTheMemoryIsFull) {
  ResultCache cache(milliseconds(10'000), 3'000);
  const auto start = ResultCache::Clock::now();
  for (int i = 0; i < 20; ++i) cache.Keep(std::to_string(i), OneCell(std::string(300, 'x')), start);
  EXPECT_LE(cache.bytes(), 3'000u);
  EXPECT_FALSE(cache.Find("0", start));
  EXPECT_TRUE(cache.Find("19", start));
  cache.Keep("big", OneCell(std::string(3'000, 'x')), start);
  EXPECT_FALSE(cache.Find("big", start)) << "larger than the cache";
  EXPECT_TRUE(cache.Find("19", start)) << "and nothing left for its sake";
  cache.Keep("19", OneCell("new"), start);
  EXPECT_EQ(*cache.Find("19", start)->rows[0][0], "new");
}

TEST(ResultCache, OffByDefaultAndNeverForOpenCursors) {
  EXPECT_FALSE(ResultCache(ExecutionOptions().result_cache_ttl, ExecutionOptions().result_cache_bytes).enabled());
  ResultCache cache(milliseconds(1'000), 1 << 20);
  QueryResult page = OneCell("v");
  page.cursor = "abc";
  cache.Keep("k", page);
  EXPECT_FALSE(cache.Find("k"));
}

TEST(ResultCache, EveryPartOfTheKeyCounts) {
  Caller caller;
  ExecuteRequest request;
  const auto key = [&] { return ResultKey(caller, "SELECT 1", request, "f"); };
  std::vector<std::string> keys = {key(), ResultKey(caller, "SELECT 2", request, "f"),
                                   ResultKey(caller, "SELECT 1", request, "g")};
  request.parameters = {"1", "2"};
  keys.push_back(key());
  request.parameters = {"12"};
  keys.push_back(key());
  request.parameters = {std::nullopt};
  keys.push_back(key());
  request.parameters = {"null,"};
  keys.push_back(key());
  request.parameters.clear();
  request.budget.rows = 5;
  keys.push_back(key());
  caller.name = "ann";
  keys.push_back(key());
  caller.database_role = "clerk";
  keys.push_back(key());
  caller.claims = {{"app.tenant", "7"}};
  keys.push_back(key());
  caller.claims = {{"app.tenant", "8"}};
  keys.push_back(key());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(keys[i], keys[j]) << i << " and " << j;
  }
}

TEST(ResultCache, AnEngineGivesTheSameRowsToTheSameCallerOnly) {
  const std::string database = test::TestCluster::Get().NewDatabase();
  test::TestCluster::Get().Sql(database,
                               "CREATE TABLE t (a int); INSERT INTO t VALUES (1);"
                               "GRANT SELECT ON t TO toomai_reader");
  const test::ScratchFolder state("cache");
  Options options;
  options.state_directory = state;
  options.databases = {pg::OptionsFor(test::TestCluster::Get().Url(database))};
  options.databases[0].execution.result_cache_ttl = milliseconds(60'000);
  auto engine = MakeEngine(options);
  ASSERT_TRUE(engine);
  ExecuteRequest request;
  request.sql = "SELECT a FROM t";
  const auto ask = [&](const Caller& caller) {
    const auto result = (*engine)->Execute(pg::Soon(), caller, request);
    EXPECT_TRUE(result) << result.error().message;
    return *result;
  };
  EXPECT_LT(ask({}).age_s, 0);
  test::TestCluster::Get().Sql(database, "UPDATE t SET a = 2");
  const QueryResult again = ask({});
  EXPECT_GE(again.age_s, 0);
  EXPECT_EQ(*again.rows[0][0], "1");
  Caller other;
  other.name = "ann";
  EXPECT_EQ(*ask(other).rows[0][0], "2") << "another caller may be shown other rows";
  request.sql = "SELECT a + 0 FROM t";
  EXPECT_EQ(*ask({}).rows[0][0], "2") << "another text";
}

}  // namespace
}  // namespace toomai::engine
