// The schema's text for a prompt: how much of it, for how many tables.
#include "engine/linked_context.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

std::int64_t TokensFor(int tables) {
  schema::Schema schema;
  schema.search_path = {"public"};
  for (int t = 0; t < tables; ++t) {
    schema::Table table;
    table.schema = "public";
    table.name = "thing" + std::string(1, static_cast<char>('a' + t / 26)) + static_cast<char>('a' + t % 26);
    for (const char* name : {"id", "name", "color", "weight", "height", "owner"}) {
      schema::Column column;
      column.name = name;
      column.type = column.base_type = "text";
      column.type_class = schema::TypeClass::kText;
      table.columns.push_back(std::move(column));
    }
    schema.tables.push_back(std::move(table));
  }
  schema.Finish();
  const schema::Linker linker(schema, nullptr, nullptr);
  const schema::Links links = linker.Link("name, color, weight, height and owner of the things");
  return MakeContext(schema, linker, links, nullptr, nullptr, {}).tokens;
}

TEST(LinkedContext, OfMoreThanAHundredTablesAQuarterIsSaid) {
  EXPECT_GT(TokensFor(100), 2000);
  EXPECT_LE(TokensFor(101), 101 * 6 * 10 / 4);
}

}  // namespace
}  // namespace toomai::engine
