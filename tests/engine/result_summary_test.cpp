#include "engine/result_summary.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

TEST(ResultSummary, NumbersByValueTextsByTextNullsApart) {
  QueryResult result;
  result.columns = {{"n", "integer", 23, false}, {"t", "text", 25, false}, {"m", "text", 25, true}};
  result.rows = {{"9", "9", "[masked]"},
                 {"10", "10", "[masked]"},
                 {std::nullopt, "", "[masked]"},
                 {"9", std::nullopt, std::nullopt}};
  const auto shapes = Summarize(result);
  ASSERT_EQ(shapes.size(), 3u);
  EXPECT_EQ(shapes[0].nulls, 1);
  EXPECT_EQ(shapes[0].distinct, 2);
  EXPECT_EQ(*shapes[0].least, "9");
  EXPECT_EQ(*shapes[0].most, "10");
  EXPECT_EQ(*shapes[1].least, "") << "'' is a value, NULL is not";
  EXPECT_EQ(*shapes[1].most, "9");
  EXPECT_FALSE(shapes[2].least) << "a masked column has no ends to show";
}

TEST(ResultSummary, NaNIsTheLargestAndAnEmptyResultHasNoEnds) {
  QueryResult result;
  result.columns = {{"f", "double precision", 701, false}};
  EXPECT_FALSE(Summarize(result)[0].least);
  result.rows = {{"Infinity"}, {"NaN"}, {"-Infinity"}};
  EXPECT_EQ(*Summarize(result)[0].most, "NaN");
  EXPECT_EQ(*Summarize(result)[0].least, "-Infinity");
}

}  // namespace
}  // namespace toomai::engine
