#include "schema/join_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace toomai::schema {
namespace {

Column MakeColumn(const std::string& name, TypeClass type) {
  Column column;
  column.name = name;
  column.type_class = type;
  return column;
}

Table MakeTable(const std::string& name, std::vector<Column> columns) {
  Table table;
  table.schema = "public";
  table.name = name;
  table.columns = std::move(columns);
  table.primary_key = {0};
  return table;
}

Schema Finished(std::vector<Table> tables) {
  Schema schema;
  schema.search_path = {"public"};
  schema.tables = std::move(tables);
  schema.Finish();
  return schema;
}

// Tables without foreign keys, each of whose columns has namesakes in some seven others.
Schema Keyless(int tables) {
  std::vector<Table> made;
  for (int t = 0; t < tables; ++t) {
    std::vector<Column> columns = {MakeColumn("id", TypeClass::kInteger)};
    for (int c = 0; c < 10; ++c) {
      const int number = (t * 37 + c * 101 + c * c * t) % (tables * 10 / 8);
      columns.push_back(MakeColumn("w" + std::to_string(number) + "_code", TypeClass::kInteger));
    }
    made.push_back(MakeTable("thing_" + std::to_string(t), std::move(columns)));
  }
  return Finished(std::move(made));
}

// The least of a few, since others work on the machine, too.
template <typename Action>
double SecondsOf(const Action& action) {
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    action();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

// The first question waits for it: eight times the tables must not take 512 times as long.
TEST(JoinGraph, GrowsWithTheTablesNotWithTheirCube) {
  const Schema small = Keyless(100), large = Keyless(800);
  const auto build = [](const Schema& schema) { EXPECT_FALSE(JoinGraph(schema, ValueIndex()).edges().empty()); };
  EXPECT_LT(SecondsOf([&] { build(large); }), 200 * SecondsOf([&] { build(small); }));
}

TEST(JoinGraph, TablesThatShareATellingColumnAreJoinedOnce) {
  const Schema schema =
      Finished({MakeTable("a", {MakeColumn("id", TypeClass::kInteger), MakeColumn("tax_code", TypeClass::kText)}),
                MakeTable("b", {MakeColumn("id", TypeClass::kInteger), MakeColumn("tax_code", TypeClass::kText)}),
                MakeTable("c", {MakeColumn("id", TypeClass::kInteger), MakeColumn("tax_code", TypeClass::kText)}),
                MakeTable("d", {MakeColumn("id", TypeClass::kInteger), MakeColumn("tax_code", TypeClass::kInteger)})});
  const JoinGraph joins(schema, ValueIndex());
  EXPECT_EQ(joins.edges().size(), 2u) << "a and b, a and c; then b and c are joined already";
  EXPECT_EQ(joins.Path({1}, 2).size(), 2u);
  EXPECT_TRUE(joins.Path({0}, 3).empty()) << "text and numbers do not join";
}

std::vector<std::string> Values(const std::string& prefix, std::size_t count) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(prefix + std::to_string(i));
  return values;
}

bool Finds(const ValueIndex& index, const std::string& value) {
  std::vector<ValueHit> hits;
  const std::vector<Token> tokens = Tokenize(value, 10);
  index.Find(tokens, 0, tokens.size(), false, &hits);
  return !hits.empty();
}

TEST(ValueIndex, IndexesSoManyValuesInAllAndShortColumnsWhole) {
  const Schema schema =
      Finished({MakeTable("t", {MakeColumn("short", TypeClass::kText), MakeColumn("long", TypeClass::kText)})});
  const auto index = [&](std::size_t in_long) {
    return ValueIndex(schema, {{0, 0, Values("s", 10), true}, {0, 1, Values("v", in_long), true}});
  };
  const std::size_t most = kMaxIndexedValues - 10;
  const ValueIndex fits = index(most), too_long = index(most + 1);
  EXPECT_TRUE(Finds(fits, "v" + std::to_string(most - 1)));
  EXPECT_TRUE(Finds(too_long, "s9"));
  EXPECT_TRUE(Finds(too_long, "v" + std::to_string(most - 1)));
  EXPECT_FALSE(Finds(too_long, "v" + std::to_string(most)));
}

TEST(ValueIndex, ContainmentCostsTheSameForALongColumn) {
  const Schema schema = Finished({MakeTable(
      "t", {MakeColumn("a", TypeClass::kText), MakeColumn("b", TypeClass::kText), MakeColumn("c", TypeClass::kText)})});
  const ValueIndex index(
      schema, {{0, 0, Values("v", 500), true}, {0, 1, Values("v", 1'000), true}, {0, 2, Values("v", 100'000), true}});
  EXPECT_EQ(index.Containment(0, 0, 0, 1), 1);
  EXPECT_LT(index.Containment(0, 2, 0, 1), 0.1);
  const auto ask = [&](int column) {
    return SecondsOf([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(index.Containment(0, 0, 0, column), 1);
    });
  };
  EXPECT_LT(ask(2), 10 * ask(1));
}

}  // namespace
}  // namespace toomai::schema
