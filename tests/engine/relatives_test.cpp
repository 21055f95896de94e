// Rules for one table hold for the tables that share its rows: partitions at every level, INHERITS upwards and
// downwards. Each is tried by name, through the parent, and by position where the columns stand in another order.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/relatives.h"
#include "engine/result_json.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

schema::Schema Family() {
  schema::Schema schema;
  schema.inheritance = {{"public", "events", "public", "events_2026", true},
                        {"public", "events_2026", "public", "events_2026_01", true},
                        {"public", "events", "public", "events_2025", true},
                        {"public", "people", "hr", "Staff \"x\"", false}};
  return schema;
}

TEST(Relatives, WhatIsAboveAndBelowButNotBeside) {
  const FamilyTree family(Family());
  EXPECT_EQ(family.RelativesOf(Relation("public", "events_2026")),
            (std::set<Relation>{{"public", "events"}, {"public", "events_2026_01"}}));
  EXPECT_EQ(family.RelativesOf(std::string_view("events")).size(), 3u);
  EXPECT_EQ(family.RelativesOf(std::string_view("other")).size(), 0u);
  EXPECT_EQ(family.RelativesOf(std::string_view("public.*")), (std::set<Relation>{{"hr", "Staff \"x\""}}));
}

TEST(Relatives, AMaskOrDenialNamesThem) {
  validator::Policy policy;
  policy.denied_columns = {"people.ssn"};
  policy.denied_relations = {"public.events_2026_01"};
  policy = WithRelatives(policy, Family());
  EXPECT_EQ(policy.denied_columns, (std::vector<std::string>{"people.ssn", R"("hr"."Staff *x*"."ssn")"}));
  EXPECT_EQ(policy.denied_relations,
            (std::vector<std::string>{"public.events_2026_01", R"("public"."events")", R"("public"."events_2026")"}));
}

class SharedRows : public ::testing::Test {
 protected:
  void Start(std::vector<MaskRule> masks, validator::Policy policy) {
    const std::string database = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(
        database,
        "CREATE TABLE events (at date, who text, secret text, loud text GENERATED ALWAYS AS (upper(secret)) STORED)"
        " PARTITION BY RANGE (at);"
        "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"
        "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
        " PARTITION BY RANGE (at);"
        "CREATE TABLE events_2026_01 PARTITION OF events_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
        "CREATE TABLE events_2027 (secret text, who text, at date,"
        " loud text GENERATED ALWAYS AS (upper(secret)) STORED);"
        "ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
        "INSERT INTO events SELECT d::date, 'who' || i, 'qzx' || i FROM unnest(ARRAY['2025-05-05', '2026-01-05',"
        " '2027-05-05']) WITH ORDINALITY AS t(d, i);"
        "CREATE TABLE people (name text, ssn text); CREATE TABLE staff (wage int) INHERITS (people);"
        "CREATE TABLE boss (car text) INHERITS (staff); CREATE TABLE guest () INHERITS (people);"
        "INSERT INTO people SELECT 'Ann', 'qzx'; INSERT INTO staff SELECT 'Bob', 'qzx', 1;"
        "INSERT INTO boss SELECT 'Cid', 'qzx', 2, 'red'; INSERT INTO guest SELECT 'Dan', 'qzx'; ANALYZE;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO toomai_reader");
    Options options;
    options.state_directory = state_;
    options.databases = {OptionsFor(TestCluster::Get().Url(database))};
    options.databases[0].masks = std::move(masks);
    options.databases[0].policy = std::move(policy);
    auto engine = MakeEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  // Rows as JSON, or "refused: RULE".
  std::string Rows(const std::string& sql) {
    ExecuteRequest request;
    request.sql = sql;
    const auto result = engine_->Execute(Soon(), Caller(), request);
    if (!result) return "refused: " + result.error().message;
    std::string told;
    for (const auto& row : result->rows) AppendJsonRow(row, result->columns, &told);
    return told;
  }
  bool Refuses(const std::string& sql) { return Rows(sql).find("refused: ") == 0; }
  bool Leaks(const std::string& sql) {
    const std::string rows = Rows(sql);
    return rows.find("qzx") != std::string::npos || rows.find("QZX") != std::string::npos;
  }

  const test::ScratchFolder state_{"relatives"};
  std::unique_ptr<Engine> engine_;
};

TEST_F(SharedRows, AMaskFollowsTheRows) {
  Start({{"public.events.secret", "redact"}, {"public.people.ssn", "redact"}}, {});
  for (const char* table : {"events", "events_2025", "events_2026", "events_2026_01", "people", "staff", "boss",
                            "guest", "ONLY people", "ONLY staff"}) {
    const std::string name = std::string("SELECT * FROM ") + table;
    EXPECT_FALSE(Refuses(name)) << Rows(name);
    EXPECT_FALSE(Leaks(name)) << Rows(name);
  }
  EXPECT_FALSE(Leaks("SELECT loud FROM events_2026_01"));
  EXPECT_FALSE(Leaks("SELECT c FROM boss AS b(a, c)"));
  EXPECT_FALSE(Leaks("SELECT x.ssn FROM staff x JOIN guest y USING (ssn)"));
}

TEST_F(SharedRows, AMaskOfAChildHoldsForItsParent) {
  Start({{"events_2025.secret", "redact"}, {"boss.ssn", "redact"}}, {});
  EXPECT_FALSE(Leaks("SELECT secret, loud FROM events"));
  EXPECT_FALSE(Leaks("SELECT ssn FROM people"));
  EXPECT_FALSE(Leaks("SELECT ssn FROM staff"));
  EXPECT_TRUE(Leaks("SELECT ssn FROM guest")) << "beside, not above: its rows are its own";
  EXPECT_TRUE(Leaks("SELECT secret FROM events_2026_01"));
}

TEST_F(SharedRows, ColumnsInAnotherOrderAreNotReadByPosition) {
  Start({{"events.secret", "redact"}}, {});
  EXPECT_FALSE(Leaks("SELECT * FROM events_2027"));
  EXPECT_FALSE(Leaks("SELECT a FROM events_2027 AS e(a, b, c)"));
  EXPECT_FALSE(Leaks("SELECT at FROM (SELECT * FROM events_2027) AS e(at, who, secret)"));
  EXPECT_FALSE(Leaks("SELECT * FROM events_2027 UNION ALL SELECT * FROM events"));
}

TEST_F(SharedRows, ADeniedTableIsNotReachedThroughItsRelatives) {
  validator::Policy policy;
  policy.denied_relations = {"public.events", "public.staff"};
  Start({}, policy);
  for (const char* table :
       {"events", "events_2025", "events_2026", "events_2026_01", "events_2027", "staff", "boss", "people"})
    EXPECT_TRUE(Refuses(std::string("SELECT * FROM ") + table)) << table;
  EXPECT_FALSE(Refuses("SELECT * FROM guest"));
}

TEST_F(SharedRows, ADeniedPartitionClosesTheWhole) {
  validator::Policy policy;
  policy.denied_relations = {"events_2026"};
  policy.denied_columns = {"public.staff.ssn"};
  Start({}, policy);
  for (const char* sql : {"SELECT count(*) FROM events", "SELECT * FROM events_2026_01", "SELECT ssn FROM people",
                          "SELECT ssn FROM boss", "SELECT p FROM people p"})
    EXPECT_TRUE(Refuses(sql)) << sql;
  for (const char* sql : {"SELECT * FROM events_2025", "SELECT name FROM people", "SELECT ssn FROM guest"})
    EXPECT_FALSE(Refuses(sql)) << Rows(sql);
}

TEST_F(SharedRows, WhatIsDeniedIsNotOffered) {
  validator::Policy policy;
  policy.denied_relations = {"public.events"};
  policy.denied_columns = {"staff.wage", "people.ssn"};
  Start({}, policy);
  const auto schema = engine_->GetSchema(Soon(), Caller(), "");
  ASSERT_TRUE(schema) << schema.error().message;
  const auto readable = [&](const char* table, const char* column) {
    const schema::Table& found = (*schema)->tables.at((*schema)->FindTable("public", table));
    return found.readable && found.columns.at(found.FindColumn(column)).readable;
  };
  EXPECT_FALSE(readable("events", "at"));
  EXPECT_FALSE(readable("staff", "wage"));
  EXPECT_FALSE(readable("boss", "ssn"));
  EXPECT_TRUE(readable("boss", "name"));
  Question question;
  question.text = "how many events are there?";
  const auto generated = engine_->Generate(Soon(), Caller(), question);
  ASSERT_TRUE(generated) << generated.error().message;
  EXPECT_FALSE(generated->sql) << *generated->sql;
  EXPECT_EQ(generated->refusal.schema_context.find("events"), std::string::npos) << generated->refusal.schema_context;
}

TEST_F(SharedRows, ValuesOfRelativesAreNotKept) {
  Start({{"people.ssn", "redact"}}, {});
  const auto schema = engine_->GetSchema(Soon(), Caller(), "");
  ASSERT_TRUE(schema) << schema.error().message;
  for (const schema::Table& table : (*schema)->tables) {
    for (const schema::Column& column : table.columns) {
      if (column.name != "ssn" || !column.stats) continue;
      EXPECT_TRUE(column.stats->common_values.empty()) << table.name;
      EXPECT_EQ(column.stats->low + column.stats->high, "") << table.name;
    }
  }
}

}  // namespace
}  // namespace toomai::engine
