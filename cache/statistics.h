// Tables of numbers about the history: for the review page and the command line.
#pragma once

#include <string>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sql.h"

namespace toomai::cache {

constexpr int kNewestForStatistics = 20'000;  // entries from which the lists of single calls are made

// Adds one call to the sums: day, database, kind, source, verdict, rule, caller, prompt and completion tokens, cost,
// elapsed milliseconds. Sums survive retention.
extern const char* const kAddToDaily;

// A JSON object: "totals", and lists of objects under "per_day", "questions_per_day", "by_source", "by_verdict",
// "by_database", "by_caller", "refusals_by_rule", "by_state", and, from the newest entries only, "slowest",
// "most_expensive", "failing_tables". Of the query, database, source, verdict, caller, kind, since and until count.
Expected<std::string> CollectStatistics(Sql& sql, const HistoryQuery& query);

}  // namespace toomai::cache
