// Small words that decide which rows are meant: "not yet", "returned", "placed", "nobody", "second".
#include <gtest/gtest.h>

#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

std::shared_ptr<const GrammarEngine> Shop() {
  static const std::shared_ptr<const GrammarEngine> engine = [] {
    auto s = std::make_shared<schema::Schema>();
    s->database = "shop";
    s->search_path = {"public"};
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, date = TypeClass::kDate;
    schema::Table clients =
        Table("clients", {Filled("id", number), Filled("name", text), Filled("city", text)}, "Clients (客户)");
    schema::Table items =
        Table("items", {Filled("id", number), Filled("name", text), Filled("price", TypeClass::kNumeric)});
    schema::Table orders = Table("orders", {Filled("id", number), Filled("client_id", number), Filled("status", text),
                                            Filled("ordered_on", date), Column("shipped_on", date)});
    schema::Table follows = Table("follows", {Filled("follower_id", number), Filled("followee_id", number)});
    orders.foreign_keys = {{"o1", {1}, 0, {0}}};
    follows.foreign_keys = {{"f1", {0}, 0, {0}}, {"f2", {1}, 0, {0}}};
    s->tables = {clients, follows, items, orders};
    s->Finish();
    return GrammarEngine::Build(s, {{3, 2, {"open", "delivered"}, true}, {0, 2, {"Berlin", "Rome"}, true}});
  }();
  return engine;
}

GrammarAnswer Ask(const std::string& question) {
  GrammarInput input;
  input.question = question;
  input.today = "2026-11-27";
  return Shop()->Answer(input);
}

// Empty: nobody would be given it.
std::string Sql(const std::string& question) {
  const GrammarAnswer answer = Ask(question);
  constexpr double kAnswered = 0.4;
  const bool answered = !answer.readings.empty() && answer.readings[0].confidence >= kAnswered;
  return answered ? answer.readings[0].sql : "";
}

TEST(SmallWords, NotYet) {
  for (const char* question : {"orders not yet shipped", "orders that have not yet been shipped",
                               "orders that haven't been shipped yet", "which orders are not yet shipped?"})
    EXPECT_EQ(Sql(question), "SELECT id FROM orders WHERE shipped_on IS NULL") << question;
  EXPECT_EQ(Sql("orders not yet delivered"), "SELECT id FROM orders WHERE status <> 'delivered'");
  EXPECT_EQ(Sql("clients who have not yet ordered"),
            "SELECT name FROM clients WHERE id NOT IN (SELECT t1.client_id FROM orders AS t1)");
}

// As an order the verb says nothing of the rows, as what was done to them it does.
TEST(SmallWords, WhatWasDoneIsNoOrderToShow) {
  EXPECT_EQ(Sql("return the orders"), "SELECT id FROM orders");
  for (const char* question : {"returned orders", "how many orders were returned?", "returning clients"})
    EXPECT_EQ(Sql(question), "") << question;
  const GrammarAnswer dated = Ask("orders returned in 2024");
  ASSERT_FALSE(dated.readings.empty());
  EXPECT_LT(dated.readings[0].confidence, 0.6);
}

TEST(SmallWords, OrdersArePlaced) {
  EXPECT_EQ(Sql("how many orders were placed in 2024?"),
            "SELECT count(*) FROM orders WHERE ordered_on >= '2024-01-01' AND ordered_on < '2025-01-01'");
  EXPECT_NE(Sql("orders placed by clients from Berlin").find("'Berlin'"), std::string::npos);
  EXPECT_EQ(Sql("list all places"), "");
}

// The time of the rows gives their verb its name; said of others, it means those who have such rows.
TEST(SmallWords, TheVerbOfATimeIsItsRows) {
  const std::string rows = "(SELECT t1.client_id FROM orders AS t1";
  for (const char* question : {"下单的客户", "下过单的客户"})
    EXPECT_EQ(Sql(question), "SELECT name FROM clients WHERE id IN " + rows + ")") << question;
  for (const char* question : {"从未下单的客户", "没有下过单的客户", "没下单的客户", "从来没有下过单的客户"})
    EXPECT_EQ(Sql(question), "SELECT name FROM clients WHERE id NOT IN " + rows + ")") << question;
  const std::string in_2024 = rows + " WHERE t1.ordered_on >= DATE '2024-01-01' AND t1.ordered_on < DATE '2025-01-01')";
  EXPECT_EQ(Sql("2024年下单的客户"), "SELECT name FROM clients WHERE id IN " + in_2024);
}

// Better no answer than the opposite one.
TEST(SmallWords, ANegationThatNothingHoldsRefuses) {
  for (const char* question : {"clients who follow nobody", "clients followed by nobody"}) {
    const std::string sql = Sql(question);
    EXPECT_TRUE(sql.empty() || sql.find("NOT") != std::string::npos) << question << ": " << sql;
  }
}

TEST(SmallWords, TheSecondOfARankingIsSaid) {
  const GrammarAnswer answer = Ask("second most expensive item");
  ASSERT_FALSE(answer.readings.empty());
  EXPECT_EQ(answer.readings[0].sql, "SELECT name FROM items ORDER BY price DESC NULLS LAST LIMIT 1 OFFSET 1");
  EXPECT_GT(answer.readings[0].confidence, 0.7);
}

}  // namespace
}  // namespace toomai::templates
