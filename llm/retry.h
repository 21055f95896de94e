// When a server that was too busy wants to be asked again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace toomai::llm {

// "1s", "6m0s", "41.724s", "120ms", "1h2m": Go's spelling of a duration, as in x-ratelimit-reset-tokens.
std::optional<std::chrono::milliseconds> ParseGoDuration(std::string_view text);

// The longest of retry-after-ms, retry-after (seconds or a date) and, for 429, the resets of exhausted rate limits.
// `now` is Unix time in seconds. nullopt when the server says nothing.
std::optional<std::chrono::milliseconds> AskedWait(const std::map<std::string, std::string>& headers, int status,
                                                   std::int64_t now);

// first, 2 * first, 4 * first ... each taken between half and the whole by `random` in [0, 1).
std::chrono::milliseconds Backoff(std::chrono::milliseconds first, int attempt, double random);

}  // namespace toomai::llm
