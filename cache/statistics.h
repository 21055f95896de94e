// Tables of numbers about the history: for the review page and the command line.
#pragma once

#include <string>

#include "base/error.h"
#include "cache/history.h"
#include "cache/sqlite.h"

namespace toomai::cache {

// A JSON object: "totals", and lists of objects under "per_day", "by_source", "by_verdict", "by_database", "by_caller",
// "refusals_by_rule", "by_state", and, from the newest entries only, "slowest", "most_expensive", "failing_tables".
// Of the query, database, source, verdict, caller, kind, since and until count.
Expected<std::string> CollectStatistics(Connection& connection, const HistoryQuery& query);

}  // namespace toomai::cache
