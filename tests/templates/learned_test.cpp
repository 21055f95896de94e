#include "templates/learned.h"

#include <gtest/gtest.h>

namespace toomai::templates {
namespace {

schema::Schema Shop() {
  schema::Schema shop;
  shop.search_path = {"public"};
  schema::Table customers;
  customers.schema = "public";
  customers.name = "customers";
  for (const char* name : {"id", "city"}) {
    schema::Column column;
    column.name = name;
    customers.columns.push_back(column);
  }
  shop.tables.push_back(customers);
  return shop;
}

std::shared_ptr<const LearnedTemplates> Learn(const std::vector<ApprovedPair>& pairs) {
  return LearnedTemplates::Build(pairs, Shop(), {{0, 1, {"Berlin", "New York", "O'Fallon", "東京"}, true}});
}

const ApprovedPair kInBerlin{7, "How many customers are in Berlin?",
                             "SELECT count(*) FROM customers WHERE city = 'Berlin'"};
const ApprovedPair kTop{8, "top 5 products by price", "SELECT name FROM products ORDER BY price DESC LIMIT 5"};

TEST(Learned, TheSameQuestion) {
  const auto answer = Learn({kInBerlin})->Match("how many customers are in berlin");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->same_question);
  EXPECT_EQ(answer->sql, kInBerlin.sql);
  EXPECT_EQ(answer->history_id, 7);
}

TEST(Learned, AnotherValueInItsOwnSpelling) {
  const auto answer = Learn({kInBerlin})->Match("How many customers are in new york?");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql, "SELECT count(*) FROM customers WHERE city = 'New York'");
  EXPECT_FALSE(answer->same_question);
}

TEST(Learned, OtherWordsForTheSame) {
  const auto answer = Learn({kInBerlin, kTop})->Match("number of customers in Berlin");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql, kInBerlin.sql);
}

TEST(Learned, AValueIsQuotedAsALiteral) {
  const auto answer = Learn({kInBerlin})->Match("How many customers are in O'Fallon?");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql, "SELECT count(*) FROM customers WHERE city = 'O''Fallon'");
}

TEST(Learned, NumbersAreSlots) {
  const auto answer = Learn({kInBerlin, kTop})->Match("top 12 products by price");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql, "SELECT name FROM products ORDER BY price DESC LIMIT 12");
}

TEST(Learned, AnotherQuestionIsNotAnswered) {
  EXPECT_FALSE(Learn({kInBerlin, kTop})->Match("How many customers are in Berlin and never ordered?"));
  EXPECT_FALSE(Learn({kInBerlin, kTop})->Match("Which customers are in Berlin?"));
  EXPECT_FALSE(Learn({kInBerlin, kTop})->Match("top 5 customers by age"));
  EXPECT_FALSE(Learn({kInBerlin})->Match(""));
}

TEST(Learned, NoValueNoAnswer) {
  EXPECT_FALSE(Learn({kInBerlin})->Match("How many customers are there?"));
}

TEST(Learned, ALikePatternKeepsItsSignsAndEscapesTheValue) {
  const auto learned =
      Learn({{9, "products whose name contains 'lamp'", "SELECT name FROM products WHERE name ILIKE '%lamp%'"}});
  const auto answer = learned->Match("products whose name contains '100%'");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql, "SELECT name FROM products WHERE name ILIKE '%100\\%%'");
}

TEST(Learned, ChineseQuestions) {
  const auto learned = Learn({{3, "东京有多少客户？", "SELECT count(*) FROM customers WHERE city = '東京'"}, kTop});
  EXPECT_TRUE(learned->Match("东京有多少客户"));
}

TEST(Learned, SqlThatDoesNotParseIsLeftOut) {
  EXPECT_EQ(Learn({{1, "drop it", "DROP TABLE customers"}})->size(), 0u);
}

TEST(Learned, NearestGivesExamples) {
  const auto nearest = Learn({kTop, kInBerlin})->Nearest("which customers live in New York", 1);
  ASSERT_EQ(nearest.size(), 1u);
  EXPECT_EQ(nearest[0].id, 7);
}

}  // namespace
}  // namespace toomai::templates
