#include "cache/history.h"

#include <array>

namespace toomai::cache {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"new", "approved", "rejected", "needs_work"};

}  // namespace

std::string_view ToString(ReviewState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<ReviewState> ParseReviewState(std::string_view word) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == word) return static_cast<ReviewState>(i);
  }
  if (word == "needs-work") return ReviewState::kNeedsWork;
  return std::nullopt;
}

const std::string& ApprovedSql(const HistoryEntry& entry) {
  if (!entry.corrected_sql.empty()) return entry.corrected_sql;
  return entry.sql_generated.empty() ? entry.sql_run : entry.sql_generated;
}

}  // namespace toomai::cache
