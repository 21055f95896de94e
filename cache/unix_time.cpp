#include "cache/unix_time.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace toomai::cache {

std::int64_t UnixMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Iso8601(std::int64_t at_ms) {
  const std::time_t seconds = at_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(at_ms % 1000));
  return text.data();
}

std::string UtcDay(std::int64_t at_ms) {
  return Iso8601(at_ms).substr(0, 10);
}

}  // namespace toomai::cache
