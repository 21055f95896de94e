#include "base/answer_gate.h"

#include <exception>
#include <string>

#include "base/log.h"

namespace toomai {
namespace {

thread_local std::shared_ptr<AnswerGate> current;

}  // namespace

AnswerGate::~AnswerGate() {
  if (!then_) return;
  try {
    then_();
  } catch (const std::exception& error) {
    Log(Level::kError, "worker", "an answer was not given", {{"what", std::string(error.what())}});
  }
}

AnswerGate::Scope::Scope(std::shared_ptr<AnswerGate> gate) : previous_(std::exchange(current, std::move(gate))) {}

AnswerGate::Scope::~Scope() {
  current = std::move(previous_);
}

std::shared_ptr<AnswerGate> AnswerGate::WhileOthersWait() {
  return current && current->others_wait_() ? current : nullptr;
}

}  // namespace toomai
