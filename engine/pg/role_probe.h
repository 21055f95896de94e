// What the login role could do if everything above it failed. Asked once per database, before anything else runs: a
// role that can write, see through row-level security or reach the server's files is refused unless the operator
// insists.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/connection.h"

namespace toomai::engine::pg {

struct RoleReport {
  std::string role;  // current_user
  std::string database;
  std::string server_version;  // "15.18 (Debian …)"
  int server_version_number = 0;
  bool superuser = false, bypass_rls = false, create_role = false, create_db = false, replication = false;
  std::vector<std::string> dangerous_memberships;  // pg_read_server_files, pg_write_all_data, …
  std::vector<std::string> noted_memberships;      // pg_monitor, pg_read_all_data, …: worth knowing
  std::vector<std::string> writable_tables;  // "public.orders": INSERT, UPDATE, DELETE or TRUNCATE; the first ones
  int writable_table_count = 0;
  std::vector<std::string> creatable_schemas;  // CREATE on these schemas
  bool may_create_in_database = false;         // CREATE SCHEMA
  bool may_make_temp = false;                  // TEMP on the database: harmless in our transactions
  std::vector<std::string> owned;              // kinds of things the role owns: "3 tables"
  std::vector<std::string> definer_functions;  // SECURITY DEFINER functions it may call, outside extensions; the first
  int connection_limit = -1;
  int max_connections = 0;
  bool in_recovery = false;  // a hot standby: the best place to be
  std::string tls;           // "TLSv1.3"; empty: not encrypted
  bool local = false;        // over a Unix socket or loopback
  double latency_ms = 0;     // one round trip
  double clock_skew_ms = 0;  // server minus us, give or take half a round trip
  int tables = 0, readable_tables = 0, catalog_relations = 0;
};

// One finding of the probe, for people.
struct RoleFinding {
  enum class Weight { kDanger, kWarning, kNote } weight = Weight::kNote;
  std::string what;  // "the role is a superuser"
  std::string fix;   // "ALTER ROLE … NOSUPERUSER"
};

Expected<RoleReport> ProbeRole(Connection& connection, const Deadline& deadline);

// Dangers first.
std::vector<RoleFinding> FindingsOf(const RoleReport& report);
// kRejected, with every danger named, unless there is none or `allow_dangerous_role`.
Expected<void> RefuseDangerousRole(const RoleReport& report, bool allow_dangerous_role);
// The SQL that makes a role which can only read the given schemas (all of the role's when empty).
std::string LeastPrivilegeSql(const RoleReport& report, const std::vector<std::string>& schemas,
                              const std::string& new_role = "toomai_reader");

}  // namespace toomai::engine::pg
