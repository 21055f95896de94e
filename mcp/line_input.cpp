#include "mcp/line_input.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <utility>

namespace toomai::mcp {
namespace {

// One wait of one thread takes the input, until it is armed again: no two read at once.
constexpr std::uint32_t kOnce = EPOLLIN | EPOLLONESHOT;

constexpr std::size_t kMostReadsOfRest = 64;  // 1 MiB: who sends without end is not listened to for ever

bool Watch(int epoll, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return epoll_ctl(epoll, operation, descriptor, &event) == 0;
}

}  // namespace

LineInput::LineInput(int input, int stop, std::size_t limit, Handlers handlers)
    : input_(input), stop_(stop), handlers_(std::move(handlers)), cutter_(limit) {
  ended_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const bool watched = epoll_ >= 0 && Watch(epoll_, EPOLL_CTL_ADD, input_, kOnce) &&
                       Watch(epoll_, EPOLL_CTL_ADD, stop_, EPOLLIN) && Watch(epoll_, EPOLL_CTL_ADD, ended_, EPOLLIN);
  if (!watched && epoll_ >= 0) {
    close(epoll_);
    epoll_ = -1;
  }
  first_ = std::thread([this] { Read(); });
}

LineInput::~LineInput() {
  End();
  first_.join();  // it alone makes the second
  if (second_.joinable()) second_.join();
  if (epoll_ >= 0) close(epoll_);
  close(ended_);
}

void LineInput::Wait() {
  MutexLock lock(mutex_);
  while (!over_) changed_.Wait(mutex_);
}

void LineInput::TakeRest() {
  const MutexLock lock(turn_);
  pollfd more{input_, POLLIN, 0};
  for (std::size_t reads = 0; reads < kMostReadsOfRest; ++reads) {
    if (poll(&more, 1, 0) <= 0 || (more.revents & POLLIN) == 0) return;
    ReadLines(false);
  }
}

void LineInput::End() {
  MutexLock lock(mutex_);
  if (over_) return;
  over_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(ended_, &one, sizeof one);
  changed_.NotifyAll();
}

void LineInput::Read() {
  while (AwaitInput()) {
    const Work work = TakeTurn();
    if (!work) continue;
    work();
    MutexLock lock(turn_);
    away_ = false;
  }
  End();
}

bool LineInput::AwaitInput() const {
  while (true) {
    if (epoll_ >= 0) {
      // The last to come here is the first to be woken: its caches are warm.
      std::array<epoll_event, 3> seen;
      const int count = epoll_wait(epoll_, seen.data(), static_cast<int>(seen.size()), -1);
      if (count < 0 && errno != EINTR) return false;
      for (int i = 0; i < count; ++i)
        if (seen[static_cast<std::size_t>(i)].data.fd != input_) return false;
      if (count > 0) return true;
    } else {
      std::array<pollfd, 3> seen{pollfd{input_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}, pollfd{ended_, POLLIN, 0}};
      if (poll(seen.data(), seen.size(), -1) < 0 && errno != EINTR) return false;
      if (seen[1].revents != 0 || seen[2].revents != 0) return false;
      if (seen[0].revents != 0) return true;
    }
  }
}

void LineInput::Rearm() const {
  if (epoll_ >= 0) Watch(epoll_, EPOLL_CTL_MOD, input_, kOnce);
}

LineInput::Work LineInput::TakeTurn() {
  const MutexLock lock(turn_);
  {
    const MutexLock state(mutex_);
    if (over_) return nullptr;  // the rest is not ours
  }
  Work work = ReadLines(true);
  away_ = away_ || work;
  Rearm();
  return work;
}

// REQUIRES: there is something to read, or the input has ended.
LineInput::Work LineInput::ReadLines(bool may_stay) {
  std::array<char, 16 << 10> buffer;
  const ssize_t got = read(input_, buffer.data(), buffer.size());
  if (got > 0) return Handle({buffer.data(), static_cast<std::size_t>(got)}, may_stay);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return nullptr;
  if (got == 0) cutter_.Finish([this](const std::string& line) { handlers_.on_line(line, false); });
  End();
  return nullptr;
}

// The last line of what was read is held back until it is known to be the last.
LineInput::Work LineInput::Handle(std::string_view bytes, bool may_stay) {
  std::string held;
  const auto hand_on = [&] {
    if (!held.empty()) handlers_.on_line(std::exchange(held, {}), false);
  };
  cutter_.Feed(
      bytes,
      [&](const std::string& line) {
        hand_on();
        held = line;
      },
      [&] {
        hand_on();
        handlers_.on_too_long();
      });
  return held.empty() ? nullptr : handlers_.on_line(held, may_stay && MayStay());
}

// The other thread must be there to read on.
bool LineInput::MayStay() {
  if (epoll_ < 0 || away_) return false;
  if (second_.joinable()) return true;
  try {
    second_ = std::thread([this] { Read(); });
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

}  // namespace toomai::mcp
