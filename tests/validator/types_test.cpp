// Types as the catalog spells them, and what may become what without being asked.
#include "validator/types.h"

#include <gtest/gtest.h>

#include "validator/name_pattern.h"

namespace toomai::validator {
namespace {

std::string Canonical(std::string_view spelled) {
  std::string_view schema;
  bool is_array = false;
  const std::string_view name = CanonicalTypeName(spelled, &schema, &is_array);
  return std::string(schema) + "|" + std::string(name) + (is_array ? "|[]" : "|");
}

TEST(Types, SpellingsOfOneType) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"integer", "|int4|"},
      {" bigint ", "|int8|"},
      {"numeric(12,2)", "|numeric|"},
      {"character varying(40)", "|varchar|"},
      {"character varying(40)[]", "|varchar|[]"},
      {"\"char\"", "|char|"},
      {"timestamp(3) with time zone", "|timestamptz|"},
      {"timestamp(3) without time zone", "|timestamp|"},
      {"time(0) with time zone", "|timetz|"},
      {"time(0) without time zone", "|time|"},
      {"timestamp with time zone", "|timestamptz|"},
      {"interval day to second", "|interval|"},
      {"interval(3) day", "|interval|"},
      {"integer[][]", "|int4|[]"},
      {"_int4", "|int4|[]"},
      {"_nothing", "|_nothing|"},
      {"_", "|_|"},
      {"public.mood", "public|mood|"},
      {"public.mood[]", "public|mood|[]"},
      {"\"Odd Schema\".\"a.b\"", "Odd Schema|a.b|"},
      {"\"numeric(1)\"", "|numeric(1)|"},
      {"\"half", "|\"half|"},
      {"half\"", "|half\"|"},
      {"bit(3", "|bit|"},
      {"", "||"},
  };
  for (const auto& [spelled, canonical] : cases) EXPECT_EQ(Canonical(spelled), canonical) << spelled;
}

CatalogType UserType(char kind) {
  CatalogType type;
  type.schema = "public";
  type.name = "mood";
  type.kind = kind;
  return type;
}

Type Of(const CatalogType& user) {
  Type type = Type::Of(Type::Kind::kUser);
  type.user = &user;
  return type;
}

Type RowOf(const CatalogTable& table) {
  Type type = Type::Of(Type::Kind::kTableRow);
  type.table = &table;
  return type;
}

TEST(Types, Same) {
  const CatalogType mood = UserType('e');
  CatalogTable orders;
  orders.schema = "public";
  orders.name = "orders";
  EXPECT_TRUE(IsSameType("integer", Type::Builtin("int4")));
  EXPECT_TRUE(IsSameType("pg_catalog.int4", Type::Builtin("integer")));
  EXPECT_FALSE(IsSameType("public.int4", Type::Builtin("int4")));
  EXPECT_FALSE(IsSameType("integer[]", Type::Builtin("int4")));
  EXPECT_TRUE(IsSameType("integer[]", Type::Builtin("int4").AsArray()));
  EXPECT_TRUE(IsSameType("mood", Of(mood)));
  EXPECT_TRUE(IsSameType("public.mood", Of(mood)));
  EXPECT_FALSE(IsSameType("other.mood", Of(mood)));
  EXPECT_FALSE(IsSameType("moods", Of(mood)));
  EXPECT_TRUE(IsSameType("orders", RowOf(orders)));
  EXPECT_TRUE(IsSameType("public.orders", RowOf(orders)));
  EXPECT_FALSE(IsSameType("other.orders", RowOf(orders)));
  EXPECT_FALSE(IsSameType("order", RowOf(orders)));
  EXPECT_FALSE(IsSameType("integer", Type::Of(Type::Kind::kSomeBuiltin)));
}

TEST(Types, WhatAParameterMayTake) {
  const CatalogType mood = UserType('e'), short_text = UserType('d'), extension = UserType('b');
  const CatalogTable orders;
  const Type text = Type::Builtin("text"), number = Type::Builtin("int4");
  for (const std::string_view declared : {"integer", "text", "public.mood", "anyelement"}) {
    EXPECT_TRUE(MayAccept(declared, Type{})) << declared;  // nothing is known of it
    EXPECT_TRUE(MayAccept(declared, Type::Of(Type::Kind::kLiteral))) << declared;
  }
  for (const std::string_view declared : {"anyelement", "\"any\"", "record"}) {
    EXPECT_TRUE(MayAccept(declared, Of(mood))) << declared;
    EXPECT_TRUE(MayAccept(declared, number)) << declared;
  }
  EXPECT_TRUE(MayAccept("bigint", number));
  EXPECT_TRUE(MayAccept("pg_catalog.numeric", number));
  EXPECT_FALSE(MayAccept("text", number));
  EXPECT_FALSE(MayAccept("public.int4", number)) << "a user's type";
  EXPECT_TRUE(MayAccept("character varying", text));
  EXPECT_FALSE(MayAccept("text[]", text));
  EXPECT_TRUE(MayAccept("text[]", text.AsArray()));
  EXPECT_TRUE(MayAccept("integer", Type::Of(Type::Kind::kSomeBuiltin)));
  EXPECT_FALSE(MayAccept("mood", Type::Of(Type::Kind::kSomeBuiltin)));
  EXPECT_TRUE(MayAccept("mood", Of(mood)));
  EXPECT_FALSE(MayAccept("pair", Of(mood)));
  EXPECT_TRUE(MayAccept("pair", Of(short_text))) << "a domain becomes its base";
  EXPECT_FALSE(MayAccept("text", Of(mood)));
  EXPECT_TRUE(MayAccept("text", Of(short_text)));
  EXPECT_TRUE(MayAccept("text", Of(extension)));
  EXPECT_TRUE(MayAccept("orders", RowOf(orders)));
  EXPECT_FALSE(MayAccept("text", RowOf(orders)));
}

TEST(Types, TwoValuesTogether) {
  const CatalogType mood = UserType('e'), pair = UserType('c');
  const Type literal = Type::Of(Type::Kind::kLiteral), number = Type::Builtin("int4");
  const auto kind = [](const Type& left, const Type& right) { return Type::Common(left, right).kind; };
  EXPECT_EQ(kind(literal, number), Type::Kind::kBuiltin);
  EXPECT_EQ(kind(number, literal), Type::Kind::kBuiltin);
  EXPECT_EQ(kind(number, Type::Builtin("integer")), Type::Kind::kBuiltin);
  EXPECT_EQ(kind(number, Type::Builtin("text")), Type::Kind::kSomeBuiltin);
  EXPECT_EQ(kind(number, number.AsArray()), Type::Kind::kSomeBuiltin);
  EXPECT_EQ(kind(Of(mood), Of(mood)), Type::Kind::kUser);
  EXPECT_EQ(kind(Of(mood), Of(pair)), Type::Kind::kAnything);
  EXPECT_EQ(kind(number, Of(mood)), Type::Kind::kAnything);
  EXPECT_EQ(kind(Type::Row("a text"), Type::Row("a text")), Type::Kind::kNamedRow);
  EXPECT_EQ(kind(Type::Row("a text"), Type::Row("b text")), Type::Kind::kAnything);
  const CatalogTable orders, items;
  EXPECT_EQ(kind(RowOf(orders), RowOf(orders)), Type::Kind::kTableRow);
  EXPECT_EQ(kind(RowOf(orders), RowOf(items)), Type::Kind::kAnything);
  Type first = Type::Of(Type::Kind::kRelationRow), second = first;
  first.relation = 1;
  second.relation = 2;
  EXPECT_EQ(kind(first, first), Type::Kind::kRelationRow);
  EXPECT_EQ(kind(first, second), Type::Kind::kAnything);
}

TEST(Types, ElementsOfArrays) {
  const CatalogType mood = UserType('e');
  EXPECT_EQ(Type::Of(Type::Kind::kLiteral).AsArray().kind, Type::Kind::kSomeBuiltin);
  EXPECT_EQ(Of(mood).AsArray().AsElement().kind, Type::Kind::kUser);
  EXPECT_FALSE(Of(mood).AsArray().AsElement().is_array);
  EXPECT_EQ(Of(mood).AsElement().kind, Type::Kind::kAnything) << "a subscript of what is no array";
  EXPECT_EQ(Type::Builtin("jsonb").AsElement().kind, Type::Kind::kSomeBuiltin);
  EXPECT_FALSE(Type{}.AsArray().AsElement().is_array);
}

TEST(Types, ColumnsOfATableAreFoundHoweverMany) {
  for (const std::size_t count : {3u, 100u, 70000u}) {
    CatalogTable table;
    for (std::size_t i = 0; i < count; ++i) table.columns.push_back({"c" + std::to_string(i), "integer"});
    table.IndexColumns();
    EXPECT_EQ(table.FindColumn("c0"), 0);
    EXPECT_EQ(table.FindColumn("c" + std::to_string(count - 1)), static_cast<int>(count) - 1);
    EXPECT_EQ(table.FindColumn("c" + std::to_string(count)), -1);
    EXPECT_EQ(table.FindColumn(""), -1);
  }
}

TEST(Types, ColumnsOfResults) {
  std::string_view columns = "id integer, \"Total Amount\" numeric(12,2),plain, \"half";
  std::string read;
  while (!columns.empty()) {
    const NamedColumn column = TakeColumn(&columns);
    read += std::string(column.name) + "=" + std::string(column.type) + ";";
  }
  EXPECT_EQ(read, "id=integer;Total Amount=numeric(12,2);plain=;half=;");
}

}  // namespace
}  // namespace toomai::validator
