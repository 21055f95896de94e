// The hash chain, walked: what was kept by retention, and everything after it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sql.h"

namespace toomai::cache {

// What the newest "prune" event says: rows up to `id` were looked at, some were kept (their digest), and the chain goes
// on from `hash`.
struct Anchor {
  std::int64_t id = 0;
  std::string hash = std::string(32, '\0');
  std::string kept_digest{};
};
Expected<std::optional<Anchor>> ReadAnchor(Sql& sql);

// The rows that are left up to `id`, as one digest.
Expected<std::string> KeptDigest(Sql& sql, std::int64_t id, std::int64_t* count);

// Recomputes every hash. `sql` must be one snapshot.
Expected<VerifyReport> VerifyChain(Sql& sql);

}  // namespace toomai::cache
