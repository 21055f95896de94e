// PostgreSQL's plan (EXPLAIN (FORMAT JSON)) as something a person reads: a tree with estimates (and the truth, when it
// was analyzed), the node that costs most, and advice. Pure; knows no connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "schema/schema.h"

namespace toomai::engine {

// A sequential scan of a table with more rows than this is worth a word.
inline constexpr double kLargeTableRows = 100'000;
inline constexpr int kMaxPlanDepth = 200;

// `schema` may be null: advice then does not know which columns have an index.
Expected<PlanReport> ReadPlan(std::string_view json, const schema::Schema* schema);

// The one sentence that names the plan's most expensive node: "Seq Scan on orders (cost 1234, 5000000 rows)".
Expected<std::string> MostExpensiveNode(std::string_view json);

}  // namespace toomai::engine
