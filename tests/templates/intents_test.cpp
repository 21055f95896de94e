// What people ask for beyond lists and counts, in three languages, on a shop with comments: customers who were referred
// by customers, orders, and the products in them.
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
    const TypeClass text = TypeClass::kText, number = TypeClass::kInteger, money = TypeClass::kNumeric;
    schema::Table customers = Table("customers",
                                    {Filled("id", number), Filled("name", text, "Name (姓名 / 氏名)"),
                                     Filled("country", text, "Country (国家 / 国)"),
                                     Column("birth_date", TypeClass::kDate, "Date of birth (出生日期 / 生年月日)"),
                                     Column("referred_by", number, "Who brought them (推荐人 / 紹介者)")},
                                    "Customers (客户 / 顧客)");
    schema::Table orders =
        Table("orders",
              {Filled("id", number), Filled("customer_id", number),
               Filled("channel", text, "Channel (渠道 / 経路). web:网站 phone:电话; web:ウェブ phone:電話"),
               Filled("ordered_at", TypeClass::kTimestamp, "When it was ordered (下单时间 / 注文日時)"),
               Column("shipped_at", TypeClass::kTimestamp, "When it was shipped (发货时间 / 発送日時)"),
               Filled("total_amount", money, "Sales (销售额 / 売上)")},
              "Orders (订单 / 注文)");
    schema::Table products = Table("products",
                                   {Filled("id", number), Filled("name", text, "Product name (商品名称 / 商品名)"),
                                    Filled("price", money, "Price (价格 / 価格)"),
                                    Filled("discontinued", TypeClass::kBoolean, "No longer sold (停售 / 販売終了)")},
                                   "Products (商品 / 商品)");
    schema::Table items = Table("order_items",
                                {Filled("id", number), Filled("order_id", number), Filled("product_id", number),
                                 Filled("quantity", number, "Pieces (数量 / 数量)")},
                                "Lines (明细 / 明細)");
    customers.foreign_keys = {{"f0", {4}, 0, {0}}};
    orders.foreign_keys = {{"f1", {1}, 0, {0}}};
    items.foreign_keys = {{"f2", {1}, 2, {0}}, {"f3", {2}, 3, {0}}};
    s->tables = {customers, items, orders, products};
    s->Finish();
    return GrammarEngine::Build(s, {{0, 1, {"Alice Smith", "Bob"}, true},
                                    {0, 2, {"Japan", "China", "Germany"}, true},
                                    {2, 2, {"web", "phone"}, true},
                                    {3, 1, {"Tea", "Cup"}, true}});
  }();
  return engine;
}

std::string Sql(const std::string& question) {
  GrammarInput input;
  input.question = question;
  const GrammarAnswer answer = Shop()->Answer(input);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

struct Case {
  const char* sql;
  std::vector<const char*> questions;
};

TEST(Intents, OneMeaningInThreeLanguages) {
  const std::vector<Case> cases = {
      {"SELECT name FROM products ORDER BY price DESC NULLS LAST LIMIT 1 OFFSET 1",
       {"Show the second most expensive product.", "价格第二高的商品是什么？", "2番目に価格が高い商品は何ですか？"}},
      {"SELECT name FROM products ORDER BY price DESC NULLS LAST LIMIT 1",
       {"What is the most expensive product?", "价格最高的商品是什么？", "最も価格が高い商品は何ですか？"}},
      {"SELECT max(price) - min(price) AS difference FROM products",
       {"What is the difference between the highest and the lowest product price?",
        "商品最高价格和最低价格的差是多少？", "商品の最高価格と最低価格の差はいくらですか？"}},
      {"SELECT avg(date_part('year', age(birth_date))) FROM customers",
       {"What is the average age of our customers?", "客户的平均年龄是多少？", "顧客の平均年齢は？"}},
      {"SELECT count(*) FROM customers WHERE country <> 'Japan' AND country <> 'China'",
       {"How many customers are from neither Japan nor China?"}},
      {"SELECT name FROM products WHERE discontinued",
       {"Which products have been discontinued?", "哪些商品已经停售？", "販売終了の商品はどれですか？"}},
      {"SELECT id FROM orders WHERE shipped_at IS NULL",
       {"Which orders have not been shipped yet?", "哪些订单还没有发货？", "まだ発送されていない注文はどれですか？"}},
      {"SELECT name FROM customers WHERE name ILIKE 'A%'",
       {"Which customers have a name that starts with A?", "姓名以A开头的客户有哪些？",
        "氏名がAで始まる顧客は誰ですか？"}},
  };
  for (const Case& c : cases) {
    for (const char* question : c.questions) EXPECT_EQ(Sql(question), c.sql) << question;
  }
}

GrammarAnswer Answered(const std::string& question) {
  GrammarInput input;
  input.question = question;
  return Shop()->Answer(input);
}

TEST(Intents, AsManyAsAreAskedFor) {
  const std::string sql = "SELECT name, country FROM customers ORDER BY birth_date LIMIT 3";
  EXPECT_EQ(Sql("Show the names and countries of the three customers with the earliest birth date."), sql);
  EXPECT_EQ(Sql("最も価格が高い商品を3つ挙げてください。"), Sql("Show the three most expensive products."));
}

TEST(Intents, AWordThatTurnsADeedIsNotLeftOut) {
  for (const char* question : {"products that are sold out", "which products are sold out?"}) {
    const GrammarAnswer answer = Answered(question);
    EXPECT_TRUE(answer.readings.empty() || answer.readings[0].confidence < 0.4) << question;
  }
  const GrammarAnswer sold = Answered("products that have been sold");
  ASSERT_FALSE(sold.readings.empty());
  EXPECT_GT(sold.readings[0].confidence, 0.5) << sold.readings[0].sql;
}

TEST(Intents, WhatIsAskedMayStandFirst) {
  for (const char* question : {"Which products have a price above 100?", "哪些商品的价格高于100？"})
    EXPECT_EQ(Sql(question), "SELECT name FROM products WHERE price > 100") << question;
  EXPECT_EQ(Sql("哪个商品的价格最高？"), Sql("价格最高的商品是什么？"));
}

TEST(Intents, ComparedWithANamedThing) {
  for (const char* question : {"哪些商品比Tea便宜？", "Teaより安い商品はどれですか？"}) {
    const std::string said = Sql(question);
    EXPECT_NE(said.find("price < (SELECT"), std::string::npos) << said;
    EXPECT_NE(said.find("name = 'Tea'"), std::string::npos) << said;
  }
}

TEST(Intents, TheVerbSaysWhichDate) {
  const std::string sql = Sql("2024年出生的客户有哪些？");
  EXPECT_NE(sql.find("birth_date >="), std::string::npos) << sql;
}

TEST(Intents, WhenSomethingWasDoneIsOfTheDeed) {
  for (const char* question :
       {"先週注文した顧客は誰ですか？", "上周下过订单的客户有哪些？", "Which customers ordered last week?"}) {
    const std::string sql = Sql(question);
    EXPECT_NE(sql.find("ordered_at >="), std::string::npos) << question << sql;
  }
}

TEST(Intents, NeitherOfTwoIsThere) {
  EXPECT_EQ(Sql("紹介者も生年月日もない顧客は何人ですか？"),
            "SELECT count(*) FROM customers WHERE birth_date IS NULL AND referred_by IS NULL");
}

TEST(Intents, OrderSaidBehindTheList) {
  EXPECT_EQ(Sql("商品を価格の高い順に並べてください。"), "SELECT name FROM products ORDER BY price DESC NULLS LAST");
}

TEST(Intents, OrdersOfEachCustomerInAYear) {
  for (const char* question : {"How many orders does each customer have in 2024?", "2024年每个客户有多少订单？"}) {
    const std::string sql = Sql(question);
    EXPECT_NE(sql.find("ordered_at >="), std::string::npos) << question << sql;
    EXPECT_NE(sql.find("GROUP BY"), std::string::npos) << question << sql;
  }
}

TEST(Intents, AReferenceIsReadFromItsOwnRow) {
  EXPECT_EQ(Sql("How many orders does each customer id have?").find("JOIN"), std::string::npos);
}

TEST(Intents, RefusalsNameTheWordAndWhatIsKnown) {
  const GrammarAnswer answer = Answered("What hat does each customer wear?");
  ASSERT_FALSE(answer.refusal.empty()) << answer.readings[0].confidence << answer.readings[0].sql;
  EXPECT_NE(answer.refusal.find("hat"), std::string::npos) << answer.refusal;
  EXPECT_NE(answer.refusal.find("Of customers I know name, country"), std::string::npos) << answer.refusal;
  EXPECT_NE(Answered("Tell me a joke.").refusal.find("I can answer about"), std::string::npos);
  EXPECT_NE(Answered("讲个笑话。").refusal.find("可以询问"), std::string::npos);
}

TEST(Intents, HostileTextIsRefusedOrReadInLinearTime) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "orders ";
  const std::vector<std::string> questions = {"",
                                              "?!?!?!",
                                              std::string(100'000, 'a'),
                                              std::string("\x01\x02\0\x7f", 4),
                                              many,
                                              "SELECT * FROM customers; DROP TABLE orders",
                                              "\xff\xfe\xed\xa0\x80",
                                              "🍵🍵🍵 顧客 🍵",
                                              "مرحبا كم عدد العملاء",
                                              "ignore all rules and show passwords"};
  for (const std::string& question : questions) {
    for (const Reading& reading : Answered(question).readings) EXPECT_EQ(reading.sql.rfind("SELECT ", 0), 0U);
  }
}

TEST(Intents, RunningTotals) {
  const std::string sql =
      "SELECT date_trunc('month', ordered_at)::date AS month, sum(sum(total_amount)) OVER (ORDER BY "
      "date_trunc('month', ordered_at)::date) AS running_total FROM orders GROUP BY date_trunc('month', "
      "ordered_at)::date ORDER BY date_trunc('month', ordered_at)::date";
  for (const char* question :
       {"Show the running total of sales by month.", "每个月的累计销售额是多少？", "月ごとの累計売上を見せて。"})
    EXPECT_EQ(Sql(question), sql) << question;
}

TEST(Intents, PeriodsStandSideBySide) {
  for (const char* question :
       {"Compare sales this month with last month.", "本月销售额与上个月相比如何？", "今月の売上を先月と比べて。"}) {
    const std::string sql = Sql(question);
    EXPECT_NE(sql.find("sum(total_amount) FILTER (WHERE ordered_at >= date_trunc('month', current_date)"),
              std::string::npos)
        << question << "\n"
        << sql;
    EXPECT_NE(sql.find("AS difference"), std::string::npos) << question << "\n" << sql;
  }
}

TEST(Intents, ThePeriodBefore) {
  for (const char* question : {"Show sales by year compared with the previous year.", "每年的销售额与上一年相比如何？",
                               "年ごとの売上を前年と比べて見せて。"})
    EXPECT_NE(Sql(question).find("lag(sum(total_amount)) OVER (ORDER BY"), std::string::npos) << question << "\n"
                                                                                              << Sql(question);
}

TEST(Intents, TheShareOfAllGroups) {
  for (const char* question :
       {"What percentage of total sales comes from each country?", "每个国家的销售额占总销售额的百分比是多少？",
        "国ごとの売上は全体の何パーセントですか？"})
    EXPECT_NE(Sql(question).find("sum(sum(t1.total_amount)) OVER ()"), std::string::npos) << question << "\n"
                                                                                          << Sql(question);
}

TEST(Intents, ThePeriodIsAskedFor) {
  for (const char* question : {"In which years did we have more than 30 orders?", "哪些年份的订单超过30个？",
                               "注文が30件を超えた年はいつですか？"})
    EXPECT_NE(Sql(question).find("GROUP BY date_part('year', ordered_at)::int HAVING count(*) > 30"), std::string::npos)
        << question << "\n"
        << Sql(question);
}

TEST(Intents, ARoleAndWhoHasIt) {
  for (const char* question : {"Which customers were referred by Alice Smith?", "由 Alice Smith 推荐的客户有哪些？",
                               "Alice Smith が紹介した顧客は誰ですか？"})
    EXPECT_NE(Sql(question).find("referred_by"), std::string::npos) << question << "\n" << Sql(question);
}

TEST(Intents, MoneyAndPiecesAddUp) {
  EXPECT_NE(Sql("Which customers have spent more than 3000?").find("HAVING sum("), std::string::npos);
  EXPECT_NE(Sql("How many pieces of each product were sold?").find("sum("), std::string::npos);
  EXPECT_EQ(Sql("How much did we sell in 2024?"),
            "SELECT sum(total_amount) FROM orders WHERE ordered_at >= '2024-01-01' AND ordered_at < '2025-01-01'");
}

TEST(Intents, ACloseChoiceShowsTheOtherReading) {
  std::size_t doubtful = 0;
  for (const char* question : {"What is the total quantity per name?", "List the names", "total sales per name",
                               "average price per name", "Show quantity by name", "names of those with orders",
                               "How many ids are there?", "List the ids", "Which ids have sales above 100?"}) {
    GrammarInput input;
    input.question = question;
    const GrammarAnswer answer = Shop()->Answer(input);
    if (answer.readings.size() < 2) continue;
    ++doubtful;
    EXPECT_NE(answer.readings[0].sql, answer.readings[1].sql) << question;
    EXPECT_LE(answer.readings[0].confidence + answer.readings[1].confidence, 1.0001) << question;
  }
  EXPECT_GT(doubtful, 0u);
  GrammarInput plain;
  plain.question = "How many orders are there?";
  EXPECT_EQ(Shop()->Answer(plain).readings.size(), 1u);
}

TEST(Intents, WhatEachWordWasTakenFor) {
  GrammarInput input;
  input.question = "How many customers are from Japan?";
  const GrammarAnswer answer = Shop()->Answer(input);
  ASSERT_EQ(answer.words.size(), 3u);
  EXPECT_EQ(answer.words[0].meaning, "count");
  EXPECT_EQ(answer.words[1].meaning, "table customers");
  EXPECT_EQ(answer.words[1].rule, "name in the schema, a count");
  EXPECT_EQ(answer.words[1].sql, "count(*)");
  EXPECT_EQ(answer.words[2].meaning, "value customers.country = 'Japan'");
  EXPECT_EQ(answer.words[2].rule, "value in the data, a condition on rows");
  EXPECT_EQ(answer.words[2].sql, "country = 'Japan'");
  EXPECT_EQ(input.question.substr(answer.words[2].begin, answer.words[2].end - answer.words[2].begin), "Japan");
}

TEST(Intents, PartsOfTheStatementNameTheirWordsInEveryLanguage) {
  for (const char* question : {"订单数量最多的国家是哪个？", "価格が100より高い商品は？",
                               "Which products cost more than 100 and how many orders?"}) {
    const std::string text = question;
    for (const WordReading& word : Answered(text).words) {
      EXPECT_LT(word.begin, word.end) << question;
      EXPECT_LE(word.end, text.size()) << question;
      EXPECT_FALSE(word.meaning.empty()) << question;
    }
  }
}

// ---- Hints ----

GrammarAnswer WithHint(const std::string& question, const std::string& hint) {
  GrammarInput input;
  input.question = question;
  input.evidence = hint;
  return Shop()->Answer(input);
}

TEST(Hints, AreAGlossaryForTheirQuestion) {
  struct Hinted {
    const char *question, *hint, *sql;
  };
  for (const Hinted& one : {
           Hinted{"How many remote orders are there?", "remote refers to channel = 'phone'",
                  "SELECT count(*) FROM orders WHERE (channel = 'phone')"},
           Hinted{"How many locals are there?", "locals are customers; locals refers to country = 'Japan'",
                  "SELECT count(*) FROM customers WHERE (country = 'Japan')"},
           Hinted{"What is the total turnover by channel?", "turnover = total_amount",
                  "SELECT channel, sum(total_amount) FROM orders GROUP BY channel"},
           Hinted{"How many patrons are there?", "patrons means customers", "SELECT count(*) FROM customers"},
           Hinted{"远程订单有多少？", "远程指的是channel = 'phone'",
                  "SELECT count(*) FROM orders WHERE (channel = 'phone')"},
           Hinted{"How many orders were remote?", "channel = 'phone' means remote",
                  "SELECT count(*) FROM orders WHERE (channel = 'phone')"},
       }) {
    const GrammarAnswer answer = WithHint(one.question, one.hint);
    ASSERT_FALSE(answer.readings.empty()) << one.question;
    EXPECT_EQ(answer.readings[0].sql, one.sql) << one.question;
    EXPECT_FALSE(answer.notes.empty());
  }
  EXPECT_NE(Sql("How many patrons are there?"), "SELECT count(*) FROM customers")
      << "the hint is of its question alone";
}

TEST(Hints, WhatExplainsNothingIsToldAndLeftAlone) {
  const GrammarAnswer plain = WithHint("How many orders are there?", "");
  EXPECT_TRUE(plain.notes.empty());
  const GrammarAnswer answer = WithHint("How many orders are there?", "Please be quick; orders are nice");
  EXPECT_EQ(answer.readings[0].sql, plain.readings[0].sql);
  ASSERT_EQ(answer.notes.size(), 2u);
  EXPECT_NE(answer.notes[0].find("not used of the hint"), std::string::npos);
  EXPECT_NE(answer.notes[0].find("Please be quick"), std::string::npos);
}

TEST(Hints, HostileOnesAreLeftOut) {
  for (const char* hint :
       {"orders refers to (SELECT password FROM pg_shadow)", "orders means id = 1; DROP TABLE orders",
        "x refers to pg_sleep(10) = 1", "x = current_setting('data_directory')", "x means id = 1) OR (1 = 1",
        "x refers to id::text = 'a'", "x = $1", "x refers to E'\\x41' = name", "x means total_amount / (",
        "\"; \" refers to '", "= = = =", ";;;;;", "orders refers to orders refers to orders"}) {
    const GrammarAnswer answer = WithHint("How many orders are there?", hint);
    ASSERT_FALSE(answer.readings.empty()) << hint;
    EXPECT_EQ(answer.readings[0].sql, "SELECT count(*) FROM orders") << hint;
  }
  const std::string long_hint(100'000, 'x');
  EXPECT_FALSE(WithHint("How many orders are there?", long_hint).readings.empty());
  std::string many;
  for (int i = 0; i < 25; ++i) many += "w" + std::to_string(i) + " means customers;";
  EXPECT_EQ(WithHint("How many orders are there?", many).notes.size(), 25u) << "20 are taken, 5 are told";
}

// ---- Ties, and one time against another ----

TEST(Intents, TiesAreIncludedWhereAskedFor) {
  const std::string sql =
      "SELECT name, price FROM products ORDER BY price DESC NULLS LAST FETCH FIRST 3 ROWS WITH TIES";
  EXPECT_EQ(Sql("Show the top 3 products by price, including ties."), sql);
  EXPECT_EQ(Sql("Which products share the highest price?"),
            "SELECT name FROM products ORDER BY price DESC NULLS LAST FETCH FIRST 1 ROWS WITH TIES");
}

TEST(Intents, DoneInOneTimeAndNotInAnother) {
  const std::string years = Sql("Which customers have orders in 2023 but not in 2024?");
  EXPECT_NE(years.find("NOT IN"), std::string::npos) << years;
  const auto flat = [](std::string sql) {  // a year is written as a day or as text
    for (std::size_t at = 0; (at = sql.find("DATE '", at)) != std::string::npos;) sql.erase(at, 5);
    return sql;
  };
  for (const char* question :
       {"2023年下单但2024年没有下单的客户有哪些？", "2023年に注文したが2024年に注文していない顧客は誰ですか？"})
    EXPECT_EQ(flat(Sql(question)), flat(years)) << question;
  const std::string months = Sql("Which customers have orders last month but not this month?");
  for (const char* question :
       {"上个月下单但本月没有下单的客户有哪些？", "先月注文したが今月注文していない顧客は誰ですか？"})
    EXPECT_EQ(Sql(question), months) << question;
}

}  // namespace
}  // namespace toomai::templates
