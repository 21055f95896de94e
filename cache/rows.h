// History entries and events as rows of the state file, and the hash that chains them.
//
// Each row carries hash = SHA-256(hash of the row before || its own content), over entries and events in the order of
// their ids, which have no gaps. Whoever changes, removes or slips in a row breaks every hash from there on; what
// cannot be seen from the file alone is the whole chain made anew, so `toomai history verify` prints the head to keep
// elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sqlite.h"

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

Expected<ChainHead> ReadHead(Connection& connection);
Expected<void> WriteHead(Connection& connection, const ChainHead& head);

// Entries with a smaller id are older than `at_ms`, but for calls that ran side by side: ids grow with time.
Expected<std::int64_t> FirstIdSince(Connection& connection, std::int64_t at_ms);

// The digest of a row's content; the review of an entry is not part of it.
std::string DigestOf(const HistoryEntry& entry);
std::string DigestOf(const Event& event);
std::string Link(const std::string& previous_hash, const std::string& digest);

Expected<void> InsertEntry(Statement& insert, const HistoryEntry& entry, const std::string& hash);
Expected<void> InsertEvent(Statement& insert, const Event& event, const std::string& hash);
extern const char* const kInsertEntry;
extern const char* const kInsertEvent;

// "SELECT <columns> FROM entries e LEFT JOIN … ": an entry with its last review. Add WHERE and ORDER BY.
extern const char* const kSelectEntry;
// Reads the current row of such a statement; `hash` (may be null) gets the stored hash.
HistoryEntry ReadEntry(const Statement& row, std::string* hash = nullptr);

extern const char* const kSelectEvent;
Event ReadEvent(const Statement& row, std::string* hash = nullptr);

}  // namespace toomai::cache
