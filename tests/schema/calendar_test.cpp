// Dates put together of parts, in three languages.
#include "schema/calendar.h"

#include <gtest/gtest.h>

namespace toomai::schema {
namespace {

// "from .. to" of the date that begins the text and ends it; empty: there is none.
std::string Stretch(const char* text, std::string_view language = "en") {
  const std::vector<Token> tokens = Tokenize(text, 32);
  DateContext context;
  context.today = "2026-11-27";
  context.language = language;
  const std::optional<DateRange> range = FindDate(tokens, 0, context);
  if (!range || range->tokens != tokens.size()) return "";
  return range->from + " .. " + range->to;
}

TEST(Calendar, DaysInWords) {
  const std::string day = "DATE '2025-03-10' .. DATE '2025-03-11'";
  for (const char* text :
       {"March 10, 2025", "10 March 2025", "10th of March 2025", "March 10th, 2025", "2025年3月10日"})
    EXPECT_EQ(Stretch(text), day) << text;
  EXPECT_EQ(Stretch("31 December 2025"), "DATE '2025-12-31' .. DATE '2026-01-01'");
}

TEST(Calendar, DaysThatDoNotExist) {
  EXPECT_EQ(Stretch("February 30, 2025"), "");
  EXPECT_EQ(Stretch("2025年2月29日"), "");
  EXPECT_EQ(Stretch("2024年2月29日"), "DATE '2024-02-29' .. DATE '2024-03-01'");
}

TEST(Calendar, PartsOfAYear) {
  const std::string quarter = "DATE '2025-07-01' .. DATE '2025-10-01'";
  for (const char* text : {"third quarter of 2025", "Q3 of 2025", "2025年の第3四半期", "2025年第三季度"})
    EXPECT_EQ(Stretch(text), quarter) << text;
  const std::string half = "DATE '2024-01-01' .. DATE '2024-07-01'";
  for (const char* text : {"first half of 2024", "H1 2024", "2024年上半年", "2024年の上半期"})
    EXPECT_EQ(Stretch(text), half) << text;
}

TEST(Calendar, PartsOfARelativeYear) {
  const std::string quarter =
      "date_trunc('year', DATE '2026-11-27') - interval '3 months' .. date_trunc('year', DATE '2026-11-27')";
  for (const char* text : {"Q4 last year", "fourth quarter of last year", "去年第四季度", "去年の第4四半期"})
    EXPECT_EQ(Stretch(text), quarter) << text;
  const std::string month =
      "date_trunc('year', DATE '2026-11-27') - interval '1 month' .. date_trunc('year', DATE '2026-11-27')";
  for (const char* text : {"December of last year", "去年12月", "昨年の12月"}) EXPECT_EQ(Stretch(text), month) << text;
}

TEST(Calendar, StretchesShareTheYear) {
  const std::string months = "DATE '2025-03-01' .. DATE '2025-06-01'";
  for (const char* text : {"between March and May 2025", "from March to May 2025", "March - May 2025", "2025年3月到5月",
                           "从2025年3月至5月", "2025年3月から5月まで", "2025年3月〜5月"})
    EXPECT_EQ(Stretch(text), months) << text;
  const std::string days = "DATE '2026-11-20' .. DATE '2026-11-28'";
  for (const char* text : {"between 2026-11-20 and 2026-11-27", "from 2026-11-20 to 2026-11-27",
                           "between 20 November 2026 and 27 November 2026", "2026年11月20日から27日まで"})
    EXPECT_EQ(Stretch(text), days) << text;
}

TEST(Calendar, NumbersAreNoDates) {
  for (const char* text : {"between 2010 and 2015", "from 20 to 40", "between 5 and 10", "first", "2025", "may"})
    EXPECT_EQ(Stretch(text), "") << text;
}

TEST(Calendar, ASignIsPartOfTheNumber) {
  EXPECT_EQ(Tokenize("below -5", 8).back().norm, "-5");
  EXPECT_EQ(Tokenize("20-40", 8).back().norm, "40");
  EXPECT_EQ(Tokenize("2024-02-28", 8).back().norm, "2024-02-28");
  EXPECT_EQ(Tokenize("A-5", 8).back().norm, "5");
}

}  // namespace
}  // namespace toomai::schema
