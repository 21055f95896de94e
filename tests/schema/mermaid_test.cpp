#include "schema/mermaid.h"

#include <gtest/gtest.h>

namespace toomai::schema {
namespace {

TEST(Mermaid, TablesColumnsAndLines) {
  Schema schema;
  schema.search_path = {"public"};
  Table people, orders;
  people.schema = orders.schema = "public";
  people.name = "people";
  orders.name = "客户 \"x\"";
  for (const char* name : {"id", "Full Name"}) people.columns.emplace_back().name = name;
  people.columns[0].type = people.columns[0].base_type = "bigint";
  people.columns[1].type = "character varying(40)";
  people.columns[1].comment = "the \"whole\"\nname";
  people.primary_key = {0};
  for (const char* name : {"buyer", "seller"}) {
    Column& column = orders.columns.emplace_back();
    column.name = name;
    column.type = "bigint";
  }
  orders.columns[0].not_null = true;
  orders.unique_keys = {{0}};
  orders.foreign_keys = {{"buyer_fk", {0}, 0, {0}}, {"seller_fk", {1}, 0, {0}}};
  schema.tables = {people, orders};
  schema.Finish();

  EXPECT_EQ(ToMermaid(schema), R"(erDiagram
  people {
    bigint id PK
    character_varying_40_ Full_Name "Full Name: the 'whole' name"
  }
  "客户 'x'" {
    bigint buyer FK, UK
    bigint seller FK
  }
  people ||--o| "客户 'x'" : "buyer"
  people |o--o{ "客户 'x'" : "seller"
)");

  MermaidOptions boxes;
  boxes.columns = false;
  boxes.tables = {schema.FindTable("", "people")};
  EXPECT_EQ(ToMermaid(schema, boxes), "erDiagram\n  people\n");
}

}  // namespace
}  // namespace toomai::schema
