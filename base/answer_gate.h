// What must be done before an answer is given, but need not hold up the thread that found the answer: a history entry
// on its way to the disk together with others. The gate of a call opens, and what is to happen then happens, when
// nobody holds it any more; on the thread of whoever held it last.
//
//   auto gate = std::make_shared<AnswerGate>([&] { return pool.queued() > 0; });
//   { const AnswerGate::Scope scope(gate); answer = Work(); }  // may take holds: shared pointers to the gate
//   gate->Then([answer] { Give(answer); });
//   gate.reset();
//
// Then() comes before the caller's own hold goes; everything else is thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace toomai {

class AnswerGate {
 public:
  // `others_wait`: whether there is other work for this thread.
  explicit AnswerGate(std::function<bool()> others_wait) : others_wait_(std::move(others_wait)) {}
  ~AnswerGate();
  AnswerGate(const AnswerGate&) = delete;
  AnswerGate& operator=(const AnswerGate&) = delete;

  void Then(std::function<void()> then) { then_ = std::move(then); }

  // While it lives, this thread works for the gate's call.
  class Scope {
   public:
    explicit Scope(std::shared_ptr<AnswerGate> gate);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::shared_ptr<AnswerGate> previous_;
  };

  // The gate of this thread's call while others wait for the thread; null when what is to be done is best done at once.
  static std::shared_ptr<AnswerGate> WhileOthersWait();

 private:
  const std::function<bool()> others_wait_;
  std::function<void()> then_;
};

}  // namespace toomai
