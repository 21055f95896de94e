#include "app/formats.h"

#include <gtest/gtest.h>

#include "app/chart.h"

namespace toomai::app {
namespace {

engine::QueryResult Sample() {
  engine::QueryResult result;
  result.columns = {{"name", "text", 25, false},
                    {"total", "numeric", 1700, false},
                    {"n", "bigint", 20, false},
                    {"ok", "boolean", 16, false}};
  result.rows = {{"Müller, \"GmbH\"", "12.50", "9007199254740993", "t"}, {"", std::nullopt, "2", "f"}};
  return result;
}

TEST(Formats, JsonKeepsDigitsAndTellsNullFromEmpty) {
  EXPECT_EQ(
      FormatResult(Format::kJson, Sample()),
      R"({"columns":[{"name":"name","type":"text"},{"name":"total","type":"numeric"},{"name":"n","type":"bigint"},)"
      R"({"name":"ok","type":"boolean"}],"rows":[["Müller, \"GmbH\"",12.50,"9007199254740993",true],["",null,2,false]],)"
      R"("row_count":2,"truncated":false})"
      "\n");
}

TEST(Formats, NumbersBecomeJsonNumbersUpToFifteenDigits) {
  engine::QueryResult result;
  result.columns = {{"n", "numeric", 1700, false}};
  result.rows = {{"123456789012345"}, {"1234567890123456"}, {"NaN"}, {"-0.5"}, {"1e400"}};
  EXPECT_EQ(FormatResult(Format::kNdjson, result),
            "{\"n\":123456789012345}\n{\"n\":\"1234567890123456\"}\n{\"n\":\"NaN\"}\n{\"n\":-0.5}\n{\"n\":1e400}\n");
}

TEST(Formats, NdjsonNumbersRepeatedNames) {
  engine::QueryResult result;
  result.columns = {{"a", "integer", 23, false}, {"a", "integer", 23, false}};
  result.rows = {{"1", "2"}};
  EXPECT_EQ(FormatResult(Format::kNdjson, result), "{\"a\":1,\"a_2\":2}\n");
}

TEST(Formats, CsvQuotesWhatNeedsIt) {
  EXPECT_EQ(FormatResult(Format::kCsv, Sample()),
            "name,total,n,ok\n\"Müller, \"\"GmbH\"\"\",12.50,9007199254740993,t\n\"\",,2,f\n");
}

TEST(Formats, MarkdownEscapesMarkup) {
  engine::QueryResult result;
  result.columns = {{"a|b", "text", 25, false}};
  result.rows = {{"<b>*x*</b>\n|"}};
  const std::string text = FormatResult(Format::kMarkdown, result);
  EXPECT_NE(text.find("| a\\|b |"), std::string::npos);
  EXPECT_NE(text.find("&lt;b>\\*x\\*&lt;/b><br>\\|"), std::string::npos);
}

TEST(Formats, TableAlignsWideTextAndShowsNull) {
  engine::QueryResult result;
  result.columns = {{"都市", "text", 25, false}, {"n", "integer", 23, false}};
  result.rows = {{"東京", "10"}, {"Oslo", std::nullopt}};
  EXPECT_EQ(FormatResult(Format::kTable, result),
            "┌──────┬────┐\n│ 都市 │  n │\n├──────┼────┤\n│ 東京 │ 10 │\n│ Oslo │  ∅ │\n└──────┴────┘\n(2 rows)\n");
}

TEST(Formats, TableFitsTheTerminal) {
  engine::QueryResult result;
  result.columns = {{"text", "text", 25, false}};
  result.rows = {{std::string(200, 'x')}};
  const std::string text = FormatResult(Format::kTable, result, false, 40);
  EXPECT_NE(text.find("…"), std::string::npos);
  EXPECT_EQ(text.find(std::string(60, 'x')), std::string::npos);
}

TEST(Formats, EscapeSequencesInDataNeverReachTheTerminal) {
  EXPECT_EQ(TerminalSafe("a\033[31mred\a\nb"), "a�[31mred�⏎b");
  EXPECT_EQ(TerminalSafe("abc\u202Edef"), "abc�def");
}

TEST(Chart, PicksLabelAndMeasure) {
  engine::QueryResult result;
  result.columns = {{"region", "text", 25, false}, {"id", "integer", 23, false}, {"total", "numeric", 1700, false}};
  result.rows = {{"north", "1", "10"}, {"south", "2", "5"}};
  std::string why;
  const auto chart = ChooseChart(result, &why);
  ASSERT_TRUE(chart);
  EXPECT_EQ(chart->kind, Chart::Kind::kBar);
  EXPECT_EQ(chart->label_name, "region");
  EXPECT_EQ(chart->value_name, "total");
  const std::string text = DrawInTerminal(*chart, 30);
  EXPECT_NE(text.find("north │██"), std::string::npos);
}

TEST(Chart, TimeMakesALine) {
  engine::QueryResult result;
  result.columns = {{"day", "date", 1082, false}, {"n", "bigint", 20, false}};
  result.rows = {{"2024-01-01", "1"}, {"2024-01-02", "4"}, {"2024-01-03", "2"}};
  std::string why;
  const auto chart = ChooseChart(result, &why);
  ASSERT_TRUE(chart);
  EXPECT_EQ(chart->kind, Chart::Kind::kLine);
  EXPECT_NE(DrawSvg(*chart).find("<polyline"), std::string::npos);
}

TEST(Chart, SaysWhyThereIsNone) {
  engine::QueryResult result;
  result.columns = {{"name", "text", 25, false}};
  result.rows = {{"a"}};
  std::string why;
  EXPECT_FALSE(ChooseChart(result, &why));
  EXPECT_EQ(why, "there is no column of numbers to draw");
}

TEST(Chart, BarsStopAtTheLimit) {
  engine::QueryResult result;
  result.columns = {{"name", "text", 25, false}, {"n", "integer", 23, false}};
  std::string why;
  for (std::size_t i = 0; i < kMaxBars; ++i) result.rows.push_back({"r" + std::to_string(i), "1"});
  EXPECT_FALSE(ChooseChart(result, &why)->cut);
  result.rows.push_back({"one more", "1"});
  EXPECT_TRUE(ChooseChart(result, &why)->cut);
}

TEST(Chart, SvgShowsHostileTextAsText) {
  engine::QueryResult result;
  result.columns = {{"name", "text", 25, false}, {"n", "integer", 23, false}};
  result.rows = {{"<script>alert(1)</script>", "1"}};
  std::string why;
  EXPECT_EQ(DrawSvg(*ChooseChart(result, &why)).find("<script"), std::string::npos);
}

}  // namespace
}  // namespace toomai::app
