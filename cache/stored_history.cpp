#include "cache/stored_history.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/metrics.h"
#include "base/text.h"
#include "cache/chain.h"
#include "cache/clean_entry.h"
#include "cache/group_commit.h"
#include "cache/history_json.h"
#include "cache/jsonl_log.h"
#include "cache/maintenance.h"
#include "cache/statistics.h"

namespace toomai::cache {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastPatience{500};
constexpr milliseconds kGlance{1000};  // for what is looked at with every question
constexpr milliseconds kOneRow{5000};
constexpr milliseconds kLongRead{30'000};

double SecondsSince(Deadline::Clock::time_point start) {
  return std::chrono::duration<double>(Deadline::Clock::now() - start).count();
}

class StoredHistory : public History {
 public:
  StoredHistory(const HistoryStoreOptions& options, std::unique_ptr<HistoryBackend> backend)
      : options_(options),
        backend_(std::move(backend)),
        group_([this] { return backend_->OpenWriter(); }, options_.lock_timeout, options_.queue),
        jsonl_(options_.jsonl_file, options_.jsonl_max_bytes, options_.jsonl_max_files),
        maintenance_(options_, *backend_, group_) {}
  ~StoredHistory() override { group_.Finish(); }  // while all that its work uses is there

  Expected<std::int64_t> Append(const Deadline& deadline, const HistoryEntry& entry) override;
  void AppendLater(const Deadline& deadline, const HistoryEntry& entry,
                   std::function<void(const Expected<std::int64_t>&)> done) override;
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
  Deadline Patience(const Deadline& deadline) const;
  Expected<std::int64_t> Appended(const HistoryEntry& entry, Deadline::Clock::time_point start,
                                  const Expected<void>& written);
  // Runs `read` in a snapshot; a store that does not exist yet reads as `nothing`.
  template <typename T, typename Read>
  Expected<T> Reading(const Deadline& deadline, T nothing, Read read) const;

  const HistoryStoreOptions options_;
  const std::unique_ptr<HistoryBackend> backend_;
  GroupCommit group_;
  JsonlLog jsonl_;
  mutable std::atomic<std::int64_t> review_version_{0};  // as last seen
  Maintenance maintenance_;                              // last: its thread uses the others
};

// What is approved is learned from: there must be a statement, and one that was no refused one.
Expected<void> CheckApproval(const HistoryEntry& entry, const Event& review) {
  if (review.state != ToString(ReviewState::kApproved)) return {};
  if (entry.kind == "write")
    return Fail(ErrorCode::kInvalidArgument, "entry " + std::to_string(entry.id) + " changed rows",
                "only answers to questions are approved");
  if (!review.corrected_sql.empty()) return {};
  const bool refused = entry.verdict == "reject" || entry.verdict == "refused";
  if (!refused && !(entry.sql_generated + entry.sql_run).empty()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "entry " + std::to_string(entry.id) + " has no statement that could be approved",
              "give the right one along: --sql on the command line, corrected SQL on the review page");
}

template <typename T, typename Read>
Expected<T> StoredHistory::Reading(const Deadline& deadline, T nothing, Read read) const {
  T result = std::move(nothing);
  const auto done = backend_->Read(deadline, [&](Sql& sql) -> Expected<void> {
    auto found = read(sql);
    if (!found) return Fail(found.error());
    result = std::move(*found);
    return {};
  });
  if (done || (done.error().code == ErrorCode::kNotFound && !backend_->Exists())) return result;
  if (deadline.over()) return Fail(deadline.ToError("reading the history"));
  return Fail(done.error());
}

// A slow disk or a lock may not hold an answer for long; and a call that was cancelled or ran out of time is kept too.
// While no entry can be written, those who may do without one wait less.
Deadline StoredHistory::Patience(const Deadline& deadline) const {
  const bool in_trouble = !options_.required && !group_.trouble().empty();
  const milliseconds most = in_trouble ? kLeastPatience : 2 * options_.lock_timeout;
  return Deadline::After(std::clamp(deadline.Remaining(most), std::min(kLeastPatience, most), most));
}

// The entry was written, or was not: who looks on hears of it.
Expected<std::int64_t> StoredHistory::Appended(const HistoryEntry& entry, Deadline::Clock::time_point start,
                                               const Expected<void>& written) {
  static Histogram& seconds = GetLatency("toomai_history_append_seconds", "Time until a history entry was durable");
  static Counter& failures =
      GetCounter("toomai_history_append_failures_total", "History entries that were not written");
  seconds.Observe(SecondsSince(start));
  if (!written) {
    failures.Add();
    return Fail(written.error());
  }
  if (!options_.jsonl_file.empty()) jsonl_.Write(ToJson(entry));
  maintenance_.NoteAppended();
  return entry.id;
}

Expected<std::int64_t> StoredHistory::Append(const Deadline& deadline, const HistoryEntry& entry) {
  const auto start = Deadline::Clock::now();
  auto clean = std::make_shared<HistoryEntry>(CleanEntry(entry, options_.redact_literals));
  const auto written =
      group_.Run(Patience(deadline), [clean](ChainWriter& writer) { return writer.Append(clean.get()); });
  return Appended(*clean, start, written);
}

void StoredHistory::AppendLater(const Deadline& deadline, const HistoryEntry& entry,
                                std::function<void(const Expected<std::int64_t>&)> done) {
  const auto start = Deadline::Clock::now();
  auto clean = std::make_shared<HistoryEntry>(CleanEntry(entry, options_.redact_literals));
  group_.Later(
      Patience(deadline), [clean](ChainWriter& writer) { return writer.Append(clean.get()); },
      [this, clean, start, done = std::move(done)](const Expected<void>& written) {
        done(Appended(*clean, start, written));
      });
}

Expected<std::vector<HistoryEntry>> StoredHistory::Search(const Deadline& deadline, const HistoryQuery& query) {
  static Histogram& seconds = GetLatency("toomai_history_search_seconds", "Time of a search in the history");
  const auto start = Deadline::Clock::now();
  auto found = Reading(deadline, std::vector<HistoryEntry>{}, [&](Sql& sql) { return backend_->Search(sql, query); });
  seconds.Observe(SecondsSince(start));
  return found;
}

Expected<HistoryEntry> StoredHistory::Get(std::int64_t id) {
  auto found = Reading(Deadline::After(kOneRow), HistoryEntry{}, [&](Sql& sql) { return SelectEntry(sql, id); });
  if (found && found->id == 0) return Fail(NoSuchEntry(id));
  return found;
}

Expected<HistoryEntry> StoredHistory::SetReview(const Deadline& deadline, std::int64_t id, const Review& review) {
  if (!backend_->Exists()) return Fail(NoSuchEntry(id));
  const Review clean = CleanReview(review);
  auto event = std::make_shared<Event>();
  event->at_ms = UnixMs();
  event->kind = "review";
  event->entry_id = id;
  event->state = ToString(clean.state);
  event->reviewer = clean.reviewer;
  event->note = clean.note;
  event->corrected_sql = clean.corrected_sql;
  auto reviewed = std::make_shared<HistoryEntry>();
  const auto written =
      group_.Run(deadline, [event, reviewed, id, state = clean.state](ChainWriter& writer) -> Expected<void> {
        auto entry = SelectEntry(writer.sql(), id);
        if (!entry) return Fail(entry.error());
        *reviewed = std::move(*entry);
        if (auto sound = CheckApproval(*reviewed, *event); !sound) return sound;
        if (auto done = writer.Restate(*reviewed, state); !done) return done;
        if (auto done = writer.Append(event.get()); !done) return done;
        return writer.sql().Run(
            "INSERT INTO review_state (entry_id, state, event_id) VALUES (?,?,?) ON CONFLICT (entry_id) DO UPDATE SET "
            "state = excluded.state, event_id = excluded.event_id",
            {id, event->state, event->id});
      });
  if (!written) return Fail(written.error());
  GetCounter("toomai_history_reviews_total", "Reviews by their outcome", {{"state", event->state}}).Add();
  reviewed->state = clean.state;
  reviewed->reviewer = event->reviewer, reviewed->note = event->note, reviewed->corrected_sql = event->corrected_sql;
  reviewed->reviewed_at_ms = event->at_ms;
  return *reviewed;
}

Expected<std::vector<HistoryEntry>> StoredHistory::Approved(const std::string& database) {
  HistoryQuery query;
  query.database = database;
  query.state = ReviewState::kApproved;
  query.limit = 100'000;
  auto approved = Search(Deadline::After(kLongRead), query);
  if (!approved) return approved;
  for (HistoryEntry& entry : *approved) {
    if (!entry.corrected_sql.empty()) entry.sql_run = entry.sql_generated = entry.corrected_sql;
  }
  return approved;
}

// A store that cannot be reached for a moment has not changed its mind.
std::int64_t StoredHistory::ReviewVersion() const {
  const auto version = Reading(Deadline::After(kGlance), std::int64_t{0},
                               [](Sql& sql) { return sql.QueryInt("SELECT coalesce(max(id), 0) FROM events"); });
  if (version) review_version_ = *version;
  return review_version_;
}

Expected<VerifyReport> StoredHistory::Verify(const Deadline& deadline) {
  return Reading(deadline, VerifyReport{}, [](Sql& sql) { return VerifyChain(sql); });
}

Expected<std::string> StoredHistory::HashAt(std::int64_t id) {
  const auto hash = Reading(Deadline::After(kOneRow), std::string(), [&](Sql& sql) { return SelectHash(sql, id); });
  if (!hash) return hash;
  if (hash->empty()) return Fail(NoSuchEntry(id));
  return HexEncode(*hash);
}

HistoryHealth StoredHistory::Health() {
  HistoryHealth health;
  health.required = options_.required;
  const auto looked = Reading(Deadline::After(kGlance), true, [&](Sql& sql) -> Expected<bool> {
    const auto entries = sql.QueryInt("SELECT entries FROM head");
    if (!entries) return Fail(entries.error());
    const auto bytes = backend_->StoredBytes(sql);
    if (!bytes) return Fail(bytes.error());
    health.entries = *entries;
    health.bytes = *bytes;
    return true;
  });
  std::string trouble = group_.recent_trouble();
  if (trouble.empty() && !looked) trouble = looked.error().message;
  if (!trouble.empty()) {
    health.writable = false;
    health.state = std::move(trouble);
  }
  return health;
}

Expected<std::string> StoredHistory::Statistics(const HistoryQuery& query) {
  // The sums follow the entries; a person who looks at them wants the last entry in them.
  if (backend_->Exists()) maintenance_.CatchUp();
  return Reading(Deadline::After(kLongRead), std::string("{}"),
                 [&](Sql& sql) { return CollectStatistics(sql, query); });
}

}  // namespace

std::unique_ptr<History> MakeStoredHistory(const HistoryStoreOptions& options,
                                           std::unique_ptr<HistoryBackend> backend) {
  return std::make_unique<StoredHistory>(options, std::move(backend));
}

}  // namespace toomai::cache
