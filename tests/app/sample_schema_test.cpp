// The sample databases' schemas, read from a real server and written in every form that toomai knows.
#include <gtest/gtest.h>

#include <string>

#include "app/sample_databases.h"
#include "engine/pg/connection.h"
#include "engine/pg/introspect.h"
#include "schema/ddl.h"
#include "schema/json_io.h"
#include "schema/mermaid.h"
#include "tests/support/test_cluster.h"

namespace toomai {
namespace {

using test::TestCluster;

schema::Schema Read(const std::string& url) {
  engine::DatabaseOptions options;
  options.name = "test";
  options.url = url;
  Deadline deadline = Deadline::After(std::chrono::seconds(30));
  engine::pg::ConnectSettings settings(options);
  auto connection = engine::pg::Connection::Open(deadline, settings);
  if (!connection) {
    ADD_FAILURE() << connection.error().message;
    return {};
  }
  auto read = engine::pg::Introspect(**connection, deadline);
  if (!read) {
    ADD_FAILURE() << read.error().message;
    return {};
  }
  return std::move(*read);
}

class SampleSchema : public testing::TestWithParam<std::string> {};

TEST_P(SampleSchema, OwnerAndReaderSeeTheSame) {
  auto& cluster = TestCluster::Get();
  schema::Schema reader = Read(cluster.Url(GetParam()));
  EXPECT_GE(reader.tables.size(), 6u);
  EXPECT_EQ(Read(cluster.Url(GetParam(), app::kSampleOwner)).fingerprint, reader.fingerprint);
}

TEST_P(SampleSchema, JsonGoesRound) {
  schema::Schema read = Read(TestCluster::Get().Url(GetParam()));
  std::string text = schema::ToJson(read);
  auto again = schema::FromJson(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(schema::ToJson(*again), text);
  EXPECT_EQ(again->fingerprint, read.fingerprint);
}

// psql takes the text, and what it makes looks the same.
TEST_P(SampleSchema, DdlGoesRound) {
  auto& cluster = TestCluster::Get();
  schema::Schema read = Read(cluster.Url(GetParam()));
  std::string copy_name = cluster.NewDatabase();
  std::string ddl = schema::ToDdl(read);
  cluster.Sql(copy_name, ddl);
  schema::Schema copy = Read(cluster.Url(copy_name, app::PrivatePostgres::kSuperuser));
  cluster.DropDatabase(copy_name);
  EXPECT_EQ(schema::ToDdl(copy), ddl);
  ASSERT_EQ(copy.tables.size(), read.tables.size());
  for (std::size_t i = 0; i < read.tables.size(); ++i) {
    EXPECT_EQ(copy.tables[i].name, read.tables[i].name);
    EXPECT_EQ(copy.tables[i].kind, read.tables[i].kind);
    EXPECT_EQ(copy.tables[i].columns.size(), read.tables[i].columns.size());
    EXPECT_EQ(copy.tables[i].primary_key, read.tables[i].primary_key);
    EXPECT_EQ(copy.tables[i].foreign_keys.size(), read.tables[i].foreign_keys.size());
    EXPECT_EQ(copy.tables[i].comment, read.tables[i].comment);
  }
}

TEST_P(SampleSchema, MermaidNamesEveryTable) {
  schema::Schema read = Read(TestCluster::Get().Url(GetParam()));
  std::string text = schema::ToMermaid(read);
  for (const schema::Table& table : read.tables) EXPECT_NE(text.find(table.name), std::string::npos) << table.name;
}

INSTANTIATE_TEST_SUITE_P(Samples, SampleSchema, testing::Values("ecommerce_small", "social_medium", "erp_large"));

// What makes them hard is really there.
TEST(SampleSchemas, HaveEveryKindOfThing) {
  schema::Schema social = Read(TestCluster::Get().Url("social_medium"));
  schema::Schema erp = Read(TestCluster::Get().Url("erp_large"));
  EXPECT_GE(social.FindTable("moderation", "comments"), 0);
  EXPECT_GE(social.FindTable("", "Group"), 0);
  EXPECT_EQ(social.tables.at(social.FindTable("", "popular_posts")).kind, schema::TableKind::kMaterializedView);
  const schema::Table& journal = erp.tables.at(erp.FindTable("", "journal"));
  EXPECT_EQ(journal.kind, schema::TableKind::kPartitioned);
  EXPECT_GE(journal.partition_count, 5);
  const schema::Table& counts = erp.tables.at(erp.FindTable("", "stock_counts"));
  EXPECT_EQ(counts.foreign_keys.size(), 3u);
  const schema::Table& events = social.tables.at(social.FindTable("", "events"));
  EXPECT_EQ(events.columns.at(events.FindColumn("during")).type_class, schema::TypeClass::kRange);
}

}  // namespace
}  // namespace toomai
