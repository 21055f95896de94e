#include "engine/empty_result.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

TEST(EmptyResult, FindsTheFiltersOfTheOutermostSelect) {
  const auto probes =
      FindFilters("SELECT name FROM customers WHERE city = 'berlin' AND (age > 3 OR age < 1) ORDER BY name LIMIT 5");
  ASSERT_EQ(probes.size(), 2u);
  EXPECT_EQ(probes[0].filter, "city = 'berlin'");
  EXPECT_EQ(probes[0].column, "city");
  EXPECT_EQ(probes[0].literal, "berlin");
  EXPECT_EQ(probes[0].sql_without,
            "SELECT name FROM customers WHERE true AND (age > 3 OR age < 1) ORDER BY name LIMIT 5");
  EXPECT_EQ(probes[1].column, "");
}

TEST(EmptyResult, NoFilterNoProbe) {
  EXPECT_TRUE(FindFilters("SELECT 1").empty());
  EXPECT_TRUE(FindFilters("VALUES (1)").empty());
  EXPECT_TRUE(FindFilters("DELETE FROM t WHERE a = 1").empty());
}

TEST(EmptyResult, AtMostSoManyProbes) {
  std::string sql = "SELECT 1 FROM t WHERE a = 0";
  for (std::size_t i = 1; i < kMaxProbes; ++i) sql += " AND a = " + std::to_string(i);
  EXPECT_EQ(FindFilters(sql).size(), kMaxProbes);
  EXPECT_EQ(FindFilters(sql + " AND a = 99").size(), kMaxProbes);
}

TEST(EmptyResult, NamesTheValueThatWasPerhapsMeant) {
  schema::Schema schema;
  schema::Table customers;
  customers.schema = "public";
  customers.name = "customers";
  schema::Column city;
  city.name = "city";
  customers.columns = {city};
  schema.tables = {customers};
  const std::vector<schema::ColumnValues> values = {{0, 0, {"Berlin", "Paris"}, true}};
  const auto nearest = [&](const std::string& literal) {
    return NearestValue({"", "", "city", literal}, schema, {"public.customers"}, values);
  };
  EXPECT_EQ(nearest("berlin"), "Berlin");
  EXPECT_EQ(nearest("Berlim"), "Berlin");
  EXPECT_EQ(nearest("Paris"), "") << "the value exists";
  EXPECT_EQ(nearest("Tokyo"), "");
}

TEST(EmptyResult, IsExplainedInTheLanguageOfTheQuestion) {
  EXPECT_EQ(NoRowHas("city = 'berlin'", "Berlin", "en"), "no row has city = 'berlin'; there is 'Berlin'");
  EXPECT_EQ(NoRowHas("city = 'berlin'", "Berlin", "zh"), "没有满足 city = 'berlin' 的行；有 'Berlin'");
  EXPECT_EQ(NoRowHas("city = 'berlin'", "Berlin", "ja"),
            "city = 'berlin' に当てはまる行はありません。'Berlin' ならあります");
  EXPECT_EQ(RowsWithout("a > 1", ""), "without the filter a > 1 there would be rows");
  EXPECT_EQ(RowsWithout("a > 1", "zh"), "去掉条件 a > 1 就会有结果");
  EXPECT_EQ(RowsWithout("a > 1", "ja"), "条件 a > 1 を外すと行があります");
}

}  // namespace
}  // namespace toomai::engine
