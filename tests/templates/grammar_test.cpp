#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace toomai::templates {
namespace {

using schema::TypeClass;

// shops, customers and orders; comments carry the Chinese and Japanese names.
class GrammarTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const GrammarEngine> Engine() {
    static const std::shared_ptr<const GrammarEngine> engine = [] {
      auto s = std::make_shared<schema::Schema>();
      s->database = "test";
      s->search_path = {"public"};
      schema::Table customers, orders;
      customers.schema = orders.schema = "public";
      customers.name = "customers";
      customers.comment = "Customers (客户 / 顧客)";
      customers.columns = {Column("id", TypeClass::kInteger), Column("name", TypeClass::kText, "Name (姓名 / 氏名)"),
                           Column("city", TypeClass::kText, "City (城市 / 都市)"),
                           Column("age", TypeClass::kInteger, "Age (年龄 / 年齢)"), Column("email", TypeClass::kText)};
      customers.primary_key = {0};
      orders.name = "orders";
      orders.comment = "Orders (订单 / 注文)";
      orders.columns = {Column("id", TypeClass::kInteger), Column("customer_id", TypeClass::kInteger),
                        Column("total_amount", TypeClass::kNumeric, "Order total, sales (销售额 / 売上)"),
                        Column("ordered_at", TypeClass::kTimestamp)};
      orders.primary_key = {0};
      orders.foreign_keys = {{"fk", {1}, 0, {0}}};
      s->tables = {customers, orders};
      s->Finish();
      schema::ColumnValues cities{0, 2, {"Paris", "Tokyo", "New York"}, true};
      return GrammarEngine::Build(s, {cities});
    }();
    return engine;
  }

  static std::string Sql(const std::string& question) {
    GrammarInput input;
    input.question = question;
    GrammarAnswer answer = Engine()->Answer(input);
    return answer.readings.empty() ? "" : answer.readings[0].sql;
  }
};

TEST_F(GrammarTest, CountsFiltersAndOrders) {
  EXPECT_EQ(Sql("How many customers are there?"), "SELECT count(*) FROM customers");
  EXPECT_EQ(Sql("Show the names of customers from Paris"), "SELECT name FROM customers WHERE city = 'Paris'");
  EXPECT_EQ(Sql("What are the names of customers older than 30?"), "SELECT name FROM customers WHERE age > 30");
  EXPECT_EQ(Sql("Who is the oldest customer?"), "SELECT name FROM customers ORDER BY age DESC NULLS LAST LIMIT 1");
  EXPECT_EQ(Sql("What is the average age of customers in each city?"),
            "SELECT city, avg(age) FROM customers GROUP BY city");
}

TEST_F(GrammarTest, OtherTables) {
  EXPECT_EQ(Sql("Which customers have no orders?"),
            "SELECT name FROM customers WHERE id NOT IN (SELECT t1.customer_id FROM orders AS t1 WHERE t1.customer_id "
            "IS NOT NULL)");
  EXPECT_EQ(Sql("Which customers have more than 2 orders?"),
            "SELECT name FROM customers WHERE id IN (SELECT t1.customer_id FROM orders AS t1 GROUP BY t1.customer_id "
            "HAVING count(*) > 2)");
}

TEST_F(GrammarTest, ThreeLanguagesOneAnswer) {
  EXPECT_EQ(Sql("有多少个客户？"), "SELECT count(*) FROM customers");
  EXPECT_EQ(Sql("顧客は何人いますか？"), "SELECT count(*) FROM customers");
  EXPECT_EQ(Sql("年龄大于30的客户的姓名"), Sql("names of customers with age greater than 30"));
}

TEST_F(GrammarTest, RefusesWhatItDoesNotKnow) {
  GrammarInput input;
  input.question = "What is dark matter and what evidence supports its existence?";
  GrammarAnswer answer = Engine()->Answer(input);
  EXPECT_FALSE(answer.refusal.empty());
  EXPECT_FALSE(answer.unknown_words.empty());
}

TEST_F(GrammarTest, HostileQuestionsEndQuietly) {
  std::vector<std::string> questions = {"",
                                        " ",
                                        "???",
                                        "'; DROP TABLE customers; --",
                                        std::string(100'000, 'a'),
                                        std::string(5, '\0'),
                                        "\xff\xfe\x80",
                                        "🙂🙂🙂",
                                        "SELECT * FROM customers",
                                        "\"",
                                        "'",
                                        "第第第第",
                                        "的的的の"};
  std::string words;
  for (int i = 0; i < 10'000; ++i) words += "orders more than ";
  questions.push_back(words);
  for (const std::string& question : questions) {
    GrammarInput input;
    input.question = question;
    input.evidence = question;
    Engine()->Answer(input);
  }
}

}  // namespace
}  // namespace toomai::templates
