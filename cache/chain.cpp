#include "cache/chain.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"
#include "cache/rows.h"

namespace toomai::cache {
namespace {

constexpr std::int64_t kIdsAtOnce = 1000;  // bounds the memory of a walk

// One row of the chain: an entry or an event.
struct ChainRow {
  std::string hash, digest;
};
using ChainRows = std::map<std::int64_t, ChainRow>;

// Entries and events with first < id <= last, in the order of their ids.
Expected<ChainRows> RowsBetween(Sql& sql, std::int64_t first, std::int64_t last) {
  ChainRows rows;
  const auto add = [&rows](const auto& item, std::string hash) { rows[item.id] = {std::move(hash), DigestOf(item)}; };
  auto done = sql.Run(SelectEntrySql() + "WHERE e.id > ? AND e.id <= ?", {first, last}, [&](const SqlRow& row) {
    std::string hash;
    const HistoryEntry entry = ReadEntry(row, &hash);
    add(entry, std::move(hash));
  });
  if (!done) return Fail(done.error());
  done = sql.Run(SelectEventSql() + "WHERE v.id > ? AND v.id <= ?", {first, last}, [&](const SqlRow& row) {
    std::string hash;
    const Event event = ReadEvent(row, &hash);
    add(event, std::move(hash));
  });
  if (!done) return Fail(done.error());
  return rows;
}

// The smallest id of any row above `id`; 0: there is none.
Expected<std::int64_t> NextId(Sql& sql, std::int64_t id) {
  return sql.QueryInt(
      "SELECT min(id) FROM (SELECT min(id) AS id FROM entries WHERE id > ? UNION ALL SELECT min(id) FROM events WHERE "
      "id > ?) AS both_kinds",
      {id, id});
}

void Break(VerifyReport* report, std::int64_t id, std::string detail) {
  report->intact = false;
  report->first_broken = id;
  report->detail = std::move(detail);
}

// From one row to the next.
class Walk {
 public:
  Walk(const Anchor& start, VerifyReport* report) : last_id_(start.id), last_hash_(start.hash), report_(report) {}

  // False at the first break.
  bool Step(std::int64_t id, const ChainRow& row) {
    if (id != last_id_ + 1) {
      Break(report_, last_id_ + 1, "row " + std::to_string(last_id_ + 1) + " is missing");
    } else if (Link(last_hash_, row.digest) != row.hash) {
      Break(report_, id, "row " + std::to_string(id) + " was changed after it was written, or put in later");
    } else {
      last_id_ = id;
      last_hash_ = row.hash;
      ++report_->checked;
    }
    return report_->intact;
  }
  void End(const ChainHead& head) {
    report_->head_id = last_id_;
    report_->head_hash = HexEncode(last_hash_);
    if (head.id == last_id_ && head.hash == last_hash_) return;
    Break(report_, last_id_ + 1,
          "the newest rows are missing: the head says " + std::to_string(head.id) + ", the last row is " +
              std::to_string(last_id_));
  }

 private:
  std::int64_t last_id_;
  std::string last_hash_;
  VerifyReport* report_;
};

Expected<void> WalkChain(Sql& sql, const Anchor& start, VerifyReport* report) {
  Walk walk(start, report);
  for (std::int64_t from = start.id;;) {
    const auto next = NextId(sql, from);
    if (!next) return Fail(next.error());
    if (*next == 0) break;
    const auto rows = RowsBetween(sql, *next - 1, *next - 1 + kIdsAtOnce);
    if (!rows) return Fail(rows.error());
    for (const auto& [id, row] : *rows) {
      if (!walk.Step(id, row)) return {};
      from = id;
    }
  }
  const auto head = ReadHead(sql);
  if (!head) return Fail(head.error());
  walk.End(*head);
  return {};
}

// The table of states is derived from the events, and must say what they say.
Expected<void> CheckReviewStates(Sql& sql, VerifyReport* report) {
  const auto ids = sql.QueryInts(
      "SELECT coalesce(s.entry_id, last.entry_id) FROM review_state s FULL JOIN (SELECT entry_id, max(id) AS id FROM "
      "events WHERE kind = 'review' AND entry_id IN (SELECT id FROM entries) GROUP BY entry_id) last ON "
      "last.entry_id = s.entry_id LEFT JOIN events v ON v.id = last.id WHERE s.event_id IS DISTINCT FROM last.id OR "
      "s.state IS DISTINCT FROM v.state ORDER BY 1 LIMIT 1");
  if (!ids) return Fail(ids.error());
  if (ids->empty()) return {};
  Break(report, ids->front(),
        "the review state of entry " + std::to_string(ids->front()) + " is not what its last review said");
  return {};
}

}  // namespace

Expected<std::optional<Anchor>> ReadAnchor(Sql& sql) {
  std::optional<Anchor> anchor;
  const auto done =
      sql.Run(SelectEventSql() + "WHERE v.kind = 'prune' ORDER BY v.id DESC LIMIT 1", {}, [&](const SqlRow& row) {
        const Event event = ReadEvent(row);
        const auto note = nlohmann::json::parse(event.note, nullptr, false);
        anchor.emplace().id = event.entry_id;
        if (!note.is_object()) return;
        anchor->kept_digest = note.value("kept_digest", "");
        std::string bytes;
        if (Base64Decode(note.value("hash", ""), &bytes)) anchor->hash = bytes;
      });
  if (!done) return Fail(done.error());
  return anchor;
}

Expected<std::string> KeptDigest(Sql& sql, std::int64_t id, std::int64_t* count) {
  Sha256 all;
  for (std::int64_t from = 0;;) {
    const auto next = NextId(sql, from);
    if (!next) return Fail(next.error());
    if (*next == 0 || *next > id) return HexEncode(all.Finish());
    from = std::min(id, *next - 1 + kIdsAtOnce);
    const auto rows = RowsBetween(sql, *next - 1, from);
    if (!rows) return Fail(rows.error());
    for (const auto& [row_id, row] : *rows) {
      all.Update(std::to_string(row_id) + ":" + row.digest);
      ++*count;
    }
  }
}

Expected<VerifyReport> VerifyChain(Sql& sql) {
  VerifyReport report;
  const auto anchor = ReadAnchor(sql);
  if (!anchor) return Fail(anchor.error());
  const Anchor start = anchor->value_or(Anchor{});
  if (*anchor) {
    const auto kept = KeptDigest(sql, start.id, &report.checked);
    if (!kept) return Fail(kept.error());
    if (*kept != start.kept_digest) {
      Break(&report, 1, "entries kept by retention, up to " + std::to_string(start.id) + ", were changed or removed");
      return report;
    }
  }
  if (auto walked = WalkChain(sql, start, &report); !walked) return Fail(walked.error());
  if (!report.intact) return report;
  if (auto checked = CheckReviewStates(sql, &report); !checked) return Fail(checked.error());
  return report;
}

}  // namespace toomai::cache
