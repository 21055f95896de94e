// Full text and sums over the history, kept a little behind the entries so that writing an entry stays cheap.
//
// Words are found in any script: Chinese, Japanese and Korean characters are indexed one by one and searched as
// phrases, which finds words of one or two characters too (a trigram index does not); other words match by their
// beginning.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sqlite.h"

namespace toomai::cache {

// Indexes up to `most` entries that are not indexed yet, in one transaction. How many it did; 0: nothing is left.
Expected<std::int64_t> IndexSome(Connection& connection, int most);
// How far the index has come.
Expected<std::int64_t> IndexedUpTo(Connection& connection);
// Takes entries out of the index, before their rows are deleted.
Expected<void> Unindex(Connection& connection, const std::vector<std::int64_t>& ids);

// Newest first; the entries that are not indexed yet are looked at one by one.
Expected<std::vector<HistoryEntry>> SearchEntries(Connection& connection, const HistoryQuery& query);

// The FTS5 expression for a text that a person typed: every word must occur, or with `prefix` a word that begins so.
// Empty: nothing in it can be searched.
std::string MatchExpression(const std::string& text, bool prefix);
// Text as it is indexed: a space around each CJK character.
std::string SpacedOut(const std::string& text);

}  // namespace toomai::cache
