// The cost gate: what the planner expects to be too much waits for a confirmation, on every way to rows; and plans with
// the truth where the operator allows that.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

constexpr const char* kBig = "SELECT n, repeat('x', 100) AS wide FROM numbers";

class CostGate : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_,
                           "CREATE TABLE numbers AS SELECT generate_series(1, 3000) AS n; ANALYZE numbers;"
                           "GRANT SELECT ON numbers TO toomai_reader");
  }
  void Start(const std::function<void(ExecutionOptions*)>& limits) {
    engine_.reset();
    Options options;
    options.state_directory = state_;
    options.databases = {OptionsFor(TestCluster::Get().Url(database_))};
    limits(&options.databases[0].execution);
    auto engine = MakeEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }

  struct Counter : RowConsumer {
    int rows = 0;
    void OnColumns(const std::vector<ResultColumn>&) override {}
    bool OnRow(const std::vector<std::optional<std::string_view>>&) override { return ++rows, true; }
  };
  Expected<QueryResult> Execute(ExecuteRequest request) { return engine_->Execute(Soon(), Caller(), request); }
  Expected<QueryResult> Stream(const ExecuteRequest& request, Counter* counter) {
    return engine_->Stream(Soon(), Caller(), request, *counter, true);
  }
  static ExecuteRequest Of(const std::string& sql, bool confirm = false) {
    ExecuteRequest request;
    request.sql = sql;
    request.confirm = confirm;
    return request;
  }
  double Expectation(double PlanReport::*what, const std::string& sql = kBig) {
    const auto plan = engine_->Explain(Soon(), Caller(), "", sql, false);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan ? (*plan).*what : 0;
  }

  static inline std::string database_;
  const test::ScratchFolder state_{"gate"};
  std::unique_ptr<Engine> engine_;
};

TEST_F(CostGate, EachLimitHoldsAtNAndNotAtOneMore) {
  Start([](ExecutionOptions*) {});
  // With a LIMIT of its own, below every cap: the same statement is planned each time.
  const std::string sql = kBig + std::string(" LIMIT 500");
  const double cost = Expectation(&PlanReport::cost, sql), rows = Expectation(&PlanReport::rows, sql),
               bytes = Expectation(&PlanReport::bytes, sql);
  ASSERT_GT(cost, 1);
  ASSERT_GT(rows, 1);
  ASSERT_GT(bytes, rows);
  for (const double below : {0.0, 1.0}) {
    for (double ExecutionOptions::*limit :
         {&ExecutionOptions::max_cost, &ExecutionOptions::max_plan_rows, &ExecutionOptions::max_plan_bytes}) {
      const double expected = limit == &ExecutionOptions::max_cost        ? cost
                              : limit == &ExecutionOptions::max_plan_rows ? rows
                                                                          : bytes;
      Start([&](ExecutionOptions* o) { o->*limit = expected - below; });
      const auto result = Execute(Of(sql));
      ASSERT_EQ(result.has_value(), below == 0) << expected;
      if (result) continue;
      EXPECT_EQ(result.error().code, ErrorCode::kNotConfirmed);
      EXPECT_NE(result.error().message.find("Seq Scan on numbers"), std::string::npos) << result.error().message;
      EXPECT_NE(result.error().hint.find("confirm"), std::string::npos);
      EXPECT_TRUE(Execute(Of(sql, true)));
    }
  }
}

TEST_F(CostGate, EveryWayToRowsPassesIt) {
  Start([](ExecutionOptions* o) { o->max_cost = 1; });
  Counter counter;
  const auto streamed = Stream(Of(kBig), &counter);
  ASSERT_FALSE(streamed);
  EXPECT_EQ(streamed.error().code, ErrorCode::kNotConfirmed);
  EXPECT_EQ(counter.rows, 0);
  ASSERT_TRUE(Stream(Of(kBig, true), &counter));
  EXPECT_EQ(counter.rows, 3000);
  ExecuteRequest paged = Of(kBig);
  paged.paged = true;
  EXPECT_EQ(Execute(paged).error().code, ErrorCode::kNotConfirmed);
  EXPECT_TRUE(Execute(Of("SELECT 1"))) << "what costs nothing is not asked about";
}

TEST_F(CostGate, AWrongStatementIsToldAsSuch) {
  Start([](ExecutionOptions* o) { o->max_cost = 1; });
  const auto wrong = Execute(Of("SELECT nosuch FROM numbers"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().sqlstate, "42703");
}

TEST_F(CostGate, TheTruthIsToldWhereItMayBe) {
  Start([](ExecutionOptions*) {});
  const auto refused = engine_->Explain(Soon(), Caller(), "", kBig, true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRejected);
  EXPECT_NE(refused.error().hint.find("execution.allow_analyze"), std::string::npos);
  Start([](ExecutionOptions* o) { o->allow_analyze = true; });
  const auto plan = engine_->Explain(Soon(), Caller(), "", "SELECT count(*) FROM numbers WHERE n > 2990", true);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->analyzed);
  EXPECT_NE(plan->text.find("really 10 rows"), std::string::npos) << plan->text;
  EXPECT_FALSE(engine_->Explain(Soon(), Caller(), "", "DELETE FROM numbers", true)) << "the same rules as for execute";
}

TEST_F(CostGate, WhatTheGateKeepsBackIsNotAnalyzedEither) {
  Start([](ExecutionOptions* o) {
    o->allow_analyze = true;
    o->max_cost = 1;
  });
  const auto plan = engine_->Explain(Soon(), Caller(), "", kBig, true);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_FALSE(plan->analyzed);
  ASSERT_FALSE(plan->advice.empty());
  EXPECT_NE(plan->advice.front().find("not run"), std::string::npos) << plan->advice.front();
}

TEST_F(CostGate, AnalyzeStopsAtTheStatementTimeout) {
  Start([](ExecutionOptions* o) {
    o->allow_analyze = true;
    o->statement_timeout = std::chrono::milliseconds(200);
  });
  const auto plan =
      engine_->Explain(Soon(), Caller(), "", "SELECT count(*) FROM numbers a, numbers b, numbers c", true);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace toomai::engine
