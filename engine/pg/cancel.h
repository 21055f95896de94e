// PQcancel without waiting for it: libpq's call blocks on a TCP connect, which takes minutes when the path is cut.
//
// A cancel request carries a process id and a secret, and acts on whatever that backend runs when it arrives. So a
// connection may be used again only when Delivered() is true: from then on the signal has been delivered and an idle
// backend has thrown it away. The request itself is never encrypted (a limit of libpq before 17).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/deadline.h"

struct pg_conn;

namespace toomai::engine::pg {

class CancelRequest {
 public:
  // Sends a request for what `connection` runs, on a thread of its own.
  explicit CancelRequest(pg_conn* connection);
  // The thread goes on alone if it has to; it touches nothing of ours.
  ~CancelRequest() = default;

  // True when the request has arrived before `when`; false when it failed or is still under way.
  bool Delivered(Deadline::Clock::time_point when) const;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool finished = false, delivered = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace toomai::engine::pg
