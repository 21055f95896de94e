// The shape of a result in a few lines: for each column how many values are missing, how many differ, the smallest and
// the largest. Of the rows that were fetched, no more. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/types.h"

namespace toomai::engine {

inline constexpr std::size_t kSummaryRows = 5;  // that are shown beside the shape

struct ColumnShape {
  std::int64_t nulls = 0, distinct = 0;
  Cell least, most;  // numbers by value, everything else by PostgreSQL's text; none for masked columns
};

std::vector<ColumnShape> Summarize(const QueryResult& result);

}  // namespace toomai::engine
