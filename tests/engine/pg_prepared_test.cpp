// Statements that a session keeps: from their second time on, so many and no more, never a wrong row.
#include "engine/pg/prepared.h"

#include <gtest/gtest.h>

#include "tests/engine/executor_probe.h"

namespace toomai::engine::pg {
namespace {

using test::TestCluster;

TEST(PreparedStatements, AreKeptFromTheirSecondTimeOn) {
  PreparedStatements kept;
  EXPECT_EQ(kept.For("SELECT 1").name, "");
  const auto second = kept.For("SELECT 1");
  EXPECT_FALSE(second.name.empty());
  EXPECT_TRUE(second.prepare);
  const auto third = kept.For("SELECT 1");
  EXPECT_EQ(third.name, second.name);
  EXPECT_FALSE(third.prepare);
  kept.Clear();
  EXPECT_TRUE(kept.For("SELECT 1").prepare);
}

TEST(PreparedStatements, TheOneThatWasNotUsedForLongestGoes) {
  PreparedStatements kept;
  std::string first;
  for (std::size_t i = 0; i < PreparedStatements::kMost; ++i) {
    kept.For(std::to_string(i));
    const auto use = kept.For(std::to_string(i));
    EXPECT_EQ(use.drop, "") << "there is room for so many";
    if (i == 1) first = use.name;
  }
  kept.For("0");  // used again
  kept.For("one more");
  EXPECT_EQ(kept.For("one more").drop, first);
  EXPECT_FALSE(kept.For("0").prepare);
}

TEST(PreparedStatements, LongOnesAreNotKept) {
  PreparedStatements kept;
  const std::string fits(PreparedStatements::kLongest, 'x'), longer = fits + "x";
  for (int i = 0; i < 2; ++i) kept.For(fits), kept.For(longer);
  EXPECT_NE(kept.For(fits).name, "");
  EXPECT_EQ(kept.For(longer).name, "");
}

class PgPrepared : public ::testing::Test {
 protected:
  PgPrepared() {
    scope_.traces = Lease::Traces::kInTransaction;
    scope_.search_path = {"public"};
  }
  Expected<QueryResult> Run(const std::string& sql, const std::vector<Parameter>& parameters = {}) {
    Budget caps;
    caps.rows = 1000, caps.bytes = 1 << 20, caps.cell_bytes = 1 << 16;
    return ExecutorProbe::Execute(executor_, Soon(), sql, caps, scope_, parameters);
  }
  std::string One(const std::string& sql, const std::vector<Parameter>& parameters = {}) {
    const auto result = Run(sql, parameters);
    if (!result) return "error " + result.error().sqlstate + ": " + result.error().message;
    return result->rows.empty() || !result->rows[0][0] ? "NULL" : *result->rows[0][0];
  }
  // Of what callers ran: what stands around it is kept, too.
  int Kept() {
    return std::stoi(
        One("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT%' AND "
            "statement NOT LIKE '%pg_prep%' AND statement NOT LIKE '%set_config%'"));
  }

  static DatabaseOptions Options() {
    auto options = OptionsFor(TestCluster::Get().Url("postgres", app::PrivatePostgres::kSuperuser));
    options.pool.max = 1;
    options.pool.overflow = 0;
    return options;
  }
  DatabaseOptions options_ = Options();
  StatementScope scope_;
  Pool pool_{options_};
  Executor executor_{pool_, options_.execution};
};

TEST_F(PgPrepared, WhatComesAgainIsKeptAndBounded) {
  EXPECT_EQ(One("SELECT 41 + 1"), "42");
  EXPECT_EQ(Kept(), 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(One("SELECT 41 + 1"), "42");
  EXPECT_EQ(Kept(), 1);
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    for (int round = 0; round < 3; ++round) ASSERT_EQ(One("SELECT " + number), number);
  }
  EXPECT_LE(Kept(), static_cast<int>(PreparedStatements::kMost));
  EXPECT_EQ(pool_.stats().opened, 1);
}

TEST_F(PgPrepared, ParametersAndPathsAreThoseOfEachCall) {
  TestCluster::Get().Sql("postgres",
                         "DROP SCHEMA IF EXISTS kept_a, kept_b CASCADE; CREATE SCHEMA kept_a; CREATE SCHEMA kept_b;"
                         "CREATE TABLE kept_a.t AS SELECT 'a' AS x; CREATE TABLE kept_b.t AS SELECT 'b' AS x");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(One("SELECT $1::int * 2", {std::to_string(i)}), std::to_string(2 * i));
  for (int i = 0; i < 4; ++i) {
    for (const std::string name : {"a", "b"}) {
      scope_.search_path = {"kept_" + name};
      EXPECT_EQ(One("SELECT x FROM t"), name);
    }
  }
}

TEST_F(PgPrepared, ATableThatChangesMeanwhileIsReadAsItIs) {
  TestCluster::Get().Sql("postgres", "DROP TABLE IF EXISTS kept_t; CREATE TABLE kept_t AS SELECT 1 AS a");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Run("SELECT * FROM kept_t")->columns.size(), 1u);
  TestCluster::Get().Sql("postgres", "ALTER TABLE kept_t ADD COLUMN b text DEFAULT 'x'");
  for (int i = 0; i < 3; ++i) {
    const auto result = Run("SELECT * FROM kept_t");
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->columns.size(), 2u);
    EXPECT_EQ(*result->rows[0][1], "x");
  }
  TestCluster::Get().Sql("postgres", "DROP TABLE kept_t");
  EXPECT_EQ(Run("SELECT * FROM kept_t").error().sqlstate, "42P01");
  TestCluster::Get().Sql("postgres", "CREATE TABLE kept_t AS SELECT 7 AS other");
  EXPECT_EQ(One("SELECT * FROM kept_t"), "7");
}

TEST_F(PgPrepared, AnErrorAndAResetForgetThemAll) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(One("SELECT 'kept'"), "kept");
  EXPECT_EQ(Kept(), 1);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Run("SELECT 1 / 0").error().sqlstate, "22012");
  EXPECT_EQ(Kept(), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(One("SELECT 'kept'"), "kept");
  EXPECT_EQ(Kept(), 1);
  scope_.traces = Lease::Traces::kAny;
  EXPECT_EQ(Kept(), 1) << "still there for what runs before the reset";
  EXPECT_EQ(Kept(), 0);
  EXPECT_EQ(pool_.stats().opened, 1);
}

}  // namespace
}  // namespace toomai::engine::pg
