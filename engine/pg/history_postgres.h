// The history in PostgreSQL, for several instances that share it. See cache/history.h for the contract.
//
// Everything lives in the schema "toomai" of the database that `options.path` (postgresql://…) names; it is made on
// first use. One row, the head of the chain, is locked for each group of entries, so that instances take turns and the
// chain has no gaps. Nothing is connected before the first call. Thread-safe.
#pragma once

#include <memory>
#include <string_view>

#include "base/error.h"
#include "cache/history.h"
#include "cache/options.h"

namespace toomai::engine::pg {

// "postgresql://…" or "postgres://…": a history.store that means this one and not a file.
bool IsPostgresUrl(std::string_view store);

// Fails only when the options make no sense; trouble with the server is the answer of each call, and of Health().
Expected<std::unique_ptr<cache::History>> OpenPostgresHistory(const cache::HistoryStoreOptions& options);

}  // namespace toomai::engine::pg
