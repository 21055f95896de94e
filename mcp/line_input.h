// The lines of an input, read by two threads in turn. A call that comes alone needs no hand-over: the thread that read
// its line may run it, and the kernel wakes the other one should there be more to read meanwhile. So somebody always
// reads. What cannot be polled (a file) is read by one thread, which runs nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"

namespace toomai::mcp {

// Cuts bytes into lines; a line beyond the limit is dropped and told of once.
class LineCutter {
 public:
  explicit LineCutter(std::size_t limit) : limit_(limit) {}

  template <typename OnLine, typename OnTooLong>
  void Feed(std::string_view bytes, const OnLine& on_line, const OnTooLong& on_too_long) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (!skipping_ && line_.size() + part.size() > limit_) {
        skipping_ = true;
        std::string().swap(line_);
        on_too_long();
      }
      if (!skipping_) line_ += part;
      if (end == std::string_view::npos) return;
      if (!skipping_) {
        if (!line_.empty() && line_.back() == '\r') line_.pop_back();
        if (!line_.empty()) on_line(line_);
      }
      skipping_ = false;
      line_.clear();
      if (line_.capacity() > 64 << 10) line_.shrink_to_fit();
      bytes.remove_prefix(end + 1);
    }
  }

  // The input has ended; its last line may have no end.
  template <typename OnLine>
  void Finish(const OnLine& on_line) {
    if (!skipping_ && !line_.empty()) on_line(line_);
    line_.clear();
  }

 private:
  const std::size_t limit_;
  std::string line_;
  bool skipping_ = false;
};

class LineInput {
 public:
  using Work = std::function<void()>;
  struct Handlers {
    // One line after the other, never two at once. With `may_stay` it may return what the thread is to run when the
    // other has taken over the input; else null.
    std::function<Work(const std::string& line, bool may_stay)> on_line;
    std::function<void()> on_too_long;
  };

  // Reads until the input ends or there is something to read from `stop`.
  LineInput(int input, int stop, std::size_t limit, Handlers handlers);
  ~LineInput();  // joins: what was taken on must end
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;

  // Blocks until the input has ended, was stopped or cannot be read.
  void Wait();
  // After that: hands on what has come in before it was stopped, without waiting for more.
  void TakeRest();

 private:
  void Read();
  bool AwaitInput() const;  // false: stopped
  Work TakeTurn();
  Work ReadLines(bool may_stay) TOOMAI_REQUIRES(turn_);
  Work Handle(std::string_view bytes, bool may_stay) TOOMAI_REQUIRES(turn_);
  bool MayStay() TOOMAI_REQUIRES(turn_);
  void Rearm() const;
  void End();

  const int input_, stop_;
  const Handlers handlers_;
  int epoll_ = -1;  // below 0: the input cannot be polled by several
  int ended_ = -1;  // readable when both threads are to end

  Mutex turn_;  // held while lines are read and handed on
  LineCutter cutter_ TOOMAI_GUARDED_BY(turn_);
  bool away_ TOOMAI_GUARDED_BY(turn_) = false;  // one of the threads runs something

  Mutex mutex_;
  CondVar changed_;
  bool over_ TOOMAI_GUARDED_BY(mutex_) = false;

  std::thread first_, second_;  // the second from the first call on
};

}  // namespace toomai::mcp
