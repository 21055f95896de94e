// History entries and events as rows, and the hash that chains them.
//
// Each row carries hash = SHA-256(hash of the row before || its own content), over entries and events in the order of
// their ids, which have no gaps. Whoever changes, removes or slips in a row breaks every hash from there on; what
// cannot be seen from the store alone is the whole chain made anew, so `toomai history verify` prints the head to keep
// elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sql.h"

namespace toomai::cache {

// A review of an entry, or retention at work (kind "prune": entry_id is the last id it looked at, note what it kept).
struct Event {
  std::int64_t id = 0;
  std::int64_t at_ms = 0;
  std::string kind{};
  std::int64_t entry_id = 0;
  std::string state{}, reviewer{}, note{}, corrected_sql{};
};

struct ChainHead {
  std::int64_t id = 0;
  std::string hash{};  // 32 bytes
  std::int64_t entries = 0;
};

// Every stored field in the order of its column. Insert, select, read and digest all walk these two lists; `visit` is
// called with the column's name and the field.
template <typename EntryType, typename Visit>
void ForEachEntryField(EntryType& e, Visit&& visit) {
  visit("id", e.id), visit("at_ms", e.at_ms), visit("kind", e.kind), visit("caller", e.caller);
  visit("client", e.client), visit("database", e.database), visit("question", e.question);
  visit("language", e.language), visit("sql_generated", e.sql_generated), visit("sql_run", e.sql_run);
  visit("source", e.source), visit("confidence", e.confidence), visit("verdict", e.verdict), visit("rule", e.rule);
  visit("repairs", e.repairs), visit("paraphrase", e.paraphrase), visit("tables", e.tables), visit("model", e.model);
  visit("prompt_version", e.prompt_version), visit("prompt_tokens", e.prompt_tokens);
  visit("completion_tokens", e.completion_tokens), visit("cost", e.cost), visit("timings", e.timings);
  visit("elapsed_ms", e.elapsed_ms), visit("rows", e.rows), visit("bytes", e.bytes), visit("truncated", e.truncated);
  visit("error", e.error), visit("fingerprint", e.fingerprint), visit("schema_fingerprint", e.schema_fingerprint);
  visit("request_id", e.request_id), visit("trace_id", e.trace_id), visit("origin", e.origin);
  visit("preview", e.preview);
}
template <typename EventType, typename Visit>
void ForEachEventField(EventType& e, Visit&& visit) {
  visit("id", e.id), visit("at_ms", e.at_ms), visit("kind", e.kind), visit("entry_id", e.entry_id);
  visit("state", e.state), visit("reviewer", e.reviewer), visit("note", e.note);
  visit("corrected_sql", e.corrected_sql);
}

// "INSERT INTO entries (id, …, hash) VALUES (?, …, ?)", for the fields above and then the hash.
const std::string& InsertEntrySql();
const std::string& InsertEventSql();

// The columns that ReadEntry() expects, and the tables they come from: "FROM entries e" and an entry's last review.
const std::string& EntryColumns();
extern const char* const kReviewJoins;
// "SELECT <columns> FROM entries e …": an entry with its last review. Add WHERE and ORDER BY.
const std::string& SelectEntrySql();
// Reads the current row of such a statement; `hash` (may be null) gets the stored hash.
HistoryEntry ReadEntry(const SqlRow& row, std::string* hash = nullptr);

const std::string& SelectEventSql();  // "SELECT <columns> FROM events v "
Event ReadEvent(const SqlRow& row, std::string* hash = nullptr);

// The digest of a row's content; the review of an entry is not part of it.
std::string DigestOf(const HistoryEntry& entry);
std::string DigestOf(const Event& event);
std::string Link(const std::string& previous_hash, const std::string& digest);

// ---- Questions to the tables ----

Expected<ChainHead> ReadHead(Sql& sql);
Expected<std::vector<HistoryEntry>> SelectEntries(Sql& sql, const std::string& rest,
                                                  const std::vector<SqlValue>& values);
// kNotFound when there is no such entry.
Expected<HistoryEntry> SelectEntry(Sql& sql, std::int64_t id);
// The hash of the entry or event; "" when there is none.
Expected<std::string> SelectHash(Sql& sql, std::int64_t id);
// Entries with a smaller id are older than `at_ms`, but for calls that ran side by side: ids grow with time.
Expected<std::int64_t> FirstIdSince(Sql& sql, std::int64_t at_ms);

Error NoSuchEntry(std::int64_t id);

}  // namespace toomai::cache
