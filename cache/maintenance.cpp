#include "cache/maintenance.h"

#include <algorithm>

#include "cache/retention.h"

namespace toomai::cache {
namespace {

using std::chrono::milliseconds;

constexpr int kDeriveAtOnce = 64;            // a few milliseconds
constexpr int kDeriveMost = 512;             // while far behind
constexpr std::int64_t kFarBehind = 10'000;  // what is not indexed is searched row by row, so it may not grow for ever
constexpr int kRest = 4;                     // times as long as it worked, but when far behind
constexpr int kCatchUpRounds = 20;           // of kDeriveMost
constexpr milliseconds kDeriveDelay{100};    // after the last entry: while calls come, they need the machine more
constexpr std::int64_t kDeriveAfter = 2000;  // entries, should they not pause
constexpr milliseconds kRetryDelay{1000};    // after the store could not be written
constexpr milliseconds kRetentionEvery{600'000};
constexpr std::int64_t kRetentionAfter = 1000;  // entries, if they come faster

}  // namespace

Maintenance::~Maintenance() {
  std::thread thread;
  {
    MutexLock lock(mutex_);
    ending_ = true;
    thread.swap(thread_);
  }
  work_.NotifyAll();
  if (thread.joinable()) thread.join();
}

void Maintenance::NoteAppended() {
  MutexLock lock(mutex_);
  ++waiting_;
  if (!thread_.joinable() && !ending_) {
    thread_ = std::thread([this] { Run(); });
  } else if (sleeping_) {
    work_.NotifyOne();
  }
}

bool Maintenance::ending() {
  MutexLock lock(mutex_);
  return ending_;
}

void Maintenance::Run() {
  auto next_prune = Deadline::Clock::now();
  bool behind = true, failed = false, pruned = false;
  while (WaitForWork(behind, failed, next_prune)) {
    failed = !DeriveAll();
    behind = failed;
    if (limited() && (Deadline::Clock::now() >= next_prune || unpruned_ >= kRetentionAfter)) {
      Prune();
      pruned = true;
      unpruned_ = 0;
      next_prune = Deadline::Clock::now() + kRetentionEvery;
    }
  }
  if (limited() && !pruned) Prune();  // the command line ends before its time has come
}

// False at the end: a short-lived process leaves its few entries to the next one.
bool Maintenance::WaitForWork(bool behind, bool failed, Deadline::Clock::time_point next_prune) {
  MutexLock lock(mutex_);
  if (!ending_ && waiting_ == 0 && !behind) {
    sleeping_ = true;
    work_.WaitUntil(mutex_, limited() ? next_prune : Deadline::Clock::time_point::max());
    sleeping_ = false;
  }
  for (std::int64_t seen = -1; !ending_ && waiting_ != seen && waiting_ < kDeriveAfter;) {
    seen = waiting_;
    const auto until = Deadline::Clock::now() + (failed ? kRetryDelay : kDeriveDelay);
    while (!ending_ && Deadline::Clock::now() < until) work_.WaitUntil(mutex_, until);
  }
  unpruned_ += waiting_;
  waiting_ = 0;
  return !ending_;
}

Expected<HistoryBackend::Derived> Maintenance::DeriveSome(int most, bool polite) {
  HistoryBackend::Derived did;
  const auto outcome = group_.Alone([&](ChainWriter& writer) -> Expected<void> {
    if (auto begun = writer.Begin(options_.lock_timeout); !begun) return begun;
    const auto derived = backend_.Derive(writer, most, [&] { return polite && group_.crowded(); });
    did = derived.value_or(did);
    if (derived && did.done > 0) return writer.Commit();
    writer.Rollback();
    return derived ? Expected<void>() : Fail(derived.error());
  });
  if (!outcome) return Fail(outcome.error());
  return did;
}

bool Maintenance::DeriveAll() {
  for (bool hurry = false; !ending();) {
    const auto start = Deadline::Clock::now();
    const auto did = DeriveSome(hurry ? kDeriveMost : kDeriveAtOnce, !hurry);
    if (!did) return false;
    if (did->left == 0) return true;
    hurry = did->left > kFarBehind;
    std::this_thread::sleep_for((hurry ? 1 : kRest) * (Deadline::Clock::now() - start));
  }
  return true;
}

void Maintenance::CatchUp() {
  for (int round = 0; round < kCatchUpRounds; ++round) {
    const auto did = DeriveSome(kDeriveMost, false);
    if (!did || did->left == 0) return;
  }
}

void Maintenance::Prune() {
  std::int64_t limit_id = 0;
  (void)backend_.Read(Deadline::After(milliseconds(60'000)), [&](Sql& sql) -> Expected<void> {
    const auto live = backend_.LiveBytes(sql);
    if (!live) return Fail(live.error());
    const auto limit = PruneLimit(sql, options_, *live);
    if (!limit) return Fail(limit.error());
    limit_id = *limit;
    return {};
  });
  for (bool more = limit_id > 0; more; more = more && !ending()) {
    more = false;
    (void)group_.Alone([&](ChainWriter& writer) -> Expected<void> {
      const auto removed = PruneSome(writer, limit_id, options_.lock_timeout);
      if (!removed) return Fail(removed.error());
      more = *removed > 0;
      return {};
    });
  }
}

}  // namespace toomai::cache
