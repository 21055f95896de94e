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

// Removes at most a few thousand entries in one transaction. How many went; 0: nothing is over the limits.
Expected<std::int64_t> PruneSome(ChainWriter& writer, const HistoryStoreOptions& options);

// Recomputes every hash. Reads in one snapshot, so writers may go on.
Expected<VerifyReport> VerifyChain(Connection& connection);

}  // namespace toomai::cache
