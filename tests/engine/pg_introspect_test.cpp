// The catalogs read into a Schema: every kind of object, seen by an owner and by a role that has only SELECT.
#include "engine/pg/introspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pg/array_text.h"
#include "engine/pg/check_values.h"
#include "schema/json_io.h"
#include "tests/engine/pg_test_util.h"

namespace toomai::engine::pg {
namespace {

using schema::TableKind;
using schema::TypeClass;
using test::TestCluster;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kObjects[] = R"sql(
CREATE SCHEMA shop; CREATE SCHEMA "Odd Schema"; CREATE SCHEMA secret;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok', '嬉しい');
CREATE DOMAIN shop.colour AS text NOT NULL CHECK (VALUE IN ('red', 'green', 'bl''ue'));
CREATE DOMAIN shop.deep AS shop.colour;
CREATE TYPE shop.point3 AS (x int, y numeric(4,1), label text);
CREATE TYPE shop.floats AS RANGE (subtype = float8);
COMMENT ON TYPE shop.mood IS 'how it feels';
CREATE TABLE shop.customer (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code varchar(12) UNIQUE,
  mood shop.mood DEFAULT 'ok', colour shop.deep,
  tier text CHECK (tier IN ('gold', 'silver') OR tier IS NULL),
  tags text[], spot shop.point3, span shop.floats, life daterange, doc jsonb, raw bytea, uid uuid, pos point,
  amount numeric(12,2), price money, ratio float4, born date, woken timestamptz, nap interval, at time, yes bool,
  double_amount numeric GENERATED ALWAYS AS (amount * 2) STORED, dropped int, "Select" int, "naïve 名" text);
ALTER TABLE shop.customer DROP COLUMN dropped;
COMMENT ON TABLE shop.customer IS '顧客';
COMMENT ON COLUMN shop.customer.code IS 'the code';
CREATE TABLE shop.orders (customer_id int, number int, parent_customer int, parent_number int, buyer int, seller int,
  note text, PRIMARY KEY (number, customer_id),
  FOREIGN KEY (customer_id) REFERENCES shop.customer,
  CONSTRAINT parent FOREIGN KEY (parent_customer, parent_number) REFERENCES shop.orders (customer_id, number),
  CONSTRAINT buyer FOREIGN KEY (buyer) REFERENCES shop.customer (id),
  CONSTRAINT seller FOREIGN KEY (seller) REFERENCES shop.customer (id),
  CONSTRAINT positive CHECK (number > 0));
CREATE UNIQUE INDEX orders_note ON shop.orders (note) WHERE note IS NOT NULL;
CREATE UNIQUE INDEX orders_pair ON shop.orders (buyer, seller) INCLUDE (note);
CREATE INDEX orders_lower ON shop.orders (lower(note), number);
CREATE TABLE "Odd Schema".orders (a int);
CREATE TABLE secret.hidden (a int);
CREATE TABLE shop.half_hidden (seen int, unseen text);
CREATE TABLE shop.events (at date NOT NULL, kind text, PRIMARY KEY (at, kind)) PARTITION BY RANGE (at);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (kind);
CREATE TABLE shop.events_2a PARTITION OF shop.events_2 FOR VALUES IN ('a');
INSERT INTO shop.events SELECT '2024-01-01'::date + i % 300, 'k' || i FROM generate_series(1, 500) i;
INSERT INTO shop.events VALUES ('2025-02-02', 'a');
CREATE VIEW shop.rich AS SELECT id, code FROM shop.customer WHERE mood = 'ok';
CREATE MATERIALIZED VIEW shop.summary AS SELECT count(*) AS n FROM shop.customer;
CREATE TABLE shop.walled (a int); ALTER TABLE shop.walled ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION shop.net_price(numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1 * (1 - $2)';
CREATE FUNCTION shop.danger() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN; END';
CREATE FUNCTION shop.mood_cat(shop.mood, shop.mood) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text || $2::text';
CREATE OPERATOR shop.|+| (LEFTARG = shop.mood, RIGHTARG = shop.mood, FUNCTION = shop.mood_cat);
CREATE FUNCTION shop.mood_to_int(shop.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1::text)';
CREATE CAST (shop.mood AS int) WITH FUNCTION shop.mood_to_int(shop.mood) AS ASSIGNMENT;
CREATE EXTENSION pg_trgm SCHEMA public;
CREATE EXTENSION pg_stat_statements SCHEMA public;
GRANT USAGE ON SCHEMA shop, "Odd Schema" TO toomai_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop, "Odd Schema" TO toomai_reader;
REVOKE SELECT ON shop.half_hidden FROM toomai_reader;
GRANT SELECT (seen) ON shop.half_hidden TO toomai_reader;
INSERT INTO shop.customer (code, colour, tier) SELECT 'c' || i, 'red', CASE WHEN i % 4 = 0 THEN 'gold' ELSE 'silver' END FROM generate_series(1, 200) i;
ANALYZE;
)sql";

class PgIntrospect : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_, kObjects);
    reader_ = Read(std::string(app::kSampleReader));
    super_ = Read(std::string(app::PrivatePostgres::kSuperuser));
  }
  static schema::Schema Read(const std::string& role, const IntrospectOptions& options = {}) {
    auto connection = MustOpen(TestCluster::Get().Url(database_, role));
    auto read = Introspect(*connection, Soon(), options);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    EXPECT_TRUE(connection->usable());
    EXPECT_EQ(connection->Query(Soon(), "SHOW search_path")->at(0, 0), "\"$user\", public");
    return read ? std::move(*read) : schema::Schema();
  }
  static const schema::Table& TableNamed(const schema::Schema& s, std::string_view schema, std::string_view name) {
    const int index = s.FindTable(schema, name);
    if (index < 0) {
      static const schema::Table kNone;
      ADD_FAILURE() << schema << "." << name << " is missing";
      return kNone;
    }
    return s.tables[index];
  }
  static const schema::Column& ColumnNamed(std::string_view name) {
    const schema::Table& table = TableNamed(reader_, "shop", "customer");
    return table.columns.at(table.FindColumn(name));
  }

  static std::string database_;
  static schema::Schema reader_, super_;
};
std::string PgIntrospect::database_;
schema::Schema PgIntrospect::reader_, PgIntrospect::super_;

TEST_F(PgIntrospect, ListsWhatTheRoleMayReadAndNothingElse) {
  std::vector<std::string> names;
  for (const auto& table : reader_.tables) names.push_back(table.schema + "." + table.name);
  EXPECT_THAT(names, ElementsAre("Odd Schema.orders", "shop.customer", "shop.events", "shop.half_hidden", "shop.orders",
                                 "shop.rich", "shop.summary", "shop.walled"));
  EXPECT_EQ(reader_.database, database_);
  EXPECT_GE(reader_.server_version, 120000);
  EXPECT_THAT(reader_.search_path, ElementsAre("public"));
  EXPECT_GE(super_.FindTable("secret", "hidden"), 0);
  EXPECT_LT(super_.FindTable("public", "pg_stat_statements"), 0);  // belongs to an extension
}

TEST_F(PgIntrospect, KindsCommentsAndDefinitions) {
  EXPECT_EQ(TableNamed(reader_, "shop", "customer").comment, "顧客");
  EXPECT_EQ(TableNamed(reader_, "shop", "rich").kind, TableKind::kView);
  EXPECT_THAT(TableNamed(reader_, "shop", "rich").view_definition, ::testing::HasSubstr("FROM shop.customer"));
  EXPECT_THAT(TableNamed(reader_, "shop", "rich").view_definition, ::testing::HasSubstr("'ok'::shop.mood"));
  EXPECT_EQ(TableNamed(reader_, "shop", "summary").kind, TableKind::kMaterializedView);
  EXPECT_TRUE(TableNamed(reader_, "shop", "walled").row_security);
  const auto& events = TableNamed(reader_, "shop", "events");
  EXPECT_EQ(events.kind, TableKind::kPartitioned);
  EXPECT_EQ(events.partition_count, 2);
  EXPECT_EQ(events.row_estimate, 501);
  EXPECT_EQ(events.partition_key, "RANGE (at)");
  EXPECT_EQ(events.primary_key.size(), 2u);
}

TEST_F(PgIntrospect, ColumnsAndTheirTypes) {
  struct Case {
    const char *column, *type, *base;
    TypeClass type_class;
    bool can_order;
  };
  for (const Case& c : {Case{"id", "integer", "int4", TypeClass::kInteger, true},
                        Case{"code", "character varying(12)", "varchar", TypeClass::kText, true},
                        Case{"mood", "shop.mood", "mood", TypeClass::kEnum, true},
                        Case{"colour", "shop.deep", "text", TypeClass::kText, true},
                        Case{"tags", "text[]", "text[]", TypeClass::kArray, true},
                        Case{"spot", "shop.point3", "point3", TypeClass::kComposite, true},
                        Case{"span", "shop.floats", "floats", TypeClass::kRange, true},
                        Case{"life", "daterange", "daterange", TypeClass::kRange, true},
                        Case{"doc", "jsonb", "jsonb", TypeClass::kJson, true},
                        Case{"raw", "bytea", "bytea", TypeClass::kBytes, true},
                        Case{"uid", "uuid", "uuid", TypeClass::kUuid, true},
                        Case{"pos", "point", "point", TypeClass::kOther, false},
                        Case{"amount", "numeric(12,2)", "numeric", TypeClass::kNumeric, true},
                        Case{"price", "money", "money", TypeClass::kMoney, true},
                        Case{"ratio", "real", "float4", TypeClass::kFloat, true},
                        Case{"born", "date", "date", TypeClass::kDate, true},
                        Case{"woken", "timestamp with time zone", "timestamptz", TypeClass::kTimestamp, true},
                        Case{"nap", "interval", "interval", TypeClass::kInterval, true},
                        Case{"at", "time without time zone", "time", TypeClass::kTime, true},
                        Case{"yes", "boolean", "bool", TypeClass::kBoolean, true}}) {
    const schema::Column& column = ColumnNamed(c.column);
    EXPECT_EQ(column.type, c.type);
    EXPECT_EQ(column.base_type, c.base) << c.column;
    EXPECT_EQ(column.type_class, c.type_class) << c.column;
    EXPECT_EQ(column.can_order, c.can_order) << c.column;
  }
  EXPECT_TRUE(ColumnNamed("id").identity);
  EXPECT_TRUE(ColumnNamed("id").not_null);
  EXPECT_TRUE(ColumnNamed("colour").not_null);  // by its domain
  EXPECT_TRUE(ColumnNamed("double_amount").generated);
  EXPECT_EQ(ColumnNamed("mood").default_expr, "'ok'::shop.mood");
  EXPECT_EQ(ColumnNamed("code").comment, "the code");
  EXPECT_THAT(ColumnNamed("mood").enum_values, ElementsAre("sad", "ok", "嬉しい"));
  EXPECT_THAT(ColumnNamed("colour").check_values, ElementsAre("red", "green", "bl'ue"));
  EXPECT_THAT(ColumnNamed("tier").check_values, ElementsAre("gold", "silver"));
  EXPECT_EQ(TableNamed(reader_, "shop", "customer").FindColumn("dropped"), -1);
  EXPECT_NE(TableNamed(reader_, "shop", "customer").FindColumn("naïve 名"), -1);
}

TEST_F(PgIntrospect, KeysAndIndexes) {
  const auto& orders = TableNamed(reader_, "shop", "orders");
  const auto at = [&](const char* name) { return orders.FindColumn(name); };
  EXPECT_THAT(orders.primary_key, ElementsAre(at("number"), at("customer_id")));
  ASSERT_EQ(orders.foreign_keys.size(), 4u);
  const int customer = reader_.FindTable("shop", "customer"), self = reader_.FindTable("shop", "orders");
  int to_customer = 0;
  for (const auto& key : orders.foreign_keys) {
    if (key.name == "parent") {
      EXPECT_EQ(key.target_table, self);
      EXPECT_THAT(key.columns, ElementsAre(at("parent_customer"), at("parent_number")));
      EXPECT_THAT(key.target_columns, ElementsAre(at("customer_id"), at("number")));
    } else {
      to_customer += key.target_table == customer;
    }
  }
  EXPECT_EQ(to_customer, 3);
  EXPECT_THAT(orders.unique_keys, ElementsAre(ElementsAre(at("buyer"), at("seller"))));
  ASSERT_EQ(orders.checks.size(), 1u);
  EXPECT_EQ(orders.checks[0].definition, "CHECK ((number > 0))");
  ASSERT_EQ(orders.indexes.size(), 4u);
  for (const auto& index : orders.indexes) {
    if (index.name == "orders_lower") {
      EXPECT_THAT(index.columns, ElementsAre(at("number")));
    }
    if (index.name == "orders_pair") {
      EXPECT_THAT(index.columns, ElementsAre(at("buyer"), at("seller")));
    }
    if (index.name == "orders_note") {
      EXPECT_TRUE(index.partial && index.unique);
    }
  }
}

TEST_F(PgIntrospect, FunctionsOperatorsTypesCasts) {
  const auto function = [&](std::string_view name) -> const schema::Function& {
    for (const auto& f : reader_.functions) {
      if (f.name == name) return f;
    }
    static const schema::Function kNone;
    ADD_FAILURE() << name;
    return kNone;
  };
  EXPECT_EQ(function("net_price").arguments, "numeric, numeric");
  EXPECT_THAT(function("net_price").argument_types, ElementsAre("numeric", "numeric"));
  EXPECT_EQ(function("net_price").return_type, "numeric");
  EXPECT_EQ(function("net_price").volatility, 's');
  EXPECT_EQ(function("net_price").source_hash.size(), 64u);
  EXPECT_TRUE(function("danger").security_definer);
  EXPECT_TRUE(function("danger").returns_set);
  EXPECT_EQ(function("danger").language, "plpgsql");
  EXPECT_THAT(function("mood_to_int").argument_types, ElementsAre("shop.mood"));
  EXPECT_EQ(function("similarity").schema, "public");  // of an extension: still something a name can reach
  const auto op =
      std::find_if(reader_.operators.begin(), reader_.operators.end(), [](const auto& o) { return o.name == "|+|"; });
  ASSERT_NE(op, reader_.operators.end());
  EXPECT_EQ(op->left_type, "shop.mood");
  EXPECT_EQ(op->function, "shop.mood_cat");
  const auto cast = std::find_if(reader_.casts.begin(), reader_.casts.end(),
                                 [](const auto& c) { return c.source_type == "shop.mood"; });
  ASSERT_NE(cast, reader_.casts.end());
  EXPECT_EQ(cast->target_type, "integer");
  EXPECT_EQ(cast->function, "shop.mood_to_int");
  EXPECT_EQ(cast->context, 'a');
  std::vector<std::string> types;
  for (const auto& type : reader_.types) {
    if (type.schema == "shop") types.push_back(type.name + ":" + type.kind);
    if (type.name == "deep") {
      EXPECT_EQ(type.base, "shop.colour");
    }
    if (type.name == "colour") {
      EXPECT_EQ(type.check_functions.size(), 1u);
    }
    if (type.name == "point3") {
      ASSERT_EQ(type.fields.size(), 3u);
      EXPECT_EQ(type.fields[1].second, "numeric(4,1)");
    }
  }
  EXPECT_THAT(types, ::testing::IsSupersetOf({"colour:d", "deep:d", "floats:r", "mood:e", "point3:c"}));
}

TEST_F(PgIntrospect, StatisticsWhereReadable) {
  const auto& tier = ColumnNamed("tier");
  ASSERT_TRUE(tier.stats);
  EXPECT_EQ(tier.stats->distinct, 2);
  EXPECT_THAT(tier.stats->common_values, ElementsAre("silver", "gold"));
  EXPECT_EQ(ColumnNamed("id").stats->low, "1");
  EXPECT_EQ(ColumnNamed("id").stats->high, "200");
}

TEST_F(PgIntrospect, ColumnGrantsAreSeen) {
  const auto& half = TableNamed(reader_, "shop", "half_hidden");
  ASSERT_EQ(half.columns.size(), 2u);
  EXPECT_TRUE(half.columns[0].readable);
  EXPECT_FALSE(half.columns[1].readable);
}

TEST_F(PgIntrospect, OwnerAndReaderSeeTheSame) {
  TestCluster::Get().Sql(
      database_, "GRANT USAGE ON SCHEMA secret TO toomai_reader; GRANT SELECT ON secret.hidden TO toomai_reader");
  const auto reader = Read(std::string(app::kSampleReader)),
             super = Read(std::string(app::PrivatePostgres::kSuperuser));
  TestCluster::Get().Sql(
      database_, "REVOKE ALL ON secret.hidden FROM toomai_reader; REVOKE ALL ON SCHEMA secret FROM toomai_reader");
  EXPECT_EQ(reader.fingerprint, super.fingerprint);
  EXPECT_EQ(reader.tables.size(), super.tables.size());
  EXPECT_FALSE(reader.fingerprint.empty());
  EXPECT_NE(reader.fingerprint, reader_.fingerprint);
}

// Not only the fingerprint: every key, comment, statistic and definition.
TEST_F(PgIntrospect, OwnerAndReaderSeeTheSameOfEverySampleDatabase) {
  for (const app::SampleDatabase& sample : app::SampleDatabases()) {
    const auto all_of = [&](std::string_view role) {
      auto connection = MustOpen(TestCluster::Get().Url(sample.name, role));
      auto read = Introspect(*connection, Soon());
      EXPECT_TRUE(read) << sample.name << ": " << (read ? "" : read.error().message);
      if (!read) return std::string();
      EXPECT_FALSE(read->tables.empty());
      read->taken_at_ms = 0;
      return schema::ToJson(*read, 1);
    };
    const std::string owner = all_of(app::kSampleOwner);
    EXPECT_EQ(owner, all_of(app::kSampleReader)) << sample.name;
    EXPECT_EQ(owner, all_of(app::PrivatePostgres::kSuperuser)) << sample.name;
  }
}

TEST_F(PgIntrospect, SchemasCanBeChosen) {
  IntrospectOptions options;
  options.schemas = {"Odd Schema", "no such one"};
  const auto read = Read(std::string(app::kSampleReader), options);
  ASSERT_EQ(read.tables.size(), 1u);
  EXPECT_EQ(read.tables[0].columns.size(), 1u);
}

TEST_F(PgIntrospect, SurvivesTablesComingAndGoing) {
  std::stop_source done;
  std::thread churn([&] {
    auto super = MustOpen(TestCluster::Get().Url(database_, app::PrivatePostgres::kSuperuser));
    while (!done.stop_requested()) {
      EXPECT_TRUE(super->Query(Soon(), "CREATE VIEW shop.fleeting AS SELECT * FROM shop.customer"));
      EXPECT_TRUE(super->Query(Soon(), "DROP VIEW shop.fleeting"));
    }
  });
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(Read(std::string(app::PrivatePostgres::kSuperuser)).FindTable("shop", "customer") >= 0, true);
  done.request_stop();
  churn.join();
}

TEST(PgArrayText, Reads) {
  EXPECT_THAT(ParseTextArray(R"({a,"b ""c"" \"d\"",NULL,"NULL","",x y})"), ElementsAre("a", "b ", "NULL", "", "x y"));
  EXPECT_THAT(ParseTextArray(R"({"b \"d\" \\","q,r"})"), ElementsAre("b \"d\" \\", "q,r"));
  EXPECT_EQ(ParseArray("{a,NULL}")[1], std::nullopt);
  EXPECT_THAT(ParseTextArray("{{1,2},{3,4}}"), ElementsAre("{1,2}", "{3,4}"));
  EXPECT_THAT(ParseTextArray("[2:3]={a,b}"), ElementsAre("a", "b"));
  EXPECT_THAT(ParseTextArray("{a,b,c}", 2), ElementsAre("a", "b"));
  for (const char* broken : {"", "{", "}", "{}", "{\"", "{a", "x}", "{\\", "{\"\\}", "{,"}) ParseArray(broken);
  EXPECT_THAT(ParseIntArray("{1,-2,33}"), ElementsAre(1, -2, 33));
  EXPECT_THAT(ParseIntArray("4 0 5"), ElementsAre(4, 0, 5));
  EXPECT_EQ(ParseTextArray(WriteTextArray({"a\"b", "c\\d", "", "e,f"})),
            (std::vector<std::string>{"a\"b", "c\\d", "", "e,f"}));
}

TEST(PgCheckValues, OnlyPlainListsCount) {
  EXPECT_THAT(ValuesOfCheck("CHECK ((status = ANY (ARRAY['a'::text, 'it''s'::text])))"), ElementsAre("a", "it's"));
  EXPECT_THAT(
      ValuesOfCheck("CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))"),
      ElementsAre("a", "b"));
  EXPECT_THAT(ValuesOfCheck("CHECK ((\"Odd\" = E'a\\\\b'::text))"), ElementsAre("a\\b"));
  EXPECT_THAT(ValuesOfCheck("CHECK (((a = 'x'::bpchar) OR (a IS NULL)))"), ElementsAre("x"));
  for (const char* other : {"CHECK ((a <> 'x'::text))", "CHECK ((a > 'x'::text))", "CHECK ((NOT (a = 'x'::text)))",
                            "CHECK ((lower(a) = 'x'::text))", "CHECK (((a = 'x'::text) OR (b = 'y'::text)))",
                            "CHECK ((a = ANY (ARRAY[1, 2])))", "CHECK ((a ~ '^x'::text))", "CHECK ((a IS NOT NULL))"}) {
    EXPECT_THAT(ValuesOfCheck(other), IsEmpty()) << other;
  }
  for (const char* broken : {"'", "E'\\", "\"", "::", "::\"", "::a("}) ValuesOfCheck(broken);
}

}  // namespace
}  // namespace toomai::engine::pg
