#include "cache/group_commit.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "cache/trouble.h"

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxBatch = 256;  // rows in one transaction: bounds how long the first of them waits

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
    if (!writing_ && alone_ == 0 && waiting_.front() == waiter) {
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
    batch[i]->result = std::move(results[i]);
    batch[i]->changed.NotifyOne();
  }
  WakeNextLeader();
}

void GroupCommit::WakeNextLeader() {
  if (alone_ > 0) {
    free_.NotifyOne();
  } else if (!waiting_.empty()) {
    waiting_.front()->changed.NotifyOne();
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

std::string GroupCommit::trouble() const {
  MutexLock lock(mutex_);
  return trouble_;
}

}  // namespace toomai::cache
