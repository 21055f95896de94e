#include "engine/pg/cancel.h"

#include <libpq-fe.h>

#include <array>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace toomai::engine::pg {

CancelRequest::CancelRequest(pg_conn* connection) : state_(std::make_shared<State>()) {
  std::shared_ptr<PGcancel> cancel(PQgetCancel(connection), PQfreeCancel);
  if (cancel == nullptr) {  // the connection is already gone: nothing to cancel
    state_->finished = state_->delivered = true;
    return;
  }
  auto send = [state = state_, cancel] {
    std::array<char, 256> message{};
    const bool sent = PQcancel(cancel.get(), message.data(), static_cast<int>(message.size())) != 0;
    if (!sent) Log(Level::kWarn, "pg", "cancel request failed", {{"reason", Redact(message.data())}});
    const std::lock_guard lock(state->mutex);
    state->finished = true;
    state->delivered = sent;
    state->changed.notify_all();
  };
  try {
    std::thread(send).detach();
  } catch (const std::system_error&) {
    Log(Level::kError, "pg", "no thread for a cancel request");
  }
}

bool CancelRequest::Delivered(Deadline::Clock::time_point when) const {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_until(lock, when, [this] { return state_->finished; });
  return state_->delivered;
}

}  // namespace toomai::engine::pg
