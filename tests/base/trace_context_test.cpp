#include "base/trace_context.h"

#include <gtest/gtest.h>

namespace toomai {
namespace {

TEST(TraceContextTest, OnlyARightTraceparentHasATraceId) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  EXPECT_EQ(TraceIdOf("00-" + trace + "-00f067aa0ba902b7-01"), trace);
  EXPECT_EQ(TraceIdOf("01-" + trace + "-00f067aa0ba902b7-01-more"), trace);  // a later version may add to it
  for (const std::string& wrong : std::initializer_list<std::string>{
           std::string(), std::string("x"), std::string(55, '0'), "ff-" + trace + "-00f067aa0ba902b7-01",
           "00-" + trace + "-00f067aa0ba902b7-01-more", "01-" + trace + "-00f067aa0ba902b7-01more",
           "00-" + trace + "-0000000000000000-01", "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-" + trace + "-00f067aa0ba902b7-0",
           "00-" + trace + "_00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e473<-00f067aa0ba902b7-01"}) {
    EXPECT_EQ(TraceIdOf(wrong), "") << wrong;
  }
}

}  // namespace
}  // namespace toomai
