#include "schema/schema.h"

#include <gtest/gtest.h>

namespace toomai::schema {
namespace {

Table MakeTable(std::string schema, std::string name, std::vector<std::string> columns = {"id"}) {
  Table table;
  table.schema = std::move(schema);
  table.name = std::move(name);
  table.on_search_path = table.schema == "public";
  for (std::string& column : columns) {
    table.columns.emplace_back().name = std::move(column);
  }
  return table;
}

Schema MakeSchema() {
  Schema schema;
  schema.search_path = {"public"};
  schema.tables = {MakeTable("sales", "orders", {"id", "customer"}), MakeTable("public", "orders"),
                   MakeTable("sales", "customers"), MakeTable("public", "Mixed Case", {"id", "order"})};
  schema.tables[0].foreign_keys.push_back({"orders_customer_fkey", {1}, 2, {0}});
  return schema;
}

TEST(Schema, FinishSortsAndForeignKeysFollow) {
  Schema schema = MakeSchema();
  schema.Finish();
  ASSERT_EQ(schema.tables.size(), 4u);
  EXPECT_EQ(schema.tables[0].name, "Mixed Case");
  int orders = schema.FindTable("sales", "orders");
  const ForeignKey& key = schema.tables[orders].foreign_keys.at(0);
  EXPECT_EQ(key.target_table, schema.FindTable("sales", "customers"));
  std::string fingerprint = schema.fingerprint;
  schema.Finish();
  EXPECT_EQ(schema.fingerprint, fingerprint) << "a second time changes nothing";
}

TEST(Schema, FindsTables) {
  Schema schema = MakeSchema();
  schema.tables.push_back(MakeTable("attic", "customers"));
  schema.Finish();
  auto name = [&](int table) {
    return table < 0 ? "none" : schema.tables[table].schema + "." + schema.tables[table].name;
  };
  EXPECT_EQ(name(schema.FindTable("sales", "orders")), "sales.orders");
  EXPECT_EQ(name(schema.FindTable("", "orders")), "public.orders") << "the search path decides";
  EXPECT_EQ(name(schema.FindTable("", "sales.orders")), "sales.orders");
  EXPECT_EQ(name(schema.FindTable("", "customers")), "none") << "two, none on the search path";
  EXPECT_EQ(name(schema.FindTable("", "Orders")), "none");
  EXPECT_EQ(name(schema.FindTable("", "")), "none");
  EXPECT_EQ(name(schema.FindTable("nowhere", "orders")), "none");
  EXPECT_EQ(schema.tables[schema.FindTable("sales", "orders")].FindColumn("customer"), 1);
  EXPECT_EQ(schema.tables[0].FindColumn("no"), -1);
}

TEST(Schema, FingerprintKnowsStructureOnly) {
  Schema original = MakeSchema();
  original.Finish();
  auto changed = [&](auto change) {
    Schema schema = MakeSchema();
    change(schema);
    schema.Finish();
    return schema.fingerprint != original.fingerprint;
  };
  EXPECT_EQ(original.fingerprint.size(), 32u);
  EXPECT_FALSE(changed([](Schema& s) { std::swap(s.tables[1], s.tables[3]); })) << "the order of reading";
  EXPECT_FALSE(changed([](Schema& s) {
    s.database = "other";
    s.taken_at_ms = 5;
    s.tables[0].row_estimate = 17;
    s.tables[0].oid = 4711;
    s.tables[0].readable = false;
    s.tables[0].columns[0].readable = false;
    s.tables[0].columns[0].stats.emplace().distinct = 3;
  }));
  EXPECT_TRUE(changed([](Schema& s) { s.tables[0].columns[0].type = "text"; }));
  EXPECT_TRUE(changed([](Schema& s) { s.tables[0].columns[0].not_null = true; }));
  EXPECT_TRUE(changed([](Schema& s) { s.tables[0].comment = "x"; }));
  EXPECT_TRUE(changed([](Schema& s) { s.tables[0].foreign_keys[0].target_table = 1; }));
  EXPECT_TRUE(changed([](Schema& s) { s.tables[0].primary_key = {0}; }));
  EXPECT_TRUE(changed([](Schema& s) { s.functions.emplace_back().name = "f"; }));
  // The same text, cut elsewhere.
  EXPECT_NE(
      [&] {
        Schema s = MakeSchema();
        s.tables[0].columns[0].name = "ab";
        s.tables[0].columns[0].type = "c";
        s.Finish();
        return s.fingerprint;
      }(),
      [&] {
        Schema s = MakeSchema();
        s.tables[0].columns[0].name = "a";
        s.tables[0].columns[0].type = "bc";
        s.Finish();
        return s.fingerprint;
      }());
}

TEST(Schema, QuotesIdentifiersWherePostgresNeedsIt) {
  EXPECT_EQ(QuoteIdentifier("customers"), "customers");
  EXPECT_EQ(QuoteIdentifier("_a1"), "_a1");
  EXPECT_EQ(QuoteIdentifier("name"), "name") << "an unreserved keyword";
  for (const char* word :
       {"order", "user", "group", "select", "between", "left", "Name", "1a", "a b", "客户", "a$", "coalesce"}) {
    EXPECT_EQ(QuoteIdentifier(word), "\"" + std::string(word) + "\"");
  }
  EXPECT_EQ(QuoteIdentifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteIdentifier(""), "\"\"");
}

TEST(Schema, QualifiesOnlyWhereNeeded) {
  Schema schema = MakeSchema();
  schema.Finish();
  EXPECT_EQ(QualifiedName(schema, schema.FindTable("public", "orders")), "orders");
  EXPECT_EQ(QualifiedName(schema, schema.FindTable("sales", "orders")), "sales.orders");
  EXPECT_EQ(QualifiedName(schema, schema.FindTable("public", "Mixed Case")), "\"Mixed Case\"");
  const auto meant = [&](const char* name) {
    std::string all;
    for (int i = 0; i < static_cast<int>(schema.tables.size()); ++i)
      if (Means(schema, i, name)) all += (all.empty() ? "" : ", ") + QualifiedName(schema, i);
    return all;
  };
  for (const char* name : {"orders", "\"orders\"", "public.orders", "\"public\".\"orders\"", "public.\"orders\""})
    EXPECT_EQ(meant(name), "orders") << name;
  EXPECT_EQ(meant("\"sales\".\"orders\""), "sales.orders");
  EXPECT_EQ(meant("\"Mixed Case\""), "\"Mixed Case\"");
  for (const char* name : {"\"Orders\"", "\"public.orders\"", "\"orders", "\"sales\".orders.x", ""})
    EXPECT_EQ(meant(name), "") << name;
  // Both on the path: the first hides the second.
  schema.search_path = {"sales", "public"};
  for (Table& table : schema.tables) table.on_search_path = true;
  EXPECT_EQ(QualifiedName(schema, schema.FindTable("public", "orders")), "public.orders");
  EXPECT_EQ(QualifiedName(schema, schema.FindTable("sales", "orders")), "orders");
}

}  // namespace
}  // namespace toomai::schema
