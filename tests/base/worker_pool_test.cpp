#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

namespace toomai {
namespace {

TEST(WorkerPool, TakesNAndIsBusyAtNPlusOne) {
  constexpr std::size_t kWorkers = 3, kQueue = 4;
  std::promise<void> open;
  std::shared_future<void> gate = open.get_future().share();
  std::atomic<int> done{0};
  {
    WorkerPool pool({.workers = kWorkers, .queue = kQueue});
    for (std::size_t i = 0; i < kWorkers + kQueue; ++i) {
      ASSERT_TRUE(pool.Submit([&] {
        gate.wait();
        ++done;
      })) << i;
    }
    const Expected<void> refused = pool.Submit([] {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
    EXPECT_TRUE(refused.error().retryable);
    ASSERT_TRUE(pool.Resume([&] { ++done; })) << "what was taken before always has room";
    while (pool.running() < kWorkers) std::this_thread::yield();
    EXPECT_EQ(pool.queued(), kQueue + 1);
    open.set_value();
  }
  EXPECT_EQ(done, static_cast<int>(kWorkers + kQueue + 1));
}

TEST(WorkerPool, ACallerMayRunATaskInAWorkersPlace) {
  WorkerPool pool({.workers = 2, .queue = 4, .per_lane = 1});
  int ran = 0;
  const auto first = pool.Take([&] { ++ran; }, "a");
  ASSERT_TRUE(first);
  EXPECT_EQ(pool.running(), 1u) << "from the moment it was given";
  EXPECT_FALSE(pool.Take([] {}, "a")) << "its lane is full";
  const auto second = pool.Take([&] { ++ran; }, "b");
  ASSERT_TRUE(second);
  EXPECT_FALSE(pool.Take([] {}, "c")) << "no worker is left";

  std::atomic<int> queued{0};
  ASSERT_TRUE(pool.Submit([&] { ++queued; }, "d"));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(queued, 0) << "both places are taken, though by no thread of the pool";
  first();
  while (queued == 0) std::this_thread::yield();
  second();
  EXPECT_EQ(ran, 2);
  pool.Drain();
  EXPECT_FALSE(pool.Take([] {})) << "nothing new after that";
}

TEST(WorkerPool, NobodyOvertakesThoseWhoWait) {
  std::promise<void> open;
  std::shared_future<void> gate = open.get_future().share();
  WorkerPool pool({.workers = 2, .queue = 4, .per_lane = 1});
  ASSERT_TRUE(pool.Submit([&] { gate.wait(); }, "slow"));
  ASSERT_TRUE(pool.Submit([] {}, "slow"));
  while (pool.running() == 0) std::this_thread::yield();
  EXPECT_FALSE(pool.Take([] {}, "free")) << "a worker is free, but somebody came first";
  open.set_value();
  pool.Drain();
}

TEST(WorkerPool, DrainWaitsForWhatACallerRuns) {
  WorkerPool pool({.workers = 1});
  std::atomic<bool> done = false;
  const auto task = pool.Take([&] { done = true; });
  std::thread runner([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    task();
  });
  pool.Drain();
  EXPECT_TRUE(done);
  runner.join();
}

TEST(WorkerPool, RunsAsManyAtOnceAsItHasWorkers) {
  WorkerPool pool({.workers = 4, .queue = 0});
  std::latch together(4);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.Submit([&] { together.arrive_and_wait(); }));
  pool.Drain();
  EXPECT_TRUE(together.try_wait());
}

TEST(WorkerPool, AFullLaneLeavesWorkersToTheOthers) {
  std::promise<void> open;
  std::shared_future<void> gate = open.get_future().share();
  std::atomic<int> slow{0}, most{0}, now{0};
  WorkerPool pool({.workers = 4, .queue = 100, .per_lane = 3});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(pool.Submit(
        [&] {
          const int at_once = ++now;
          for (int seen = most; at_once > seen && !most.compare_exchange_weak(seen, at_once);) {
          }
          gate.wait();
          --now;
          ++slow;
        },
        "slow"));
  }
  std::promise<void> served, unnamed;
  ASSERT_TRUE(pool.Submit([&] { served.set_value(); }, "other"));
  ASSERT_TRUE(pool.Submit([&] { unnamed.set_value(); }));
  served.get_future().wait();
  unnamed.get_future().wait();
  EXPECT_EQ(slow, 0);
  open.set_value();
  pool.Drain();
  EXPECT_EQ(slow, 20) << "nothing is left behind in a lane";
  EXPECT_EQ(most, 3);
}

TEST(WorkerPool, WhatWaitsInALaneStillRunsAtTheEnd) {
  std::atomic<int> done{0};
  {
    WorkerPool pool({.workers = 4, .queue = 100, .per_lane = 1});
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.Submit([&] { ++done; }, i % 2 == 0 ? "a" : "b"));
  }
  EXPECT_EQ(done, 50);
}

TEST(WorkerPool, DrainWaitsAndThenRefuses) {
  WorkerPool pool({.workers = 2, .queue = 100});
  std::atomic<int> done{0};
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.Submit([&] { ++done; }));
  pool.Drain();
  EXPECT_EQ(done, 50);
  const Expected<void> late = pool.Submit([] {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
}

TEST(WorkerPool, ATaskThatThrowsDoesNotTakeItsWorkerAlong) {
  WorkerPool pool({.workers = 1, .queue = 10});
  testing::internal::CaptureStderr();
  ASSERT_TRUE(pool.Submit([] { throw std::runtime_error("boom"); }));
  ASSERT_TRUE(pool.Submit([] { throw 7; }));
  std::atomic<bool> ran{false};
  ASSERT_TRUE(pool.Submit([&] { ran = true; }));
  pool.Drain();
  EXPECT_TRUE(ran);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("boom"), std::string::npos);
}

}  // namespace
}  // namespace toomai
