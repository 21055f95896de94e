// Why a query gave no rows: the same query without one of its filters, for each filter, and which value was perhaps
// meant. Pure text; the engine runs the probes, each checked like any statement.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "schema/values.h"

namespace toomai::engine {

inline constexpr std::size_t kMaxProbes = 6;

struct FilterProbe {
  std::string filter;           // "city = 'berlin'", as written
  std::string sql_without;      // the statement with the filter replaced by true
  std::string column, literal;  // when the filter compares a column with one text
};

// The filters that the outermost SELECT's WHERE joins with AND, the first kMaxProbes of them. Empty when `sql` has none
// or is no plain SELECT.
std::vector<FilterProbe> FindFilters(std::string_view sql);

// The value of `column` nearest to `literal`, in its own spelling; empty when nothing is near, or when the value
// exists.
std::string NearestValue(const FilterProbe& probe, const schema::Schema& schema, const std::vector<std::string>& tables,
                         const std::vector<schema::ColumnValues>& values);

// What is said of it, in the language of the question ("en", "zh", "ja"; others in English).
std::string NoRowHas(const std::string& filter, const std::string& nearest, std::string_view language);
std::string RowsWithout(const std::string& filter, std::string_view language);

}  // namespace toomai::engine
