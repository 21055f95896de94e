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
    *this << what;
  }
  Content& operator<<(std::string_view field) {
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
  Content& operator<<(double number) {
    return *this << std::string_view(reinterpret_cast<const char*>(&number), sizeof number);
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

}  // namespace

const char* const kInsertEntry =
    "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
const char* const kInsertEvent = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)";
const char* const kSelectEntry =
    "SELECT e.*, s.state, v.reviewer, v.note, v.corrected_sql, v.at_ms FROM entries e "
    "LEFT JOIN review_state s ON s.entry_id = e.id LEFT JOIN events v ON v.id = s.event_id ";
const char* const kSelectEvent = "SELECT * FROM events v ";

Expected<std::int64_t> FirstIdSince(Connection& connection, std::int64_t at_ms) {
  const auto newest = connection.QueryInt("SELECT coalesce(max(id), 0) FROM entries");
  if (!newest) return newest;
  auto probe = connection.Prepare("SELECT id, at_ms FROM entries WHERE id >= ? ORDER BY id LIMIT 1");
  if (!probe) return Fail(probe.error());
  std::int64_t low = 1, high = *newest + 1;  // the answer lies in [low, high]
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto row = probe->Bind(middle).Step();
    if (!row) return Fail(row.error());
    const bool late = !*row || probe->Int(1) >= at_ms;
    const std::int64_t id = *row ? probe->Int(0) : high;
    if (*row) probe->Reset();
    if (late) {
      high = middle;
    } else {
      low = id + 1;
    }
  }
  return low;
}

Expected<ChainHead> ReadHead(Connection& connection) {
  auto row = connection.Prepare("SELECT id, hash, entries FROM head");
  if (!row) return Fail(row.error());
  const auto found = row->Step();
  if (!found) return Fail(found.error());
  if (!*found) return Fail(ErrorCode::kInternal, "corrupt: " + connection.path() + " has lost the head of its chain");
  ChainHead head;
  head.id = row->Int(0);
  head.hash = row->Text(1);
  head.entries = row->Int(2);
  return head;
}

Expected<void> WriteHead(Connection& connection, const ChainHead& head) {
  auto update = connection.Prepare("UPDATE head SET id = ?, hash = ?, entries = ?");
  if (!update) return Fail(update.error());
  return update->Bind(head.id).BindBlob(head.hash).Bind(head.entries).Run();
}

std::string DigestOf(const HistoryEntry& e) {
  Content content("entry 1");
  content << e.id << e.at_ms << e.kind << e.caller << e.client << e.database << e.question << e.language;
  content << e.sql_generated << e.sql_run << e.source << e.confidence << e.verdict << e.rule << e.repairs;
  content << e.paraphrase << e.tables << e.model << e.prompt_version << e.prompt_tokens << e.completion_tokens
          << e.cost;
  content << e.timings << e.elapsed_ms << e.rows << e.bytes << std::int64_t{e.truncated} << e.error << e.fingerprint;
  content << e.schema_fingerprint << e.request_id << e.trace_id << e.origin;
  return content.Digest();
}

std::string DigestOf(const Event& event) {
  Content content("event 1");
  content << event.id << event.at_ms << event.kind << event.entry_id << event.state << event.reviewer << event.note
          << event.corrected_sql;
  return content.Digest();
}

std::string Link(const std::string& previous_hash, const std::string& digest) {
  Sha256 hash;
  hash.Update(previous_hash);
  hash.Update(digest);
  return hash.Finish();
}

Expected<void> InsertEntry(Statement& insert, const HistoryEntry& e, const std::string& hash) {
  insert.Bind(e.id)
      .Bind(e.at_ms)
      .BindKept(e.kind)
      .BindKept(e.caller)
      .BindKept(e.client)
      .BindKept(e.database)
      .BindKept(e.question);
  insert.BindKept(e.language)
      .BindKept(e.sql_generated)
      .BindKept(e.sql_run)
      .BindKept(e.source)
      .Bind(e.confidence)
      .BindKept(e.verdict);
  insert.BindKept(e.rule)
      .BindKept(e.repairs)
      .BindKept(e.paraphrase)
      .BindKept(e.tables)
      .BindKept(e.model)
      .BindKept(e.prompt_version);
  insert.Bind(e.prompt_tokens)
      .Bind(e.completion_tokens)
      .Bind(e.cost)
      .BindKept(e.timings)
      .Bind(e.elapsed_ms)
      .Bind(e.rows);
  insert.Bind(e.bytes)
      .Bind(e.truncated ? 1 : 0)
      .BindKept(e.error)
      .BindKept(e.fingerprint)
      .BindKept(e.schema_fingerprint);
  insert.BindKept(e.request_id).BindKept(e.trace_id).BindKept(e.origin).BindBlob(hash);
  return insert.Run();
}

Expected<void> InsertEvent(Statement& insert, const Event& event, const std::string& hash) {
  insert.Bind(event.id).Bind(event.at_ms).Bind(event.kind).Bind(event.entry_id).Bind(event.state).Bind(event.reviewer);
  return insert.Bind(event.note).Bind(event.corrected_sql).BindBlob(hash).Run();
}

HistoryEntry ReadEntry(const Statement& row, std::string* hash) {
  HistoryEntry e;
  int column = 0;
  const auto text = [&] { return row.Text(column++); };
  const auto whole = [&] { return row.Int(column++); };
  const auto real = [&] { return row.Real(column++); };
  e.id = whole(), e.at_ms = whole(), e.kind = text(), e.caller = text(), e.client = text(), e.database = text();
  e.question = text(), e.language = text(), e.sql_generated = text(), e.sql_run = text(), e.source = text();
  e.confidence = real(), e.verdict = text(), e.rule = text(), e.repairs = text(), e.paraphrase = text();
  e.tables = text(), e.model = text(), e.prompt_version = text(), e.prompt_tokens = whole();
  e.completion_tokens = whole(), e.cost = real(), e.timings = text(), e.elapsed_ms = real(), e.rows = whole();
  e.bytes = whole(), e.truncated = whole() != 0, e.error = text(), e.fingerprint = text();
  e.schema_fingerprint = text(), e.request_id = text(), e.trace_id = text(), e.origin = text();
  const std::string stored = text();
  e.chain_hash = HexEncode(stored);
  if (hash != nullptr) *hash = stored;
  e.state = ParseReviewState(text()).value_or(ReviewState::kNew);
  e.reviewer = text(), e.note = text(), e.corrected_sql = text(), e.reviewed_at_ms = whole();
  return e;
}

Event ReadEvent(const Statement& row, std::string* hash) {
  Event event;
  event.id = row.Int(0), event.at_ms = row.Int(1), event.kind = row.Text(2), event.entry_id = row.Int(3);
  event.state = row.Text(4), event.reviewer = row.Text(5), event.note = row.Text(6), event.corrected_sql = row.Text(7);
  if (hash != nullptr) *hash = row.Text(8);
  return event;
}

}  // namespace toomai::cache
