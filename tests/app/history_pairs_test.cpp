#include "app/history_pairs.h"

#include <gtest/gtest.h>

namespace toomai::app {
namespace {

TEST(HistoryPairsTest, EveryTextSurvivesTheRoundTripInAStableOrder) {
  std::vector<ApprovedPair> pairs = {
      {"shop", "how many?", "SELECT count(*)\nFROM customers\n\n-- all of them", "ann", "as agreed"},
      {"shop", "- key: [not yaml]", "SELECT '#', ':', \"x\"", "", ""},
      {"erp", "每个城市的订单", "SELECT 'tab\tand  \n trailing '", "ボブ", "line\nbreak"},
      {"shop", "yes", "SELECT 1", "null", "~"},
      {"shop", "  blanks  ", "SELECT 'a\n   b\n'", "", "| > & * !"},
      {"a\x01"
       "b",
       "quote ' \" \\", "SELECT E'\\n'", "", ""}};
  const std::string text = WritePairs(pairs);
  auto back = ReadPairs(text);
  ASSERT_TRUE(back) << back.error().message << "\n" << text;
  ASSERT_EQ(back->size(), pairs.size());
  for (const ApprovedPair& pair : pairs)
    EXPECT_NE(std::find(back->begin(), back->end(), pair), back->end()) << pair.question << "\n" << text;
  std::reverse(pairs.begin(), pairs.end());
  EXPECT_EQ(WritePairs(pairs), text);
  EXPECT_EQ(WritePairs(*back), text);
}

TEST(HistoryPairsTest, WhatIsWrongIsNamedWithItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "format 1"},
      {"format: 2\npairs: []", "format 1"},
      {"format: 1\npairs: 7", "must be a list"},
      {"format: 1\npairs:\n  - 7", "line 3"},
      {"format: 1\npairs:\n  - {database: d, question: q}", "needs database, question and sql"},
      {"format: 1\npairs:\n  - {database: d, question: q, sql: s, evil: 1}", "'evil' is not a field"},
      {"format: 1\npairs:\n  - {database: [d], question: q, sql: s}", "must be a text"},
      {"format: 1\npairs: [", "line"},
  };
  for (const auto& [text, expected] : cases) {
    const auto read = ReadPairs(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(expected), std::string::npos) << text << "\n" << read.error().message;
  }
}

TEST(HistoryPairsTest, OnlySoMany) {
  std::string text = "format: 1\npairs:\n";
  for (std::size_t i = 0; i < kMaxPairs; ++i) text += "  - {database: d, question: q, sql: s}\n";
  EXPECT_TRUE(ReadPairs(text));
  EXPECT_FALSE(ReadPairs(text + "  - {database: d, question: q, sql: s}\n"));
}

}  // namespace
}  // namespace toomai::app
