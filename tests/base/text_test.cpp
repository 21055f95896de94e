#include "base/text.h"

#include <gtest/gtest.h>

namespace toomai {
namespace {

TEST(Utf8, AcceptsWhatIsValidAndFindsTheFirstBadByte) {
  for (const std::string_view good : {"", "abc", "é", "中文", "\xF0\x9F\x90\x98", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80", "\xE4\xB8", "\xFF", "\xC3"}) {
    EXPECT_EQ(FindInvalidUtf8("ab" + std::string(bad)), 2u) << HexEncode(bad);
  }
}

TEST(Utf8, CleaningReplacesBadBytesAndControls) {
  EXPECT_EQ(CleanUtf8("a\x01\x7F\tb\xFF"), "a\xEF\xBF\xBD\xEF\xBF\xBD\tb\xEF\xBF\xBD");
  EXPECT_TRUE(IsValidUtf8(CleanUtf8("\xE4\xB8\xE4")));
}

TEST(Utf8, CutsBetweenCodePoints) {
  EXPECT_EQ(CutAtCodePoint("中文", 6), "中文");
  EXPECT_EQ(CutAtCodePoint("中文", 5), "中");
  EXPECT_EQ(CutAtCodePoint("中文", 2), "");
  EXPECT_EQ(Ellipsis("abcdef", 6), "abcdef");
  EXPECT_EQ(Ellipsis("abcdefg", 6), "abc…");
  EXPECT_LE(Ellipsis("中文中文", 8).size(), 8u);
}

TEST(Utf8, EveryCodePointSurvivesARoundTrip) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x800 ? 1 : 37) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    AppendUtf8(c, &text);
    std::size_t offset = 0;
    ASSERT_EQ(NextCodePoint(text, &offset), c);
    ASSERT_EQ(offset, text.size());
  }
  std::string surrogate;
  AppendUtf8(0xD800, &surrogate);
  EXPECT_EQ(surrogate, "\xEF\xBF\xBD");
}

TEST(Utf8, CountsCodePointsAndColumns) {
  EXPECT_EQ(CountCodePoints("aé中"), 3u);
  EXPECT_EQ(DisplayWidth("aé中"), 4u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);     // combining accent
  EXPECT_EQ(DisplayWidth("\xEF\xBC\xA1"), 2u);  // full-width A
}

TEST(Text, TrimSplitJoin) {
  EXPECT_EQ(Trim(" \t a b\n"), "a b");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Split("a,,b", ',').size(), 3u);
  EXPECT_EQ(Split("", ',').size(), 1u);
  EXPECT_EQ(Join({"a", "a", "b"}, ", "), "a, a, b");
  EXPECT_EQ(Join({}, ","), "");
  EXPECT_TRUE(EqualsIgnoreAsciiCase("SeLeCT", "select"));
  EXPECT_EQ(AsciiLower("ÀB"), "Àb");
}

TEST(Text, EditDistanceCountsSwapsAndStopsAtTheLimit) {
  EXPECT_EQ(EditDistance("orders", "orders", 3), 0u);
  EXPECT_EQ(EditDistance("ordres", "orders", 3), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 3), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(EditDistance("", "abcdef", 2), 3u);
}

TEST(Text, NearestNameGuessesOnlyWhenSure) {
  EXPECT_EQ(NearestName("custmers", {"customers", "orders"}), "customers");
  EXPECT_EQ(NearestName("Orders", {"orders"}), "orders");
  EXPECT_EQ(NearestName("zebra", {"customers", "orders"}), "");
  EXPECT_EQ(NearestName("ab", {"aa", "bb"}), "");  // a tie
}

TEST(Text, EncodingsRoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t cut = 250; cut <= 256; ++cut) {
    std::string back;
    ASSERT_TRUE(Base64Decode(Base64Encode(all.substr(0, cut)), &back));
    EXPECT_EQ(back, all.substr(0, cut));
  }
  std::string bytes;
  EXPECT_TRUE(Base64Decode("_-8", &bytes));
  EXPECT_EQ(bytes, "\xFF\xEF");
  EXPECT_FALSE(Base64Decode("a", &bytes));
  EXPECT_FALSE(Base64Decode("a*b=", &bytes));
  EXPECT_EQ(HexEncode("\x01\xAB"), "01ab");
}

TEST(Text, RandomIdsDiffer) {
  EXPECT_EQ(RandomId(20).size(), 20u);
  EXPECT_NE(RandomId(), RandomId());
}

}  // namespace
}  // namespace toomai
