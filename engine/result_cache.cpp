#include "engine/result_cache.h"

#include <utility>

#include "base/sha256.h"

namespace toomai::engine {
namespace {

// About what the entry costs: texts, and the strings and vectors around them.
std::size_t SizeOf(const QueryResult& result) {
  constexpr std::size_t kEach = sizeof(Cell);
  std::size_t bytes = sizeof(QueryResult) + result.sql.size();
  for (const ResultColumn& column : result.columns) bytes += sizeof column + column.name.size() + column.type.size();
  for (const auto& row : result.rows) {
    bytes += sizeof row;
    for (const Cell& cell : row) bytes += kEach + (cell ? cell->size() : 0);
  }
  for (const std::string& note : result.notes) bytes += sizeof note + note.size();
  return bytes;
}

}  // namespace

std::optional<QueryResult> ResultCache::Find(const std::string& key, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  while (!entries_.empty() && now - entries_.front().made >= ttl_) Drop(entries_.begin());
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  QueryResult result = found->second->result;
  result.age_s = std::chrono::duration<double>(now - found->second->made).count();
  return result;
}

void ResultCache::Keep(const std::string& key, const QueryResult& result, Clock::time_point now) {
  if (!enabled() || !result.cursor.empty()) return;
  const std::size_t bytes = SizeOf(result) + 2 * key.size();
  if (bytes > max_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) Drop(known->second);
  while (bytes_ + bytes > max_bytes_) Drop(entries_.begin());
  by_key_[key] = entries_.insert(entries_.end(), {key, result, now, bytes});
  bytes_ += bytes;
}

std::size_t ResultCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

// REQUIRES: mutex_.
void ResultCache::Drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

std::string ResultKey(const Caller& caller, const std::string& sql, const ExecuteRequest& request,
                      const std::string& schema_fingerprint) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += std::to_string(part.size()) + ":" + part; };
  add(sql);
  add(schema_fingerprint);
  add(caller.name);
  add(caller.database_role);
  for (const auto& [claim, value] : caller.claims) {
    add(claim);
    add(value);
  }
  text += "|";
  for (const auto& parameter : request.parameters) {
    if (parameter)
      add(*parameter);
    else
      text += "null,";
  }
  const Budget& budget = request.budget;
  for (const std::int64_t limit : {budget.rows, budget.bytes, budget.tokens, budget.cell_bytes})
    text += "|" + std::to_string(limit);
  text += request.paged ? "p" : "";
  return Sha256Hex(text);
}

}  // namespace toomai::engine
