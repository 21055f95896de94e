#include "base/answer_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace toomai {
namespace {

TEST(AnswerGate, OpensWithTheLastHold) {
  int answers = 0;
  auto gate = std::make_shared<AnswerGate>([] { return true; });
  std::shared_ptr<AnswerGate> first, second;
  {
    const AnswerGate::Scope scope(gate);
    first = AnswerGate::WhileOthersWait();
    second = AnswerGate::WhileOthersWait();
  }
  EXPECT_EQ(first, gate);
  EXPECT_EQ(AnswerGate::WhileOthersWait(), nullptr) << "this thread works for no call any more";
  gate->Then([&] { ++answers; });
  gate.reset();
  first.reset();
  EXPECT_EQ(answers, 0);
  second.reset();
  EXPECT_EQ(answers, 1);
}

TEST(AnswerGate, IsForThoseWhoAreWaitedFor) {
  bool others = false;
  const auto gate = std::make_shared<AnswerGate>([&] { return others; });
  const AnswerGate::Scope scope(gate);
  EXPECT_EQ(AnswerGate::WhileOthersWait(), nullptr);
  others = true;
  EXPECT_EQ(AnswerGate::WhileOthersWait(), gate);
  std::thread([] { EXPECT_EQ(AnswerGate::WhileOthersWait(), nullptr); }).join();
}

TEST(AnswerGate, ScopesNest) {
  const auto outer = std::make_shared<AnswerGate>([] { return true; });
  const auto inner = std::make_shared<AnswerGate>([] { return true; });
  const AnswerGate::Scope one(outer);
  {
    const AnswerGate::Scope two(inner);
    EXPECT_EQ(AnswerGate::WhileOthersWait(), inner);
  }
  EXPECT_EQ(AnswerGate::WhileOthersWait(), outer);
}

TEST(AnswerGate, HoldsMayGoOnAnyThreadAndAnAnswerMayFail) {
  std::atomic<int> answers{0};
  for (int round = 0; round < 200; ++round) {
    auto gate = std::make_shared<AnswerGate>([] { return true; });
    gate->Then([&] {
      ++answers;
      throw std::runtime_error("logged");
    });
    std::vector<std::thread> holders;
    for (int i = 0; i < 3; ++i) holders.emplace_back([hold = gate]() mutable { hold.reset(); });
    gate.reset();
    for (std::thread& holder : holders) holder.join();
    EXPECT_EQ(answers, round + 1);
  }
}

}  // namespace
}  // namespace toomai
