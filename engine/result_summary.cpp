#include "engine/result_summary.h"

#include <cmath>
#include <cstdlib>
#include <string_view>
#include <unordered_set>

#include "engine/result_json.h"

namespace toomai::engine {
namespace {

// NaN is the largest number, as in PostgreSQL. Texts that are equal as double (longer numerics) keep the first.
bool NumberLess(const std::string& a, const std::string& b) {
  const double x = std::strtod(a.c_str(), nullptr), y = std::strtod(b.c_str(), nullptr);
  if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
  return x < y;
}

ColumnShape ShapeOf(const QueryResult& result, std::size_t column) {
  ColumnShape shape;
  const bool numeric = IsNumericOid(result.columns[column].type_oid);
  const auto less = [numeric](const std::string& a, const std::string& b) {
    return numeric ? NumberLess(a, b) : a < b;
  };
  std::unordered_set<std::string_view> seen;
  for (const auto& row : result.rows) {
    const Cell& cell = row[column];
    if (!cell) {
      ++shape.nulls;
      continue;
    }
    seen.insert(*cell);
    if (result.columns[column].masked) continue;
    if (!shape.least || less(*cell, *shape.least)) shape.least = cell;
    if (!shape.most || less(*shape.most, *cell)) shape.most = cell;
  }
  shape.distinct = static_cast<std::int64_t>(seen.size());
  return shape;
}

}  // namespace

std::vector<ColumnShape> Summarize(const QueryResult& result) {
  std::vector<ColumnShape> shapes;
  for (std::size_t i = 0; i < result.columns.size(); ++i) shapes.push_back(ShapeOf(result, i));
  return shapes;
}

}  // namespace toomai::engine
