#include "cache/group_commit.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "cache/trouble.h"

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxBatch = 256;  // rows in one transaction: bounds how long the first of them waits

// What was left behind waits for company: so long, or until there is so much. An answer waits with it.
constexpr std::chrono::milliseconds kGather{1};
constexpr std::size_t kGatherMost = 16;

// So long after it failed, writing is not called broken for good: who keeps calls away for that would never learn
// better.
constexpr std::chrono::seconds kBelieved{5};

// How often we look whether the store is still the one of that name.
constexpr std::chrono::milliseconds kLookEvery{20};

// The work's own fault, found before it wrote anything.
bool IsHarmless(const Error& error) {
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kNotFound;
}

}  // namespace

Expected<void> GroupCommit::Run(const Deadline& deadline, Work work) {
  auto waiter = std::make_shared<Waiter>();
  waiter->work = std::move(work);
  MutexLock lock(mutex_);
  if (waiting_.size() >= most_waiting_) {
    return Fail(ErrorCode::kBusy, std::to_string(most_waiting_) + " calls are waiting for the history", "call again");
  }
  waiting_.push_back(waiter);
  while (!waiter->result) {
    if (!writing_ && alone_ == 0) {
      Lead(deadline);
    } else if (waiter->taken || !deadline.over()) {
      // What was taken is written or fails within the lock timeout; until then it can leave at any time.
      waiter->changed.WaitUntil(mutex_, Deadline::Clock::now() + deadline.Remaining(std::chrono::milliseconds(100)));
    } else {
      std::erase(waiting_, waiter);
      WakeNextLeader();
      return Fail(deadline.ToError("waiting for the history"));
    }
  }
  return *waiter->result;
}

void GroupCommit::Later(const Deadline& deadline, Work work, Done done) {
  {
    MutexLock lock(mutex_);
    if (waiting_.size() < most_waiting_ && SomebodyWritesLater()) {
      auto waiter = std::make_shared<Waiter>();
      waiter->work = std::move(work);
      waiter->done = std::move(done);
      waiter->deadline = deadline;
      waiting_.push_back(std::move(waiter));
      if (waiting_.size() == 1 || waiting_.size() == kGatherMost) left_behind_.NotifyOne();
      return;
    }
  }
  done(Run(deadline, std::move(work)));
}

bool GroupCommit::SomebodyWritesLater() {
  if (finished_) return false;
  if (later_.joinable()) return true;
  try {
    later_ = std::thread([this] { WriteLeftBehind(); });
  } catch (const std::exception&) {
    return false;  // no thread to be had: who came writes
  }
  return true;
}

void GroupCommit::WriteLeftBehind() {
  MutexLock lock(mutex_);
  while (true) {
    while (!finished_ && waiting_.empty()) left_behind_.Wait(mutex_);
    const auto until = Deadline::Clock::now() + kGather;
    while (!finished_ && !waiting_.empty() && waiting_.size() < kGatherMost && Deadline::Clock::now() < until)
      left_behind_.WaitUntil(mutex_, until);
    if (waiting_.empty() && finished_) return;
    if (waiting_.empty()) continue;
    if (!writing_ && alone_ == 0) {
      Lead(waiting_.front()->deadline);
    } else {
      left_behind_.WaitUntil(mutex_, Deadline::Clock::now() + kGather);
    }
  }
}

void GroupCommit::Finish() {
  std::thread later;
  {
    MutexLock lock(mutex_);
    finished_ = true;
    later.swap(later_);
    left_behind_.NotifyOne();
  }
  if (later.joinable()) later.join();
}

void GroupCommit::Lead(const Deadline& deadline) {
  writing_ = true;
  Batch batch;
  while (!waiting_.empty() && batch.size() < kMaxBatch) {
    waiting_.front()->taken = true;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  mutex_.Unlock();
  std::vector<Expected<void>> results = WriteBatch(batch, deadline);
  mutex_.Lock();
  writing_ = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i]->done) continue;
    batch[i]->result = results[i];
    batch[i]->changed.NotifyOne();
  }
  WakeNextLeader();
  mutex_.Unlock();
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (batch[i]->done) batch[i]->done(results[i]);
  batch.clear();  // what they hold goes without the lock
  mutex_.Lock();
}

void GroupCommit::WakeNextLeader() {
  if (alone_ > 0) {
    free_.NotifyOne();
  } else if (!waiting_.empty()) {
    const Waiter& next = *waiting_.front();
    next.done ? left_behind_.NotifyOne() : waiting_.front()->changed.NotifyOne();
  }
}

std::vector<Expected<void>> GroupCommit::WriteBatch(const Batch& batch, const Deadline& deadline) {
  std::vector<Expected<void>> results(batch.size());
  Expected<void> outcome = EnsureOpen();
  if (outcome) outcome = WriteAll(batch, deadline, &results);
  NoteTrouble(outcome);
  if (!outcome) results.assign(batch.size(), outcome);
  return results;
}

Expected<void> GroupCommit::WriteAll(const Batch& batch, const Deadline& deadline,
                                     std::vector<Expected<void>>* results) {
  const auto patience = std::min(patience_, deadline.Remaining(patience_));
  Expected<void> outcome = writer_->Begin(std::max(patience, std::chrono::milliseconds(1)));
  for (std::size_t i = 0; i < batch.size() && outcome; ++i) {
    (*results)[i] = batch[i]->work(*writer_);
    if (!(*results)[i] && !IsHarmless((*results)[i].error())) outcome = (*results)[i];
  }
  if (outcome) outcome = writer_->Commit();
  if (outcome) return outcome;
  writer_->Rollback();
  // A connection that saw trouble other than a lock is not trusted again.
  if (TroubleOf(outcome.error()) != Trouble::kLocked) writer_.reset();
  return outcome;
}

Expected<void> GroupCommit::Alone(const std::function<Expected<void>(ChainWriter&)>& work) {
  {
    MutexLock lock(mutex_);
    ++alone_;  // comes next, or a steady stream of writers would never let it in
    while (writing_) free_.WaitUntil(mutex_, Deadline::Clock::now() + std::chrono::milliseconds(50));
    --alone_;
    writing_ = true;
  }
  Expected<void> outcome = EnsureOpen();
  if (outcome) outcome = work(*writer_);
  NoteTrouble(outcome);
  MutexLock lock(mutex_);
  writing_ = false;
  WakeNextLeader();
  return outcome;
}

// Opens the store when it is not open, or is no longer the one of that name.
Expected<void> GroupCommit::EnsureOpen() {
  const auto now = Deadline::Clock::now();
  if (writer_ && now - looked_at_ < kLookEvery) return {};
  looked_at_ = now;
  if (writer_ && writer_->current()) return {};
  writer_.reset();
  auto writer = open_();
  if (!writer) return Fail(writer.error());
  writer_ = std::move(*writer);
  return {};
}

void GroupCommit::NoteTrouble(const Expected<void>& outcome) {
  std::string now = outcome ? std::string() : outcome.error().message;
  MutexLock lock(mutex_);
  tried_at_ = Deadline::Clock::now();
  if (now == trouble_) return;
  if (now.empty()) {
    Log(Level::kInfo, "history", "the history is written again");
  } else {
    Log(Level::kError, "history", now, {{"hint", outcome.error().hint}});
  }
  trouble_ = std::move(now);
}

bool GroupCommit::crowded() const {
  MutexLock lock(mutex_);
  return !waiting_.empty();
}

std::string GroupCommit::recent_trouble() const {
  MutexLock lock(mutex_);
  return Deadline::Clock::now() - tried_at_ < kBelieved ? trouble_ : "";
}

std::string GroupCommit::trouble() const {
  MutexLock lock(mutex_);
  return trouble_;
}

}  // namespace toomai::cache
