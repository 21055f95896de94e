#include "cache/entry_query.h"

#include <utility>

#include "base/text.h"
#include "cache/rows.h"

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxIndexedBytes = 64 * 1024;  // of one text
constexpr std::size_t kMaxPhrases = 32;              // of one search; the rest is not looked at

bool IsCjk(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

// Beyond ASCII all that is not plainly punctuation counts; the store's tokenizer decides in the end.
bool IsWordCharacter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xFF00 && c <= 0xFF0F) && c >= 0xAA;
}

// The words of one piece.
std::string WordsOf(const std::string& piece) {
  std::string words;
  bool in_word = false;
  for (std::size_t i = 0; i < piece.size();) {
    const char32_t c = NextCodePoint(piece, &i);
    if (!IsWordCharacter(c) || c == 0xFFFD) {
      in_word = false;
      continue;
    }
    if (!words.empty() && (!in_word || IsCjk(c))) words += ' ';
    AppendUtf8(c, &words);
    in_word = !IsCjk(c);
  }
  return words;
}

}  // namespace

std::vector<SqlValue> Where::ValuesAnd(SqlValue last) const {
  std::vector<SqlValue> values = values_;
  values.push_back(std::move(last));
  return values;
}

void AddFilters(const HistoryQuery& query, Where* where) {
  where->AddIfSet("e.database = ?", query.database);
  where->AddIfSet("e.source = ?", query.source);
  where->AddIfSet("e.verdict = ?", query.verdict);
  where->AddIfSet("e.caller = ?", query.caller);
  where->AddIfSet("e.kind = ?", query.kind);
  if (query.since_ms > 0) where->Add("e.at_ms >= ?", query.since_ms);
  if (query.until_ms > 0) where->Add("e.at_ms < ?", query.until_ms);
  if (query.before_id > 0) where->Add("e.id < ?", query.before_id);
  if (query.state == ReviewState::kNew) where->Add("(s.state IS NULL OR s.state = 'new')");
  if (query.state && *query.state != ReviewState::kNew) where->Add("s.state = ?", std::string(ToString(*query.state)));
}

Expected<std::vector<HistoryEntry>> SelectWhere(Sql& sql, const std::string& from, const Where& where,
                                                const std::string& order, std::int64_t limit) {
  std::vector<HistoryEntry> entries;
  const auto done = sql.Run("SELECT " + EntryColumns() + from + where.text() + " ORDER BY " + order + " LIMIT ?",
                            where.ValuesAnd(limit), [&](const SqlRow& row) { entries.push_back(ReadEntry(row)); });
  if (!done) return Fail(done.error());
  return entries;
}

std::vector<std::string> SearchedPhrases(const std::string& text) {
  std::vector<std::string> phrases;
  for (const std::string& piece : Split(CleanUtf8(text), ' ')) {
    if (phrases.size() == kMaxPhrases) break;
    if (std::string words = WordsOf(piece); !words.empty()) phrases.push_back(std::move(words));
  }
  return phrases;
}

std::string SpacedOut(const std::string& text) {
  std::string spaced;
  const std::string_view used = CutAtCodePoint(text, kMaxIndexedBytes);
  for (std::size_t i = 0; i < used.size();) {
    const char32_t c = NextCodePoint(used, &i);
    if (IsCjk(c)) spaced += ' ';
    AppendUtf8(c == 0 ? ' ' : c, &spaced);
    if (IsCjk(c)) spaced += ' ';
  }
  return spaced;
}

const std::string& SearchedSql(const HistoryEntry& entry) {
  return entry.sql_run.empty() ? entry.sql_generated : entry.sql_run;
}

}  // namespace toomai::cache
