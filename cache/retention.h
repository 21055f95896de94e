// Old entries go, by age or by size of the file, oldest first; approved ones stay. What went is itself an event of the
// chain, so that the rest still verifies.
#pragma once

#include <cstdint>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/group_commit.h"
#include "cache/history.h"
#include "cache/options.h"

namespace toomai::cache {

// Entries up to this id are over the limits and go; 0: none. Looked up once per round, since a file shrinks only after
// a while.
Expected<std::int64_t> PruneLimit(Connection& connection, const HistoryStoreOptions& options);
// Removes at most a few thousand entries up to the limit in one transaction. How many went; 0: nothing is left to do.
Expected<std::int64_t> PruneSome(ChainWriter& writer, std::int64_t limit_id);

// Recomputes every hash. Reads in one snapshot, so writers may go on.
Expected<VerifyReport> VerifyChain(Connection& connection);

}  // namespace toomai::cache
