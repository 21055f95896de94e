// What the history asks of a SQL database, said once for SQLite and PostgreSQL: statements with ? for each value, rows
// read column by column. The SQL written against this face is the part that both understand. A Sql belongs to one
// thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace toomai::cache {

struct SqlBytes {
  std::string bytes{};
};
using SqlValue = std::variant<std::int64_t, double, std::string, SqlBytes>;

// Columns of one row, 0-based; valid only during the call that hands it over. NULL reads as 0 or "".
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual std::int64_t Int(int column) const = 0;
  virtual double Real(int column) const = 0;
  virtual std::string Text(int column) const = 0;
  virtual std::string Bytes(int column) const = 0;
};

class Sql {
 public:
  using OnRow = std::function<void(const SqlRow&)>;

  virtual ~Sql() = default;
  virtual Expected<void> Run(const std::string& sql, const std::vector<SqlValue>& values = {},
                             const OnRow& on_row = {}) = 0;

  // The first column of the last row; 0 or "" when there is none.
  Expected<std::int64_t> QueryInt(const std::string& sql, const std::vector<SqlValue>& values = {});
  Expected<std::string> QueryBytes(const std::string& sql, const std::vector<SqlValue>& values = {});
  Expected<std::vector<std::int64_t>> QueryInts(const std::string& sql, const std::vector<SqlValue>& values = {});
};

}  // namespace toomai::cache
