// A history entry as JSON text: for the log beside the store, exports, and tools.
#pragma once

#include <string>

#include "cache/history.h"

namespace toomai::cache {

// One line, empty fields left out.
std::string ToJson(const HistoryEntry& entry);
// "2026-11-20T17:40:08.123Z"
std::string Iso8601(std::int64_t at_ms);

}  // namespace toomai::cache
