#include "engine/pg/history_postgres.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/text.h"
#include "cache/entry_query.h"
#include "cache/rows.h"
#include "cache/statistics.h"
#include "cache/stored_history.h"
#include "cache/trouble.h"
#include "cache/unix_time.h"
#include "engine/pg/history_tables.h"
#include "engine/pg/pool.h"
#include "schema/words.h"

namespace toomai::engine::pg {
namespace {

using cache::HistoryEntry;
using cache::HistoryQuery;
using cache::SqlValue;
using cache::Where;

constexpr milliseconds kWriteGrace{10'000};   // for a transaction that holds the lock
constexpr milliseconds kConnectGrace{5'000};  // for the first connection and the tables

// ---- Errors: what kind of trouble it is, and nothing that looks like the caller's fault ----

Error Explain(Error error) {
  const std::string_view state = error.sqlstate;
  const std::string said = error.message;
  const auto as = [&](ErrorCode code, std::string message, std::string hint) {
    error.code = code;
    error.message = std::move(message);
    error.hint = std::move(hint);
  };
  if (state == "55P03") {
    as(ErrorCode::kUnavailable, std::string(cache::kLockedMark) + "another session keeps the history busy",
       "wait a moment and call again; see who holds the lock in pg_stat_activity");
  } else if (state == "53100") {
    as(ErrorCode::kUnavailable, std::string(cache::kFullMark) + "the server of history.store has no room: " + said,
       "free some space there; writing resumes by itself");
  } else if (state == "XX001" || state == "XX002") {
    as(ErrorCode::kInternal, std::string(cache::kCorruptMark) + "the history in PostgreSQL is damaged: " + said,
       "restore the schema toomai from a backup");
  } else if (error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kNotFound ||
             error.code == ErrorCode::kRejected) {
    as(ErrorCode::kUnavailable, "the history in PostgreSQL: " + said,
       "the role of history.store needs USAGE on the schema toomai and SELECT, INSERT, UPDATE, DELETE on its tables");
  }
  return error;
}

Expected<void> Explained(Expected<void> outcome) {
  return outcome ? outcome : Fail(Explain(outcome.error()));
}

// ---- The two stores' SQL over a session ----

std::string HexBytea(std::string_view bytes) {
  return "\\x" + HexEncode(bytes);
}

std::string ShortestText(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, static_cast<std::size_t>(end - text)};
}

Parameter ToParameter(const SqlValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, cache::SqlBytes>) {
          return HexBytea(held.bytes);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return held;
        } else if constexpr (std::is_same_v<T, double>) {
          return ShortestText(held);
        } else {
          return std::to_string(held);
        }
      },
      value);
}

// ? -> $1, $2, …: none of our statements has a ? elsewhere.
std::string Numbered(const std::string& sql) {
  std::string numbered;
  int number = 0;
  for (const char c : sql) {
    if (c == '?') {
      numbered += "$" + std::to_string(++number);
    } else {
      numbered += c;
    }
  }
  return numbered;
}

class TextRow : public cache::SqlRow {
 public:
  explicit TextRow(const RowView& row) : row_(row) {}
  std::int64_t Int(int column) const override {
    std::int64_t number = 0;
    const std::string_view text = row_[column];
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  double Real(int column) const override { return std::strtod(row_[column].data(), nullptr); }
  std::string Text(int column) const override { return std::string(row_[column]); }
  std::string Bytes(int column) const override {
    const std::string_view hex = row_[column];
    std::string bytes;
    for (std::size_t i = 2; i + 1 < hex.size(); i += 2) {
      unsigned value = 0;
      std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
      bytes += static_cast<char>(value);
    }
    return bytes;
  }

 private:
  const RowView& row_;
};

// Statements may be queued: they travel with the next one that is asked for an answer, in one round trip.
class SessionSql : public cache::Sql {
 public:
  SessionSql(Connection& connection, Deadline deadline) : connection_(connection), deadline_(std::move(deadline)) {}

  void Queue(const std::string& sql, const std::vector<SqlValue>& values = {}) {
    Statement& statement = queue_.emplace_back();
    statement.sql = Numbered(sql);
    for (const SqlValue& value : values) statement.parameters.push_back(ToParameter(value));
  }
  Expected<void> Run(const std::string& sql, const std::vector<SqlValue>& values, const OnRow& on_row) override {
    Queue(sql, values);
    queue_.back().stream = true;
    queue_.back().on_row = [&on_row](const RowView& row) {
      if (on_row) on_row(TextRow(row));
      return RowAction::kContinue;
    };
    return Send();
  }
  Expected<void> Send() {
    auto done = connection_.Run(deadline_, queue_);
    queue_.clear();
    return Explained(std::move(done));
  }

 private:
  Connection& connection_;
  const Deadline deadline_;
  std::vector<Statement> queue_;
};

// ---- Words ----

// Folded first: folding may make punctuation of what was none.
std::vector<std::string> FoldedPhrases(const std::string& text) {
  return cache::SearchedPhrases(schema::Fold(text));
}

// The text as the words that are looked for, separated by blanks.
std::string IndexedText(const std::string& text) {
  return Join(FoldedPhrases(cache::SpacedOut(text)), " ");
}

std::string TsQuery(const std::vector<std::string>& phrases, bool prefix) {
  std::string query;
  for (const std::string& phrase : phrases) {
    std::string words;
    for (const std::string& word : Split(phrase, ' ')) words += (words.empty() ? "'" : " <-> '") + word + "'";
    query += (query.empty() ? "(" : " & (") + words + (prefix ? ":*)" : ")");
  }
  return query;
}

Expected<std::vector<HistoryEntry>> SearchWords(cache::Sql& sql, const HistoryQuery& query, bool prefix,
                                                std::int64_t limit) {
  Where where;
  where.Add("f.words @@ to_tsquery('toomai.words', ?)", TsQuery(FoldedPhrases(query.text), prefix));
  cache::AddFilters(query, &where);
  if (query.oldest_first) where.Add("e.id > ?", query.after_id);
  const std::string from = std::string("FROM search f JOIN entries e ON e.id = f.entry_id ") + cache::kReviewJoins;
  return cache::SelectWhere(sql, from, where, query.oldest_first ? "e.id" : "e.id DESC", limit);
}

// ---- The writer ----

class PostgresWriter : public cache::ChainWriter {
 public:
  PostgresWriter(Pool& pool, std::string synchronous_commit)
      : pool_(pool), synchronous_commit_(std::move(synchronous_commit)) {}

  Expected<void> Begin(std::chrono::milliseconds patience) override;
  Expected<void> Commit() override;
  // A session that comes back in the middle of a transaction is rolled back by the pool.
  void Rollback() override { End(); }
  cache::Sql& sql() override { return *sql_; }
  bool current() override { return true; }
  Expected<void> Restate(const HistoryEntry&, cache::ReviewState) override { return {}; }  // the state is joined
  Expected<void> Forget(const std::vector<std::int64_t>&) override { return {}; }          // the foreign key does it
  void Shrink() override {}                                                                // autovacuum does it

 private:
  Expected<void> Insert(const HistoryEntry& entry, const std::string& hash) override;
  Expected<void> Insert(const cache::Event& event, const std::string& hash) override;
  void End() {
    sql_.reset();
    lease_ = Lease();
  }

  Pool& pool_;
  const std::string synchronous_commit_;  // "" leaves it to the server
  Lease lease_;
  std::unique_ptr<SessionSql> sql_;
};

Expected<void> PostgresWriter::Begin(std::chrono::milliseconds patience) {
  auto lease = pool_.Borrow(Deadline::After(patience + kConnectGrace), "history");
  if (!lease) return Fail(Explain(lease.error()));
  lease_ = std::move(*lease);
  sql_ = std::make_unique<SessionSql>(*lease_, Deadline::After(patience + kWriteGrace));
  sql_->Queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  sql_->Queue("SET LOCAL search_path = toomai, pg_catalog, pg_temp");
  sql_->Queue("SET LOCAL lock_timeout = " + std::to_string(patience.count()));
  // Who holds the lock and falls silent must not stop all the others.
  sql_->Queue("SET LOCAL idle_in_transaction_session_timeout = " + std::to_string(kWriteGrace.count()));
  if (!synchronous_commit_.empty()) sql_->Queue("SET LOCAL synchronous_commit = " + synchronous_commit_);
  bool found = false;
  auto locked = sql_->Run("SELECT id, hash, entries FROM head FOR UPDATE", {}, [&](const cache::SqlRow& row) {
    head_ = {row.Int(0), row.Bytes(1), row.Int(2)};
    found = true;
  });
  if (locked && !found) {
    locked =
        Fail(ErrorCode::kInternal, std::string(cache::kCorruptMark) + "the history has lost the head of its chain");
  }
  if (!locked) End();
  return locked;
}

Expected<void> PostgresWriter::Commit() {
  sql_->Queue("UPDATE head SET id = ?, hash = ?, entries = ?", {head_.id, cache::SqlBytes{head_.hash}, head_.entries});
  sql_->Queue("COMMIT");
  auto committed = sql_->Send();
  End();
  return committed;
}

template <typename Row, typename ForEach>
std::vector<SqlValue> Values(const Row& row, const std::string& hash, ForEach for_each) {
  std::vector<SqlValue> values;
  for_each(row, [&](const char*, const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, bool>) {
      values.emplace_back(std::int64_t{field});
    } else {
      values.emplace_back(field);
    }
  });
  values.emplace_back(cache::SqlBytes{hash});
  return values;
}

Expected<void> PostgresWriter::Insert(const HistoryEntry& e, const std::string& hash) {
  sql_->Queue(cache::InsertEntrySql(),
              Values(e, hash, [](const auto& row, const auto& visit) { cache::ForEachEntryField(row, visit); }));
  sql_->Queue("INSERT INTO search (entry_id, words) VALUES (?, to_tsvector('toomai.words', ?))",
              {e.id, IndexedText(e.question + " " + cache::SearchedSql(e))});
  sql_->Queue(cache::kAddToDaily, {cache::UtcDay(e.at_ms), e.database, e.kind, e.source, e.verdict, e.rule, e.caller,
                                   e.prompt_tokens, e.completion_tokens, e.cost, e.elapsed_ms});
  return {};
}

Expected<void> PostgresWriter::Insert(const cache::Event& event, const std::string& hash) {
  sql_->Queue(cache::InsertEventSql(),
              Values(event, hash, [](const auto& row, const auto& visit) { cache::ForEachEventField(row, visit); }));
  return {};
}

// ---- The backend ----

DatabaseOptions PoolOptionsFor(const cache::HistoryStoreOptions& options) {
  DatabaseOptions database;
  database.name = "history";
  database.url = options.path;
  database.pool.max = options.readers + 1;  // and the writer
  database.pool.overflow = 0;
  database.pool.connect_timeout = kConnectGrace;
  database.pool.retries = 1;
  return database;
}

class PostgresBackend : public cache::HistoryBackend {
 public:
  explicit PostgresBackend(const cache::HistoryStoreOptions& options)
      : pool_(PoolOptionsFor(options)),
        synchronous_commit_(options.synchronous == "off"    ? "off"
                            : options.synchronous == "full" ? "on"
                                                            : "") {}

  bool Exists() override { return true; }
  Expected<std::unique_ptr<cache::ChainWriter>> OpenWriter() override {
    if (auto ready = MakeReady(Deadline::After(kConnectGrace)); !ready) return Fail(ready.error());
    return std::make_unique<PostgresWriter>(pool_, synchronous_commit_);
  }
  Expected<void> Read(const Deadline& deadline, const Reader& read) override;
  Expected<std::vector<HistoryEntry>> Search(cache::Sql& sql, const HistoryQuery& query) override;
  Expected<Derived> Derive(cache::ChainWriter&, int, const std::function<bool()>&) override {
    return Derived{};
  }  // each insert brings its own
  Expected<std::int64_t> StoredBytes(cache::Sql& sql) override {
    return sql.QueryInt(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relnamespace = 'toomai'::regnamespace AND "
        "c.relkind = 'r'");
  }
  // Of the rows alone, estimated from the newest: a table does not shrink when rows go.
  Expected<std::int64_t> LiveBytes(cache::Sql& sql) override {
    return sql.QueryInt(
        "SELECT (coalesce(avg(pg_column_size(n.*)), 0) * (SELECT entries FROM head))::bigint FROM (SELECT * FROM "
        "entries ORDER BY id DESC LIMIT 1000) n");
  }

 private:
  Expected<void> MakeReady(const Deadline& deadline);

  Pool pool_;
  const std::string synchronous_commit_;
  std::atomic<bool> ready_{false};
};

Expected<void> PostgresBackend::MakeReady(const Deadline& deadline) {
  if (ready_) return {};
  auto lease = pool_.Borrow(deadline, "history");
  if (!lease) return Fail(Explain(lease.error()));
  if (auto migrated = MigrateHistory(**lease, deadline); !migrated) return Fail(Explain(migrated.error()));
  ready_ = true;
  return {};
}

Expected<void> PostgresBackend::Read(const Deadline& deadline, const Reader& read) {
  if (auto ready = MakeReady(deadline); !ready) return ready;
  auto lease = pool_.Borrow(deadline, "history");
  if (!lease) return Fail(Explain(lease.error()));
  SessionSql sql(**lease, deadline);
  sql.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  sql.Queue("SET LOCAL search_path = toomai, pg_catalog, pg_temp");
  auto done = read(sql);  // the pool ends the transaction
  // Somebody dropped the schema: it is made anew by the next call.
  if (!done && (done.error().sqlstate == "42P01" || done.error().sqlstate == "3F000")) ready_ = false;
  return done;
}

Expected<std::vector<HistoryEntry>> PostgresBackend::Search(cache::Sql& sql, const HistoryQuery& query) {
  const std::int64_t limit = std::clamp(query.limit, 1, cache::kMaxEntriesAtOnce);
  if (Trim(query.text).empty()) {
    Where where;
    cache::AddFilters(query, &where);
    if (query.oldest_first) where.Add("e.id > ?", query.after_id);
    return cache::SelectWhere(sql, std::string("FROM entries e ") + cache::kReviewJoins, where,
                              query.oldest_first ? "e.id" : "e.id DESC", limit);
  }
  if (FoldedPhrases(query.text).empty()) return std::vector<HistoryEntry>{};
  auto found = SearchWords(sql, query, false, limit);
  if (!found || !found->empty()) return found;
  // Beginnings of words when whole ones lead nowhere, on any page.
  HistoryQuery first_page = query;
  first_page.before_id = first_page.after_id = 0;
  const auto any = SearchWords(sql, first_page, false, 1);
  if (!any || !any->empty()) return found;
  return SearchWords(sql, query, true, limit);
}

}  // namespace

bool IsPostgresUrl(std::string_view store) {
  return store.starts_with("postgresql://") || store.starts_with("postgres://");
}

Expected<std::unique_ptr<cache::History>> OpenPostgresHistory(const cache::HistoryStoreOptions& options) {
  const auto keywords = ParseConnectionString(options.path);
  if (!keywords) {
    return Fail(ErrorCode::kInvalidArgument, "history.store: " + keywords.error().message, keywords.error().hint);
  }
  return cache::MakeStoredHistory(options, std::make_unique<PostgresBackend>(options));
}

}  // namespace toomai::engine::pg
