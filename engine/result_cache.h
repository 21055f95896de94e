// Results that may be given again for a while, because an operator said so (execution.result_cache_ttl).
//
// The key holds everything that could make the answer another one: the text that is sent, its parameters, who asks
// (name, role, claims: row-level security may look at each), the schema's fingerprint and the budget. What is kept has
// been masked already. Failures and results with an open cursor are never kept. The oldest leave when the memory is
// full. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/options.h"
#include "engine/types.h"

namespace toomai::engine {

class ResultCache {
 public:
  using Clock = std::chrono::steady_clock;

  ResultCache(std::chrono::milliseconds ttl, std::size_t max_bytes) : ttl_(ttl), max_bytes_(max_bytes) {}

  bool enabled() const { return ttl_.count() > 0 && max_bytes_ > 0; }
  // With age_s set; nullopt when there is none that is young enough.
  std::optional<QueryResult> Find(const std::string& key, Clock::time_point now = Clock::now());
  void Keep(const std::string& key, const QueryResult& result, Clock::time_point now = Clock::now());
  std::size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    QueryResult result;
    Clock::time_point made;
    std::size_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // the oldest in front: with one time to live for all, it also ends first
  void Drop(Entries::iterator entry);

  const std::chrono::milliseconds ttl_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

// No part can be mistaken for another: each is written with its length.
std::string ResultKey(const Caller& caller, const std::string& sql, const ExecuteRequest& request,
                      const std::string& schema_fingerprint);

}  // namespace toomai::engine
