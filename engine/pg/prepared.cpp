#include "engine/pg/prepared.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::engine::pg {
namespace {

constexpr std::size_t kMostSeen = 64;

}  // namespace

PreparedStatements::Use PreparedStatements::For(std::string_view sql) {
  if (sql.size() > kLongest) return {};
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.sql == sql; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return {found->name, false, {}};
  }
  const std::uint64_t hash = Hash64(sql);
  if (std::find(seen_.begin(), seen_.end(), hash) == seen_.end()) {
    if (seen_.size() < kMostSeen) seen_.resize(kMostSeen);
    seen_[next_seen_++ % kMostSeen] = hash;
    return {};
  }
  Use use{"toomai_" + std::to_string(++last_name_), true, {}};
  if (kept_.size() >= kMost) {
    use.drop = kept_.back().name;
    kept_.pop_back();
  }
  kept_.push_front({std::string(sql), use.name});
  return use;
}

void PreparedStatements::Clear() {
  kept_.clear();
}

}  // namespace toomai::engine::pg
