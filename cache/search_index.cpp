#include "cache/search_index.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "cache/entry_query.h"
#include "cache/rows.h"
#include "cache/statistics.h"
#include "cache/unix_time.h"

namespace toomai::cache {
namespace {

constexpr std::int64_t kBetweenLooks = 8;  // entries that are indexed before somebody who waits is let in

constexpr const char* kInsert = "INSERT INTO search (rowid, question, sql, tags) VALUES (?,?,?,?)";

// One exact value of a filter as one word.
std::string Tag(std::string_view field, std::string_view value) {
  const std::uint64_t hash = Hash64(std::string(field) + '\0' + std::string(value));
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift & 0xFF);
  return "x" + HexEncode(bytes);
}

std::string TagsOf(const HistoryEntry& entry) {
  return Tag("database", entry.database) + " " + Tag("source", entry.source) + " " + Tag("verdict", entry.verdict) +
         " " + Tag("caller", entry.caller) + " " + Tag("kind", entry.kind) + " " + Tag("state", ToString(entry.state));
}

Expected<void> BindTexts(Statement& statement, const HistoryEntry& entry) {
  return statement.Bind(entry.id)
      .Bind(SpacedOut(entry.question))
      .Bind(SpacedOut(SearchedSql(entry)))
      .Bind(TagsOf(entry))
      .Run();
}

Expected<void> AddToSums(Statement& sum, const HistoryEntry& entry) {
  sum.Bind(UtcDay(entry.at_ms)).Bind(entry.database).Bind(entry.kind).Bind(entry.source).Bind(entry.verdict);
  sum.Bind(entry.rule).Bind(entry.caller).Bind(entry.prompt_tokens).Bind(entry.completion_tokens);
  return sum.Bind(entry.cost).Bind(entry.elapsed_ms).Run();
}

// The filters as words of the index.
std::string TagExpression(const HistoryQuery& query) {
  std::string tags;
  const auto add = [&](std::string_view field, const std::string& value) {
    if (!value.empty()) tags += (tags.empty() ? "tags : (" : " AND ") + Tag(field, value);
  };
  add("database", query.database);
  add("source", query.source);
  add("verdict", query.verdict);
  add("caller", query.caller);
  add("kind", query.kind);
  if (query.state) add("state", std::string(ToString(*query.state)));
  return tags.empty() ? tags : tags + ")";
}

// ---- Words of a person as words of the index ----

constexpr std::int64_t kMostWordsBeginningSo = 200;

std::string Quoted(const std::string& phrase) {
  return "\"" + phrase + "\"";
}

std::string InTexts(const std::string& expression) {
  return "{question sql} : (" + expression + ")";
}

Expected<bool> Occurs(Sql& sql, const std::string& expression) {
  const auto found = sql.QueryInts("SELECT rowid FROM search WHERE search MATCH ? LIMIT 1", {InTexts(expression)});
  if (!found) return Fail(found.error());
  return !found->empty();
}

// The first words of the index that begin so. The index's own search for beginnings reads every place of every such
// word before it gives the first; this skips from word to word.
Expected<std::vector<std::string>> WordsBeginningWith(Sql& sql, const std::string& beginning) {
  std::vector<std::string> words;
  std::string next = beginning;
  while (static_cast<std::int64_t>(words.size()) < kMostWordsBeginningSo) {
    std::string word;
    const auto done = sql.Run("SELECT term FROM words WHERE term >= ? LIMIT 1", {next},
                              [&](const SqlRow& row) { word = row.Text(0); });
    if (!done) return Fail(done.error());
    if (!word.starts_with(beginning)) return words;
    next = word + '\x01';
    words.push_back(std::move(word));
  }
  return words;
}

// A phrase as it is; when it occurs nowhere, as the beginning of other words. The same on every page.
Expected<std::string> PhraseExpression(Sql& sql, const std::string& phrase) {
  const auto occurs = Occurs(sql, Quoted(phrase));
  if (!occurs) return Fail(occurs.error());
  if (*occurs) return Quoted(phrase);
  const auto words = WordsBeginningWith(sql, AsciiLower(phrase));
  if (!words) return Fail(words.error());
  std::string any;
  for (const std::string& word : *words) any += (any.empty() ? "" : " OR ") + Quoted(word);
  // Phrases of several words, and stems that have another stem, are left to the index.
  const auto found = any.empty() ? Expected<bool>(false) : Occurs(sql, any);
  if (!found) return Fail(found.error());
  return *found ? "(" + any + ")" : Quoted(phrase) + " *";
}

// Every phrase of the text, and every filter.
Expected<std::string> FullExpression(Sql& sql, const HistoryQuery& query) {
  std::string words;
  for (const std::string& phrase : SearchedPhrases(query.text)) {
    const auto one = PhraseExpression(sql, phrase);
    if (!one) return one;
    words += (words.empty() ? "" : " AND ") + *one;
  }
  const std::string tags = TagExpression(query);
  std::string expression = words.empty() ? "" : InTexts(words);
  if (!expression.empty() && !tags.empty()) expression += " AND ";
  return expression + tags;
}

// Time narrows the ids to look at: ids grow with time but for calls that ran side by side.
Expected<void> NarrowByTime(Sql& sql, const HistoryQuery& query, const std::string& id, Where* where) {
  constexpr std::int64_t kOverlapMs = 3'600'000;
  if (query.since_ms <= kOverlapMs) return {};
  const auto first = FirstIdSince(sql, query.since_ms - kOverlapMs);
  if (!first) return Fail(first.error());
  where->Add(id + " >= ?", *first);
  return {};
}

// Without the index: every word must occur somewhere in question or SQL.
void AddWords(const HistoryQuery& query, Where* where) {
  for (const std::string& word : Split(query.text, ' ')) {
    std::string bare(word);
    std::erase_if(bare, [](char c) { return c == '"' || c == '\t' || c == '\n'; });
    if (!bare.empty()) {
      where->Add("instr(lower(e.question || ' ' || e.sql_run || ' ' || e.sql_generated), ?) > 0", AsciiLower(bare));
    }
  }
}

std::string FromEntries() {
  return std::string("FROM entries e ") + kReviewJoins;
}

Expected<std::vector<HistoryEntry>> SearchTail(Sql& sql, const HistoryQuery& query, std::int64_t indexed,
                                               std::int64_t limit) {
  Where where;
  where.Add("e.id > ?", indexed);
  AddFilters(query, &where);
  AddWords(query, &where);
  return SelectWhere(sql, FromEntries(), where, "e.id DESC", limit);
}

Expected<std::vector<HistoryEntry>> SearchIndex(Sql& sql, const HistoryQuery& query, const std::string& expression,
                                                std::int64_t limit) {
  Where where;
  where.Add("search MATCH ?", expression);
  if (query.before_id > 0) where.Add("f.rowid < ?", query.before_id);
  if (auto narrowed = NarrowByTime(sql, query, "f.rowid", &where); !narrowed) return Fail(narrowed.error());
  AddFilters(query, &where);
  // CROSS JOIN: SQLite must walk the index in order of rowid and stop at the limit.
  const std::string from = std::string("FROM search f CROSS JOIN entries e ON e.id = f.rowid ") + kReviewJoins;
  return SelectWhere(sql, from, where, "f.rowid DESC", limit);
}

// How far the index has come.
Expected<std::int64_t> IndexedUpTo(Sql& sql) {
  return sql.QueryInt("SELECT indexed FROM head");
}

Expected<std::vector<HistoryEntry>> SearchWords(Sql& sql, const HistoryQuery& query, std::int64_t limit) {
  const auto indexed = IndexedUpTo(sql);
  if (!indexed) return Fail(indexed.error());
  auto found = SearchTail(sql, query, *indexed, limit);
  if (!found) return found;
  const std::int64_t left = limit - static_cast<std::int64_t>(found->size());
  if (left == 0) return found;
  const auto expression = FullExpression(sql, query);
  if (!expression) return Fail(expression.error());
  auto older = SearchIndex(sql, query, *expression, left);
  if (!older) return older;
  found->insert(found->end(), std::make_move_iterator(older->begin()), std::make_move_iterator(older->end()));
  return found;
}

}  // namespace

Expected<Indexed> IndexSome(Connection& connection, int most, const std::function<bool()>& enough) {
  SqliteSql sql(connection);
  const auto indexed = IndexedUpTo(sql);
  if (!indexed) return Fail(indexed.error());
  const auto entries = SelectEntries(sql, "WHERE e.id > ? ORDER BY e.id LIMIT ?", {*indexed, std::int64_t{most}});
  if (!entries) return Fail(entries.error());
  if (entries->empty()) return Indexed{};
  auto insert = connection.Prepare(kInsert);
  if (!insert) return Fail(insert.error());
  auto sum = connection.Prepare(kAddToDaily);
  if (!sum) return Fail(sum.error());
  const auto summed = sql.QueryInt("SELECT summed FROM head");
  if (!summed) return Fail(summed.error());
  Indexed did;
  for (const HistoryEntry& entry : *entries) {
    if (did.entries > 0 && did.entries % kBetweenLooks == 0 && enough()) break;
    if (auto done = BindTexts(*insert, entry); !done) return Fail(done.error());
    if (entry.id > *summed) {
      if (auto done = AddToSums(*sum, entry); !done) return Fail(done.error());
    }
    did = {did.entries + 1, entry.id};
  }
  const auto moved = sql.Run("UPDATE head SET indexed = ?, summed = max(summed, ?)", {did.up_to, did.up_to}, {});
  if (!moved) return Fail(moved.error());
  return did;
}

Expected<void> Reindex(Connection& connection, const HistoryEntry& before, ReviewState state) {
  SqliteSql sql(connection);
  const auto indexed = IndexedUpTo(sql);
  if (!indexed) return Fail(indexed.error());
  if (before.id > *indexed || before.state == state) return {};
  if (auto removed = Unindex(connection, {before.id}); !removed) return removed;
  auto insert = connection.Prepare(kInsert);
  if (!insert) return Fail(insert.error());
  HistoryEntry after = before;
  after.state = state;
  return BindTexts(*insert, after);
}

Expected<void> Unindex(Connection& connection, const std::vector<std::int64_t>& ids) {
  SqliteSql sql(connection);
  const auto indexed = IndexedUpTo(sql);
  if (!indexed) return Fail(indexed.error());
  auto remove = connection.Prepare("INSERT INTO search (search, rowid, question, sql, tags) VALUES ('delete',?,?,?,?)");
  if (!remove) return Fail(remove.error());
  for (const std::int64_t id : ids) {
    if (id > *indexed) continue;
    const auto entries = SelectEntries(sql, "WHERE e.id = ?", {id});
    if (!entries) return Fail(entries.error());
    if (entries->empty()) continue;
    if (auto done = BindTexts(*remove, entries->front()); !done) return done;
  }
  return {};
}

Expected<std::vector<HistoryEntry>> SearchEntries(Sql& sql, const HistoryQuery& query) {
  const std::int64_t limit = std::clamp(query.limit, 1, kMaxEntriesAtOnce);
  const bool has_text = !Trim(query.text).empty();
  // Reviewed entries are few, so they are looked up by state; everything else by the index, or simply newest first.
  const bool by_state = query.state && *query.state != ReviewState::kNew;
  if (has_text && SearchedPhrases(query.text).empty()) return std::vector<HistoryEntry>{};
  const bool by_index = !query.oldest_first && (has_text || (!by_state && !TagExpression(query).empty()));
  if (by_index) return SearchWords(sql, query, limit);

  Where where;
  AddFilters(query, &where);
  if (query.oldest_first) {
    where.Add("e.id > ?", query.after_id);
    AddWords(query, &where);
    return SelectWhere(sql, FromEntries(), where, "e.id", limit);
  }
  if (auto narrowed = NarrowByTime(sql, query, "e.id", &where); !narrowed) return Fail(narrowed.error());
  return SelectWhere(sql, FromEntries(), where, by_state ? "s.entry_id DESC" : "e.id DESC", limit);
}

}  // namespace toomai::cache
