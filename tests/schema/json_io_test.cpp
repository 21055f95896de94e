#include "schema/json_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace toomai::schema {
namespace {

using testing::HasSubstr;

// Every field holds something other than its default.
Schema FullSchema() {
  Schema schema;
  schema.database = "shop";
  schema.server_version = 150018;
  schema.comment = "\"quotes\", 逗号, \t tab";
  schema.search_path = {"public", "sales"};
  schema.taken_at_ms = 1'800'000'000'123;
  Column column;
  column.name = "Größe";
  column.type = "numeric(12,2)";
  column.base_type = "numeric";
  column.type_class = TypeClass::kNumeric;
  column.number = 3;
  column.not_null = column.generated = column.identity = true;
  column.readable = column.can_order = false;
  column.default_expr = "0";
  column.comment = "尺寸";
  column.enum_values = {"a", ""};
  column.check_values = {"b"};
  column.stats = ColumnStats{0.1, -0.3333333333333333, {"1", "2"}, {0.5, 0.25}, "0", "99"};
  Table table;
  table.schema = "public";
  table.name = "t";
  table.oid = std::numeric_limits<std::uint32_t>::max();
  table.kind = TableKind::kPartitioned;
  table.comment = "c";
  table.view_definition = "SELECT 1";
  table.columns = {column, column};
  table.columns[1].name = "other";
  table.primary_key = {0};
  table.unique_keys = {{0, 1}, {1}};
  table.foreign_keys = {{"fk", {1}, 0, {0}}};
  table.indexes = {{"i", {1, 0}, true, true, "CREATE INDEX"}};
  table.checks = {{"ck", "CHECK (true)"}};
  table.row_estimate = 1e6 + 0.5;
  table.partition_count = 4;
  table.partition_key = "RANGE (day)";
  table.row_security = true;
  table.readable = table.on_search_path = false;
  schema.tables = {table};
  schema.functions = {{"public", "f", "integer", {"integer"}, "text", 'a', 'i', true, true, "sql", "me", "c", "hash"}};
  schema.operators = {{"public", "~~~", "text", "text", "boolean", "public.f"}};
  schema.types = {
      {"public", "mood", 'e', "", {"sad", "開心"}, {"CHECK (f(VALUE))"}, {{"x", "integer"}, {"y", "text"}}, "c"}};
  schema.casts = {{"text", "mood", "public.to_mood", 'i'}};
  schema.Finish();
  return schema;
}

TEST(SchemaJson, RoundTripIsExact) {
  Schema schema = FullSchema();
  std::string text = ToJson(schema);
  auto again = FromJson(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(ToJson(*again), text);
  EXPECT_EQ(again->fingerprint, schema.fingerprint);
  EXPECT_EQ(again->tables[0].columns[0].stats->distinct, -0.3333333333333333);
  EXPECT_EQ(again->tables[0].oid, std::numeric_limits<std::uint32_t>::max());
  EXPECT_FALSE(again->tables[0].columns[0].readable);
  EXPECT_EQ(again->functions[0].volatility, 'i');
  EXPECT_EQ(again->FindTable("public", "t"), 0);
  auto indented = FromJson(ToJson(schema, 2));
  ASSERT_TRUE(indented);
  EXPECT_EQ(ToJson(*indented), text);
  // No field is forgotten: nothing equals its default, so every field must appear.
  for (const char* field : {"null_fraction", "common_frequencies", "can_order", "check_values", "row_security",
                            "source_hash", "check_functions", "context", "left_type", "partition_key"}) {
    EXPECT_THAT(text, HasSubstr("\"" + std::string(field) + "\":"));
  }
}

TEST(SchemaJson, EmptySchema) {
  EXPECT_TRUE(FromJson("{}"));
  EXPECT_TRUE(FromJson(ToJson(Schema())));
}

TEST(SchemaJson, SaysWhereTheTextIsWrong) {
  auto problem = [](std::string_view text) {
    auto schema = FromJson(text);
    return schema ? std::string("none") : schema.error().message;
  };
  EXPECT_THAT(problem(""), HasSubstr("parse error"));
  EXPECT_THAT(problem("[]"), HasSubstr("the whole: not an object"));
  EXPECT_THAT(problem(R"({"tables": {}})"), HasSubstr("tables: not a list"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "columns": [{"name": 5}]}]})"),
              HasSubstr("tables[0].columns[0].name: not a text"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "kind": "chair"}]})"),
              HasSubstr("tables[0].kind: not a known kind"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "oid": -1}]})"), HasSubstr("tables[0].oid: not a whole number"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "oid": 4294967296}]})"), HasSubstr("oid"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "oid": 1.5}]})"), HasSubstr("oid"));
  EXPECT_THAT(problem(R"({"tables": [{}]})"), HasSubstr("tables[0].name: missing"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "primary_key": [0]}]})"), HasSubstr("primary_key: no such column"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "unique_keys": [[-1]]}]})"), HasSubstr("unique_keys"));
  EXPECT_THAT(problem(R"({"tables": [{"name": "t", "foreign_keys": [{"target_table": 1}]}]})"),
              HasSubstr("no such table"));
  EXPECT_THAT(problem(R"({"functions": [{"kind": "xy"}]})"), HasSubstr("functions[0].kind: not one character"));
  EXPECT_THAT(problem("{\"comment\": \"\xff\"}"), HasSubstr("UTF-8"));
  EXPECT_EQ(problem(R"({"tables": [], "a_field_of_the_future": {"x": [1]}})"), "none");
}

TEST(SchemaJson, DepthIsLimited) {
  auto nested = [](int depth) { return "{\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}"; };
  EXPECT_TRUE(FromJson(nested(kMaxSchemaJsonDepth)));
  EXPECT_FALSE(FromJson(nested(kMaxSchemaJsonDepth + 1)));
  EXPECT_FALSE(FromJson(std::string(5'000'000, '[')));
  EXPECT_TRUE(FromJson("{\"x\":\"" + std::string(100, '[') + "\\\"[\"}")) << "brackets in texts do not count";
}

}  // namespace
}  // namespace toomai::schema
