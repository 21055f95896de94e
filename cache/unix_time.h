// Time as the history writes it: milliseconds since 1970, UTC.
#pragma once

#include <cstdint>
#include <string>

namespace toomai::cache {

std::int64_t UnixMs();
// "2026-11-20T17:40:08.123Z"
std::string Iso8601(std::int64_t at_ms);
// "2026-11-20"
std::string UtcDay(std::int64_t at_ms);

}  // namespace toomai::cache
