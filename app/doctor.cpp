#include "app/doctor.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <thread>

#include "app/doctor_words.h"
#include "app/formats.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/database.h"
#include "engine/pg/connect_settings.h"
#include "engine/pg/connection.h"
#include "engine/pg/introspect.h"
#include "engine/pg/role_probe.h"
#include "llm/client.h"

namespace toomai::app {
namespace {

namespace fs = std::filesystem;
using Level = Diagnosis::Level;
using Row = Diagnosis::Row;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{10'000};
constexpr double kSlowRoundTripMs = 50, kClockSkewMs = 2000;
constexpr int kOldestSupported = 130000;  // older ones get no fixes from the PostgreSQL project any more
constexpr int kManyTables = 2000;

// What was found of one part; parts are looked at side by side.
struct Findings {
  std::vector<Row> rows;
  std::string role_sql;

  explicit Findings(std::string part_in) : part(std::move(part_in)) {}
  void Add(Level level, std::string check, std::string result, std::string advice = {}) {
    rows.push_back({level, part, std::move(check), std::move(result), std::move(advice)});
  }
  std::string part;
};

std::string Rounded(double value, const char* unit) {
  char text[48];
  const double tenths = std::round(value * 10) / 10;
  std::snprintf(text, sizeof text, "%.1f %s", tenths == 0 ? 0 : tenths, unit);  // never "-0.0"
  return text;
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// ---- Configuration ----

Findings LookAtConfiguration(const LoadedConfig& config, const Problems& problems) {
  Findings found("configuration");
  for (const Problem& problem : problems) {
    found.Add(Level::kBad, "keys", problem.ToString(), "mend it; all keys: toomai config --reference");
  }
  if (problems.empty()) {
    found.Add(Level::kGood, "keys",
              config.files.empty() ? "no file; environment and defaults" : Join(config.files, ", "));
  }
  if (config.options.engine.databases.empty()) {
    found.Add(Level::kBad, "databases", "none is configured",
              "set DATABASE_URL, or list databases in a file (toomai config --example); or try: toomai demo");
  }
  for (const engine::DatabaseOptions& database : config.options.engine.databases) {
    std::vector<std::string> files = database.template_files;
    files.insert(files.end(), {database.glossary_file, database.password_file});
    for (const std::string& file : files) {
      if (!file.empty() && access(file.c_str(), R_OK) != 0) {
        found.Add(Level::kBad, "files", file + " of database " + database.name + " cannot be read",
                  "check its path and permissions");
      }
    }
  }
  return found;
}

// ---- Databases ----

void DescribeServer(const engine::DatabaseOptions& options, const engine::pg::RoleReport& report, Findings* found) {
  const bool old = report.server_version_number < kOldestSupported;
  found->Add(old ? Level::kWarning : Level::kGood, "version", "PostgreSQL " + report.server_version,
             old ? "plan an upgrade: this version gets no security fixes any more" : "");
  const bool slow = report.latency_ms > kSlowRoundTripMs;
  found->Add(slow ? Level::kWarning : Level::kGood, "latency", Rounded(report.latency_ms, "ms a round trip"),
             slow ? "run toomai nearer to the database" : "");
  const bool open = report.tls.empty() && !report.local;
  found->Add(open ? Level::kWarning : Level::kGood, "TLS",
             !report.tls.empty() ? report.tls
             : report.local      ? "none; the server is on this machine"
                                 : "none",
             open ? "set sslmode: verify-full (and sslrootcert), or at least require" : "");
  const bool skewed = std::abs(report.clock_skew_ms) > kClockSkewMs;
  found->Add(skewed ? Level::kWarning : Level::kGood, "clock", Rounded(report.clock_skew_ms / 1000, "s ahead of ours"),
             skewed ? "synchronise the clocks (NTP): \"today\" is computed on both sides" : "");
  const int wanted = options.pool.max + options.pool.overflow;
  const int allowed =
      report.connection_limit >= 0 ? std::min(report.connection_limit, report.max_connections) : report.max_connections;
  const bool tight = wanted > allowed;
  found->Add(tight ? Level::kWarning : Level::kGood, "connections",
             "up to " + std::to_string(wanted) + " of the " + std::to_string(allowed) + " allowed" +
                 (report.in_recovery ? "; a standby" : ""),
             tight ? "lower pool.max and pool.overflow, or raise the limit" : "");
}

void DescribeCatalog(const engine::pg::RoleReport& report, Findings* found) {
  const std::string counts =
      std::to_string(report.readable_tables) + " of " + std::to_string(report.tables) + " tables readable";
  if (report.readable_tables == 0) {
    found->Add(Level::kBad, "tables", counts, "grant SELECT; the SQL is below");
  } else if (report.readable_tables > kManyTables) {
    found->Add(Level::kNote, "tables", counts,
               "name the schemas that matter in `schemas`: answers get better and faster");
  } else {
    found->Add(Level::kGood, "tables", counts);
  }
}

void DescribeRole(const engine::DatabaseOptions& options, const engine::pg::RoleReport& report, Findings* found) {
  bool plain = true;
  for (const engine::pg::RoleFinding& finding : engine::pg::FindingsOf(report)) {
    using Weight = engine::pg::RoleFinding::Weight;
    Level level = finding.weight == Weight::kDanger    ? Level::kBad
                  : finding.weight == Weight::kWarning ? Level::kWarning
                                                       : Level::kNote;
    if (level == Level::kBad && options.allow_dangerous_role) level = Level::kWarning;
    plain = plain && level == Level::kNote;
    found->Add(level, "role", finding.what, finding.fix);
  }
  if (plain) found->Add(Level::kGood, "role", report.role + " can only read");
}

std::vector<std::string> SchemasIn(const schema::Schema& schema) {
  std::set<std::string> names;
  for (const schema::Table& table : schema.tables) names.insert(table.schema);
  return {names.begin(), names.end()};
}

// What statements will meet: the role they run as, where names are looked up, and whether each rule hides something.
// Returns the schemas that hold tables.
std::vector<std::string> DescribeScope(const Deadline& deadline, engine::pg::Connection& connection,
                                       const engine::DatabaseOptions& options, Findings* found) {
  if (!options.statement_role.empty()) {
    const auto taken =
        connection.Query(deadline, "SELECT pg_catalog.set_config('role', $1, true)", {options.statement_role});
    if (!taken) {
      found->Add(Level::kBad, "statement role", OneLine(taken.error().message),
                 "create the role and grant it to the login role, or correct `statement_role`");
    }
  }
  for (const std::string& schema : options.policy.search_path) {
    const auto there = connection.Query(deadline, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {schema});
    if (there && there->rows.empty()) {
      found->Add(Level::kBad, "search path", "there is no schema '" + schema + "'", "correct `policy.search_path`");
    }
  }
  const auto schema = engine::pg::Introspect(connection, deadline, {options.schemas, false});
  if (!schema) {
    found->Add(Level::kBad, "schema", OneLine(schema.error().message), schema.error().hint);
    return {};
  }
  if (schema->tables.empty() && !options.schemas.empty()) {
    found->Add(Level::kBad, "schemas", "no table that may be read in " + Join(options.schemas, ", "),
               "correct `schemas`, or grant USAGE and SELECT");
  }
  if (const auto idle = engine::IdleRules(options, *schema); !idle.empty()) {
    found->Add(Level::kWarning, "policy", "fits nothing here, so it hides nothing: " + Join(idle, ", "),
               "correct the names; toomai schema lists them");
  }
  return SchemasIn(*schema);
}

Findings LookAtDatabase(const Deadline& deadline, const engine::DatabaseOptions& options) {
  Findings found("database " + options.name);
  engine::pg::ConnectSettings settings(options);
  auto connection = engine::pg::Connection::Open(deadline, settings);
  if (!connection) {
    found.Add(Level::kBad, "reachable", OneLine(connection.error().message), connection.error().hint);
    return found;
  }
  found.Add(Level::kGood, "reachable", settings.Describe());
  const auto report = engine::pg::ProbeRole(**connection, deadline);
  if (!report) {
    found.Add(Level::kBad, "role", OneLine(report.error().message), report.error().hint);
    return found;
  }
  DescribeServer(options, *report, &found);
  DescribeRole(options, *report, &found);
  DescribeCatalog(*report, &found);
  const std::vector<std::string> schemas = DescribeScope(deadline, **connection, options, &found);
  found.role_sql = engine::pg::LeastPrivilegeSql(*report, options.schemas.empty() ? schemas : options.schemas);
  return found;
}

// ---- Models ----

llm::ClientOptions ProbeOptions(const engine::ModelOptions& model) {
  llm::EndpointOptions endpoint;
  endpoint.name = model.name;
  endpoint.base_url = model.base_url;
  endpoint.model = model.model;
  endpoint.api_key = model.api_key;
  endpoint.auth_header = model.auth_header;
  endpoint.auth_scheme = model.auth_scheme;
  endpoint.query_params = model.query_params;
  endpoint.extra_headers = model.extra_headers;
  endpoint.proxy = model.proxy;
  endpoint.ca_file = model.ca_file;
  endpoint.tls_verify = model.tls_verify;
  endpoint.retries = 0;
  llm::ClientOptions client;
  client.endpoints.push_back(std::move(endpoint));
  return client;
}

Findings LookAtModel(const Deadline& deadline, const engine::ModelOptions& model) {
  Findings found("model " + model.name);
  llm::Client client(ProbeOptions(model));
  const auto models = client.Probe(deadline, model.name);
  if (!models && models.error().code == ErrorCode::kInvalidArgument) {
    // It answers; that it lists its models is no part of what a question needs.
    found.Add(Level::kWarning, "reachable", "it does not list its models: " + OneLine(models.error().message),
              "no harm where the server has no such list (Azure, some gateways); else check base_url");
    return found;
  }
  if (!models) {
    found.Add(Level::kBad, "reachable", OneLine(models.error().message),
              models.error().hint.empty() ? "check base_url and the key" : models.error().hint);
    return found;
  }
  found.Add(Level::kGood, "reachable", model.base_url);
  const bool listed = std::find(models->begin(), models->end(), model.model) != models->end();
  if (listed || models->empty()) {
    found.Add(Level::kGood, "model", model.model);
  } else {
    const std::string nearest = NearestName(model.model, *models);
    found.Add(Level::kWarning, "model", "the server does not list '" + model.model + "'",
              nearest.empty() ? "it lists " + std::to_string(models->size()) + " others, such as " + models->front()
                              : "did you mean '" + nearest + "'?");
  }
  if (!model.tls_verify) {
    found.Add(Level::kWarning, "TLS", "the server's certificate is not checked",
              "set tls_verify: true, and ca_file for your own authority");
  }
  return found;
}

// ---- State ----

// The folder or the nearest one above it that exists: what decides whether it can be made.
fs::path NearestFolder(fs::path folder) {
  std::error_code error;
  while (!folder.empty() && !fs::is_directory(folder, error) && folder != folder.parent_path())
    folder = folder.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

Findings LookAtState(const engine::Options& options) {
  Findings found("history");
  const std::string& store = options.history.store;
  const bool in_file = store.find("://") == std::string::npos;
  const fs::path folder = store.empty() || !in_file ? fs::path(options.state_directory) : fs::path(store).parent_path();
  const fs::path nearest = NearestFolder(folder);
  if (access(nearest.c_str(), W_OK) != 0) {
    found.Add(options.history.required ? Level::kBad : Level::kWarning, "folder",
              nearest.string() + " cannot be written",
              "set state_directory or history.store to a folder that may be written");
    return found;
  }
  engine::Options without_databases = options;
  without_databases.databases.clear();
  without_databases.generation.models.clear();
  const auto engine = engine::MakeEngine(std::move(without_databases));
  if (!engine) {
    found.Add(Level::kBad, "file", OneLine(engine.error().message), engine.error().hint);
    return found;
  }
  const cache::HistoryHealth health = (*engine)->history().Health();
  const std::string place = in_file ? folder.string() : Redact(store);
  found.Add(health.writable ? Level::kGood : Level::kBad, in_file ? "file" : "server",
            health.writable
                ? std::to_string(health.entries) + " entries, " + std::to_string(health.bytes >> 10) + " KB in " + place
                : OneLine(health.state),
            health.writable ? ""
            : in_file       ? "move a damaged file away (a new one is made); free space on a full disk"
                            : "check the URL in history.store, and that its role may make the schema toomai");
  std::error_code error;
  const fs::space_info space = fs::space(nearest, error);
  const bool low = !error && space.available < (100u << 20);
  if (low)
    found.Add(Level::kWarning, "disk", std::to_string(space.available >> 20) + " MB free",
              "free some space, or set history.max_bytes");
  return found;
}

// ---- Printing ----

std::string Mark(Level level) {
  switch (level) {
    case Level::kGood:
      return Styled("ok", "32");
    case Level::kNote:
      return Styled("note", "36");
    case Level::kWarning:
      return Styled("warn", "33");
    case Level::kBad:
      return Styled("BAD", "31");
  }
  return "";
}

const char* Word(Level level) {
  switch (level) {
    case Level::kGood:
      return "good";
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kBad:
      return "bad";
  }
  return "";
}

void PrintTable(const Diagnosis& diagnosis) {
  std::size_t part_width = 0, check_width = 0;
  for (const Row& row : diagnosis.rows) {
    part_width = std::max(part_width, DisplayWidth(row.part));
    check_width = std::max(check_width, DisplayWidth(row.check));
  }
  const auto padded = [](const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, DisplayWidth(text)), ' ');
  };
  for (const Row& row : diagnosis.rows) {
    const std::string mark = Mark(row.level);
    const std::size_t mark_width = row.level == Level::kGood ? 2 : row.level == Level::kBad ? 3 : 4;
    std::printf("%s%s  %s  %s  %s\n", mark.c_str(), std::string(4 - mark_width, ' ').c_str(),
                padded(row.part, part_width).c_str(), padded(row.check, check_width).c_str(),
                TerminalSafe(row.result).c_str());
    if (!row.advice.empty()) {
      std::printf("%s-> %s\n", std::string(part_width + check_width + 10, ' ').c_str(),
                  TerminalSafe(row.advice).c_str());
    }
  }
}

void PrintJson(const Diagnosis& diagnosis) {
  nlohmann::ordered_json json;
  json["healthy"] = diagnosis.healthy();
  json["rows"] = nlohmann::ordered_json::array();
  for (const Row& row : diagnosis.rows) {
    json["rows"].push_back({{"level", Word(row.level)},
                            {"part", row.part},
                            {"check", row.check},
                            {"result", row.result},
                            {"advice", row.advice}});
  }
  json["role_sql"] = nlohmann::ordered_json::object();
  for (const auto& [database, sql] : diagnosis.role_sql) json["role_sql"][database] = sql;
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

struct Flags {
  std::string database;
  bool json = false, sql = false;
};

int Run(const Globals& globals, const Flags& flags) {
  InitLog({.level = ::toomai::Level::kError});
  const Diagnosis diagnosis = [&] {
    ProgressLine progress;
    progress.Update("looking around");
    return Diagnose(Deadline::After(2 * kPatience, StopOnSignals()), SourcesOf(globals), flags.database);
  }();
  const bool bad_role = std::any_of(diagnosis.rows.begin(), diagnosis.rows.end(), [](const Row& row) {
    return row.level == Level::kBad && (row.check == "role" || row.check == "tables");
  });
  if (flags.json) {
    PrintJson(diagnosis);
    return diagnosis.healthy() ? kDone : kFailed;
  }
  if (!flags.sql) PrintTable(diagnosis);
  for (const auto& [database, sql] : diagnosis.role_sql) {
    if (!flags.sql && !bad_role) continue;
    std::printf("%s-- A role for %s that may only read; run as a superuser or the owner:\n%s\n", flags.sql ? "" : "\n",
                database.c_str(), sql.c_str());
  }
  return diagnosis.healthy() ? kDone : kFailed;
}

}  // namespace

bool Diagnosis::healthy() const {
  return std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.level == Level::kBad; });
}

Diagnosis Diagnose(const Deadline& deadline, const ConfigSources& sources, const std::string& database) {
  Problems problems;
  const LoadedConfig config = ReadConfig(sources, &problems);
  const engine::Options& options = config.options.engine;
  std::vector<Findings> parts;
  parts.push_back(LookAtConfiguration(config, problems));
  const std::size_t first_database = parts.size();
  std::vector<const engine::DatabaseOptions*> databases;
  for (const engine::DatabaseOptions& one : options.databases) {
    if (database.empty() || one.name == database) databases.push_back(&one);
  }
  if (!database.empty() && databases.empty()) {
    parts[0].Add(Level::kBad, "databases", "there is no database '" + database + "'", "see: toomai config");
  }
  for (const auto* one : databases) parts.emplace_back("database " + one->name);
  const std::size_t first_model = parts.size();
  for (const engine::ModelOptions& one : options.generation.models) parts.emplace_back("model " + one.name);
  parts.push_back(LookAtState(options));

  const mcp::TemplateToolPlan tools = PlannedTools(config.options);
  // A server that does not answer costs its whole patience, so all are asked at once.
  const Deadline patience = deadline.Within(kPatience);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < databases.size(); ++i) {
      threads.emplace_back([&, i] {
        Findings& part = parts[first_database + i];
        part = LookAtDatabase(patience, *databases[i]);
        for (Row& row : LookAtWords(patience, config.options, *databases[i], tools)) {
          row.part = part.part;
          part.rows.push_back(std::move(row));
        }
      });
    }
    for (std::size_t i = 0; i < options.generation.models.size(); ++i) {
      threads.emplace_back([&, i] { parts[first_model + i] = LookAtModel(patience, options.generation.models[i]); });
    }
  }
  Diagnosis diagnosis;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    diagnosis.rows.insert(diagnosis.rows.end(), parts[i].rows.begin(), parts[i].rows.end());
    const bool is_database = i >= first_database && i < first_model;
    if (is_database && !parts[i].role_sql.empty()) {
      diagnosis.role_sql.emplace_back(databases[i - first_database]->name, parts[i].role_sql);
    }
  }
  return diagnosis;
}

void DefineDoctorCommand(CLI::App* command, const Globals& globals, int* status) {
  command->footer(
      "Exit status 1 when something is bad.  toomai doctor --sql prints the SQL of a role that may only read.");
  auto flags = std::make_shared<Flags>();
  command->add_option("-d,--db", flags->database, "only this database");
  command->add_flag("--json", flags->json, "as JSON");
  command->add_flag("--sql", flags->sql, "only the SQL of a least-privilege role for each database");
  command->callback([&globals, flags, status] { *status = Run(globals, *flags); });
}

}  // namespace toomai::app
