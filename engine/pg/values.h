// The values that occur in columns, for the value index: what people name in questions ("gold", "東京").
//
// Sources, best first: enum labels and CHECK lists (in the Schema already), a bounded SELECT DISTINCT of text columns
// of small tables, pg_stats. Everything runs read-only with a statement timeout; a column that is slow, denied or
// broken is left out, and the rest is returned. What is returned is sorted by table and column.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/connection.h"
#include "schema/schema.h"
#include "schema/values.h"

namespace toomai::engine::pg {

struct ValueOptions {
  bool scan_small = true;             // SELECT DISTINCT in tables of fewer rows than small_table
  bool scan = false;                  // the same in larger tables, where statistics promise few values
  double small_table = 5'000;         // rows
  double few_values = 2'000;          // distinct values that make a larger column worth a scan
  std::size_t max_values = 5'000;     // per column
  std::size_t max_value_bytes = 200;  // longer values are prose, not names
  int max_columns = 2'000;            // scanned per call, shortest tables first
  std::chrono::milliseconds column_timeout{1'000};
  std::chrono::milliseconds budget{10'000};  // for all of it
  // False for columns whose values must stay in the database (masked, denied). Null: all may be read.
  std::function<bool(const schema::Table&, const schema::Column&)> allowed;
};

Expected<std::vector<schema::ColumnValues>> CollectValues(Connection& connection, const Deadline& deadline,
                                                          const schema::Schema& schema,
                                                          const ValueOptions& options = {});

}  // namespace toomai::engine::pg
