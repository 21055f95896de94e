#include "cache/schema_store.h"

#include <utility>

#include "base/mutex.h"
#include "cache/lazy_connection.h"
#include "cache/old_schemas.h"
#include "cache/unix_time.h"

namespace toomai::cache {

struct SchemaStore::State {
  explicit State(std::string path) : file(std::move(path)) {}
  Mutex mutex;
  LazyConnection file TOOMAI_GUARDED_BY(mutex);
};

SchemaStore::SchemaStore(std::string path) : state_(std::make_unique<State>(std::move(path))) {}
SchemaStore::~SchemaStore() = default;

Expected<std::optional<StoredSchema>> SchemaStore::Load(const std::string& key) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return std::optional<StoredSchema>();
  auto select = (*connection)->Prepare("SELECT fingerprint, json, at_ms FROM schemas WHERE key = ?");
  if (!select) return Fail(select.error());
  const auto row = select->Bind(key).Step();
  if (!row) return Fail(row.error());
  if (!*row) return std::optional<StoredSchema>();
  return std::optional(StoredSchema{select->Text(0), select->Text(1), select->Int(2)});
}

Expected<void> SchemaStore::Save(const std::string& key, const std::string& fingerprint, const std::string& json) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Create();
  if (!connection) return Fail(connection.error());
  auto transaction = Transaction::Begin(**connection);
  if (!transaction) return Fail(transaction.error());
  SqliteSql sql(**connection);
  const std::int64_t now = UnixMs();
  if (auto kept = KeepReplaced(sql, key, fingerprint, now); !kept) return kept;
  if (auto done = sql.Run("INSERT OR REPLACE INTO schemas VALUES (?,?,?,?)", {key, fingerprint, json, now}, {}); !done)
    return done;
  return transaction->Commit();
}

Expected<void> SchemaStore::Remove(const std::string& key) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return {};
  auto remove = (*connection)->Prepare("DELETE FROM schemas WHERE key = ?");
  if (!remove) return Fail(remove.error());
  return remove->Bind(key).Run();
}

Expected<std::vector<StoredSchema>> SchemaStore::Old(const std::string& database) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return std::vector<StoredSchema>();
  SqliteSql sql(**connection);
  return OldSchemas(sql, database);
}

}  // namespace toomai::cache
