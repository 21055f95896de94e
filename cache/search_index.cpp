#include "cache/search_index.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "cache/rows.h"

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxIndexedBytes = 64 * 1024;  // of one text; what comes after is not searchable
constexpr int kMaxLimit = 100'000;

bool IsCjk(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

// Beyond ASCII all that is not plainly punctuation counts; the tokenizer of SQLite decides in the end.
bool IsWordCharacter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xFF00 && c <= 0xFF0F) && c >= 0xAA;
}

// One exact value of a filter as one word.
std::string Tag(std::string_view field, std::string_view value) {
  const std::uint64_t hash = Hash64(std::string(field) + '\0' + std::string(value));
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(hash >> shift & 0xFF);
  return "x" + HexEncode(bytes);
}

std::string TagsOf(const HistoryEntry& entry) {
  return Tag("database", entry.database) + " " + Tag("source", entry.source) + " " + Tag("verdict", entry.verdict) +
         " " + Tag("caller", entry.caller) + " " + Tag("kind", entry.kind);
}

std::string SearchedSql(const HistoryEntry& entry) {
  return entry.sql_run.empty() ? entry.sql_generated : entry.sql_run;
}

std::string Day(std::int64_t at_ms) {
  const std::time_t seconds = at_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}

Expected<void> BindTexts(Statement& statement, const HistoryEntry& entry) {
  return statement.Bind(entry.id)
      .Bind(SpacedOut(entry.question))
      .Bind(SpacedOut(SearchedSql(entry)))
      .Bind(TagsOf(entry))
      .Run();
}

Expected<std::vector<HistoryEntry>> ReadAll(Statement& statement) {
  std::vector<HistoryEntry> entries;
  while (true) {
    const auto row = statement.Step();
    if (!row) return Fail(row.error());
    if (!*row) return entries;
    entries.push_back(ReadEntry(statement));
  }
}

// A WHERE clause under construction, with the values for its question marks.
class Where {
 public:
  void Add(const std::string& condition) { text_ += (text_.empty() ? "WHERE " : " AND ") + condition; }
  void Add(const std::string& condition, std::string value) {
    Add(condition);
    values_.push_back({true, std::move(value), 0});
  }
  void Add(const std::string& condition, std::int64_t value) {
    Add(condition);
    values_.push_back({false, {}, value});
  }
  const std::string& text() const { return text_; }
  void Bind(Statement& statement) const {
    for (const Value& value : values_) value.is_text ? statement.Bind(value.text) : statement.Bind(value.number);
  }

 private:
  struct Value {
    bool is_text;
    std::string text;
    std::int64_t number;
  };
  std::string text_;
  std::vector<Value> values_;
};

void AddFilters(const HistoryQuery& query, Where* where) {
  if (!query.database.empty()) where->Add("e.database = ?", query.database);
  if (!query.source.empty()) where->Add("e.source = ?", query.source);
  if (!query.verdict.empty()) where->Add("e.verdict = ?", query.verdict);
  if (!query.caller.empty()) where->Add("e.caller = ?", query.caller);
  if (!query.kind.empty()) where->Add("e.kind = ?", query.kind);
  if (query.since_ms > 0) where->Add("e.at_ms >= ?", query.since_ms);
  if (query.until_ms > 0) where->Add("e.at_ms < ?", query.until_ms);
  if (query.before_id > 0) where->Add("e.id < ?", query.before_id);
  if (query.state == ReviewState::kNew) where->Add("(s.state IS NULL OR s.state = 'new')");
  if (query.state && *query.state != ReviewState::kNew) where->Add("s.state = ?", std::string(ToString(*query.state)));
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
  return tags.empty() ? tags : tags + ")";
}

std::string FullExpression(const HistoryQuery& query, bool prefix) {
  const std::string words = MatchExpression(query.text, prefix);
  const std::string tags = TagExpression(query);
  std::string expression = words.empty() ? "" : "{question sql} : (" + words + ")";
  if (!expression.empty() && !tags.empty()) expression += " AND ";
  return expression + tags;
}

// Time narrows the ids to look at: ids grow with time but for calls that ran side by side.
Expected<void> NarrowByTime(Connection& connection, const HistoryQuery& query, const std::string& id, Where* where) {
  constexpr std::int64_t kOverlapMs = 3'600'000;
  if (query.since_ms <= kOverlapMs) return {};
  const auto first = FirstIdSince(connection, query.since_ms - kOverlapMs);
  if (!first) return Fail(first.error());
  where->Add(id + " >= ?", *first);
  return {};
}

Expected<std::vector<HistoryEntry>> Select(Connection& connection, const std::string& from, const Where& where,
                                           const std::string& order, std::int64_t limit) {
  auto statement = connection.Prepare(from + where.text() + " ORDER BY " + order + " LIMIT ?");
  if (!statement) return Fail(statement.error());
  where.Bind(*statement);
  statement->Bind(limit);
  return ReadAll(*statement);
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

Expected<std::vector<HistoryEntry>> SearchTail(Connection& connection, const HistoryQuery& query, std::int64_t indexed,
                                               std::int64_t limit) {
  Where where;
  where.Add("e.id > ?", indexed);
  AddFilters(query, &where);
  AddWords(query, &where);
  return Select(connection, kSelectEntry, where, "e.id DESC", limit);
}

Expected<std::vector<HistoryEntry>> SearchIndex(Connection& connection, const HistoryQuery& query,
                                                const std::string& expression, std::int64_t limit) {
  Where where;
  where.Add("search MATCH ?", expression);
  if (query.before_id > 0) where.Add("f.rowid < ?", query.before_id);
  if (auto narrowed = NarrowByTime(connection, query, "f.rowid", &where); !narrowed) return Fail(narrowed.error());
  AddFilters(query, &where);
  // CROSS JOIN: SQLite must walk the index in order of rowid and stop at the limit.
  const std::string from =
      "SELECT e.*, s.state, v.reviewer, v.note, v.corrected_sql, v.at_ms FROM search f CROSS JOIN entries e ON e.id = "
      "f.rowid LEFT JOIN review_state s ON s.entry_id = e.id LEFT JOIN events v ON v.id = s.event_id ";
  return Select(connection, from, where, "f.rowid DESC", limit);
}

}  // namespace

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

std::string MatchExpression(const std::string& text, bool prefix) {
  std::string expression;
  const std::string spaced = CleanUtf8(text);
  for (const std::string& word : Split(spaced, ' ')) {
    std::string tokens;
    bool in_token = false;
    for (std::size_t i = 0; i < word.size();) {
      const char32_t c = NextCodePoint(word, &i);
      if (!IsWordCharacter(c) || c == 0xFFFD) {
        in_token = false;
        continue;
      }
      if (!tokens.empty() && (!in_token || IsCjk(c))) tokens += ' ';
      AppendUtf8(c, &tokens);
      in_token = !IsCjk(c);
    }
    if (!tokens.empty()) expression += (expression.empty() ? "\"" : " AND \"") + tokens + (prefix ? "\" *" : "\"");
  }
  return expression;
}

Expected<std::int64_t> IndexedUpTo(Connection& connection) {
  return connection.QueryInt("SELECT indexed FROM head");
}

Expected<std::int64_t> IndexSome(Connection& connection, int most) {
  auto transaction = Transaction::Begin(connection);
  if (!transaction) return Fail(transaction.error());
  const auto indexed = IndexedUpTo(connection);
  if (!indexed) return Fail(indexed.error());
  auto select = connection.Prepare(std::string(kSelectEntry) + "WHERE e.id > ? ORDER BY e.id LIMIT ?");
  if (!select) return Fail(select.error());
  select->Bind(*indexed).Bind(most);
  auto entries = ReadAll(*select);
  if (!entries) return Fail(entries.error());
  if (entries->empty()) return 0;

  auto insert = connection.Prepare("INSERT INTO search (rowid, question, sql, tags) VALUES (?,?,?,?)");
  auto sum = connection.Prepare(
      "INSERT INTO daily VALUES (?,?,?,?,?,?,?,1,?,?,?,?) ON CONFLICT DO UPDATE SET calls = calls + 1, "
      "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
      "completion_tokens = completion_tokens + excluded.completion_tokens, cost = cost + excluded.cost, "
      "elapsed_ms = elapsed_ms + excluded.elapsed_ms");
  if (!insert) return Fail(insert.error());
  if (!sum) return Fail(sum.error());
  for (const HistoryEntry& entry : *entries) {
    if (auto done = BindTexts(*insert, entry); !done) return Fail(done.error());
    sum->Bind(Day(entry.at_ms)).Bind(entry.database).Bind(entry.kind).Bind(entry.source).Bind(entry.verdict);
    sum->Bind(entry.rule).Bind(entry.caller).Bind(entry.prompt_tokens).Bind(entry.completion_tokens);
    if (auto done = sum->Bind(entry.cost).Bind(entry.elapsed_ms).Run(); !done) return Fail(done.error());
  }
  auto moved = connection.Prepare("UPDATE head SET indexed = ?");
  if (!moved) return Fail(moved.error());
  if (auto done = moved->Bind(entries->back().id).Run(); !done) return Fail(done.error());
  if (auto done = transaction->Commit(); !done) return Fail(done.error());
  return static_cast<std::int64_t>(entries->size());
}

Expected<void> Unindex(Connection& connection, const std::vector<std::int64_t>& ids) {
  const auto indexed = IndexedUpTo(connection);
  if (!indexed) return Fail(indexed.error());
  auto select = connection.Prepare(std::string(kSelectEntry) + "WHERE e.id = ?");
  auto remove = connection.Prepare("INSERT INTO search (search, rowid, question, sql, tags) VALUES ('delete',?,?,?,?)");
  if (!select) return Fail(select.error());
  if (!remove) return Fail(remove.error());
  for (const std::int64_t id : ids) {
    if (id > *indexed) continue;
    select->Bind(id);
    const auto entries = ReadAll(*select);
    if (!entries) return Fail(entries.error());
    if (entries->empty()) continue;
    if (auto done = BindTexts(*remove, entries->front()); !done) return done;
  }
  return {};
}

Expected<std::vector<HistoryEntry>> SearchEntries(Connection& connection, const HistoryQuery& query) {
  const std::int64_t limit = std::clamp(query.limit, 1, kMaxLimit);
  if (query.oldest_first) {
    Where in_order;
    in_order.Add("e.id > ?", query.after_id);
    AddFilters(query, &in_order);
    AddWords(query, &in_order);
    return Select(connection, kSelectEntry, in_order, "e.id", limit);
  }
  const bool has_text = !Trim(query.text).empty();
  if (has_text && MatchExpression(query.text, false).empty()) return std::vector<HistoryEntry>{};
  const std::string expression = FullExpression(query, false);

  // Reviewed entries are few, so they are looked up by state; everything else by the index, or simply newest first.
  const bool by_state = query.state && *query.state != ReviewState::kNew;
  if (expression.empty() || (by_state && !has_text)) {
    Where where;
    if (auto narrowed = NarrowByTime(connection, query, "e.id", &where); !narrowed) return Fail(narrowed.error());
    AddFilters(query, &where);
    return Select(connection, kSelectEntry, where, by_state ? "s.entry_id DESC" : "e.id DESC", limit);
  }

  const auto indexed = IndexedUpTo(connection);
  if (!indexed) return Fail(indexed.error());
  auto found = SearchTail(connection, query, *indexed, limit);
  if (!found) return found;
  const std::int64_t left = limit - static_cast<std::int64_t>(found->size());
  if (left == 0) return found;
  auto older = SearchIndex(connection, query, expression, left);
  // Whole words first: they are quick among millions. Beginnings of words when those lead nowhere, on any page.
  bool lost = older && older->empty() && found->empty() && has_text;
  if (lost && query.before_id > 0) {
    HistoryQuery first_page = query;
    first_page.before_id = 0;
    const auto any = SearchIndex(connection, first_page, expression, 1);
    lost = any && any->empty();
  }
  if (lost) older = SearchIndex(connection, query, FullExpression(query, true), left);
  if (!older) return older;
  found->insert(found->end(), std::make_move_iterator(older->begin()), std::make_move_iterator(older->end()));
  return found;
}

}  // namespace toomai::cache
