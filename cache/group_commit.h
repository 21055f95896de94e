// Many threads, one writer: whoever comes first writes for all who wait with it, in one transaction, and everybody
// hears when the transaction is durable. A lone caller writes without a hand-over. Who need not wait leaves its work:
// it is written with that of others, by the next who comes or soon by a thread that starts with the first of it.
// Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/mutex.h"
#include "cache/chain_writer.h"

namespace toomai::cache {

class GroupCommit {
 public:
  // Work that fails with kInvalidArgument or kNotFound must not have written anything: the others go on without it. Any
  // other failure undoes the whole batch.
  using Work = std::function<Expected<void>(ChainWriter&)>;

  using Done = std::function<void(const Expected<void>&)>;
  using OpenWriter = std::function<Expected<std::unique_ptr<ChainWriter>>()>;

  // `patience`: how long a lock of somebody else may keep a batch waiting.
  GroupCommit(OpenWriter open, std::chrono::milliseconds patience, std::size_t queue)
      : open_(std::move(open)), patience_(patience), most_waiting_(queue) {}
  ~GroupCommit() { Finish(); }

  // Durable when it returns without error. Not written when it returns an error, unless the connection to a server
  // broke during the commit itself.
  Expected<void> Run(const Deadline& deadline, Work work);
  // Returns at once; `done` hears, from another thread or this one, what Run() would have returned.
  void Later(const Deadline& deadline, Work work, Done done);
  // Everything left behind is written, and nothing more is taken.
  void Finish();
  // Runs work with transactions of its own while nobody else of this process writes.
  Expected<void> Alone(const std::function<Expected<void>(ChainWriter&)>& work);

  // Somebody waits to write.
  bool crowded() const;
  // The last trouble with the file; empty when the last write went well.
  std::string trouble() const;
  // The same, but empty when nobody has tried for some seconds: the next one may.
  std::string recent_trouble() const;

 private:
  struct Waiter {
    Work work;
    Done done;                              // set: nobody waits for the result
    Deadline deadline = Deadline::Never();  // of who left it
    std::optional<Expected<void>> result;
    bool taken = false;
    CondVar changed;
  };
  using Batch = std::vector<std::shared_ptr<Waiter>>;

  void Lead(const Deadline& deadline) TOOMAI_REQUIRES(mutex_);
  void WakeNextLeader() TOOMAI_REQUIRES(mutex_);
  bool SomebodyWritesLater() TOOMAI_REQUIRES(mutex_);
  void WriteLeftBehind();
  std::vector<Expected<void>> WriteBatch(const Batch& batch, const Deadline& deadline);
  Expected<void> WriteAll(const Batch& batch, const Deadline& deadline, std::vector<Expected<void>>* results);
  Expected<void> EnsureOpen();
  void NoteTrouble(const Expected<void>& outcome);

  const OpenWriter open_;
  const std::chrono::milliseconds patience_;
  const std::size_t most_waiting_;
  mutable Mutex mutex_;
  CondVar free_, left_behind_;
  bool writing_ TOOMAI_GUARDED_BY(mutex_) = false;
  int alone_ TOOMAI_GUARDED_BY(mutex_) = 0;  // callers of Alone() that wait
  std::deque<std::shared_ptr<Waiter>> waiting_ TOOMAI_GUARDED_BY(mutex_);
  std::thread later_ TOOMAI_GUARDED_BY(mutex_);
  bool finished_ TOOMAI_GUARDED_BY(mutex_) = false;
  std::string trouble_ TOOMAI_GUARDED_BY(mutex_);
  Deadline::Clock::time_point tried_at_ TOOMAI_GUARDED_BY(mutex_);
  // These belong to whoever set writing_.
  std::unique_ptr<ChainWriter> writer_;
  Deadline::Clock::time_point looked_at_{};
};

}  // namespace toomai::cache
