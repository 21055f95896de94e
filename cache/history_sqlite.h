// The history in one SQLite file: WAL, group commit, hash chain, full text. See cache/history.h for the contract and
// cache/options.h for the settings.
//
// Nothing is opened before the first call that needs it. Several processes may use one file at the same time.
#pragma once

#include <memory>

#include "base/error.h"
#include "cache/history.h"
#include "cache/options.h"

namespace toomai::cache {

// Fails only when the options make no sense; trouble with the file is the answer of each call, and of Health().
Expected<std::unique_ptr<History>> OpenSqliteHistory(const HistoryStoreOptions& options);

}  // namespace toomai::cache
