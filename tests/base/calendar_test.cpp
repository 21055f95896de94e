#include "base/calendar.h"

#include <gtest/gtest.h>

namespace toomai {
namespace {

TEST(Calendar, KnowsTheDaysThatThereAre) {
  for (const char* day : {"2024-02-29", "2026-12-31", "0001-01-01", "9999-12-31"})
    EXPECT_TRUE(IsCalendarDay(day)) << day;
  for (const char* day : {"", "garbage", "2024-13-45", "2025-02-29", "2024-00-10", "2024-1-1", "2024-01-01 ",
                          "2024/01/01", "-024-01-01", "0000-01-01", "2024-01-0x"}) {
    EXPECT_FALSE(IsCalendarDay(day)) << day;
  }
}

}  // namespace
}  // namespace toomai
