// Values that occur in columns: what questions name ("vip", "東京") without naming the column. Collected by
// engine/pg/values for columns the policy lets out; indexed by schema/value_index.
#pragma once

#include <string>
#include <vector>

namespace toomai::schema {

struct ColumnValues {
  int table = -1, column = -1;      // in the Schema the values were read with
  std::vector<std::string> values;  // distinct, original spelling; at most a few thousand
  bool complete = false;            // every value of the column is here
};

}  // namespace toomai::schema
