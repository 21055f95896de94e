#include "engine/write.h"

#include <algorithm>
#include <mutex>

#include "base/log.h"
#include "base/text.h"
#include "engine/pg/envelope.h"
#include "engine/pg/errors.h"
#include "engine/pg/pool.h"
#include "schema/catalog_view.h"

namespace toomai::engine {
namespace {

constexpr const char* kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr int kConnections = 2;  // writes are rare, and must not crowd out reading

std::string Count(std::int64_t rows) {
  return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

DatabaseOptions ForWriting(DatabaseOptions database, const WriteOptions& rules) {
  if (!rules.url.empty()) {
    database.url = rules.url;
    database.parameters.clear();
  }
  database.pool.min = 0;
  database.pool.max = kConnections;
  database.pool.overflow = 0;
  return database;
}

// How many, and what the first look like.
class Changed {
 public:
  Changed(const WriteStatement& statement, std::int64_t most) : most_(most) {
    for (const std::string& name : statement.returned) preview_.columns.push_back({name, "text", 0, false});
  }
  pg::RowAction Take(const pg::RowView& row) {
    if (++rows_ > most_) return pg::RowAction::kStop;
    if (preview_.columns.empty() || preview_.rows.size() >= kWritePreviewRows) return pg::RowAction::kContinue;
    auto& cells = preview_.rows.emplace_back();
    for (int i = 0; i < row.size(); ++i) cells.push_back(row.IsNull(i) ? Cell() : Cell(std::string(row[i])));
    return pg::RowAction::kContinue;
  }
  std::int64_t rows() const { return rows_; }
  QueryResult TakePreview() {
    preview_.truncated = rows_ > static_cast<std::int64_t>(preview_.rows.size());
    return std::move(preview_);
  }

 private:
  const std::int64_t most_;
  std::int64_t rows_ = 0;
  QueryResult preview_;
};

Expected<void> CheckCount(std::int64_t rows, const WriteRequest& request, const WriteOptions& rules) {
  if (rows > rules.max_rows) {
    return Fail(ErrorCode::kRejected, "the change would touch more than " + Count(rules.max_rows),
                "nothing was changed: choose fewer rows, or raise max_rows of this database's writes");
  }
  if (request.apply && rows != request.expected_rows) return Fail(OtherCount(rows, request.expected_rows));
  return {};
}

// Tables whose rows go or change along, because their foreign keys say so (CASCADE, SET NULL, SET DEFAULT).
pg::Statement TablesReached(const WriteStatement& statement, const WriteRequest& request,
                            std::vector<std::string>* reached) {
  const bool deleting = request.kind == WriteKind::kDelete;
  const std::string action = deleting ? "c.confdeltype" : "c.confupdtype";
  pg::Statement query;
  query.sql =
      "WITH RECURSIVE reached (oid) AS (SELECT pg_catalog.to_regclass($1)::oid UNION SELECT c.conrelid FROM "
      "pg_catalog.pg_constraint c JOIN reached r ON c.confrelid = r.oid WHERE c.contype = 'f' AND " +
      action + " IN ('c', 'n', 'd')" +
      (deleting ? ""
                : " AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.confrelid AND "
                  "a.attnum = ANY (c.confkey) AND (a.attname = ANY (pg_catalog.string_to_array($2, E'\\n')) OR "
                  "c.confrelid <> pg_catalog.to_regclass($1)::oid))") +
      ") SELECT n.nspname || '.' || t.relname FROM reached r JOIN pg_catalog.pg_class t ON t.oid = r.oid JOIN "
      "pg_catalog.pg_namespace n ON n.oid = t.relnamespace WHERE r.oid <> pg_catalog.to_regclass($1)::oid ORDER BY 1";
  query.parameters = {statement.quoted_table};
  if (!deleting) {
    std::vector<std::string> set;
    for (const auto& [column, value] : request.set) set.push_back(column);
    query.parameters.emplace_back(Join(set, "\n"));
  }
  query.on_row = [reached](const pg::RowView& row) {
    reached->emplace_back(row[0]);
    return pg::RowAction::kContinue;
  };
  return query;
}

Expected<void> CheckReach(const std::vector<std::string>& reached, const WriteRequest& request,
                          const WriteOptions& rules) {
  std::vector<std::string> others;
  for (const std::string& table : reached)
    if (std::find(rules.tables.begin(), rules.tables.end(), table) == rules.tables.end()) others.push_back(table);
  if (others.empty()) return {};
  return Fail(ErrorCode::kRejected,
              std::string(request.kind == WriteKind::kDelete ? "deleting these rows" : "changing this key") +
                  " also changes rows of " + Join(others, ", ") +
                  " (their foreign keys say so), which may not be changed",
              "nothing was changed: change those rows first where that is allowed, or leave these");
}

std::vector<pg::Statement> One(const char* sql) {
  std::vector<pg::Statement> batch(1);
  batch[0].sql = sql;
  return batch;
}

// No change without a record: first the history, then COMMIT.
Expected<void> Keep(const Deadline& deadline, cache::History& history, pg::Connection& connection,
                    const cache::HistoryEntry& entry) {
  if (const auto noted = history.Append(deadline, entry); !noted) {
    return Fail(ErrorCode::kUnavailable, "the history cannot be written, so nothing was changed",
                "operator: " + noted.error().message);
  }
  auto done = connection.Run(deadline, One("COMMIT"));
  if (done || !connection.broken()) return done;
  Error unknown(ErrorCode::kUnavailable,
                "the database went away during COMMIT: the change may or may not have been kept",
                "look at the rows before you try again");
  unknown.retryable = false;  // it may have been kept: a second try could change more
  return Fail(std::move(unknown));
}

}  // namespace

Error OtherCount(std::int64_t rows, std::int64_t announced) {
  return {ErrorCode::kRejected, "the change touches " + Count(rows) + ", not " + Count(announced),
          "nothing was changed: look at a dry run (apply: false) again"};
}

struct Writer::Target {
  Target(const WriteOptions& options, const DatabaseOptions& reading)
      : rules(options), database(ForWriting(reading, options)), pool(database), masks_(reading.masks) {}

  std::vector<MaskRule> masks() const {
    const std::lock_guard lock(mutex_);
    return masks_;
  }
  void UseMasks(std::vector<MaskRule> masks) {
    const std::lock_guard lock(mutex_);
    masks_ = std::move(masks);
  }

  const WriteOptions rules;
  const DatabaseOptions database;
  pg::Pool pool;

 private:
  mutable std::mutex mutex_;
  std::vector<MaskRule> masks_;
};

Writer::Writer(Engine& engine, const std::vector<DatabaseOptions>& databases, const std::vector<WriteOptions>& writes)
    : engine_(engine) {
  for (const WriteOptions& rules : writes) {
    for (const DatabaseOptions& database : databases) {
      if (database.name != rules.database || rules.tables.empty()) continue;
      targets_[rules.database] = std::make_unique<Target>(rules, database);
    }
  }
}

Writer::~Writer() = default;

void Writer::UseMasks(const std::vector<DatabaseOptions>& databases) {
  for (const DatabaseOptions& database : databases) {
    if (const auto target = targets_.find(database.name); target != targets_.end())
      target->second->UseMasks(database.masks);
  }
}

Expected<WriteReport> Writer::Run(const Deadline& deadline, const Caller& caller, const WriteRequest& request) {
  const bool only = request.database.empty() && targets_.size() == 1;
  const auto target = only ? targets_.begin() : targets_.find(request.database);
  if (target == targets_.end()) {
    std::vector<std::string> names;
    for (const auto& [name, one] : targets_) names.push_back(name);
    return Fail(ErrorCode::kRejected, "nothing may be changed in this database",
                "databases with writes: " + Join(names, ", "));
  }
  cache::HistoryEntry entry;
  entry.kind = "write";
  entry.source = std::string(ToString(Source::kClient));
  entry.caller = caller.name;
  entry.client = caller.client;
  entry.trace_id = caller.trace_id;
  entry.request_id = CurrentRequestId();
  entry.database = target->first;
  auto report = Change(deadline, caller, request, *target->second, &entry);
  if (report && report->applied) return report;  // written down before it was kept
  if (!report) {
    entry.verdict = entry.sql_run.empty() ? "reject" : "error";
    entry.error = std::string(ToString(report.error().code)) + ": " + report.error().message;
  }
  if (const auto noted = engine_.history().Append(deadline, entry); !noted)
    Log(Level::kError, "history", "entry not written", {{"error", noted.error().message}});
  return report;
}

Expected<Writer::Planned> Writer::Plan(const Deadline& deadline, const Caller& caller, const WriteRequest& request,
                                       const Target& target, bool refresh) {
  const auto schema = engine_.GetSchema(deadline, caller, target.rules.database, refresh);
  if (!schema) return Fail(schema.error());
  const schema::CatalogView catalog(*schema);
  auto statement = BuildWrite(request, target.rules, **schema, MaskScope(target.masks(), **schema, catalog));
  if (!statement) return Fail(statement.error());
  return Planned{std::move(*statement), (*schema)->fingerprint};
}

Expected<WriteReport> Writer::Change(const Deadline& deadline, const Caller& caller, const WriteRequest& request,
                                     Target& target, cache::HistoryEntry* entry) {
  if (request.apply && request.expected_rows < 0) {
    return Fail(ErrorCode::kInvalidArgument, "apply needs expected_rows",
                "make a dry run (apply: false) first, and give the number of rows that it announced");
  }
  auto planned = Plan(deadline, caller, request, target, false);
  // A table that is listed may be younger than our snapshot.
  if (!planned && planned.error().code == ErrorCode::kNotFound) planned = Plan(deadline, caller, request, target, true);
  if (!planned) return Fail(planned.error());
  const WriteStatement* const statement = &planned->statement;
  entry->sql_generated = entry->sql_run = statement->sql;
  entry->tables = statement->table;
  entry->schema_fingerprint = planned->fingerprint;

  auto lease = target.pool.Borrow(deadline, "write");
  if (!lease) return Fail(lease.error());
  pg::StatementScope scope;
  scope.request_id = CurrentRequestId();
  scope.role = caller.database_role.empty() ? target.rules.role : caller.database_role;
  scope.claims = caller.claims;
  if (auto claims = pg::CheckClaims(scope); !claims) return Fail(claims.error());
  auto batch = pg::OpenEnvelope(deadline, target.database.execution, scope, &**lease, kBegin);
  std::vector<std::string> reached;
  if (request.kind != WriteKind::kInsert) batch.push_back(TablesReached(*statement, request, &reached));
  Changed changed(*statement, target.rules.max_rows);
  pg::Statement& change = batch.emplace_back();
  change.sql = statement->sql;
  change.parameters = statement->parameters;
  change.stream = true;
  change.on_row = [&changed](const pg::RowView& row) { return changed.Take(row); };
  // What is checked late is checked now: a dry run must fail where the change would.
  batch.emplace_back().sql = "SET CONSTRAINTS ALL IMMEDIATE";

  // Not repeated after a failure: whoever asked decides that. A lease that goes back is rolled back.
  if (auto done = (*lease)->Run(deadline, batch); !done)
    return Fail(statement->has_secrets ? pg::WithoutData(done.error()) : done.error());
  if (auto good = CheckReach(reached, request, target.rules); !good) return Fail(good.error());
  if (auto good = CheckCount(changed.rows(), request, target.rules); !good) return Fail(good.error());
  entry->verdict = "accept";
  entry->rows = changed.rows();
  entry->origin = request.apply ? "applied" : "dry run";
  if (request.apply) {
    if (auto kept = Keep(deadline, engine_.history(), **lease, *entry); !kept) return Fail(kept.error());
  }
  WriteReport report;
  report.table = statement->table;
  report.sql = statement->sql;
  report.rows = changed.rows();
  report.along = reached;
  report.applied = request.apply;
  report.preview = changed.TakePreview();
  return report;
}

}  // namespace toomai::engine
