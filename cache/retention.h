// Old entries go, by age or by size, oldest first; approved ones stay. What went is itself an event of the chain, so
// that the rest still verifies.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "cache/chain_writer.h"
#include "cache/options.h"

namespace toomai::cache {

// Entries up to this id are over the limits and go; 0: none. Looked up once per round, since a store shrinks only after
// a while. `live_bytes`: what the entries take now.
Expected<std::int64_t> PruneLimit(Sql& sql, const HistoryStoreOptions& options, std::int64_t live_bytes);
// Removes at most a few thousand entries up to the limit in one transaction. How many went; 0: nothing is left to do.
Expected<std::int64_t> PruneSome(ChainWriter& writer, std::int64_t limit_id, std::chrono::milliseconds patience);

}  // namespace toomai::cache
