// Every kind of reply that models write.
#include "engine/reply.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/engine/small_shop.h"

namespace toomai::engine {
namespace {

using Kind = ReplyReading::Kind;

ReplyReading Read(const std::string& text) {
  static const SmallShop shop;
  return ReadModelText(text, shop.mending());
}

TEST(Reply, FindsTheStatement) {
  const std::string sql = "SELECT name FROM customer";
  for (const std::string& reply :
       {sql, sql + ";", "```sql\n" + sql + "\n```", "```\n" + sql + ";\n```",
        "Here you are:\n\n```sql\n" + sql + "\n```\nIt lists the names.",
        "<think>Maybe SELECT id FROM purchase?</think>\n```sql\n" + sql + "\n```", "I select with care.</think>" + sql,
        "{\"sql\": \"" + sql + "\", \"explanation\": \"x\"}", "```json\n{\"query\": \"" + sql + "\",}\n```",
        "<sql>" + sql + "</sql>", "Sure! " + sql + "\n\nThis returns all names.",
        "SET search_path = public; " + sql + ";", "EXPLAIN " + sql,
        "<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>" + sql, sql + "; -- done",
        "```sql\n" + sql + ";\n```\nYou could also select with a filter."}) {
    const ReplyReading reading = Read(reply);
    EXPECT_EQ(reading.kind, Kind::kSql) << reply;
    EXPECT_EQ(reading.sql, sql) << reply;
  }
}

TEST(Reply, FindsTheStatementWhereverItStands) {
  const std::string sql = "SELECT name FROM customer";
  std::string long_talk;
  for (int i = 0; i < 200; ++i) long_talk += "Line " + std::to_string(i) + " of what a careful reader should know.\n";
  for (const std::string& reply :
       {"Use `" + sql + "` for that.", sql + ". This returns every name.", sql + "\n" + long_talk, long_talk + sql,
        "Don't worry, here it is: " + sql + "\nIt's simple.", "You should select all.\n" + sql,
        "<tool_call>{\"name\": \"run\", \"arguments\": {\"sql\": \"" + sql + "\"}}</tool_call>",
        "{\"name\": \"run\", \"arguments\": \"{\\\"sql\\\": \\\"" + sql + "\\\"}\"}", "[{\"sql\": \"" + sql + "\"}]",
        std::string("ＳＥＬＥＣＴ　ｎａｍｅ　ＦＲＯＭ　ｃｕｓｔｏｍｅｒ"), "答案如下：\n```sql\n" + sql + "；\n```",
        "Réponse :\n~~~sql\n" + sql + "\n~~~"}) {
    const ReplyReading reading = Read(reply);
    EXPECT_EQ(reading.kind, Kind::kSql) << reply.substr(0, 200);
    EXPECT_TRUE(EqualsIgnoreAsciiCase(reading.sql, sql)) << reply.substr(0, 200) << "\n-> " << reading.sql;
  }
}

TEST(Reply, TheJsonThatEndpointsAreHeldTo) {
  const ReplyReading sql = Read(R"({"kind":"sql","sql":"SELECT name FROM customer","message":"","options":[]})");
  EXPECT_EQ(sql.kind, Kind::kSql);
  EXPECT_EQ(sql.sql, "SELECT name FROM customer");
  const ReplyReading refusal = Read(R"({"kind":"refuse","sql":null,"message":"no salaries","options":[]})");
  EXPECT_EQ(refusal.kind, Kind::kRefusal);
  EXPECT_EQ(refusal.text, "no salaries");
  const ReplyReading clarify = Read(R"({"kind":"clarify","sql":null,"message":"Which?","options":["a","b"]})");
  EXPECT_EQ(clarify.kind, Kind::kClarify);
  EXPECT_EQ(clarify.text, "Which?");
  EXPECT_EQ(clarify.options, (std::vector<std::string>{"a", "b"}));
}

TEST(Reply, HalfASentenceIsNoStatement) {
  for (const char* reply : {"You should select all.", "Please select", "I would start with care."})
    EXPECT_NE(Read(reply).kind, Kind::kSql) << reply;
}

TEST(Reply, HugeRepliesTakeBoundedWork) {
  std::string selects, nested;
  for (int i = 0; i < 60'000; ++i) selects += "select with (select `x` from " + std::to_string(i) + "\n";
  for (int i = 0; i < 100'000; ++i) nested += "(";
  std::string thoughts;
  for (int i = 0; i < 400'000; ++i) thoughts += "</think>";
  EXPECT_EQ(Read(thoughts + "SELECT name FROM customer").sql, "SELECT name FROM customer");
  for (const std::string& reply :
       {selects, nested + "SELECT 1", "```sql\n" + selects + "\n```", "{\"sql\": \"" + nested + "\"}"}) {
    EXPECT_NE(Read(reply).kind, Kind::kTruncated);
  }
}

TEST(Reply, TakesTheLastOfSeveralThatAreEquallyGood) {
  EXPECT_EQ(Read("```sql\nSELECT id FROM customer\n```\nNo, better:\n```sql\nSELECT name FROM customer\n```").sql,
            "SELECT name FROM customer");
  EXPECT_EQ(Read("```sql\nSELECT id FROM customer\n```\nOr:\n```sql\nSELECT id FROM nowhere\n```").sql,
            "SELECT id FROM customer");
}

TEST(Reply, DoesNotStartInTheMiddle) {
  const std::string sql =
      "WITH a AS (SELECT id FROM customer), b AS (SELECT id FROM purchase) SELECT count(*) FROM a, b";
  EXPECT_EQ(Read("Here: " + sql).sql, sql);
  EXPECT_EQ(Read("(SELECT id FROM customer) UNION (SELECT id FROM purchase)").sql,
            "(SELECT id FROM customer) UNION (SELECT id FROM purchase)");
  // What has to be mended first is still taken whole.
  EXPECT_EQ(Read("```sql\nSELECT `name` FROM customer WHERE id IN (SELECT customer_id FROM purchase)\n```").sql,
            "SELECT `name` FROM customer WHERE id IN (SELECT customer_id FROM purchase)");
}

TEST(Reply, PlainTypography) {
  EXPECT_EQ(Read("SELECT customer\\_id FROM purchase").sql, "SELECT customer_id FROM purchase");
  EXPECT_EQ(Read("SELECT id FROM purchase WHERE total &gt; 3").sql, "SELECT id FROM purchase WHERE total > 3");
  EXPECT_EQ(Read("SELECT name FROM customer WHERE country = ‘usa’").sql,
            "SELECT name FROM customer WHERE country = 'usa'");
  EXPECT_EQ(Read("SELECT id，name FROM customer").sql, "SELECT id,name FROM customer");
}

TEST(Reply, RefusalsAreNotErrors) {
  EXPECT_EQ(Read("```refuse\nmissing: weather data\n```").kind, Kind::kRefusal);
  EXPECT_EQ(Read("```refuse\nmissing: weather data\n```").text, "weather data");
  EXPECT_EQ(Read("I'm sorry, but I can't help with that.").kind, Kind::kRefusal);
  EXPECT_EQ(Read("抱歉，数据库中没有天气数据。").kind, Kind::kRefusal);
  EXPECT_EQ(Read("申し訳ありませんが、回答できません。").kind, Kind::kRefusal);
  EXPECT_EQ(Read(R"({"kind":"refuse","plan":"","sql":"","reason":"no weather"})").kind, Kind::kRefusal);
  for (const char* refusal :
       {"Lo siento, no puedo responder.", "Désolé, je ne peux pas répondre.", "Das ist leider nicht möglich.",
        "К сожалению, таких данных нет.", "죄송하지만 그런 데이터가 없습니다."})
    EXPECT_EQ(Read(refusal).kind, Kind::kRefusal) << refusal;
  const ReplyReading clarify = Read("```clarify\nWhich date?\n- order date\n- delivery date\n```");
  EXPECT_EQ(clarify.kind, Kind::kClarify);
  EXPECT_EQ(clarify.options, (std::vector<std::string>{"order date", "delivery date"}));
}

TEST(Reply, CutRepliesAreNotRead) {
  const SmallShop shop;
  llm::Choice choice;
  choice.text = "```sql\nSELECT name FROM customer\n```";
  choice.truncated = true;
  EXPECT_EQ(ReadModelReply(choice, shop.mending()).kind, Kind::kTruncated);
  EXPECT_EQ(Read("<think>SELECT name FROM customer").kind, Kind::kNothing);
}

TEST(Reply, SeveralStatementsAreHandedOverWhole) {
  EXPECT_NE(Read("SELECT 1; DELETE FROM customer").sql.find("DELETE"), std::string::npos);
  EXPECT_NE(Read("```sql\nSELECT 1; DROP TABLE customer\n```").sql.find("DROP"), std::string::npos);
}

TEST(Reply, ToolCalls) {
  const SmallShop shop;
  llm::Choice choice;
  choice.tool_arguments = R"({"sql": "SELECT name\nFROM customer"})";
  EXPECT_EQ(ReadModelReply(choice, shop.mending()).sql, "SELECT name\nFROM customer");
}

TEST(Reply, EndsOnAnything) {
  for (const std::string& text :
       {std::string(), std::string("```"), std::string("{"), std::string("{\"sql\": \""), std::string(100000, '('),
        std::string("select select select"), std::string("\xff\xfe"), std::string(5 << 20, 'x')}) {
    EXPECT_NE(Read(text).kind, Kind::kTruncated);
  }
}

}  // namespace
}  // namespace toomai::engine
