#include "engine/pg/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace toomai::engine::pg {

Waker::Waker() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Waker::~Waker() {
  if (fd_ >= 0) close(fd_);
}

void Waker::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);  // full means: already awake
  woken_ = true;  // only now: who reads before the write finds nothing, and would leave it there
}

void Waker::Clear() const {
  if (!woken_.exchange(false)) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(fd_, &count, sizeof count);
}

SocketEvents WaitForSocket(int socket, bool want_write, Deadline::Clock::time_point until, const Waker* waker) {
  std::array<pollfd, 2> polled{};
  polled[0] = {socket, static_cast<short>(want_write ? POLLIN | POLLOUT : POLLIN), 0};
  polled[1] = {waker != nullptr ? waker->fd() : -1, POLLIN, 0};
  while (true) {
    timespec left{};
    const bool forever = until == Deadline::Clock::time_point::max();
    if (!forever) {
      const auto nanoseconds =
          std::max<std::int64_t>(0, std::chrono::nanoseconds(until - Deadline::Clock::now()).count());
      left = {static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
    }
    const int ready = ppoll(polled.data(), polled.size(), forever ? nullptr : &left, nullptr);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return {.over = true};
    // An error or a hang-up shows as readable: libpq then reads it and says what it was.
    return {.readable = (polled[0].revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0,
            .writable = (polled[0].revents & POLLOUT) != 0,
            .over = polled[1].revents != 0};
  }
}

}  // namespace toomai::engine::pg
