// Schemas that a newer snapshot replaced: what approved answers were written for. The rows behind SchemaStore::Old().
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cache/schema_store.h"
#include "cache/sql.h"

namespace toomai::cache {

inline constexpr int kKeptSchemas = 20;  // per key

// Before a snapshot is replaced by one with another structure: keeps it, and lets the oldest go.
Expected<void> KeepReplaced(Sql& sql, const std::string& key, const std::string& fingerprint, std::int64_t now_ms);

// Newest first, of all keys that begin with the database's name.
Expected<std::vector<StoredSchema>> OldSchemas(Sql& sql, const std::string& database);

}  // namespace toomai::cache
