// Breaker, budget, waits, tokens: the small parts of the client.
#include <gtest/gtest.h>

#include "llm/breaker.h"
#include "llm/budget.h"
#include "llm/retry.h"
#include "llm/tokens.h"

namespace toomai::llm {
namespace {

using namespace std::chrono_literals;

TEST(Breaker, OpensTriesOnceAndCloses) {
  Breaker breaker(2, 100ms);
  const auto start = Breaker::Clock::now();
  breaker.Record(false, start);
  EXPECT_TRUE(breaker.Allow(start));
  breaker.Record(false, start);
  EXPECT_FALSE(breaker.Allow(start + 99ms));
  EXPECT_EQ(breaker.RetryIn(start + 40ms), 60ms);
  EXPECT_TRUE(breaker.Allow(start + 100ms));
  EXPECT_FALSE(breaker.Allow(start + 100ms)) << "one trial at a time";
  breaker.Abandon();
  EXPECT_TRUE(breaker.Allow(start + 101ms));
  breaker.Record(false, start + 101ms);
  EXPECT_FALSE(breaker.Allow(start + 150ms));
  EXPECT_TRUE(breaker.Allow(start + 201ms));
  breaker.Record(true, start + 201ms);
  EXPECT_EQ(breaker.state(start + 201ms), BreakerState::kClosed);
}

TEST(Budget, ReservesAndGivesBack) {
  std::int64_t day = 1;
  BudgetOptions options;
  options.daily_tokens = 100;
  options.daily_cost = 1.0;
  Budget budget(options, [&] { return day; });
  {
    auto first = budget.Reserve("a", 100, 0.5);
    ASSERT_TRUE(first);
    EXPECT_FALSE(budget.Reserve("b", 1, 0)) << "reserved is as good as spent";
    first->Settle(30, 0.1);
  }
  EXPECT_TRUE(budget.Reserve("b", 70, 0)) << "and is given back when forgotten";
  EXPECT_FALSE(budget.Reserve("b", 71, 0));
  EXPECT_FALSE(budget.Reserve("b", 1, 0.91));
  EXPECT_EQ(budget.Today("a").tokens, 30);
  day = 2;
  EXPECT_EQ(budget.Today().tokens, 0);
  EXPECT_TRUE(budget.Reserve("b", 100, 1.0));
}

TEST(Retry, ReadsGoDurations) {
  EXPECT_EQ(ParseGoDuration("1s"), 1000ms);
  EXPECT_EQ(ParseGoDuration("6m0s"), 360000ms);
  EXPECT_EQ(ParseGoDuration("41.724s"), 41724ms);
  EXPECT_EQ(ParseGoDuration("120ms"), 120ms);
  EXPECT_EQ(ParseGoDuration("-1"), std::nullopt);
  EXPECT_EQ(ParseGoDuration("soon"), std::nullopt);
}

TEST(Retry, TakesTheLongestWaitAskedFor) {
  EXPECT_EQ(AskedWait({{"retry-after", "2"}, {"retry-after-ms", "2500"}}, 503, 0), 2500ms);
  EXPECT_EQ(AskedWait({{"retry-after", "Thu, 01 Jan 1970 00:01:40 GMT"}}, 429, 90), 10000ms);
  EXPECT_EQ(AskedWait({{"x-ratelimit-remaining-tokens", "0"},
                       {"x-ratelimit-reset-tokens", "3s"},
                       {"x-ratelimit-remaining-requests", "9"},
                       {"x-ratelimit-reset-requests", "60s"}},
                      429, 0),
            3000ms);
  EXPECT_EQ(AskedWait({{"retry-after", "-5"}}, 429, 0), std::nullopt);
  EXPECT_EQ(AskedWait({}, 429, 0), std::nullopt);
}

TEST(Tokens, AreAboutRight) {
  EXPECT_NEAR(EstimateTokens("SELECT name, count(*) FROM customers WHERE city = 'Paris' GROUP BY name"), 19, 4);
  EXPECT_NEAR(EstimateTokens("上个月销售额最高的客户"), 11, 3);
  EXPECT_EQ(EstimateTokens(""), 0);
}

}  // namespace
}  // namespace toomai::llm
