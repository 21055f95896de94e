// Results that are too large for one answer, as a link that can be read as CSV. A link is the statement, not the rows:
// it is run again, under the same checks and masks, for the caller it was given to and for nobody else, until it
// expires. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "engine/engine.h"
#include "mcp/json.h"

namespace toomai::mcp {

inline constexpr std::size_t kMaxResultLinks = 256;    // the oldest go first
inline constexpr std::size_t kMaxCsvBytes = 2u << 20;  // of one link; what is beyond is cut at a row, and said so
inline constexpr std::chrono::minutes kResultLinkTtl{15};

class ResultLinks {
 public:
  using Clock = std::chrono::steady_clock;

  // The URI, for this caller alone.
  std::string Offer(const engine::Caller& caller, const engine::ExecuteRequest& request,
                    Clock::time_point now = Clock::now());
  // The statement behind an id; nullopt: unknown, expired, or somebody else's.
  std::optional<engine::ExecuteRequest> Find(const engine::Caller& caller, const std::string& id,
                                             Clock::time_point now = Clock::now());

 private:
  struct Link {
    std::string id, owner;
    engine::ExecuteRequest request;
    Clock::time_point expires;
  };
  std::mutex mutex_;
  std::deque<Link> links_;  // the oldest in front
};

// One line of RFC 4180; NULL is nothing, '' is "".
void AppendCsvLine(const std::vector<std::optional<std::string_view>>& cells, std::string* out);

struct CsvText {
  std::string text;
  std::int64_t rows = 0;
  bool truncated = false;
};
Expected<CsvText> ReadAsCsv(engine::Engine& engine, const Deadline& deadline, const engine::Caller& caller,
                            const engine::ExecuteRequest& request, std::size_t max_bytes = kMaxCsvBytes);

// ToolResult with the link: as "csv" in the value, and as a block of its own for clients that know such links.
Json ToolResultWithCsv(Json value, const std::string& uri, const std::string& version);

}  // namespace toomai::mcp
