// The History over a backend: everything that SQLite and PostgreSQL have in common. What is written is cleaned, linked
// and committed in groups; reviews are events; maintenance runs behind the answers. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/chain_writer.h"
#include "cache/history.h"
#include "cache/options.h"

namespace toomai::cache {

// Where the rows live. Thread-safe.
class HistoryBackend {
 public:
  using Reader = std::function<Expected<void>(Sql&)>;

  virtual ~HistoryBackend() = default;

  // False while nothing was ever written: reads find nothing, and nothing is made for them.
  virtual bool Exists() = 0;
  virtual Expected<std::unique_ptr<ChainWriter>> OpenWriter() = 0;
  // Runs `read` in one snapshot. kNotFound while nothing was ever written.
  virtual Expected<void> Read(const Deadline& deadline, const Reader& read) = 0;
  virtual Expected<std::vector<HistoryEntry>> Search(Sql& sql, const HistoryQuery& query) = 0;

  struct Derived {
    std::int64_t done = 0, left = 0;
  };
  // Inside a writer's transaction: brings what is derived from entries up to date, for at most so many of them, or
  // until `enough` says so, which is asked now and then.
  virtual Expected<Derived> Derive(ChainWriter& writer, int most, const std::function<bool()>& enough) = 0;
  // What the store takes on disk, and what of it is in use.
  virtual Expected<std::int64_t> StoredBytes(Sql& sql) = 0;
  virtual Expected<std::int64_t> LiveBytes(Sql& sql) = 0;
};

std::unique_ptr<History> MakeStoredHistory(const HistoryStoreOptions& options, std::unique_ptr<HistoryBackend> backend);

}  // namespace toomai::cache
