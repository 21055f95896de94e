// The history of every question, whatever became of it, and what people said of it. SQLite by default, PostgreSQL when
// several instances share it; both behind this interface. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"

namespace toomai::cache {

enum class ReviewState { kNew, kApproved, kRejected, kNeedsWork };
std::string_view ToString(ReviewState state);
std::optional<ReviewState> ParseReviewState(std::string_view word);

struct HistoryEntry {
  std::int64_t id = 0;     // given by Append, grows
  std::int64_t at_ms = 0;  // Unix time; 0: now
  std::string kind;        // "ask", "generate", "execute", "explain", "write", "import"
  std::string caller, client, database, question, language;
  std::string sql_generated, sql_run;  // as written, and as sent
  std::string source;                  // "grammar", "model", ...
  double confidence = 0;
  std::string verdict;  // "accept", "reject", "refused", "error"
  std::string rule;     // validator rule when rejected
  std::string repairs;  // JSON array
  std::string paraphrase;
  std::string tables;  // comma separated, qualified
  std::string model, prompt_version;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  double cost = 0;
  std::string timings;  // JSON object: stage -> ms
  double elapsed_ms = 0;
  std::int64_t rows = -1, bytes = -1;
  bool truncated = false;
  std::string error;        // code and message, redacted
  std::string fingerprint;  // of the statement
  std::string schema_fingerprint;
  std::string request_id, trace_id;
  std::string origin;   // "approved answer #42"
  std::string preview;  // the first rows as they were given, {"columns": […], "rows": [[…]]}; empty: not kept

  ReviewState state = ReviewState::kNew;
  std::string reviewer, note, corrected_sql;
  std::int64_t reviewed_at_ms = 0;

  std::string chain_hash;  // of the stored row, hex; given by the store
};

// The statement that stands when the entry is approved: corrected, else as it was generated.
const std::string& ApprovedSql(const HistoryEntry& entry);

struct HistoryQuery {
  std::string text;  // full text over question and SQL
  std::string database, source, verdict, caller, kind;
  std::optional<ReviewState> state;
  std::int64_t since_ms = 0, until_ms = 0;
  std::int64_t before_id = 0;  // paging: entries with a smaller id
  int limit = 50;
  bool oldest_first = false;  // for exports: entries with an id above after_id, in order
  std::int64_t after_id = 0;
};

struct Review {
  ReviewState state = ReviewState::kNew;
  std::string reviewer, note, corrected_sql;
};

struct HistoryHealth {
  bool writable = true;
  std::string state = "ok";  // "ok", "disk full: …", "locked", "corrupt: …"
  std::int64_t entries = 0;
  std::int64_t bytes = 0;
  bool required = false;  // no answer without an entry
};

struct VerifyReport {
  bool intact = true;
  std::int64_t checked = 0;
  std::int64_t first_broken = 0;  // id of the first entry or event that does not fit
  std::string detail;
  std::int64_t head_id = 0;  // the newest entry or event; keep id and hash elsewhere to see a forged whole
  std::string head_hash;
};

class History {
 public:
  virtual ~History() = default;

  // Durable when it returns (by the `synchronous` setting). The id of the new entry.
  virtual Expected<std::int64_t> Append(const Deadline& deadline, const HistoryEntry& entry) = 0;
  // The same for who need not wait: `done` is called once, when the entry is durable or could not be written, by
  // another thread or by this one.
  virtual void AppendLater(const Deadline& deadline, const HistoryEntry& entry,
                           std::function<void(const Expected<std::int64_t>&)> done) {
    done(Append(deadline, entry));
  }
  virtual Expected<std::vector<HistoryEntry>> Search(const Deadline& deadline, const HistoryQuery& query) = 0;
  virtual Expected<HistoryEntry> Get(std::int64_t id) = 0;
  virtual Expected<HistoryEntry> SetReview(const Deadline& deadline, std::int64_t id, const Review& review) = 0;
  // Approved entries of a database, newest first, with corrected_sql in place of the SQL where given.
  virtual Expected<std::vector<HistoryEntry>> Approved(const std::string& database) = 0;
  // Grows with every review: readers that learned from the history look whether it moved.
  virtual std::int64_t ReviewVersion() const = 0;
  virtual Expected<VerifyReport> Verify(const Deadline& deadline) = 0;
  // The chain's hash (hex) at an entry or event, to compare with one that was noted elsewhere.
  virtual Expected<std::string> HashAt(std::int64_t id) {
    const Expected<HistoryEntry> entry = Get(id);
    if (!entry) return Fail(entry.error());
    return entry->chain_hash;
  }
  virtual HistoryHealth Health() = 0;
  // name -> value tables for the review page and `toomai history --stats`, as JSON text.
  virtual Expected<std::string> Statistics(const HistoryQuery& query) = 0;
};

}  // namespace toomai::cache
