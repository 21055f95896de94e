// The work behind the answers: what is derived from entries follows them, and old entries go. One thread, which starts
// with the first entry, writes little at a time, stops when a writer waits and rests longer than it worked: writers go
// first, until it has fallen far behind. Thread-safe.
#pragma once

#include <cstdint>
#include <thread>

#include "base/deadline.h"
#include "base/mutex.h"
#include "cache/group_commit.h"
#include "cache/options.h"
#include "cache/stored_history.h"

namespace toomai::cache {

class Maintenance {
 public:
  Maintenance(const HistoryStoreOptions& options, HistoryBackend& backend, GroupCommit& group)
      : options_(options), backend_(backend), group_(group) {}
  ~Maintenance();

  void NoteAppended();
  // Brings the derived tables up to date now, as far as a caller can wait for it.
  void CatchUp();

 private:
  void Run();
  bool WaitForWork(bool behind, bool failed, Deadline::Clock::time_point next_prune);
  // One step; `polite`: it ends early when somebody waits to write.
  Expected<HistoryBackend::Derived> DeriveSome(int most, bool polite);
  // False when it could not be done.
  bool DeriveAll();
  void Prune();
  bool ending();
  bool limited() const { return options_.max_age_days > 0 || options_.max_bytes > 0; }

  const HistoryStoreOptions& options_;
  HistoryBackend& backend_;
  GroupCommit& group_;
  Mutex mutex_;
  CondVar work_;
  bool ending_ TOOMAI_GUARDED_BY(mutex_) = false;
  bool sleeping_ TOOMAI_GUARDED_BY(mutex_) = false;
  std::int64_t waiting_ TOOMAI_GUARDED_BY(mutex_) = 0;  // entries since the last round
  std::int64_t unpruned_ = 0;                           // entries since retention looked; of the thread alone
  std::thread thread_ TOOMAI_GUARDED_BY(mutex_);
};

}  // namespace toomai::cache
