#include "cache/sql.h"

namespace toomai::cache {

Expected<std::int64_t> Sql::QueryInt(const std::string& sql, const std::vector<SqlValue>& values) {
  std::int64_t found = 0;
  if (auto done = Run(sql, values, [&](const SqlRow& row) { found = row.Int(0); }); !done) return Fail(done.error());
  return found;
}

Expected<std::string> Sql::QueryBytes(const std::string& sql, const std::vector<SqlValue>& values) {
  std::string found;
  if (auto done = Run(sql, values, [&](const SqlRow& row) { found = row.Bytes(0); }); !done) return Fail(done.error());
  return found;
}

Expected<std::vector<std::int64_t>> Sql::QueryInts(const std::string& sql, const std::vector<SqlValue>& values) {
  std::vector<std::int64_t> found;
  if (auto done = Run(sql, values, [&](const SqlRow& row) { found.push_back(row.Int(0)); }); !done)
    return Fail(done.error());
  return found;
}

}  // namespace toomai::cache
