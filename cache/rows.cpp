#include "cache/rows.h"

#include <array>
#include <charconv>

#include "base/sha256.h"
#include "base/text.h"

namespace toomai::cache {
namespace {

// Fields are written as length and bytes, so that no two contents give the same text.
class Content {
 public:
  explicit Content(std::string_view what) {
    text_.reserve(2048);
    *this << std::string(what);
  }
  Content& operator<<(const std::string& field) {
    Number(static_cast<std::int64_t>(field.size()));
    text_ += ':';
    text_ += field;
    return *this;
  }
  Content& operator<<(std::int64_t number) {
    Number(number);
    text_ += ';';
    return *this;
  }
  Content& operator<<(bool truth) { return *this << std::int64_t{truth}; }
  Content& operator<<(double number) {
    return *this << std::string(reinterpret_cast<const char*>(&number), sizeof number);
  }
  std::string Digest() {
    Sha256 hash;
    hash.Update(text_);
    return hash.Finish();
  }

 private:
  void Number(std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text_.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }

  std::string text_;
};

const HistoryEntry kNoEntry{};
const Event kNoEvent{};

// The names of the fields that `for_each` walks, each behind `prefix`.
template <typename ForEach>
std::string ColumnNames(const ForEach& for_each, const std::string& prefix) {
  std::string names;
  for_each([&](const char* name, const auto&) { names += prefix + name + ", "; });
  return names + prefix + "hash";
}

template <typename ForEach>
std::string InsertSql(const std::string& table, const ForEach& for_each) {
  std::string marks = "?";
  for_each([&](const char*, const auto&) { marks += ",?"; });
  return "INSERT INTO " + table + " (" + ColumnNames(for_each, "") + ") VALUES (" + marks + ")";
}

const auto kEntryFields = [](const auto& visit) { ForEachEntryField(kNoEntry, visit); };
const auto kEventFields = [](const auto& visit) { ForEachEventField(kNoEvent, visit); };

// Reads fields from the columns of a row, one after the other.
class FieldReader {
 public:
  explicit FieldReader(const SqlRow& row) : row_(row) {}
  void operator()(const char*, std::int64_t& field) { field = row_.Int(column_++); }
  void operator()(const char*, double& field) { field = row_.Real(column_++); }
  void operator()(const char*, bool& field) { field = row_.Int(column_++) != 0; }
  void operator()(const char*, std::string& field) { field = row_.Text(column_++); }
  std::string Bytes() { return row_.Bytes(column_++); }

 private:
  const SqlRow& row_;
  int column_ = 0;
};

}  // namespace

const char* const kReviewJoins =
    "LEFT JOIN review_state s ON s.entry_id = e.id LEFT JOIN events v ON v.id = s.event_id ";

const std::string& InsertEntrySql() {
  static const std::string sql = InsertSql("entries", kEntryFields);
  return sql;
}
const std::string& InsertEventSql() {
  static const std::string sql = InsertSql("events", kEventFields);
  return sql;
}
const std::string& EntryColumns() {
  static const std::string columns =
      ColumnNames(kEntryFields, "e.") + ", s.state, v.reviewer, v.note, v.corrected_sql, v.at_ms ";
  return columns;
}
const std::string& SelectEntrySql() {
  static const std::string sql = "SELECT " + EntryColumns() + "FROM entries e " + kReviewJoins;
  return sql;
}
const std::string& SelectEventSql() {
  static const std::string sql = "SELECT " + ColumnNames(kEventFields, "v.") + " FROM events v ";
  return sql;
}

HistoryEntry ReadEntry(const SqlRow& row, std::string* hash) {
  HistoryEntry entry;
  FieldReader read(row);
  ForEachEntryField(entry, read);
  const std::string stored = read.Bytes();
  entry.chain_hash = HexEncode(stored);
  if (hash != nullptr) *hash = stored;
  std::string state;
  read("state", state), read("reviewer", entry.reviewer), read("note", entry.note);
  read("corrected_sql", entry.corrected_sql), read("at_ms", entry.reviewed_at_ms);
  entry.state = ParseReviewState(state).value_or(ReviewState::kNew);
  return entry;
}

Event ReadEvent(const SqlRow& row, std::string* hash) {
  Event event;
  FieldReader read(row);
  ForEachEventField(event, read);
  if (hash != nullptr) *hash = read.Bytes();
  return event;
}

std::string DigestOf(const HistoryEntry& entry) {
  Content content("entry 1");
  ForEachEntryField(entry, [&](const char* name, const auto& field) {
    // Entries without a preview have the digest that they had before there were previews.
    if (entry.preview.empty() && std::string_view(name) == "preview") return;
    content << field;
  });
  return content.Digest();
}

std::string DigestOf(const Event& event) {
  Content content("event 1");
  ForEachEventField(event, [&](const char*, const auto& field) { content << field; });
  return content.Digest();
}

std::string Link(const std::string& previous_hash, const std::string& digest) {
  Sha256 hash;
  hash.Update(previous_hash);
  hash.Update(digest);
  return hash.Finish();
}

// ---- Questions to the tables ----

Expected<ChainHead> ReadHead(Sql& sql) {
  ChainHead head;
  bool found = false;
  const auto done = sql.Run("SELECT id, hash, entries FROM head", {}, [&](const SqlRow& row) {
    head = {row.Int(0), row.Bytes(1), row.Int(2)};
    found = true;
  });
  if (!done) return Fail(done.error());
  if (!found) return Fail(ErrorCode::kInternal, "corrupt: the history has lost the head of its chain");
  return head;
}

Expected<std::vector<HistoryEntry>> SelectEntries(Sql& sql, const std::string& rest,
                                                  const std::vector<SqlValue>& values) {
  std::vector<HistoryEntry> entries;
  const auto done =
      sql.Run(SelectEntrySql() + rest, values, [&](const SqlRow& row) { entries.push_back(ReadEntry(row)); });
  if (!done) return Fail(done.error());
  return entries;
}

Expected<HistoryEntry> SelectEntry(Sql& sql, std::int64_t id) {
  auto found = SelectEntries(sql, "WHERE e.id = ?", {id});
  if (!found) return Fail(found.error());
  if (found->empty()) return Fail(NoSuchEntry(id));
  return std::move(found->front());
}

Expected<std::string> SelectHash(Sql& sql, std::int64_t id) {
  return sql.QueryBytes("SELECT hash FROM entries WHERE id = ? UNION ALL SELECT hash FROM events WHERE id = ?",
                        {id, id});
}

Expected<std::int64_t> FirstIdSince(Sql& sql, std::int64_t at_ms) {
  const auto newest = sql.QueryInt("SELECT coalesce(max(id), 0) FROM entries");
  if (!newest) return newest;
  std::int64_t low = 1, high = *newest + 1;  // the answer lies in [low, high]
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    std::int64_t id = high;
    bool late = true;
    const auto done =
        sql.Run("SELECT id, at_ms FROM entries WHERE id >= ? ORDER BY id LIMIT 1", {middle}, [&](const SqlRow& row) {
          id = row.Int(0);
          late = row.Int(1) >= at_ms;
        });
    if (!done) return Fail(done.error());
    if (late) {
      high = middle;
    } else {
      low = id + 1;
    }
  }
  return low;
}

Error NoSuchEntry(std::int64_t id) {
  return {ErrorCode::kNotFound, "there is no history entry " + std::to_string(id), "see: toomai history list"};
}

}  // namespace toomai::cache
