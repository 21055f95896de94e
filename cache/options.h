// What the SQLite state file can be told: history, schema snapshots and cached answers live in one file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace toomai::cache {

struct HistoryStoreOptions {
  std::string path{};                  // of the SQLite file; made, with its folder, on first use
  std::string synchronous = "normal";  // off | normal | full: what a power cut may take; a killed process loses nothing
  std::int64_t max_age_days = 0;       // 0: for ever; approved entries are always kept
  std::int64_t max_bytes = 0;          // of the whole file; 0: no limit
  bool redact_literals = false;        // literals in SQL and values in texts become ?
  std::string jsonl_file{};            // one line per call beside the store
  std::size_t jsonl_max_bytes = 64u << 20;
  int jsonl_max_files = 5;
  bool required = false;                          // no answer without an entry: worth waiting for in trouble, too
  std::chrono::milliseconds lock_timeout{2'000};  // how long another process may keep us waiting
  std::size_t queue = 4096;                       // calls waiting to be written; beyond: busy
  int readers = 4;                                // connections that read at the same time
};

struct AnswerCacheOptions {
  std::string path{};
  std::chrono::seconds ttl{7 * 24 * 3600};
  std::int64_t max_entries = 10'000;  // the least recently used go first
};

}  // namespace toomai::cache
