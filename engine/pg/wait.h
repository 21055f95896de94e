// Waiting for a socket, a deadline and a stop request at once, without looking at the clock every few milliseconds: the
// stop token writes to an eventfd that is polled beside the socket.
//
// One Waker belongs to one connection and one thread at a time; Wake() may come from any thread.
#pragma once

#include <atomic>
#include <optional>
#include <stop_token>

#include "base/deadline.h"

namespace toomai::engine::pg {

class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  int fd() const { return fd_; }
  void Wake() const;
  void Clear() const;

 private:
  int fd_ = -1;
  mutable std::atomic<bool> woken_ = false;  // since the last Clear(), which has nothing to read otherwise
};

// While it lives, a stop request of the token wakes the waker.
class WakeOnStop {
 public:
  WakeOnStop(const Waker& waker, const std::stop_token& token) : callback_(token, Write{&waker}) {}

 private:
  struct Write {
    const Waker* waker;
    void operator()() const { waker->Wake(); }
  };
  std::stop_callback<Write> callback_;
};

struct SocketEvents {
  bool readable = false, writable = false;
  bool over = false;  // the time came, or somebody woke us
};

// `waker` null: only the time ends the wait. A time in the past: looks and does not wait.
SocketEvents WaitForSocket(int socket, bool want_write, Deadline::Clock::time_point until, const Waker* waker);

}  // namespace toomai::engine::pg
