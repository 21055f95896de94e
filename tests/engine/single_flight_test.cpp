// Twins of one piece of work: one does it, and one who gives up leaves it to the others.
#include "engine/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace toomai::engine {
namespace {

using namespace std::chrono_literals;

TEST(SingleFlight, TwinsShareOneResult) {
  SingleFlight<int> flights;
  std::atomic<int> calls{0}, right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        const auto result = flights.Do(Deadline::After(10s), "key", [&]() -> std::optional<int> {
          ++calls;
          std::this_thread::sleep_for(200ms);
          return 7;
        });
        right += result == 7 ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(right, 20);
}

TEST(SingleFlight, WhoGivesUpLeavesTheWorkToATwinWithTime) {
  SingleFlight<int> flights;
  std::atomic<int> calls{0};
  std::stop_source gone;
  const auto work = [&](const Deadline& deadline) {
    return flights.Do(deadline, "key", [&]() -> std::optional<int> {
      if (++calls > 1) return 7;
      while (!deadline.over()) std::this_thread::sleep_for(1ms);
      return std::nullopt;
    });
  };
  std::jthread first([&] { EXPECT_FALSE(work(Deadline::After(10s, gone.get_token()))); });
  while (calls == 0) std::this_thread::sleep_for(1ms);
  std::optional<int> seen;
  std::jthread second([&] { seen = work(Deadline::After(10s)); });
  std::this_thread::sleep_for(20ms);
  gone.request_stop();
  second.join();
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(calls, 2);
}

TEST(SingleFlight, WorkThatFailsInTimeIsNotRepeated) {
  SingleFlight<int> flights;
  std::atomic<int> calls{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_FALSE(flights.Do(Deadline::After(10s), "key", [&]() -> std::optional<int> {
        ++calls;
        std::this_thread::sleep_for(200ms);
        return std::nullopt;
      }));
    });
  }
  threads.clear();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace toomai::engine
