#include "mcp/history_look.h"

#include <chrono>

namespace toomai::mcp {
namespace {

constexpr std::chrono::milliseconds kFresh{1000};

}  // namespace

HistoryLook::HistoryLook(engine::Engine& engine) : engine_(engine), thread_([this] { Look(); }) {}

HistoryLook::~HistoryLook() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

std::string HistoryLook::Trouble() {
  const MutexLock lock(mutex_);
  if (!wanted_ && Deadline::Clock::now() - looked_at_ > kFresh) {
    wanted_ = true;
    changed_.NotifyAll();
  }
  return trouble_;
}

void HistoryLook::Look() {
  MutexLock lock(mutex_);
  while (true) {
    while (!wanted_ && !ending_) changed_.Wait(mutex_);
    if (ending_) return;
    mutex_.Unlock();
    const cache::HistoryHealth health = engine_.history().Health();
    mutex_.Lock();
    const bool trouble = health.required && !health.writable;
    trouble_ = trouble ? "the history cannot be written, and it is required" : "";
    looked_at_ = Deadline::Clock::now();
    wanted_ = false;
  }
}

}  // namespace toomai::mcp
