#include "base/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace toomai {
namespace {

TEST(Metrics, TheSameNameAndLabelsGiveTheSameCounter) {
  Counter& a = GetCounter("toomai_test_calls_total", "calls", {{"tool", "execute"}});
  Counter& b = GetCounter("toomai_test_calls_total", "calls", {{"tool", "execute"}});
  Counter& other = GetCounter("toomai_test_calls_total", "calls", {{"tool", "generate"}});
  EXPECT_EQ(&a, &b);
  EXPECT_NE(&a, &other);
  a.Add();
  b.Add(2);
  EXPECT_EQ(a.Value(), 3);
  EXPECT_EQ(other.Value(), 0);
}

TEST(Metrics, TextHasHelpTypeAndEscapedLabels) {
  GetGauge("toomai_test_pool", "connections", {{"database", "a\"b\\c\nd"}}).Set(4);
  GetLatency("toomai_test_seconds", "latency").Observe(0.004);
  const std::string text = MetricsText();
  EXPECT_NE(text.find("# HELP toomai_test_pool connections\n# TYPE toomai_test_pool gauge\n"), std::string::npos);
  EXPECT_NE(text.find("toomai_test_pool{database=\"a\\\"b\\\\c\\nd\"} 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("toomai_test_seconds_bucket{le=\"0.0025\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("toomai_test_seconds_bucket{le=\"0.005\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("toomai_test_seconds_count 1\n"), std::string::npos);
}

TEST(Metrics, AMistakeDoesNotBreakTheCaller) {
  GetCounter("toomai_test_kind", "as counter").Add();
  GetGauge("toomai_test_kind", "as gauge").Set(1);
  GetCounter("not a name!", "bad").Add();
  GetLatency("9bad", "bad").Observe(1);
  EXPECT_EQ(MetricsText().find("not a name"), std::string::npos);
}

TEST(Metrics, NamesAreListedOnce) {
  GetCounter("toomai_test_named_total", "x", {{"a", "1"}});
  GetCounter("toomai_test_named_total", "x", {{"a", "2"}});
  const std::vector<std::string> names = MetricNames();
  EXPECT_EQ(std::count(names.begin(), names.end(), "toomai_test_named_total"), 1);
}

TEST(Metrics, ThreadsCountTogether) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int k = 0; k < 1000; ++k) GetCounter("toomai_test_threads_total", "x").Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(GetCounter("toomai_test_threads_total", "x").Value(), 8000);
}

}  // namespace
}  // namespace toomai
