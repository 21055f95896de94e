#include "schema/words.h"

#include <gtest/gtest.h>

#include "schema/dates.h"
#include "schema/numbers.h"
#include "schema/stem.h"

namespace toomai::schema {
namespace {

TEST(Words, FoldsWidthAccentsAndCase) {
  EXPECT_EQ(Fold("ＡＢＣ　１２３"), "abc 123");
  EXPECT_EQ(Fold("Müller"), "muller");
  EXPECT_EQ(Fold("ﾃﾞｰﾀ").substr(0, 3), "テ");
}

TEST(Words, QuotationsAndApostrophes) {
  std::vector<Token> tokens = Tokenize("singer's 'New York' isn't owners' \"A B\"", 32);
  std::vector<std::string> quoted;
  for (const Token& t : tokens) {
    if (t.kind == TokenKind::kQuoted) quoted.push_back(t.text);
  }
  EXPECT_EQ(quoted, (std::vector<std::string>{"New York", "A B"}));
  EXPECT_EQ(tokens[1].norm, "'s");
}

TEST(Words, TokenLimitHolds) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "word ";
  EXPECT_EQ(Tokenize(text, 50).size(), 50u);
  EXPECT_EQ(Tokenize(text + "more", 50).size(), 50u);
}

TEST(Words, SplitsNames) {
  NameSplitter splitter;
  EXPECT_EQ(splitter.Split("sbTxDateTime"), (std::vector<std::string>{"sb", "tx", "date", "time"}));
  EXPECT_EQ(splitter.Split("countryname"), (std::vector<std::string>{"country", "name"}));
  EXPECT_EQ(splitter.Split("order_id2"), (std::vector<std::string>{"order", "id", "2"}));
}

TEST(Words, IrregularStems) {
  EXPECT_EQ(Stem("people"), Stem("person"));
  EXPECT_EQ(Stem("cities"), Stem("city"));
  EXPECT_EQ(Stem("顧客"), "顧客");
}

TEST(Numbers, InWordsAndIdeographs) {
  auto number = [](const char* text) {
    std::vector<Token> tokens = Tokenize(text, 16);
    return NumberInWords(tokens, 0, tokens.size());
  };
  EXPECT_EQ(number("two hundred"), 200);
  EXPECT_EQ(number("5 million"), 5e6);
  EXPECT_EQ(number("二十三"), 23);
  EXPECT_EQ(number("1.5万"), 15000);
  EXPECT_FALSE(number("table"));
}

TEST(Dates, RangesAreHalfOpen) {
  auto date = [](const char* text) {
    std::vector<Token> tokens = Tokenize(text, 16);
    return FindDate(tokens, 0, {});
  };
  ASSERT_TRUE(date("Q1 2024"));
  EXPECT_EQ(date("Q1 2024")->from, "DATE '2024-01-01'");
  EXPECT_EQ(date("Q1 2024")->to, "DATE '2024-04-01'");
  EXPECT_EQ(date("December 2023")->to, "DATE '2024-01-01'");
  EXPECT_EQ(date("2024年第一季度")->to, "DATE '2024-04-01'");
  EXPECT_EQ(date("先月")->from, date("last month")->from);
  EXPECT_FALSE(date("2024-02-30"));
  EXPECT_FALSE(date("seven dogs"));
}

}  // namespace
}  // namespace toomai::schema
