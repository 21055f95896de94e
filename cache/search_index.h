// Full text over the history in SQLite (FTS5), kept a little behind the entries so that writing an entry stays cheap.
//
// Words are found in any script: Chinese, Japanese and Korean characters are indexed one by one and searched as
// phrases, which finds words of one or two characters too (a trigram index does not); other words match whole, and
// those that occur nowhere as the beginning of others.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sqlite.h"

namespace toomai::cache {

struct Indexed {
  std::int64_t entries = 0;  // how many; 0: nothing was left
  std::int64_t up_to = 0;    // the id of the last
};

// Both inside a transaction. Indexes up to `most` entries that are not indexed yet, or until `enough` says so.
Expected<Indexed> IndexSome(Connection& connection, int most, const std::function<bool()>& enough);
// Before a review is written: the index knows entries by their state, too.
Expected<void> Reindex(Connection& connection, const HistoryEntry& before, ReviewState state);
// Takes entries out of the index, before their rows are deleted.
Expected<void> Unindex(Connection& connection, const std::vector<std::int64_t>& ids);

// Newest first; the entries that are not indexed yet are looked at one by one.
Expected<std::vector<HistoryEntry>> SearchEntries(Sql& sql, const HistoryQuery& query);

}  // namespace toomai::cache
