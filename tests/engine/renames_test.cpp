#include "engine/renames.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

schema::Column Column(const std::string& name, const std::string& type) {
  schema::Column column;
  column.name = name;
  column.type = column.base_type = type;
  return column;
}

schema::Schema Shop(const std::string& table, const std::vector<schema::Column>& columns) {
  schema::Table made;
  made.schema = "public";
  made.name = table;
  made.columns = columns;
  schema::Schema shop;
  shop.tables.push_back(std::move(made));
  shop.Finish();
  return shop;
}

std::vector<std::string> Found(const schema::Schema& before, const schema::Schema& after) {
  std::vector<std::string> found;
  for (const Rename& rename : FindRenames(before, after)) found.push_back(rename.Describe());
  return found;
}

TEST(RenamesTest, AColumnIsKnownByPlaceAndType) {
  const auto before = Shop("orders", {Column("id", "int4"), Column("total", "numeric"), Column("at", "date")});
  const auto after = Shop("orders", {Column("id", "int4"), Column("amount", "numeric"), Column("at", "date")});
  EXPECT_EQ(Found(before, after),
            std::vector<std::string>{"public.orders.total is now amount (same place, same type)"});
  EXPECT_TRUE(Found(before, before).empty());
}

TEST(RenamesTest, ADroppedColumnIsNoRename) {
  const auto before = Shop("orders", {Column("id", "int4"), Column("total", "numeric")});
  const auto after = Shop("orders", {Column("id", "int4")});
  EXPECT_TRUE(Found(before, after).empty());
}

TEST(RenamesTest, ATableIsKnownByItsColumns) {
  const auto before = Shop("orders", {Column("id", "int4"), Column("total", "numeric"), Column("at", "date")});
  const auto after = Shop("purchases", {Column("id", "int4"), Column("total", "numeric"), Column("at", "date")});
  EXPECT_EQ(Found(before, after),
            std::vector<std::string>{"public.orders is now purchases (100 % of the columns are the same)"});
}

}  // namespace
}  // namespace toomai::engine
