// Values of columns: everything in small tables, samples of large ones, nothing of what is protected.
#include "engine/pg/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pg/introspect.h"
#include "tests/engine/pg_test_util.h"

namespace toomai::engine::pg {
namespace {

using test::TestCluster;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class PgValues : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_, R"sql(
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE small (id int, name text, mood mood, kind varchar(9) CHECK (kind IN ('a', 'b')), "Odd ""name" text, tags text[],
  ssn text, note text, never text);
INSERT INTO small SELECT i, 'name ' || i % 100, 'ok', 'a', '東京', ARRAY['x', 'y' || i % 2], '123-45', repeat('n', i), NULL
  FROM generate_series(1, 300) i;
CREATE TABLE fresh (city text); INSERT INTO fresh VALUES ('Rome'), ('Oslo'), ('Rome'), (NULL), ('');
CREATE TABLE large (code text, common text);
INSERT INTO large SELECT 'c' || i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END FROM generate_series(1, 20000) i;
CREATE TABLE many (v text); INSERT INTO many SELECT 'v' || i FROM generate_series(1, 4000) i;
CREATE TABLE parts (k text) PARTITION BY LIST (k);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('alpha', 'beta'); INSERT INTO parts VALUES ('alpha'), ('beta');
CREATE VIEW seen AS SELECT name FROM small;
ANALYZE small, large, many;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO toomai_reader;
REVOKE SELECT ON small FROM toomai_reader;
GRANT SELECT (id, name, mood, kind, "Odd ""name", tags, ssn, note, never) ON small TO toomai_reader;
)sql");
  }
  std::vector<schema::ColumnValues> Collect(const ValueOptions& options = {}) {
    connection_ = MustOpen(TestCluster::Get().Url(database_));
    auto read = Introspect(*connection_, Soon());
    EXPECT_TRUE(read);
    schema_ = std::move(*read);
    auto values = CollectValues(*connection_, Soon(), schema_, options);
    EXPECT_TRUE(values) << (values ? "" : values.error().message);
    EXPECT_EQ(connection_->Query(Soon(), "SHOW default_transaction_read_only")->at(0, 0), "off");
    return values ? *values : std::vector<schema::ColumnValues>();
  }
  const schema::ColumnValues& Of(const std::vector<schema::ColumnValues>& all, std::string_view table,
                                 std::string_view column) {
    static const schema::ColumnValues kNone;
    const int t = schema_.FindTable("public", table);
    for (const auto& values : all) {
      if (values.table == t && schema_.tables[t].columns[values.column].name == column) return values;
    }
    return kNone;
  }
  static std::string database_;
  std::unique_ptr<Connection> connection_;
  schema::Schema schema_;
};
std::string PgValues::database_;

TEST_F(PgValues, SmallTablesAreReadWhole) {
  const auto all = Collect();
  EXPECT_EQ(Of(all, "small", "name").values.size(), 100u);
  EXPECT_TRUE(Of(all, "small", "name").complete);
  EXPECT_THAT(Of(all, "small", "mood").values, ElementsAre("sad", "ok"));
  EXPECT_THAT(Of(all, "small", "kind").values, ElementsAre("a", "b"));
  EXPECT_THAT(Of(all, "small", "Odd \"name").values, ElementsAre("東京"));
  EXPECT_THAT(Of(all, "small", "tags").values, UnorderedElementsAre("x", "y0", "y1"));
  EXPECT_EQ(Of(all, "small", "note").values.size(), 200u);  // longer than max_value_bytes: prose
  EXPECT_FALSE(Of(all, "small", "note").complete);
  EXPECT_EQ(Of(all, "small", "never").table, -1);
  EXPECT_THAT(Of(all, "fresh", "city").values, UnorderedElementsAre("Rome", "Oslo", ""));  // never analyzed
  EXPECT_THAT(Of(all, "parts", "k").values, UnorderedElementsAre("alpha", "beta"));
  EXPECT_EQ(Of(all, "many", "v").values.size(), 4000u);
  EXPECT_EQ(Of(all, "seen", "name").table, -1);
}

TEST_F(PgValues, LargeTablesGiveSamplesOrAreScannedWhenAsked) {
  auto all = Collect();
  EXPECT_THAT(Of(all, "large", "common").values, UnorderedElementsAre("even", "odd"));
  EXPECT_FALSE(Of(all, "large", "common").complete);
  EXPECT_GT(Of(all, "large", "code").values.size(), 50u);
  ValueOptions scanning;
  scanning.scan = true;
  all = Collect(scanning);
  EXPECT_TRUE(Of(all, "large", "common").complete);
  EXPECT_FALSE(Of(all, "large", "code").complete);
}

TEST_F(PgValues, ProtectedColumnsAreLeftAlone) {
  ValueOptions options;
  options.allowed = [](const schema::Table&, const schema::Column& column) {
    return column.name != "ssn" && column.name != "mood";
  };
  const auto all = Collect(options);
  EXPECT_EQ(Of(all, "small", "ssn").table, -1);
  EXPECT_EQ(Of(all, "small", "mood").table, -1);
  EXPECT_EQ(Of(all, "small", "name").values.size(), 100u);
}

TEST_F(PgValues, CapsHoldAtTheLastValue) {
  ValueOptions options;
  options.max_values = 100;
  EXPECT_TRUE(Of(Collect(options), "small", "name").complete);
  options.max_values = 99;
  const auto all = Collect(options);
  EXPECT_EQ(Of(all, "small", "name").values.size(), 99u);
  EXPECT_FALSE(Of(all, "small", "name").complete);
}

TEST_F(PgValues, AColumnThatFailsIsLeftOut) {
  connection_ = MustOpen(TestCluster::Get().Url(database_));
  auto read = Introspect(*connection_, Soon());
  ASSERT_TRUE(read);
  schema_ = std::move(*read);
  TestCluster::Get().Sql(database_, "DROP TABLE fresh");  // a table that has gone since
  auto values = CollectValues(*connection_, Soon(), schema_, {});
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(Of(*values, "small", "name").values.size(), 100u);
  EXPECT_EQ(Of(*values, "fresh", "city").table, -1);
}

}  // namespace
}  // namespace toomai::engine::pg
