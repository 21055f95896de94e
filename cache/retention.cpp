#include "cache/retention.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cache/rows.h"
#include "cache/search_index.h"

namespace toomai::cache {
namespace {

constexpr int kPruneAtOnce = 2000;
constexpr std::int64_t kMsPerDay = 86'400'000;

// What the newest "prune" event says: rows up to `id` were looked at, some were kept, and the chain goes on from
// `hash`.
struct Anchor {
  std::int64_t id = 0;
  std::string hash = std::string(32, '\0');
  std::string kept_digest{};
};

Expected<std::optional<Anchor>> ReadAnchor(Connection& connection) {
  auto select = connection.Prepare(std::string(kSelectEvent) + "WHERE kind = 'prune' ORDER BY id DESC LIMIT 1");
  if (!select) return Fail(select.error());
  const auto row = select->Step();
  if (!row) return Fail(row.error());
  if (!*row) return std::optional<Anchor>();
  const Event event = ReadEvent(*select);
  const auto note = nlohmann::json::parse(event.note, nullptr, false);
  Anchor anchor;
  anchor.id = event.entry_id;
  if (note.is_object()) {
    anchor.kept_digest = note.value("kept_digest", "");
    std::string bytes;
    if (Base64Decode(note.value("hash", ""), &bytes)) anchor.hash = bytes;
  }
  return std::optional<Anchor>(anchor);
}

// One row of the chain: an entry or an event.
struct ChainRow {
  std::int64_t id = 0;
  std::string hash, digest;
};

// Entries and events merged in the order of their ids.
class ChainReader {
 public:
  static Expected<ChainReader> Open(Connection& connection, const std::string& where, std::int64_t id) {
    ChainReader reader;
    auto entries = connection.Prepare(std::string(kSelectEntry) + "WHERE e.id " + where + " ORDER BY e.id");
    auto events = connection.Prepare(std::string(kSelectEvent) + "WHERE v.id " + where + " ORDER BY v.id");
    if (!entries) return Fail(entries.error());
    if (!events) return Fail(events.error());
    reader.entries_ = std::move(*entries);
    reader.events_ = std::move(*events);
    reader.entries_.Bind(id);
    reader.events_.Bind(id);
    if (auto read = reader.ReadEntryRow(); !read) return Fail(read.error());
    if (auto read = reader.ReadEventRow(); !read) return Fail(read.error());
    return reader;
  }

  Expected<std::optional<ChainRow>> Next() {
    std::optional<ChainRow> next;
    Expected<void> read;
    if (entry_ && (!event_ || entry_->id < event_->id)) {
      next = std::move(entry_);
      read = ReadEntryRow();
    } else if (event_) {
      next = std::move(event_);
      read = ReadEventRow();
    }
    if (!read) return Fail(read.error());
    return next;
  }

 private:
  Expected<void> ReadEntryRow() {
    entry_.reset();
    const auto row = entries_.Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    ChainRow link;
    const HistoryEntry entry = ReadEntry(entries_, &link.hash);
    link.id = entry.id;
    link.digest = DigestOf(entry);
    entry_ = std::move(link);
    return {};
  }
  Expected<void> ReadEventRow() {
    event_.reset();
    const auto row = events_.Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    ChainRow link;
    const Event event = ReadEvent(events_, &link.hash);
    link.id = event.id;
    link.digest = DigestOf(event);
    event_ = std::move(link);
    return {};
  }

  Statement entries_, events_;
  std::optional<ChainRow> entry_, event_;
};

// The rows that retention kept up to `id`, as one digest.
Expected<std::string> KeptDigest(Connection& connection, std::int64_t id, std::int64_t* count) {
  auto reader = ChainReader::Open(connection, "<= ?", id);
  if (!reader) return Fail(reader.error());
  Sha256 all;
  while (true) {
    auto link = reader->Next();
    if (!link) return Fail(link.error());
    if (!*link) return HexEncode(all.Finish());
    all.Update(std::to_string((*link)->id) + ":" + (*link)->digest);
    ++*count;
  }
}

Expected<std::vector<std::int64_t>> Ids(Connection& connection, const std::string& sql, std::int64_t bound) {
  auto select = connection.Prepare(sql);
  if (!select) return Fail(select.error());
  select->Bind(bound);
  std::vector<std::int64_t> ids;
  while (true) {
    const auto row = select->Step();
    if (!row) return Fail(row.error());
    if (!*row) return ids;
    ids.push_back(select->Int(0));
  }
}

// The id up to which entries must go; 0: none.
Expected<std::int64_t> OverAge(Connection& connection, std::int64_t max_age_days) {
  if (max_age_days <= 0) return 0;
  const std::int64_t cutoff = UnixMs() - max_age_days * kMsPerDay;
  const auto first_kept = FirstIdSince(connection, cutoff);
  if (!first_kept) return first_kept;
  return *first_kept - 1;
}

// Live bytes: pages that hold something.
Expected<std::int64_t> OverSize(Connection& connection, std::int64_t max_bytes) {
  if (max_bytes <= 0) return 0;
  const auto live = connection.QueryInt(
      "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, "
      "pragma_page_size s");
  if (!live) return live;
  if (*live <= max_bytes) return 0;
  // Go down to nine tenths, so that the next entry does not prune again.
  const auto entries = connection.QueryInt("SELECT entries FROM head");
  if (!entries) return entries;
  const double share = 1.0 - 0.9 * static_cast<double>(max_bytes) / static_cast<double>(*live);
  const auto surplus = std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(*entries)));
  const auto ids = Ids(connection, "SELECT id FROM entries ORDER BY id LIMIT 1 OFFSET ?", surplus - 1);
  if (!ids) return Fail(ids.error());
  return ids->empty() ? 0 : ids->front();
}

Expected<void> DeleteIds(Connection& connection, const char* sql, const std::vector<std::int64_t>& ids) {
  auto remove = connection.Prepare(sql);
  if (!remove) return Fail(remove.error());
  for (const std::int64_t id : ids) {
    if (auto done = remove->Bind(id).Run(); !done) return done;
  }
  return {};
}

// The hash of the row `id`, which is still there.
Expected<std::string> HashAt(Connection& connection, std::int64_t id) {
  return connection.QueryText("SELECT hash FROM entries WHERE id = " + std::to_string(id) +
                              " UNION ALL SELECT hash FROM events WHERE id = " + std::to_string(id));
}

Expected<std::int64_t> PruneInside(ChainWriter& writer, std::int64_t limit_id) {
  Connection& connection = writer.connection();
  const auto victims =
      Ids(connection,
          "SELECT e.id FROM entries e LEFT JOIN review_state s ON s.entry_id = e.id WHERE e.id <= ? AND "
          "(s.state IS NULL OR s.state <> 'approved') ORDER BY e.id LIMIT " +
              std::to_string(kPruneAtOnce),
          limit_id);
  if (!victims) return Fail(victims.error());
  if (victims->empty()) return 0;
  const auto anchor = ReadAnchor(connection);
  if (!anchor) return Fail(anchor.error());

  // The border only moves up; below it rows may be missing, from it on there are no gaps.
  std::int64_t border = victims->back();
  Expected<std::string> hash = std::string();
  if (*anchor && (*anchor)->id >= border) {
    border = (*anchor)->id;
    hash = (*anchor)->hash;
  } else {
    hash = HashAt(connection, border);
  }
  if (!hash) return Fail(hash.error());

  if (auto done = Unindex(connection, *victims); !done) return Fail(done.error());
  if (auto done = DeleteIds(connection, "DELETE FROM review_state WHERE entry_id = ?", *victims); !done) {
    return Fail(done.error());
  }
  if (auto done = DeleteIds(connection, "DELETE FROM entries WHERE id = ?", *victims); !done) return Fail(done.error());
  auto orphans = connection.Prepare(
      "DELETE FROM events WHERE id <= ? AND (kind = 'prune' OR entry_id NOT IN (SELECT id FROM entries))");
  if (!orphans) return Fail(orphans.error());
  if (auto done = orphans->Bind(border).Run(); !done) return Fail(done.error());

  std::int64_t kept = 0;
  const auto digest = KeptDigest(connection, border, &kept);
  if (!digest) return Fail(digest.error());
  const auto removed = static_cast<std::int64_t>(victims->size());
  Event event;
  event.at_ms = UnixMs();
  event.kind = "prune";
  event.entry_id = border;
  event.reviewer = "retention";
  event.note =
      nlohmann::json{{"removed", removed}, {"kept", kept}, {"kept_digest", *digest}, {"hash", Base64Encode(*hash)}}
          .dump();
  writer.head().entries -= removed;
  if (auto done = writer.Append(&event); !done) return Fail(done.error());
  return removed;
}

Expected<void> CheckReviewStates(Connection& connection, VerifyReport* report) {
  const auto ids = Ids(
      connection,
      "SELECT coalesce(s.entry_id, last.entry_id) FROM review_state s FULL JOIN (SELECT entry_id, max(id) AS id FROM "
      "events WHERE kind = 'review' AND entry_id IN (SELECT id FROM entries) GROUP BY entry_id) last ON "
      "last.entry_id = s.entry_id LEFT JOIN events v ON v.id = last.id WHERE s.event_id IS NOT last.id OR s.state IS "
      "NOT v.state ORDER BY 1 LIMIT ?",
      1);
  if (!ids) return Fail(ids.error());
  if (!ids->empty()) {
    report->intact = false;
    report->first_broken = ids->front();
    report->detail = "the review state of entry " + std::to_string(ids->front()) + " is not what its last review said";
  }
  return {};
}

void Break(VerifyReport* report, std::int64_t id, std::string detail) {
  report->intact = false;
  report->first_broken = id;
  report->detail = std::move(detail);
}

Expected<void> WalkChain(Connection& connection, const Anchor& anchor, VerifyReport* report) {
  auto reader = ChainReader::Open(connection, "> ?", anchor.id);
  if (!reader) return Fail(reader.error());
  std::int64_t last_id = anchor.id;
  std::string last_hash = anchor.hash;
  while (true) {
    auto link = reader->Next();
    if (!link) return Fail(link.error());
    if (!*link) break;
    const ChainRow& row = **link;
    if (row.id != last_id + 1) {
      Break(report, last_id + 1, "row " + std::to_string(last_id + 1) + " is missing");
      return {};
    }
    if (Link(last_hash, row.digest) != row.hash) {
      Break(report, row.id, "row " + std::to_string(row.id) + " was changed after it was written, or put in later");
      return {};
    }
    last_id = row.id;
    last_hash = row.hash;
    ++report->checked;
  }
  const auto head = ReadHead(connection);
  if (!head) return Fail(head.error());
  report->head_id = last_id;
  report->head_hash = HexEncode(last_hash);
  if (head->id != last_id || head->hash != last_hash) {
    Break(report, last_id + 1,
          "the newest rows are missing: the head says " + std::to_string(head->id) + ", the last row is " +
              std::to_string(last_id));
  }
  return {};
}

}  // namespace

Expected<std::int64_t> PruneLimit(Connection& connection, const HistoryStoreOptions& options) {
  const auto too_old = OverAge(connection, options.max_age_days);
  if (!too_old) return too_old;
  const auto too_much = OverSize(connection, options.max_bytes);
  if (!too_much) return too_much;
  return std::max(*too_old, *too_much);
}

Expected<std::int64_t> PruneSome(ChainWriter& writer, std::int64_t limit_id) {
  if (auto begun = writer.Begin(); !begun) return Fail(begun.error());
  auto removed = PruneInside(writer, limit_id);
  if (!removed || *removed == 0) {
    writer.Rollback();
    return removed;
  }
  if (auto done = writer.Commit(); !done) {
    writer.Rollback();
    return Fail(done.error());
  }
  // The index keeps marks for what was deleted until it is merged.
  (void)writer.connection().Exec("INSERT INTO search(search, rank) VALUES ('merge', -500); PRAGMA incremental_vacuum");
  Log(Level::kInfo, "history", "old entries removed", {{"entries", *removed}});
  return removed;
}

Expected<VerifyReport> VerifyChain(Connection& connection) {
  VerifyReport report;
  if (auto snapshot = connection.Exec("BEGIN"); !snapshot) return Fail(snapshot.error());
  const auto walk = [&]() -> Expected<void> {
    const auto anchor = ReadAnchor(connection);
    if (!anchor) return Fail(anchor.error());
    const Anchor start = anchor->value_or(Anchor{});
    if (*anchor) {
      const auto kept = KeptDigest(connection, start.id, &report.checked);
      if (!kept) return Fail(kept.error());
      if (*kept != start.kept_digest) {
        Break(&report, 1, "entries kept by retention, up to " + std::to_string(start.id) + ", were changed or removed");
        return {};
      }
    }
    if (auto walked = WalkChain(connection, start, &report); !walked || !report.intact) return walked;
    return CheckReviewStates(connection, &report);
  };
  const Expected<void> walked = walk();
  (void)connection.Exec("ROLLBACK");
  if (!walked) return Fail(walked.error());
  return report;
}

}  // namespace toomai::cache
