#include "cache/entry_diff.h"

#include <gtest/gtest.h>

namespace toomai::cache {
namespace {

std::string Shown(std::string_view before, std::string_view after) {
  std::string text;
  for (const DiffPart& part : DiffWords(before, after)) {
    const bool same = part.kind == DiffPart::Kind::kSame;
    text += same ? part.text : (part.kind == DiffPart::Kind::kRemoved ? "[-" : "[+") + part.text + "]";
  }
  return text;
}

TEST(EntryDiffTest, StatementsAreComparedWordByWord) {
  EXPECT_EQ(Shown("SELECT a FROM t", "SELECT a FROM t"), "SELECT a FROM t");
  EXPECT_EQ(Shown("SELECT total FROM t", "SELECT amount FROM t"), "SELECT [-total][+amount] FROM t");
  EXPECT_EQ(Shown("SELECT a", "SELECT a LIMIT 5"), "SELECT a[+ LIMIT 5]");
  EXPECT_EQ(Shown("", "x"), "[+x]");
  EXPECT_EQ(Shown("x", ""), "[-x]");
  EXPECT_EQ(Shown("", ""), "");
  EXPECT_EQ(Shown("città = 'à'", "città = 'è'"), "città = '[-à][+è]'");
}

TEST(EntryDiffTest, LongTextsAreGivenWhole) {
  std::string longest, other;
  for (int i = 0; i < 3000; ++i) longest += "a ", other += "b ";
  EXPECT_EQ(DiffWords(longest, other).size(), 2u);
  EXPECT_EQ(DiffWords(longest, longest).size(), 1u);
}

TEST(EntryDiffTest, OnlyWhatDiffersIsNamed) {
  HistoryEntry before, after;
  before.id = 1, after.id = 2, after.at_ms = 5;
  EXPECT_TRUE(ChangesBetween(before, after).empty());
  after.sql_run = "SELECT 1", after.rows = 3;
  const auto changes = ChangesBetween(before, after);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].field, "sql");
  EXPECT_EQ(changes[1].field, "rows");
  EXPECT_EQ(changes[1].before, "");
}

}  // namespace
}  // namespace toomai::cache
