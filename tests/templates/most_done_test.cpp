// What was done most, who did it, and everyday Japanese verbs of names written in kanji.
#include <gtest/gtest.h>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

using Engine = std::shared_ptr<const GrammarEngine>;

Engine Shop() {
  static const Engine engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "shop";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger;
    schema::Table goods = Table("goods",
                                {Filled("id", number), Filled("name", text), Filled("price", TypeClass::kNumeric),
                                 Filled("view_count", number), Filled("launched_on", TypeClass::kDate)},
                                "Goods (商品 / 商品)");
    schema::Table orders =
        Table("orders", {Filled("id", number), Filled("buyer", text), Filled("ordered_at", TypeClass::kTimestamp)},
              "Orders (订单 / 注文)");
    schema::Table lines = Table("order_lines", {Filled("id", number), Filled("order_id", number),
                                                Filled("good_id", number), Filled("quantity", number)});
    schema::Table rooms = Table("rooms", {Filled("id", number), Filled("name", text)});
    schema::Table bookings =
        Table("bookings", {Filled("id", number), Filled("room_id", number), Filled("booked_on", TypeClass::kDate)});
    lines.foreign_keys = {{"f1", {1}, 3, {0}}, {"f2", {2}, 1, {0}}};
    bookings.foreign_keys = {{"f3", {1}, 4, {0}}};
    s->tables = {bookings, goods, lines, orders, rooms};
    s->Finish();
    return GrammarEngine::Build(s, {});
  }();
  return engine;
}

Engine Library() {
  static const Engine engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "library";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, date = TypeClass::kDate;
    schema::Table books = Table("図書", {Filled("図書番号", number), Filled("題名", text), Filled("著者", text)});
    schema::Table readers = Table("会員", {Filled("会員番号", number), Filled("氏名", text), Filled("住所", text)});
    schema::Table loans = Table("貸出", {Filled("貸出番号", number), Filled("図書番号", number),
                                         Filled("会員番号", number), Filled("貸出日", date), Column("返却日", date)});
    loans.foreign_keys = {{"f1", {1}, 1, {0}}, {"f2", {2}, 0, {0}}};
    s->tables = {readers, books, loans};
    s->Finish();
    return GrammarEngine::Build(s, {{0, 2, {"東京都"}, true}, {1, 2, {"森健太"}, true}});
  }();
  return engine;
}

std::string Sql(const Engine& engine, const std::string& question) {
  GrammarInput input;
  input.question = question;
  input.today = "2026-11-27";
  const GrammarAnswer answer = engine->Answer(input);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

const char* const kMostBooked =
    "SELECT t1.name FROM rooms AS t1 JOIN bookings AS t2 ON t1.id = t2.room_id GROUP BY t1.id, t1.name ORDER BY "
    "count(*) DESC NULLS LAST LIMIT 1";

TEST(MostDone, TheRowsThatTellOfTheDeed) {
  for (const char* question : {"most booked room", "which room is booked most often?",
                               "the most frequently booked room", "which room was booked the most?"})
    EXPECT_EQ(Sql(Shop(), question), kMostBooked) << question;
  EXPECT_NE(Sql(Shop(), "the 3 least booked rooms").find("ORDER BY count(*) LIMIT 3"), std::string::npos);
  EXPECT_NE(Sql(Shop(), "top 5 most ordered goods").find("ORDER BY count(*) DESC NULLS LAST LIMIT 5"),
            std::string::npos);
}

TEST(MostDone, WhatIsSoldIsCountedInPieces) {
  const std::string best =
      "SELECT t1.name FROM goods AS t1 JOIN order_lines AS t2 ON t1.id = t2.good_id GROUP BY t1.id, t1.name ORDER BY "
      "sum(t2.quantity) DESC NULLS LAST LIMIT 1";
  for (const char* question : {"best selling goods", "卖得最好的商品", "最畅销的商品", "一番売れている商品"})
    EXPECT_EQ(Sql(Shop(), question), best) << question;
  EXPECT_NE(Sql(Shop(), "卖得最差的3个商品").find("ORDER BY sum(t2.quantity) LIMIT 3"), std::string::npos);
}

TEST(MostDone, InAPeriodOfTheDeed) {
  const std::string sql = Sql(Shop(), "best selling goods in 2025");
  EXPECT_NE(sql.find("ordered_at >= '2025-01-01'"), std::string::npos) << sql;
  EXPECT_EQ(sql.find(" IN ("), std::string::npos) << sql;
}

TEST(MostDone, WhatSaysSomethingElse) {
  EXPECT_NE(Sql(Shop(), "most viewed goods").find("view_count"), std::string::npos);
  EXPECT_NE(Sql(Shop(), "most expensive goods").find("ORDER BY price"), std::string::npos);
  EXPECT_EQ(Sql(Shop(), "most experienced goods").find("order_lines"), std::string::npos);
  EXPECT_EQ(Sql(Shop(), "best rooms").find("bookings"), std::string::npos);
}

TEST(JapaneseVerbs, NameWhatTheyTellOf) {
  EXPECT_EQ(Sql(Library(), "本を借りた会員"),
            "SELECT \"氏名\" FROM \"会員\" WHERE \"会員番号\" IN (SELECT t1.\"会員番号\" FROM \"貸出\" AS t1 JOIN "
            "\"図書\" AS "
            "t2 ON t1.\"図書番号\" = t2.\"図書番号\")");
  EXPECT_EQ(Sql(Library(), "一度も本を借りたことがない会員"),
            "SELECT \"氏名\" FROM \"会員\" WHERE \"会員番号\" NOT IN (SELECT t1.\"会員番号\" FROM \"貸出\" AS t1)");
  EXPECT_EQ(Sql(Library(), "東京都に住んでいる会員"), "SELECT \"氏名\" FROM \"会員\" WHERE \"住所\" = '東京都'");
  EXPECT_EQ(Sql(Library(), "森健太が書いた本"), "SELECT \"題名\" FROM \"図書\" WHERE \"著者\" = '森健太'");
  EXPECT_NE(Sql(Library(), "最も多く借りられた本").find("ORDER BY count(*) DESC NULLS LAST LIMIT 1"),
            std::string::npos);
}

TEST(JapaneseVerbs, AreUnknownWhereNothingTellsOfThem) {
  EXPECT_EQ(Sql(Shop(), "東京に住んでいる注文").find("WHERE"), std::string::npos);
}

}  // namespace
}  // namespace toomai::templates
