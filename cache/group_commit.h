// Many threads, one writer: whoever comes first writes for all who wait with it, in one transaction, and everybody
// hears when the transaction is durable. There is no thread of its own, so a lone caller writes without a hand-over.
// Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/mutex.h"
#include "cache/rows.h"
#include "cache/sqlite.h"
#include "cache/state_file.h"

namespace toomai::cache {

// What work may use inside the transaction.
class ChainWriter {
 public:
  static Expected<std::unique_ptr<ChainWriter>> Open(const StateFileOptions& options);

  // Both give the row its id and link it to the chain.
  Expected<void> Append(HistoryEntry* entry);
  Expected<void> Append(Event* event);

  Connection& connection() { return connection_; }
  ChainHead& head() { return head_; }

  Expected<void> Begin();
  Expected<void> Commit();
  void Rollback();
  std::uint64_t identity() const { return identity_; }

 private:
  Connection connection_;
  Statement begin_, commit_, rollback_, read_head_, write_head_, insert_entry_, insert_event_;
  ChainHead head_;
  std::uint64_t identity_ = 0;
};

class GroupCommit {
 public:
  // Work that fails with kInvalidArgument or kNotFound must not have written anything: the others go on without it. Any
  // other failure undoes the whole batch.
  using Work = std::function<Expected<void>(ChainWriter&)>;

  GroupCommit(StateFileOptions options, std::size_t queue) : options_(std::move(options)), most_waiting_(queue) {}

  // Durable when it returns without error; not written when it returns an error.
  Expected<void> Run(const Deadline& deadline, Work work);
  // Runs work with transactions of its own while nobody else of this process writes.
  Expected<void> Alone(const std::function<Expected<void>(ChainWriter&)>& work);

  // The last trouble with the file; empty when the last write went well.
  std::string trouble() const;

 private:
  struct Waiter {
    Work work;
    std::optional<Expected<void>> result;
    bool taken = false;
    CondVar changed;
  };
  using Batch = std::vector<std::shared_ptr<Waiter>>;

  void Lead(const Deadline& deadline) TOOMAI_REQUIRES(mutex_);
  void WakeNextLeader() TOOMAI_REQUIRES(mutex_);
  std::vector<Expected<void>> WriteBatch(const Batch& batch, const Deadline& deadline);
  Expected<void> WriteAll(const Batch& batch, std::vector<Expected<void>>* results);
  Expected<void> EnsureOpen();
  void NoteTrouble(const Expected<void>& outcome);

  const StateFileOptions options_;
  const std::size_t most_waiting_;
  mutable Mutex mutex_;
  CondVar free_;
  bool writing_ TOOMAI_GUARDED_BY(mutex_) = false;
  int alone_ TOOMAI_GUARDED_BY(mutex_) = 0;  // callers of Alone() that wait
  std::deque<std::shared_ptr<Waiter>> waiting_ TOOMAI_GUARDED_BY(mutex_);
  std::string trouble_ TOOMAI_GUARDED_BY(mutex_);
  // These belong to whoever set writing_.
  std::unique_ptr<ChainWriter> writer_;
  Deadline::Clock::time_point looked_at_{};
};

}  // namespace toomai::cache
