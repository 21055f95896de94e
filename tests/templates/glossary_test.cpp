// The operator's words at work: terms as conditions, metrics as numbers, synonyms, default columns.
#include "templates/glossary.h"

#include <gtest/gtest.h>

#include "templates/derived_columns.h"
#include "templates/grammar.h"
#include "tests/templates/schema_parts.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

constexpr const char* kGlossary = R"yaml(
synonyms: {buyer: customers}
terms:
  - {word: loyal customer, table: customers, condition: "points >= 100 AND city <> 'points'"}
  - {word: 大单, table: orders, condition: "total > 500"}
metrics:
  - {word: revenue, table: orders, expression: sum(total - refund), condition: "status <> 'void'"}
  - {word: refund rate, table: orders, expression: "sum(refund) / nullif(sum(total), 0)"}
)yaml";

schema::Schema Shop() {
  schema::Schema s;
  s.search_path = {"public"};
  schema::Table customers, orders;
  customers.schema = orders.schema = "public";
  customers.name = "customers";
  customers.columns = {Column("id", TypeClass::kInteger), Column("name", TypeClass::kText),
                       Column("city", TypeClass::kText), Column("points", TypeClass::kInteger)};
  customers.primary_key = {0};
  orders.name = "orders";
  orders.comment = "Orders (订单 / 注文)";
  orders.columns = {Column("id", TypeClass::kInteger),    Column("customer_id", TypeClass::kInteger),
                    Column("total", TypeClass::kNumeric), Column("refund", TypeClass::kNumeric),
                    Column("status", TypeClass::kText),   Column("placed_at", TypeClass::kTimestamp)};
  orders.primary_key = {0};
  orders.foreign_keys = {{"fk", {1}, 0, {0}}};
  s.tables = {customers, orders};
  return s;
}

std::string Sql(const char* question) {
  static const auto engine = [] {
    auto s = std::make_shared<schema::Schema>(Shop());
    s->Finish();
    return GrammarEngine::Build(s, {}, *ParseGlossary(kGlossary, "test"));
  }();
  EXPECT_TRUE(engine->problems().empty());
  GrammarInput input;
  input.question = question;
  const GrammarAnswer answer = engine->Answer(input);
  return answer.readings.empty() ? "" : answer.readings[0].sql;
}

TEST(Glossary, TermsAreConditions) {
  EXPECT_EQ(Sql("How many loyal customers are there?"),
            "SELECT count(*) FROM customers WHERE (points >= 100 AND city <> 'points')");
  EXPECT_EQ(Sql("How many loyal customers are in each city?"),
            "SELECT city, count(*) FROM customers WHERE (points >= 100 AND city <> 'points') GROUP BY city");
}

TEST(Glossary, MetricsBringTheirAggregate) {
  EXPECT_EQ(Sql("What is the revenue?"), "SELECT sum(CASE WHEN status <> 'void' THEN total - refund END) FROM orders");
  EXPECT_EQ(Sql("What is the refund rate?"), "SELECT (sum(refund) / nullif(sum(total), 0)) FROM orders");
  const std::string by_city = Sql("What is the revenue for each city?");
  EXPECT_NE(by_city.find("sum(CASE WHEN t1.status <> 'void' THEN t1.total - t1.refund END)"), std::string::npos);
  EXPECT_NE(by_city.find("GROUP BY t2.city"), std::string::npos) << by_city;
}

TEST(Glossary, SynonymsNameTables) {
  EXPECT_EQ(Sql("How many buyers are there?"), "SELECT count(*) FROM customers");
}

TEST(Glossary, WhatTheSchemaDoesNotBearOutIsTold) {
  schema::Schema s = Shop();
  s.Finish();
  const auto glossary = ParseGlossary(R"yaml(
terms: [{word: old, table: clients, condition: "age > 60"}, {word: "", table: orders, condition: "total > 1"}]
metrics: [{word: share, table: orders, expression: "sum(total) / count(*)", condition: "total > 0"}]
)yaml",
                                      "test");
  ASSERT_TRUE(glossary);
  const std::vector<std::string> problems = AddDerivedColumns(*glossary, &s);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_NE(problems[0].find("'clients', which does not exist"), std::string::npos);
  EXPECT_NE(problems[1].find("needs a word"), std::string::npos);
  EXPECT_NE(problems[2].find("write FILTER"), std::string::npos);
  EXPECT_EQ(s.tables[1].columns.size(), 6u);
}

TEST(Glossary, ExpressionsAreQualifiedOutsideQuotes) {
  schema::Schema s = Shop();
  s.Finish();
  const auto glossary = ParseGlossary(
      R"yaml(metrics: [{word: odd, table: orders, expression: "max(\"total\" + length('refund') + x.total)"}])yaml",
      "test");
  ASSERT_TRUE(glossary);
  ASSERT_TRUE(AddDerivedColumns(*glossary, &s).empty());
  const schema::Column& odd = s.tables[1].columns.back();
  EXPECT_EQ(MetricAggregate(odd), "max");
  EXPECT_EQ(DerivedText(s.tables[1], odd, "t2."), "(t2.total + length('refund') + x.total)");
}

}  // namespace
}  // namespace toomai::templates
