#include "cache/history_sqlite.h"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/text.h"
#include "cache/group_commit.h"
#include "cache/history_json.h"
#include "cache/jsonl_log.h"
#include "cache/retention.h"
#include "cache/rows.h"
#include "cache/search_index.h"
#include "cache/statistics.h"

namespace toomai::cache {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxText = 256 * 1024;  // of one field
constexpr int kIndexAtOnce = 64;              // a few milliseconds, during which writers wait
constexpr int kIndexMost = 512;               // while far behind
constexpr milliseconds kIndexDelay{100};      // after an entry; entries that come together are indexed together
constexpr milliseconds kLeastPatience{500};
constexpr milliseconds kRetryDelay{1000};  // after the file could not be written
constexpr milliseconds kRetentionEvery{600'000};

// ---- What is written: bounded, valid, and without secrets ----

std::string Safe(const std::string& text) {
  return Redact(CleanUtf8(Ellipsis(text, kMaxText)));
}

// In prose, numbers and quoted words are the values.
std::string HideValues(const std::string& text) {
  return RedactSqlLiterals(text);
}

// The rules of repairs stay, what they changed goes.
std::string HideRepairs(const std::string& repairs) {
  const auto json = nlohmann::json::parse(repairs, nullptr, false);
  auto hidden = nlohmann::json::array();
  if (json.is_array()) {
    for (const auto& repair : json) {
      if (repair.is_object() && repair.contains("rule")) hidden.push_back({{"rule", repair["rule"]}});
    }
  }
  return repairs.empty() ? repairs : hidden.dump();
}

HistoryEntry Cleaned(const HistoryEntry& entry, bool redact_literals) {
  HistoryEntry clean = entry;
  for (std::string HistoryEntry::*field : {&HistoryEntry::kind,          &HistoryEntry::caller,
                                           &HistoryEntry::client,        &HistoryEntry::database,
                                           &HistoryEntry::question,      &HistoryEntry::language,
                                           &HistoryEntry::sql_generated, &HistoryEntry::sql_run,
                                           &HistoryEntry::source,        &HistoryEntry::verdict,
                                           &HistoryEntry::rule,          &HistoryEntry::repairs,
                                           &HistoryEntry::paraphrase,    &HistoryEntry::tables,
                                           &HistoryEntry::model,         &HistoryEntry::prompt_version,
                                           &HistoryEntry::timings,       &HistoryEntry::error,
                                           &HistoryEntry::fingerprint,   &HistoryEntry::schema_fingerprint,
                                           &HistoryEntry::request_id,    &HistoryEntry::trace_id,
                                           &HistoryEntry::origin}) {
    clean.*field = Safe(entry.*field);
  }
  // Mostly the two are the same.
  clean.sql_generated = entry.sql_generated == entry.sql_run ? clean.sql_run : Safe(entry.sql_generated);
  if (redact_literals) {
    for (std::string HistoryEntry::*field : {&HistoryEntry::question, &HistoryEntry::sql_generated,
                                             &HistoryEntry::sql_run, &HistoryEntry::paraphrase, &HistoryEntry::error}) {
      clean.*field = HideValues(clean.*field);
    }
    clean.repairs = HideRepairs(clean.repairs);
  }
  if (clean.at_ms == 0) clean.at_ms = UnixMs();
  clean.id = 0;
  clean.chain_hash.clear();
  clean.state = ReviewState::kNew;
  clean.reviewer.clear(), clean.note.clear(), clean.corrected_sql.clear(), clean.reviewed_at_ms = 0;
  return clean;
}

Error NoSuchEntry(std::int64_t id) {
  return {ErrorCode::kNotFound, "there is no history entry " + std::to_string(id), "see: toomai history list"};
}

Expected<HistoryEntry> SelectOne(Connection& connection, std::int64_t id) {
  auto select = connection.Prepare(std::string(kSelectEntry) + "WHERE e.id = ?");
  if (!select) return Fail(select.error());
  const auto row = select->Bind(id).Step();
  if (!row) return Fail(row.error());
  if (!*row) return Fail(NoSuchEntry(id));
  return ReadEntry(*select);
}

// ---- The store ----

class SqliteHistory : public History {
 public:
  explicit SqliteHistory(const HistoryStoreOptions& options)
      : options_(options),
        file_{options.path, options.synchronous, options.lock_timeout},
        group_(file_, options.queue),
        readers_(file_, options.readers),
        jsonl_(options.jsonl_file, options.jsonl_max_bytes, options.jsonl_max_files) {}

  ~SqliteHistory() override;

  Expected<std::int64_t> Append(const Deadline& deadline, const HistoryEntry& entry) override;
  Expected<std::vector<HistoryEntry>> Search(const Deadline& deadline, const HistoryQuery& query) override;
  Expected<HistoryEntry> Get(std::int64_t id) override;
  Expected<HistoryEntry> SetReview(const Deadline& deadline, std::int64_t id, const Review& review) override;
  Expected<std::vector<HistoryEntry>> Approved(const std::string& database) override;
  std::int64_t ReviewVersion() const override;
  Expected<VerifyReport> Verify(const Deadline& deadline) override;
  Expected<std::string> HashAt(std::int64_t id) override;
  HistoryHealth Health() override;
  Expected<std::string> Statistics(const HistoryQuery& query) override;

 private:
  // Runs `read` on a connection; a file that does not exist reads as `nothing`.
  template <typename T, typename Read>
  Expected<T> WithReader(const Deadline& deadline, T nothing, Read read) const;

  void NoteAppended();
  void Maintain();
  void Prune();

  const HistoryStoreOptions options_;
  const StateFileOptions file_;
  GroupCommit group_;
  mutable ReaderPool readers_;
  JsonlLog jsonl_;

  Mutex mutex_;
  CondVar work_;
  bool ending_ TOOMAI_GUARDED_BY(mutex_) = false;
  bool sleeping_ TOOMAI_GUARDED_BY(mutex_) = false;
  std::int64_t unindexed_ TOOMAI_GUARDED_BY(mutex_) = 0;
  std::thread maintenance_ TOOMAI_GUARDED_BY(mutex_);
};

SqliteHistory::~SqliteHistory() {
  std::thread maintenance;
  {
    MutexLock lock(mutex_);
    ending_ = true;
    maintenance.swap(maintenance_);
  }
  work_.NotifyAll();
  if (maintenance.joinable()) maintenance.join();
}

Expected<std::int64_t> SqliteHistory::Append(const Deadline& deadline, const HistoryEntry& entry) {
  static Histogram& seconds = GetLatency("toomai_history_append_seconds", "Time until a history entry was durable");
  static Counter& failures =
      GetCounter("toomai_history_append_failures_total", "History entries that were not written");
  const auto start = Deadline::Clock::now();
  auto clean = std::make_shared<HistoryEntry>(Cleaned(entry, options_.redact_literals));
  // A slow disk or a lock may not hold an answer for long; and a call that was cancelled or ran out of time is kept
  // too.
  const milliseconds most = 2 * options_.lock_timeout;
  const Deadline patience = Deadline::After(std::clamp(deadline.Remaining(most), std::min(kLeastPatience, most), most));
  const auto written = group_.Run(patience, [clean](ChainWriter& writer) { return writer.Append(clean.get()); });
  seconds.Observe(std::chrono::duration<double>(Deadline::Clock::now() - start).count());
  if (!written) {
    failures.Add();
    return Fail(written.error());
  }
  jsonl_.Write(options_.jsonl_file.empty() ? std::string() : ToJson(*clean));
  NoteAppended();
  return clean->id;
}

template <typename T, typename Read>
Expected<T> SqliteHistory::WithReader(const Deadline& deadline, T nothing, Read read) const {
  auto reader = readers_.Borrow(deadline);
  if (!reader && reader.error().code == ErrorCode::kNotFound) return nothing;
  if (!reader) return Fail(reader.error());
  Expected<T> result = read(**reader);
  if (!result && deadline.over()) return Fail(deadline.ToError("reading the history"));
  return result;
}

Expected<std::vector<HistoryEntry>> SqliteHistory::Search(const Deadline& deadline, const HistoryQuery& query) {
  static Histogram& seconds = GetLatency("toomai_history_search_seconds", "Time of a search in the history");
  const auto start = Deadline::Clock::now();
  auto found = WithReader(deadline, std::vector<HistoryEntry>{},
                          [&](Connection& connection) { return SearchEntries(connection, query); });
  seconds.Observe(std::chrono::duration<double>(Deadline::Clock::now() - start).count());
  return found;
}

Expected<HistoryEntry> SqliteHistory::Get(std::int64_t id) {
  auto reader = readers_.Borrow(Deadline::After(milliseconds(5000)));
  if (!reader) return Fail(reader.error().code == ErrorCode::kNotFound ? NoSuchEntry(id) : reader.error());
  return SelectOne(**reader, id);
}

Expected<HistoryEntry> SqliteHistory::SetReview(const Deadline& deadline, std::int64_t id, const Review& review) {
  HistoryEntry reviewed;
  auto event = std::make_shared<Event>();
  event->at_ms = UnixMs();
  event->kind = "review";
  event->entry_id = id;
  event->state = ToString(review.state);
  event->reviewer = Safe(review.reviewer);
  event->note = Safe(review.note);
  event->corrected_sql = Safe(review.corrected_sql);
  auto after = std::make_shared<HistoryEntry>();
  if (FileIdentity(options_.path) == 0) return Fail(NoSuchEntry(id));
  const auto written = group_.Run(deadline, [event, after, id](ChainWriter& writer) -> Expected<void> {
    if (const auto entry = SelectOne(writer.connection(), id); !entry) return Fail(entry.error());
    if (auto done = writer.Append(event.get()); !done) return done;
    auto state = writer.connection().Prepare("INSERT OR REPLACE INTO review_state VALUES (?,?,?)");
    if (!state) return Fail(state.error());
    if (auto done = state->Bind(id).Bind(event->state).Bind(event->id).Run(); !done) return done;
    auto entry = SelectOne(writer.connection(), id);
    // Something was written by now: a harmless code would let half of it stand.
    if (!entry) return Fail(ErrorCode::kInternal, entry.error().message);
    *after = std::move(*entry);
    return {};
  });
  if (!written) return Fail(written.error());
  GetCounter("toomai_history_reviews_total", "Reviews by their outcome", {{"state", event->state}}).Add();
  return *after;
}

Expected<std::vector<HistoryEntry>> SqliteHistory::Approved(const std::string& database) {
  HistoryQuery query;
  query.database = database;
  query.state = ReviewState::kApproved;
  query.limit = 100'000;
  auto approved = Search(Deadline::After(milliseconds(30'000)), query);
  if (!approved) return approved;
  for (HistoryEntry& entry : *approved) {
    if (!entry.corrected_sql.empty()) entry.sql_run = entry.sql_generated = entry.corrected_sql;
  }
  return approved;
}

std::int64_t SqliteHistory::ReviewVersion() const {
  const Deadline deadline = Deadline::After(milliseconds(1000));
  const auto version = WithReader(deadline, std::int64_t{0}, [](Connection& connection) {
    return connection.QueryInt("SELECT coalesce(max(id), 0) FROM events");
  });
  return version.value_or(0);
}

Expected<VerifyReport> SqliteHistory::Verify(const Deadline& deadline) {
  return WithReader(deadline, VerifyReport{}, [](Connection& connection) { return VerifyChain(connection); });
}

Expected<std::string> SqliteHistory::HashAt(std::int64_t id) {
  auto reader = readers_.Borrow(Deadline::After(milliseconds(5000)));
  if (!reader) return Fail(reader.error().code == ErrorCode::kNotFound ? NoSuchEntry(id) : reader.error());
  const std::string row = std::to_string(id);
  const auto hash = (*reader)->QueryText("SELECT hash FROM entries WHERE id = " + row +
                                         " UNION ALL SELECT hash FROM events WHERE id = " + row);
  if (!hash) return hash;
  if (hash->empty()) return Fail(NoSuchEntry(id));
  return HexEncode(*hash);
}

HistoryHealth SqliteHistory::Health() {
  HistoryHealth health;
  if (std::string trouble = group_.trouble(); !trouble.empty()) {
    health.writable = false;
    health.state = std::move(trouble);
  }
  const auto entries = WithReader(Deadline::After(milliseconds(1000)), std::int64_t{0}, [](Connection& connection) {
    return connection.QueryInt("SELECT entries FROM head");
  });
  if (entries) health.entries = *entries;
  if (!entries && health.writable) {
    health.writable = false;
    health.state = entries.error().message;
  }
  health.bytes = StateFileBytes(options_.path);
  return health;
}

Expected<std::string> SqliteHistory::Statistics(const HistoryQuery& query) {
  // The sums follow the entries; a person who looks at them wants the last entry in them.
  if (FileIdentity(options_.path) != 0) {
    (void)group_.Alone([](ChainWriter& writer) -> Expected<void> {
      for (int round = 0; round < 20; ++round) {
        const auto done = IndexSome(writer.connection(), kIndexMost);
        if (!done) return Fail(done.error());
        if (*done == 0) break;
      }
      return {};
    });
  }
  return WithReader(Deadline::After(milliseconds(30'000)), std::string("{}"),
                    [&](Connection& connection) { return CollectStatistics(connection, query); });
}

// ---- Behind the answers: indexing and retention ----

void SqliteHistory::NoteAppended() {
  MutexLock lock(mutex_);
  ++unindexed_;
  if (!maintenance_.joinable() && !ending_) {
    maintenance_ = std::thread([this] { Maintain(); });
  } else if (sleeping_) {
    work_.NotifyOne();
  }
}

void SqliteHistory::Maintain() {
  auto next_prune = Deadline::Clock::now();
  const bool limited = options_.max_age_days > 0 || options_.max_bytes > 0;
  bool behind = true, failed = false;
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!ending_ && unindexed_ == 0 && !behind) {
        sleeping_ = true;
        work_.WaitUntil(mutex_, limited ? next_prune : Deadline::Clock::time_point::max());
        sleeping_ = false;
      }
      // Entries that come together are indexed together.
      const auto until = Deadline::Clock::now() + (failed ? kRetryDelay : kIndexDelay);
      while (!ending_ && Deadline::Clock::now() < until) work_.WaitUntil(mutex_, until);
      // A short-lived process leaves its few entries to the next one.
      if (ending_) return;
      unindexed_ = 0;
    }
    behind = failed = false;
    int batch = kIndexAtOnce;
    for (bool more = true; more;) {
      const auto start = Deadline::Clock::now();
      more = false;
      const auto indexed = group_.Alone([&](ChainWriter& writer) -> Expected<void> {
        const auto done = IndexSome(writer.connection(), batch);
        if (!done) return Fail(done.error());
        more = *done == batch;
        batch = more ? std::min(2 * batch, kIndexMost) : kIndexAtOnce;
        return {};
      });
      if (!indexed) behind = failed = true;
      // Writers go first: rest as long as the work took.
      std::this_thread::sleep_for(Deadline::Clock::now() - start);
      MutexLock lock(mutex_);
      if (ending_) return;
    }
    if (limited && Deadline::Clock::now() >= next_prune) {
      Prune();
      next_prune = Deadline::Clock::now() + kRetentionEvery;
    }
  }
}

void SqliteHistory::Prune() {
  std::int64_t limit_id = 0;
  (void)group_.Alone([&](ChainWriter& writer) -> Expected<void> {
    const auto limit = PruneLimit(writer.connection(), options_);
    if (!limit) return Fail(limit.error());
    limit_id = *limit;
    return {};
  });
  for (bool more = limit_id > 0; more;) {
    more = false;
    (void)group_.Alone([&](ChainWriter& writer) -> Expected<void> {
      const auto removed = PruneSome(writer, limit_id);
      if (!removed) return Fail(removed.error());
      more = *removed > 0;
      return {};
    });
    MutexLock lock(mutex_);
    more = more && !ending_;
  }
}

}  // namespace

Expected<std::unique_ptr<History>> OpenSqliteHistory(const HistoryStoreOptions& options) {
  if (options.path.empty()) return Fail(ErrorCode::kInvalidArgument, "the history has no file", "set history.store");
  if (options.synchronous != "off" && options.synchronous != "normal" && options.synchronous != "full") {
    return Fail(ErrorCode::kInvalidArgument, "history.synchronous is \"" + options.synchronous + "\"",
                "use off, normal or full");
  }
  return std::make_unique<SqliteHistory>(options);
}

}  // namespace toomai::cache
