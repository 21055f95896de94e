// A history entry as JSON text: for the log beside the store, exports, and tools.
#pragma once

#include <string>

#include "cache/history.h"
#include "cache/unix_time.h"

namespace toomai::cache {

// One line, empty fields left out.
std::string ToJson(const HistoryEntry& entry);

}  // namespace toomai::cache
