#include "engine/pg/role_probe.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "engine/pg/array_text.h"
#include "schema/schema.h"

namespace toomai::engine::pg {
namespace {

constexpr int kNamed = 10;  // of many tables: the first ones are enough to act on

// pg_catalog only, names qualified, one round trip. Membership counts even where it is not inherited: SET ROLE reaches
// it.
constexpr char kRole[] = R"sql(
SELECT current_user, current_database(), current_setting('server_version'), current_setting('server_version_num'),
  r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolconnlimit,
  current_setting('max_connections'), pg_is_in_recovery(),
  ARRAY(SELECT g.rolname FROM pg_catalog.pg_roles g WHERE NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER') AND g.rolname IN (
    'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_write_all_data', 'pg_signal_backend',
    'pg_database_owner', 'pg_maintain', 'pg_create_subscription') ORDER BY 1)::text,
  ARRAY(SELECT g.rolname FROM pg_catalog.pg_roles g WHERE NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER') AND g.rolname IN (
    'pg_monitor', 'pg_read_all_data', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_checkpoint') ORDER BY 1)::text,
  has_database_privilege(current_database(), 'CREATE'), has_database_privilege(current_database(), 'TEMP'),
  extract(epoch FROM clock_timestamp()) * 1000
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)sql";

#define TOOMAI_USER_SCHEMA(n) \
  n ".nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND " n ".nspname !~ '^pg_(toast_)?temp_'"

constexpr char kTables[] =
    "SELECT n.nspname || '.' || c.relname, c.relkind <> 'S' AND has_table_privilege(c.oid, 'SELECT'),"
    " CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE, UPDATE')"
    " ELSE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')"
    " OR has_any_column_privilege(c.oid, 'INSERT, UPDATE') END,"
    " c.relkind, pg_has_role(c.relowner, 'MEMBER')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND has_schema_privilege(n.oid, 'USAGE')"
    " AND " TOOMAI_USER_SCHEMA("n") " ORDER BY 1";

constexpr char kSchemas[] =
    "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE has_schema_privilege(n.oid, 'CREATE') "
    "AND " TOOMAI_USER_SCHEMA("n") " ORDER BY 1";

constexpr char kDefiners[] =
    "SELECT n.nspname || '.' || p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = "
    "p.pronamespace"
    " WHERE p.prosecdef AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')"
    " AND p.prorettype <> 'trigger'::regtype AND " TOOMAI_USER_SCHEMA("n") " ORDER BY 1 LIMIT 10";

constexpr char kSize[] = "SELECT count(*) FROM pg_catalog.pg_class";

#undef TOOMAI_USER_SCHEMA

Statement Reading(const char* sql, std::function<void(const RowView&)> take) {
  Statement statement;
  statement.sql = sql;
  statement.on_row = [take = std::move(take)](const RowView& row) {
    take(row);
    return RowAction::kContinue;
  };
  return statement;
}

bool IsTrue(std::string_view cell) {
  return cell == "t";
}

void TakeRole(const RowView& row, RoleReport* report) {
  report->role = row[0];
  report->database = row[1];
  report->server_version = row[2];
  report->server_version_number = std::atoi(row[3].data());
  report->superuser = IsTrue(row[4]);
  report->bypass_rls = IsTrue(row[5]);
  report->create_role = IsTrue(row[6]);
  report->create_db = IsTrue(row[7]);
  report->replication = IsTrue(row[8]);
  report->connection_limit = std::atoi(row[9].data());
  report->max_connections = std::atoi(row[10].data());
  report->in_recovery = IsTrue(row[11]);
  report->dangerous_memberships = ParseTextArray(row[12]);
  report->noted_memberships = ParseTextArray(row[13]);
  report->may_create_in_database = IsTrue(row[14]);
  report->may_make_temp = IsTrue(row[15]);
  const double ours =
      std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
  report->clock_skew_ms = std::strtod(row[16].data(), nullptr) - ours;
}

void TakeTable(const RowView& row, RoleReport* report, int* owned) {
  if (row[3] != "S") {
    ++report->tables;
    report->readable_tables += IsTrue(row[1]) ? 1 : 0;
  }
  if (IsTrue(row[4])) ++*owned;
  if (!IsTrue(row[2])) return;
  if (++report->writable_table_count <= kNamed) report->writable_tables.emplace_back(row[0]);
}

std::string Listed(const std::vector<std::string>& names, int count) {
  std::string text = Join(names, ", ");
  if (count > static_cast<int>(names.size()))
    text += " and " + std::to_string(count - static_cast<int>(names.size())) + " more";
  return text;
}

}  // namespace

Expected<RoleReport> ProbeRole(Connection& connection, const Deadline& deadline) {
  RoleReport report;
  int owned = 0;
  const auto start = std::chrono::steady_clock::now();
  if (auto pong = connection.Query(deadline, "SELECT 1"); !pong) return Fail(pong.error());
  report.latency_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();

  auto role = connection.Run(deadline, {Reading(kRole, [&](const RowView& row) { TakeRole(row, &report); })});
  if (!role) return Fail(role.error());
  std::vector<Statement> batch = {
      Reading(kTables, [&](const RowView& row) { TakeTable(row, &report, &owned); }),
      Reading(kSchemas, [&](const RowView& row) { report.creatable_schemas.emplace_back(row[0]); }),
      Reading(kDefiners, [&](const RowView& row) { report.definer_functions.emplace_back(row[0]); }),
      Reading(kSize, [&](const RowView& row) { report.catalog_relations = std::atoi(row[0].data()); })};
  if (auto done = connection.Run(deadline, batch); !done) return Fail(done.error());
  if (owned > 0 && !report.superuser)
    report.owned.push_back(std::to_string(owned) + (owned == 1 ? " table or sequence" : " tables and sequences"));
  report.tls = connection.tls();
  const std::string host = connection.host();
  report.local = host.empty() || host[0] == '/' || host == "localhost" || host.rfind("127.", 0) == 0 || host == "::1";
  return report;
}

std::vector<RoleFinding> FindingsOf(const RoleReport& r) {
  using Weight = RoleFinding::Weight;
  std::vector<RoleFinding> findings;
  const auto add = [&](bool applies, Weight weight, std::string what, std::string fix) {
    if (applies) findings.push_back({weight, std::move(what), std::move(fix)});
  };
  const std::string role = schema::QuoteIdentifier(r.role);
  const std::string alter = "ALTER ROLE " + role + " ";
  const auto danger = Weight::kDanger;
  add(r.superuser, danger, "the role is a superuser",
      "use another role: toomai doctor --sql prints the statements that make one");
  add(r.bypass_rls && !r.superuser, danger, "the role sees through row-level security", alter + "NOBYPASSRLS");
  add(r.create_role && !r.superuser, danger, "the role may create roles", alter + "NOCREATEROLE");
  add(r.replication && !r.superuser, danger, "the role may replicate the whole server", alter + "NOREPLICATION");
  add(r.create_db && !r.superuser, danger, "the role may create databases", alter + "NOCREATEDB");
  for (const std::string& group : r.dangerous_memberships) {
    add(true, danger, "the role is a member of " + group, "REVOKE " + group + " FROM " + role);
  }
  if (!r.superuser) {
    add(!r.owned.empty(), danger, "the role owns " + Join(r.owned, ", "),
        "let another role own them: ALTER TABLE … OWNER TO …");
    add(r.writable_table_count > 0, danger,
        "the role may write to " + Listed(r.writable_tables, r.writable_table_count),
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA … FROM " + role);
    add(!r.creatable_schemas.empty(), danger,
        "the role may create objects in schema " + Join(r.creatable_schemas, ", "),
        "REVOKE CREATE ON SCHEMA " + Join(r.creatable_schemas, ", ") + " FROM " + role + ", PUBLIC");
    add(r.may_create_in_database, danger, "the role may create schemas",
        "REVOKE CREATE ON DATABASE " + schema::QuoteIdentifier(r.database) + " FROM " + role + ", PUBLIC");
    add(!r.definer_functions.empty(), Weight::kWarning,
        "the role may call SECURITY DEFINER functions: " + Join(r.definer_functions, ", "),
        "REVOKE EXECUTE ON FUNCTION … FROM PUBLIC; the validator refuses them as long as they are not allowed by name");
  }
  for (const std::string& group : r.noted_memberships) {
    add(true, Weight::kWarning, "the role is a member of " + group,
        "REVOKE " + group + " FROM " + role + " unless it is meant");
  }
  add(r.tls.empty() && !r.local, Weight::kWarning, "the connection is not encrypted", "set sslmode to verify-full");
  add(std::abs(r.clock_skew_ms) > 60'000, Weight::kWarning,
      "the server's clock differs by " + std::to_string(static_cast<long long>(r.clock_skew_ms / 1000)) + " s",
      "check NTP: questions about today depend on it");
  add(r.readable_tables == 0, Weight::kWarning, "the role can read no table",
      "GRANT SELECT ON ALL TABLES IN SCHEMA … TO " + role);
  add(r.may_make_temp && !r.superuser, Weight::kNote, "the role may create temporary tables",
      "REVOKE TEMP ON DATABASE " + schema::QuoteIdentifier(r.database) + " FROM PUBLIC, if nobody needs it");
  return findings;
}

Expected<void> RefuseDangerousRole(const RoleReport& report, bool allow_dangerous_role) {
  if (allow_dangerous_role) return {};
  std::vector<std::string> dangers;
  std::string fix;
  for (const RoleFinding& finding : FindingsOf(report)) {
    if (finding.weight != RoleFinding::Weight::kDanger) continue;
    dangers.push_back(finding.what);
    if (fix.empty()) fix = finding.fix;
  }
  if (dangers.empty()) return {};
  return Fail(ErrorCode::kRejected,
              "role \"" + report.role + "\" is too powerful to be used here: " + Join(dangers, "; "),
              fix + " (`toomai doctor` prints the SQL of a safe role), or set allow_dangerous_role if you mean it");
}

std::string LeastPrivilegeSql(const RoleReport& report, const std::vector<std::string>& schemas,
                              const std::string& new_role) {
  const std::string role = schema::QuoteIdentifier(new_role), database = schema::QuoteIdentifier(report.database);
  const std::vector<std::string> names = schemas.empty() ? std::vector<std::string>{"public"} : schemas;
  std::string sql = "CREATE ROLE " + role +
                    " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS\n"
                    "  CONNECTION LIMIT 20;\n"
                    "ALTER ROLE " +
                    role +
                    " SET default_transaction_read_only = on;\n"
                    "ALTER ROLE " +
                    role +
                    " SET statement_timeout = '30s';\n"
                    "GRANT CONNECT ON DATABASE " +
                    database + " TO " + role + ";\n";
  for (const std::string& name : names) {
    const std::string schema = schema::QuoteIdentifier(name);
    sql += "GRANT USAGE ON SCHEMA " + schema + " TO " + role +
           ";\n"
           "GRANT SELECT ON ALL TABLES IN SCHEMA " +
           schema + " TO " + role +
           ";\n"
           "ALTER DEFAULT PRIVILEGES IN SCHEMA " +
           schema + " GRANT SELECT ON TABLES TO " + role + ";\n";
  }
  return sql + "-- Give it a password, in psql:  \\password " + role +
         "\n-- Before PostgreSQL 15 everybody may create tables in \"public\". To end that, for all roles:\n"
         "--   REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n";
}

}  // namespace toomai::engine::pg
