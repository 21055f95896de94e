#include "cache/migrations.h"

#include <array>
#include <string>

namespace toomai::cache {
namespace {

// PRAGMA application_id: "toom". A file of another program is not ours to change.
constexpr std::int64_t kApplicationId = 0x746f6f6d;

// Never edit a step that was released; add one.
constexpr std::array<const char*, 3> kSteps = {
    R"sql(
-- Every call, as it was; rows are never updated. `id` counts calls and events together: it is the place in the chain.
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, caller TEXT NOT NULL, client TEXT NOT NULL,
  database TEXT NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, sql_generated TEXT NOT NULL,
  sql_run TEXT NOT NULL, source TEXT NOT NULL, confidence REAL NOT NULL, verdict TEXT NOT NULL, rule TEXT NOT NULL,
  repairs TEXT NOT NULL, paraphrase TEXT NOT NULL, tables TEXT NOT NULL, model TEXT NOT NULL,
  prompt_version TEXT NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, cost REAL NOT NULL,
  timings TEXT NOT NULL, elapsed_ms REAL NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
  truncated INTEGER NOT NULL, error TEXT NOT NULL, fingerprint TEXT NOT NULL, schema_fingerprint TEXT NOT NULL,
  request_id TEXT NOT NULL, trace_id TEXT NOT NULL, origin TEXT NOT NULL,
  hash BLOB NOT NULL
);

-- What happened to entries later: reviews, and retention ("prune"). Chained like entries, never updated.
CREATE TABLE events (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, entry_id INTEGER NOT NULL, state TEXT NOT NULL,
  reviewer TEXT NOT NULL, note TEXT NOT NULL, corrected_sql TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX events_entry ON events(entry_id);

-- Derived from the events: the last review of each entry. Verify compares the two.
CREATE TABLE review_state (entry_id INTEGER PRIMARY KEY, state TEXT NOT NULL, event_id INTEGER NOT NULL);
CREATE INDEX review_state_state ON review_state(state, entry_id);

-- One row. `indexed`: entries up to this id are in `search` and `daily`.
CREATE TABLE head (
  one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL, hash BLOB NOT NULL, entries INTEGER NOT NULL,
  indexed INTEGER NOT NULL
);
INSERT INTO head VALUES (1, 0, zeroblob(32), 0, 0);

-- Full text; filters are words of `tags`. The text itself stays in `entries`.
CREATE VIRTUAL TABLE search USING fts5(question, sql, tags, content='', tokenize="porter unicode61 remove_diacritics 2");

-- Sums for statistics, which so survive retention.
CREATE TABLE daily (
  day TEXT NOT NULL, database TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, verdict TEXT NOT NULL,
  rule TEXT NOT NULL, caller TEXT NOT NULL, calls INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL, cost REAL NOT NULL, elapsed_ms REAL NOT NULL,
  PRIMARY KEY (day, database, kind, source, verdict, rule, caller)
) WITHOUT ROWID;

CREATE TABLE schemas (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, json TEXT NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE answers (
  key TEXT PRIMARY KEY, database TEXT NOT NULL, schema_fingerprint TEXT NOT NULL, model TEXT NOT NULL,
  prompt_version TEXT NOT NULL, json TEXT NOT NULL, at_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_used ON answers(used_ms);
)sql",
    // Schemas as they were, to tell what a change renamed.
    R"sql(
CREATE TABLE old_schemas (
  key TEXT NOT NULL, fingerprint TEXT NOT NULL, json TEXT NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (key, fingerprint)
) WITHOUT ROWID
)sql",
    // Previews of rows; review states are words of `tags`, so the index is made anew. What is in `daily` already
    // (entries up to `summed`) is not added again. `words`: what is in the index.
    R"sql(
ALTER TABLE entries ADD COLUMN preview TEXT NOT NULL DEFAULT '';
ALTER TABLE head ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
UPDATE head SET summed = indexed, indexed = 0;
INSERT INTO search(search) VALUES ('delete-all');
CREATE VIRTUAL TABLE words USING fts5vocab('search', 'instance')
)sql"};

}  // namespace

int CurrentVersion() {
  return static_cast<int>(kSteps.size());
}

Expected<void> Migrate(Connection& connection) {
  auto version = connection.QueryInt("PRAGMA user_version");
  if (!version) return Fail(version.error());
  if (*version == CurrentVersion()) return {};

  auto transaction = Transaction::Begin(connection);
  if (!transaction) return Fail(transaction.error());
  // Another process may have been quicker.
  version = connection.QueryInt("PRAGMA user_version");
  if (!version) return Fail(version.error());
  const auto application = connection.QueryInt("PRAGMA application_id");
  if (!application) return Fail(application.error());
  const auto tables = connection.QueryInt("SELECT count(*) FROM sqlite_master");
  if (!tables) return Fail(tables.error());
  if (*application != kApplicationId && (*tables > 0 || *version > 0)) {
    return Fail(ErrorCode::kInvalidArgument, connection.path() + " is the database of another program",
                "choose another file with history.store");
  }
  if (*version > CurrentVersion()) {
    return Fail(ErrorCode::kInvalidArgument,
                connection.path() + " has version " + std::to_string(*version) + "; this toomai knows version " +
                    std::to_string(CurrentVersion()),
                "use the newer toomai, or another file with history.store");
  }
  for (std::size_t step = static_cast<std::size_t>(*version); step < kSteps.size(); ++step) {
    if (auto done = connection.Exec(kSteps[step]); !done) return done;
  }
  const std::string marks = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(CurrentVersion());
  if (auto marked = connection.Exec(marks.c_str()); !marked) return marked;
  return transaction->Commit();
}

}  // namespace toomai::cache
