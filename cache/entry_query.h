// The filters of a HistoryQuery as SQL that both stores understand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sql.h"

namespace toomai::cache {

constexpr int kMaxEntriesAtOnce = 100'000;

// A WHERE clause under construction, with the values for its question marks.
class Where {
 public:
  void Add(const std::string& condition) { text_ += (text_.empty() ? "WHERE " : " AND ") + condition; }
  void Add(const std::string& condition, SqlValue value) {
    Add(condition);
    values_.push_back(std::move(value));
  }
  // For lists of optional filters: nothing is added for "".
  void AddIfSet(const std::string& condition, const std::string& value) {
    if (!value.empty()) Add(condition, value);
  }
  const std::string& text() const { return text_; }
  const std::vector<SqlValue>& values() const { return values_; }
  std::vector<SqlValue> ValuesAnd(SqlValue last) const;

 private:
  std::string text_;
  std::vector<SqlValue> values_;
};

// Everything of the query but its text and paging by after_id.
void AddFilters(const HistoryQuery& query, Where* where);

// `from` up to and without WHERE; at most `limit` rows in `order`.
Expected<std::vector<HistoryEntry>> SelectWhere(Sql& sql, const std::string& from, const Where& where,
                                                const std::string& order, std::int64_t limit);

// The words of a text as they are looked for: what is between punctuation, each CJK character for itself, joined by
// spaces. One item for each piece that a person separated by blanks; nothing for a piece without words.
std::vector<std::string> SearchedPhrases(const std::string& text);
// Text as it is indexed: a space around each CJK character; what is beyond a bound is not searchable.
std::string SpacedOut(const std::string& text);
// The statement that is searched for an entry.
const std::string& SearchedSql(const HistoryEntry& entry);

}  // namespace toomai::cache
