#include "engine/pg/history_tables.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace toomai::engine::pg {
namespace {

using Step = std::vector<const char*>;

// The columns have the names and the order of cache/rows.h. Never edit a step that was released; add one.
const std::array<Step, 2>& Steps() {
  static const std::array<Step, 2> kSteps = {
      Step{
          "CREATE SCHEMA IF NOT EXISTS toomai",
          // Every call, as it was; rows are never updated. `id` counts calls and events together: the place in the
          // chain.
          R"sql(CREATE TABLE toomai.entries (
        id bigint PRIMARY KEY, at_ms bigint NOT NULL, kind text NOT NULL, caller text NOT NULL, client text NOT NULL,
        database text NOT NULL, question text NOT NULL, language text NOT NULL, sql_generated text NOT NULL,
        sql_run text NOT NULL, source text NOT NULL, confidence double precision NOT NULL, verdict text NOT NULL,
        rule text NOT NULL, repairs text NOT NULL, paraphrase text NOT NULL, tables text NOT NULL, model text NOT NULL,
        prompt_version text NOT NULL, prompt_tokens bigint NOT NULL, completion_tokens bigint NOT NULL,
        cost double precision NOT NULL, timings text NOT NULL, elapsed_ms double precision NOT NULL,
        rows bigint NOT NULL, bytes bigint NOT NULL, truncated bigint NOT NULL, error text NOT NULL,
        fingerprint text NOT NULL, schema_fingerprint text NOT NULL, request_id text NOT NULL, trace_id text NOT NULL,
        origin text NOT NULL, hash bytea NOT NULL))sql",
          "CREATE INDEX entries_database ON toomai.entries (database, id)",
          "CREATE INDEX entries_caller ON toomai.entries (caller, id)",
          "CREATE INDEX entries_verdict ON toomai.entries (verdict, id)",
          "CREATE INDEX entries_at ON toomai.entries (at_ms)",
          // What happened to entries later: reviews, and retention ("prune"). Chained like entries, never updated.
          R"sql(CREATE TABLE toomai.events (
        id bigint PRIMARY KEY, at_ms bigint NOT NULL, kind text NOT NULL, entry_id bigint NOT NULL, state text NOT NULL,
        reviewer text NOT NULL, note text NOT NULL, corrected_sql text NOT NULL, hash bytea NOT NULL))sql",
          "CREATE INDEX events_entry ON toomai.events (entry_id)",
          // Derived from the events: the last review of each entry. Verify compares the two.
          "CREATE TABLE toomai.review_state (entry_id bigint PRIMARY KEY, state text NOT NULL, event_id bigint NOT "
          "NULL)",
          "CREATE INDEX review_state_state ON toomai.review_state (state, entry_id)",
          // One row, locked by whoever writes; half-empty pages keep its updates in place.
          R"sql(CREATE TABLE toomai.head (
        one int PRIMARY KEY CHECK (one = 1), id bigint NOT NULL, hash bytea NOT NULL, entries bigint NOT NULL)
        WITH (fillfactor = 50))sql",
          "INSERT INTO toomai.head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0)",
          // English stems without stop words: "how many" must be searchable. Other words are looked for as they are.
          "CREATE TEXT SEARCH DICTIONARY toomai.stem (TEMPLATE = snowball, Language = english)",
          "CREATE TEXT SEARCH CONFIGURATION toomai.words (COPY = pg_catalog.simple)",
          "ALTER TEXT SEARCH CONFIGURATION toomai.words ALTER MAPPING FOR asciiword WITH toomai.stem",
          R"sql(CREATE TABLE toomai.search (
        entry_id bigint PRIMARY KEY REFERENCES toomai.entries ON DELETE CASCADE, words tsvector NOT NULL))sql",
          "CREATE INDEX search_words ON toomai.search USING gin (words)",
          // Sums for statistics, which so survive retention.
          R"sql(CREATE TABLE toomai.daily (
        day text NOT NULL, database text NOT NULL, kind text NOT NULL, source text NOT NULL, verdict text NOT NULL,
        rule text NOT NULL, caller text NOT NULL, calls bigint NOT NULL, prompt_tokens bigint NOT NULL,
        completion_tokens bigint NOT NULL, cost double precision NOT NULL, elapsed_ms double precision NOT NULL,
        PRIMARY KEY (day, database, kind, source, verdict, rule, caller)))sql",
          "CREATE TABLE toomai.version (version int NOT NULL)",
      },
      Step{"ALTER TABLE toomai.entries ADD COLUMN preview text NOT NULL DEFAULT ''"}};
  return kSteps;
}

constexpr const char* kLock = "SELECT pg_catalog.pg_advisory_xact_lock(8386093)";  // "tom"

Expected<std::size_t> ReadVersion(Connection& connection, const Deadline& deadline) {
  // Not to_regclass(): its cache may still say "no" when another instance made the tables while we waited for the lock.
  const auto table = connection.Query(deadline,
                                      "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
                                      "c.relnamespace WHERE n.nspname = 'toomai' AND c.relname = 'version'");
  if (!table) return Fail(table.error());
  if (table->rows.empty()) return 0;
  const auto row = connection.Query(deadline, "SELECT version FROM toomai.version");
  if (!row) return Fail(row.error());
  std::size_t version = 0;
  const std::string_view text = row->at(0, 0);
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

std::vector<Statement> StatementsFrom(std::size_t version) {
  std::vector<Statement> batch;
  for (std::size_t step = version; step < Steps().size(); ++step) {
    for (const char* sql : Steps()[step]) batch.emplace_back().sql = sql;
  }
  batch.emplace_back().sql = "DELETE FROM toomai.version";
  batch.emplace_back().sql = "INSERT INTO toomai.version VALUES (" + std::to_string(Steps().size()) + ")";
  batch.emplace_back().sql = "COMMIT";
  return batch;
}

Expected<void> CheckVersion(std::size_t version) {
  if (version <= Steps().size()) return {};
  return Fail(ErrorCode::kUnavailable,
              "the history in PostgreSQL has version " + std::to_string(version) + "; this toomai knows version " +
                  std::to_string(Steps().size()),
              "use the newer toomai, or another database in history.store");
}

}  // namespace

Expected<void> MigrateHistory(Connection& connection, const Deadline& deadline) {
  auto version = ReadVersion(connection, deadline);
  if (!version) return Fail(version.error());
  if (*version == Steps().size()) return {};
  if (auto known = CheckVersion(*version); !known) return known;

  std::vector<Statement> begin(2);
  begin[0].sql = "BEGIN";
  begin[1].sql = kLock;
  if (auto begun = connection.Run(deadline, begin); !begun) return begun;
  // Another instance may have been quicker.
  version = ReadVersion(connection, deadline);
  if (!version) return Fail(version.error());
  if (auto known = CheckVersion(*version); !known) return known;
  if (*version == Steps().size()) {
    const auto ended = connection.Query(deadline, "ROLLBACK");
    return ended ? Expected<void>() : Fail(ended.error());
  }
  auto done = connection.Run(deadline, StatementsFrom(*version));
  if (!done && done.error().sqlstate == "42501") {
    return Fail(ErrorCode::kUnavailable, "the role of history.store may not make the schema \"toomai\"",
                "GRANT CREATE ON DATABASE … TO that role, or start once with a role that may");
  }
  return done;
}

}  // namespace toomai::engine::pg
