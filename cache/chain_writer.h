// Whoever holds it is alone with the history: rows get their place in the chain inside one transaction. SQLite and
// PostgreSQL have one each. Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "cache/rows.h"
#include "cache/sql.h"

namespace toomai::cache {

class ChainWriter {
 public:
  virtual ~ChainWriter() = default;

  // Keeps every other writer out, of this process and of others, and reads where the chain ends.
  virtual Expected<void> Begin(std::chrono::milliseconds patience) = 0;
  virtual Expected<void> Commit() = 0;
  virtual void Rollback() = 0;

  // Give the row its id and link it to the chain. It is written at Commit() at the latest.
  Expected<void> Append(HistoryEntry* entry);
  Expected<void> Append(Event* event);

  // Inside the transaction. Entries of this transaction may not be there yet.
  virtual Sql& sql() = 0;
  ChainHead& head() { return head_; }

  // False when the store is no longer the one that was opened (somebody moved the file away).
  virtual bool current() = 0;
  // Before the review of an entry is appended: what is derived from its state follows.
  virtual Expected<void> Restate(const HistoryEntry& before, ReviewState state) = 0;
  // Entries that are about to be deleted leave what is derived from them.
  virtual Expected<void> Forget(const std::vector<std::int64_t>& ids) = 0;
  // After a deletion was committed: gives room back.
  virtual void Shrink() = 0;

 protected:
  virtual Expected<void> Insert(const HistoryEntry& entry, const std::string& hash) = 0;
  virtual Expected<void> Insert(const Event& event, const std::string& hash) = 0;

  ChainHead head_;
};

}  // namespace toomai::cache
