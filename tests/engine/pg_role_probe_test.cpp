// What a role could do, and which roles are refused.
#include "engine/pg/role_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/pg_test_util.h"

namespace toomai::engine::pg {
namespace {

using test::TestCluster;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PgRoleProbe : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(database_, R"sql(
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE t (a int, b text); GRANT SELECT ON t TO PUBLIC;
DROP ROLE IF EXISTS probe_plain, probe_writer, probe_rls, probe_files, probe_owner, probe_column;
CREATE ROLE probe_plain LOGIN; CREATE ROLE probe_writer LOGIN; CREATE ROLE probe_rls LOGIN BYPASSRLS;
CREATE ROLE probe_files LOGIN NOINHERIT; CREATE ROLE probe_owner LOGIN; CREATE ROLE probe_column LOGIN;
GRANT INSERT ON t TO probe_writer; GRANT pg_read_server_files TO probe_files; GRANT UPDATE (b) ON t TO probe_column;
CREATE TABLE owned (a int); ALTER TABLE owned OWNER TO probe_owner;
)sql");
  }
  static RoleReport Probe(const std::string& role) {
    auto connection = MustOpen(TestCluster::Get().Url(database_, role));
    auto report = ProbeRole(*connection, Soon());
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report ? *report : RoleReport();
  }
  static std::string Refusal(const std::string& role) {
    auto refused = RefuseDangerousRole(Probe(role), false);
    return refused ? "" : refused.error().message;
  }
  static std::string database_;
};
std::string PgRoleProbe::database_;

TEST_F(PgRoleProbe, APlainReaderIsWelcome) {
  const RoleReport report = Probe("probe_plain");
  EXPECT_TRUE(RefuseDangerousRole(report, false)) << RefuseDangerousRole(report, false).error().message;
  EXPECT_EQ(report.role, "probe_plain");
  EXPECT_EQ(report.database, database_);
  EXPECT_GE(report.server_version_number, 120000);
  EXPECT_GT(report.latency_ms, 0);
  EXPECT_LT(std::abs(report.clock_skew_ms), 2000);
  EXPECT_TRUE(report.local);
  EXPECT_EQ(report.readable_tables, 1);
  EXPECT_GT(report.catalog_relations, 300);
  EXPECT_FALSE(report.in_recovery);
}

TEST_F(PgRoleProbe, EachPowerIsNamed) {
  EXPECT_THAT(Refusal("postgres"), HasSubstr("superuser"));
  EXPECT_THAT(Refusal("probe_writer"), HasSubstr("may write to public.t"));
  EXPECT_THAT(Refusal("probe_column"), HasSubstr("may write to public.t"));
  EXPECT_THAT(Refusal("probe_rls"), HasSubstr("row-level security"));
  EXPECT_THAT(Refusal("probe_files"), HasSubstr("pg_read_server_files"));
  EXPECT_THAT(Refusal("probe_owner"), HasSubstr("owns 1 table"));
  EXPECT_TRUE(RefuseDangerousRole(Probe("postgres"), true));
}

TEST_F(PgRoleProbe, TheRoleItProposesPassesItself) {
  std::string sql = LeastPrivilegeSql(Probe("postgres"), {"public"}, "probe_proposed");
  TestCluster::Get().Sql(database_, "DROP ROLE IF EXISTS probe_proposed; " + sql);
  EXPECT_THAT(Refusal("probe_proposed"), IsEmpty());
  EXPECT_EQ(Probe("probe_proposed").readable_tables, 2);
}

}  // namespace
}  // namespace toomai::engine::pg
