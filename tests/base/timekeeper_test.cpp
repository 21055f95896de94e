#include "base/timekeeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <vector>

namespace toomai {
namespace {

using std::chrono::milliseconds;

bool Eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(milliseconds(10));
  return holds();
}

TEST(Timekeeper, RunsInTheOrderOfTimes) {
  std::mutex mutex;
  std::vector<int> order;
  Timekeeper keeper;
  const auto note = [&](int number) {
    return [&, number] {
      const std::lock_guard lock(mutex);
      order.push_back(number);
    };
  };
  const auto now = std::chrono::steady_clock::now();
  keeper.At(now + milliseconds(60), note(3));
  keeper.At(now + milliseconds(20), note(1));
  keeper.At(now + milliseconds(20), note(2));
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return order == std::vector<int>{1, 2, 3};
  }));
  EXPECT_EQ(keeper.pending(), 0u);
}

TEST(Timekeeper, WhatIsCancelledDoesNotRun) {
  std::atomic<int> once = 0, often = 0, later = 0;
  Timekeeper keeper;
  const auto now = std::chrono::steady_clock::now();
  const auto ticket = keeper.At(now + milliseconds(30), [&] { ++once; });
  std::atomic<Timekeeper::Ticket> again = 0;
  again = keeper.Every(milliseconds(5), [&] {
    if (++often == 3) keeper.Cancel(again);  // from within
  });
  keeper.Cancel(ticket);
  keeper.Cancel(ticket);
  keeper.Cancel(0);
  keeper.At(now + milliseconds(100), [&] { ++later; });
  EXPECT_TRUE(Eventually([&] { return later == 1; }));
  EXPECT_EQ(once, 0);
  EXPECT_EQ(often, 3);
  EXPECT_EQ(keeper.pending(), 0u);
}

TEST(Timekeeper, EndsWithoutWaitingForWhatIsToCome) {
  std::atomic<int> ran = 0;
  {
    Timekeeper keeper;
    keeper.At(std::chrono::steady_clock::now() + std::chrono::hours(1), [&] { ++ran; });
    keeper.Every(std::chrono::hours(1), [&] { ++ran; });
    EXPECT_EQ(keeper.pending(), 2u);
  }
  EXPECT_EQ(ran, 0);
}

TEST(Timekeeper, ATaskMayThrowAndOthersStillRun) {
  std::atomic<int> ran = 0;
  Timekeeper keeper;
  keeper.At(std::chrono::steady_clock::now(), [] { throw std::runtime_error("no"); });
  keeper.At(std::chrono::steady_clock::now(), [&] { ++ran; });
  EXPECT_TRUE(Eventually([&] { return ran == 1; }));
}

}  // namespace
}  // namespace toomai
