#include "cache/answers.h"

#include "base/metrics.h"
#include "base/mutex.h"
#include "cache/lazy_connection.h"
#include "cache/unix_time.h"

namespace toomai::cache {

struct AnswerCache::State {
  explicit State(const AnswerCacheOptions& options_in) : options(options_in), file(options_in.path) {}

  const AnswerCacheOptions options;
  Mutex mutex;
  LazyConnection file TOOMAI_GUARDED_BY(mutex);

  Expected<std::optional<CachedAnswer>> Find(const std::string& key, const std::string& schema_fingerprint,
                                             const std::string& model, const std::string& prompt_version)
      TOOMAI_REQUIRES(mutex);
  std::int64_t OldestAllowed() const { return UnixMs() - options.ttl.count() * 1000; }
};

AnswerCache::AnswerCache(const AnswerCacheOptions& options) : state_(std::make_unique<State>(options)) {}
AnswerCache::~AnswerCache() = default;

Expected<std::optional<CachedAnswer>> AnswerCache::State::Find(const std::string& key,
                                                               const std::string& schema_fingerprint,
                                                               const std::string& model,
                                                               const std::string& prompt_version) {
  auto connection = file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return std::optional<CachedAnswer>();
  auto select = (*connection)
                    ->Prepare(
                        "SELECT database, json, at_ms, used_ms FROM answers WHERE key = ? AND schema_fingerprint = ? "
                        "AND model = ? AND "
                        "prompt_version = ? AND at_ms > ?");
  if (!select) return Fail(select.error());
  select->Bind(key).Bind(schema_fingerprint).Bind(model).Bind(prompt_version);
  const auto row = select->Bind(OldestAllowed()).Step();
  if (!row) return Fail(row.error());
  if (!*row) return std::optional<CachedAnswer>();
  CachedAnswer answer{select->Text(0), schema_fingerprint, model, prompt_version, select->Text(1), select->Int(2)};
  // Written at most once a minute: a hit should not cost a write.
  const bool stale = UnixMs() - select->Int(3) > 60'000;
  select->Reset();
  if (stale) {
    auto touch = (*connection)->Prepare("UPDATE answers SET used_ms = ? WHERE key = ?");
    if (touch) (void)touch->Bind(UnixMs()).Bind(key).Run();
  }
  return std::optional(std::move(answer));
}

std::optional<CachedAnswer> AnswerCache::Get(const std::string& key, const std::string& schema_fingerprint,
                                             const std::string& model, const std::string& prompt_version) {
  static Counter& hits = GetCounter("toomai_answer_cache_total", "Look-ups in the answer cache", {{"result", "hit"}});
  static Counter& misses =
      GetCounter("toomai_answer_cache_total", "Look-ups in the answer cache", {{"result", "miss"}});
  MutexLock lock(state_->mutex);
  const auto found = state_->Find(key, schema_fingerprint, model, prompt_version);
  const bool hit = found && *found;
  (hit ? hits : misses).Add();
  return hit ? *found : std::nullopt;
}

Expected<void> AnswerCache::Put(const std::string& key, const CachedAnswer& answer) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Create();
  if (!connection) return Fail(connection.error());
  auto insert = (*connection)->Prepare("INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,?,?)");
  if (!insert) return Fail(insert.error());
  insert->Bind(key)
      .Bind(answer.database)
      .Bind(answer.schema_fingerprint)
      .Bind(answer.model)
      .Bind(answer.prompt_version);
  if (auto done = insert->Bind(answer.json).Bind(UnixMs()).Bind(UnixMs()).Run(); !done) return done;
  auto trim = (*connection)
                  ->Prepare(
                      "DELETE FROM answers WHERE at_ms <= ?1 OR key IN (SELECT key FROM answers ORDER BY used_ms DESC, "
                      "key LIMIT -1 "
                      "OFFSET ?2)");
  if (!trim) return Fail(trim.error());
  return trim->Bind(state_->OldestAllowed()).Bind(state_->options.max_entries).Run();
}

Expected<void> AnswerCache::Remove(const std::string& key) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return {};
  auto remove = (*connection)->Prepare("DELETE FROM answers WHERE key = ?");
  if (!remove) return Fail(remove.error());
  return remove->Bind(key).Run();
}

Expected<void> AnswerCache::Clear(const std::string& database) {
  MutexLock lock(state_->mutex);
  auto connection = state_->file.Existing();
  if (!connection) return Fail(connection.error());
  if (*connection == nullptr) return {};
  auto remove = (*connection)->Prepare("DELETE FROM answers WHERE ?1 = '' OR database = ?1");
  if (!remove) return Fail(remove.error());
  return remove->Bind(database).Run();
}

}  // namespace toomai::cache
