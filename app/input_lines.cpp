#include "app/input_lines.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace toomai::app {

bool InputLines::Next(const std::stop_token& stop, std::string* line) {
  for (;;) {
    if (const std::size_t end = read_.find('\n', searched_); end != std::string::npos) {
      line->assign(read_, taken_, end - taken_);
      taken_ = searched_ = end + 1;
      return true;
    }
    searched_ = read_.size();
    if (!ended_ && ReadMore(stop)) continue;
    if (stop.stop_requested() || taken_ == read_.size()) return false;
    line->assign(read_, taken_);
    taken_ = searched_ = read_.size();
    return true;
  }
}

// False at the end, and when told to stop.
bool InputLines::ReadMore(const std::stop_token& stop) {
  constexpr int kLookMs = 100;  // whether we are told to stop
  read_.erase(0, taken_);
  searched_ -= taken_;
  taken_ = 0;
  std::array<char, 65536> bytes;
  while (!stop.stop_requested()) {
    pollfd input{descriptor_, POLLIN, 0};
    if (::poll(&input, 1, kLookMs) <= 0) continue;
    const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    ended_ = got <= 0;
    if (got > 0) read_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
  return false;
}

}  // namespace toomai::app
