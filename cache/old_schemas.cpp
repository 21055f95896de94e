#include "cache/old_schemas.h"

namespace toomai::cache {

Expected<void> KeepReplaced(Sql& sql, const std::string& key, const std::string& fingerprint, std::int64_t now_ms) {
  if (auto done =
          sql.Run("INSERT OR REPLACE INTO old_schemas SELECT key, fingerprint, json, ? FROM schemas WHERE key = "
                  "? AND fingerprint <> ?",
                  {now_ms, key, fingerprint});
      !done) {
    return done;
  }
  return sql.Run(
      "DELETE FROM old_schemas WHERE key = ? AND (fingerprint = ? OR fingerprint NOT IN (SELECT fingerprint "
      "FROM old_schemas WHERE key = ? ORDER BY at_ms DESC LIMIT ?))",
      {key, fingerprint, key, std::int64_t{kKeptSchemas}});
}

Expected<std::vector<StoredSchema>> OldSchemas(Sql& sql, const std::string& database) {
  std::vector<StoredSchema> old;
  const std::string prefix = database + " ";
  const auto done =
      sql.Run("SELECT fingerprint, json, at_ms FROM old_schemas WHERE substr(key, 1, ?) = ? ORDER BY at_ms DESC",
              {static_cast<std::int64_t>(prefix.size()), prefix}, [&](const SqlRow& row) {
                old.push_back({row.Text(0), row.Text(1), row.Int(2)});
              });
  if (!done) return Fail(done.error());
  return old;
}

}  // namespace toomai::cache
