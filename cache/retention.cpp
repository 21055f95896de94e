#include "cache/retention.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/text.h"
#include "cache/chain.h"
#include "cache/unix_time.h"

namespace toomai::cache {
namespace {

constexpr std::int64_t kPruneAtOnce = 2000;
constexpr std::int64_t kMsPerDay = 86'400'000;

// The id up to which entries must go; 0: none.
Expected<std::int64_t> OverAge(Sql& sql, std::int64_t max_age_days) {
  if (max_age_days <= 0) return 0;
  const auto first_kept = FirstIdSince(sql, UnixMs() - max_age_days * kMsPerDay);
  if (!first_kept) return first_kept;
  return *first_kept - 1;
}

Expected<std::int64_t> OverSize(Sql& sql, std::int64_t max_bytes, std::int64_t live_bytes) {
  if (max_bytes <= 0 || live_bytes <= max_bytes) return 0;
  // Go down to nine tenths, so that the next entry does not prune again.
  const auto entries = sql.QueryInt("SELECT entries FROM head");
  if (!entries) return entries;
  const double share = 1.0 - 0.9 * static_cast<double>(max_bytes) / static_cast<double>(live_bytes);
  const auto surplus = std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(*entries)));
  return sql.QueryInt("SELECT id FROM entries ORDER BY id LIMIT 1 OFFSET ?", {surplus - 1});
}

// Rows that are gone, and what hung on them. Everything up to the last victim that is not approved is a victim.
Expected<void> DeleteUpTo(ChainWriter& writer, std::int64_t last_victim, std::int64_t border) {
  Sql& sql = writer.sql();
  if (auto done = sql.Run("DELETE FROM review_state WHERE entry_id <= ? AND state <> 'approved'", {last_victim}); !done)
    return done;
  if (auto done =
          sql.Run("DELETE FROM entries WHERE id <= ? AND id NOT IN (SELECT entry_id FROM review_state)", {last_victim});
      !done) {
    return done;
  }
  return sql.Run("DELETE FROM events WHERE id <= ? AND (kind = 'prune' OR entry_id NOT IN (SELECT id FROM entries))",
                 {border});
}

// The event that says what went.
Expected<void> AppendPrune(ChainWriter& writer, std::int64_t border, const std::string& hash, std::int64_t removed) {
  std::int64_t kept = 0;
  const auto digest = KeptDigest(writer.sql(), border, &kept);
  if (!digest) return Fail(digest.error());
  Event event;
  event.at_ms = UnixMs();
  event.kind = "prune";
  event.entry_id = border;
  event.reviewer = "retention";
  event.note =
      nlohmann::json{{"removed", removed}, {"kept", kept}, {"kept_digest", *digest}, {"hash", Base64Encode(hash)}}
          .dump();
  writer.head().entries -= removed;
  return writer.Append(&event);
}

Expected<std::int64_t> PruneInside(ChainWriter& writer, std::int64_t limit_id) {
  Sql& sql = writer.sql();
  const auto victims = sql.QueryInts(
      "SELECT e.id FROM entries e LEFT JOIN review_state s ON s.entry_id = e.id WHERE e.id <= ? AND "
      "(s.state IS NULL OR s.state <> 'approved') ORDER BY e.id LIMIT ?",
      {limit_id, kPruneAtOnce});
  if (!victims) return Fail(victims.error());
  if (victims->empty()) return 0;
  const auto anchor = ReadAnchor(sql);
  if (!anchor) return Fail(anchor.error());
  // The border only moves up; below it rows may be missing, from it on there are no gaps.
  const bool keep_border = *anchor && (*anchor)->id >= victims->back();
  const std::int64_t border = keep_border ? (*anchor)->id : victims->back();
  const auto hash = keep_border ? Expected<std::string>((*anchor)->hash) : SelectHash(sql, border);
  if (!hash) return Fail(hash.error());

  if (auto done = writer.Forget(*victims); !done) return Fail(done.error());
  if (auto done = DeleteUpTo(writer, victims->back(), border); !done) return Fail(done.error());
  const auto removed = static_cast<std::int64_t>(victims->size());
  if (auto done = AppendPrune(writer, border, *hash, removed); !done) return Fail(done.error());
  return removed;
}

}  // namespace

Expected<std::int64_t> PruneLimit(Sql& sql, const HistoryStoreOptions& options, std::int64_t live_bytes) {
  const auto too_old = OverAge(sql, options.max_age_days);
  if (!too_old) return too_old;
  const auto too_much = OverSize(sql, options.max_bytes, live_bytes);
  if (!too_much) return too_much;
  return std::max(*too_old, *too_much);
}

Expected<std::int64_t> PruneSome(ChainWriter& writer, std::int64_t limit_id, std::chrono::milliseconds patience) {
  if (auto begun = writer.Begin(patience); !begun) return Fail(begun.error());
  auto removed = PruneInside(writer, limit_id);
  if (!removed || *removed == 0) {
    writer.Rollback();
    return removed;
  }
  if (auto done = writer.Commit(); !done) {
    writer.Rollback();
    return Fail(done.error());
  }
  writer.Shrink();
  Log(Level::kInfo, "history", "old entries removed", {{"entries", *removed}});
  return removed;
}

}  // namespace toomai::cache
