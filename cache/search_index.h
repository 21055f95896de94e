// Full text over the history in SQLite (FTS5), kept a little behind the entries so that writing an entry stays cheap.
//
// Words are found in any script: Chinese, Japanese and Korean characters are indexed one by one and searched as
// phrases, which finds words of one or two characters too (a trigram index does not); other words match by their
// beginning.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sqlite.h"

namespace toomai::cache {

// Both inside a transaction. Indexes up to `most` entries that are not indexed yet; how many it did, 0: nothing is
// left.
Expected<std::int64_t> IndexSome(Connection& connection, int most);
// Takes entries out of the index, before their rows are deleted.
Expected<void> Unindex(Connection& connection, const std::vector<std::int64_t>& ids);

// Newest first; the entries that are not indexed yet are looked at one by one.
Expected<std::vector<HistoryEntry>> SearchEntries(Sql& sql, const HistoryQuery& query);

}  // namespace toomai::cache
