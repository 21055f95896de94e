#include "app/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace toomai::app {
namespace {

winsize WindowSize() {
  winsize size{};
  if (!StdoutIsTerminal() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

}  // namespace

bool ReaderIsGone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

bool StdoutIsTerminal() {
  return isatty(STDOUT_FILENO) == 1;
}
bool StderrIsTerminal() {
  return isatty(STDERR_FILENO) == 1;
}

bool UseColour() {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return StdoutIsTerminal() && (none == nullptr || *none == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::size_t TerminalWidth() {
  return WindowSize().ws_col;
}
std::size_t TerminalHeight() {
  return WindowSize().ws_row;
}

std::string Styled(std::string_view text, std::string_view code) {
  if (!UseColour()) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

struct ProgressLine::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::string text;
  bool stop = false;
  bool shown = false;
  std::thread thread;
};

ProgressLine::ProgressLine() {
  if (!StderrIsTerminal()) return;
  state_ = std::make_unique<State>();
  state_->thread = std::thread([state = state_.get()] {
    constexpr std::string_view kFrames = "|/-\\";
    const auto start = std::chrono::steady_clock::now();
    std::unique_lock lock(state->mutex);
    for (std::size_t frame = 0; !state->stop; ++frame) {
      state->changed.wait_for(lock, std::chrono::milliseconds(frame == 0 ? 500 : 120), [state] { return state->stop; });
      if (state->stop) break;
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      std::fprintf(stderr, "\r\033[K%c %s %.1f s", kFrames[frame % kFrames.size()], state->text.c_str(), seconds);
      state->shown = true;
    }
    if (state->shown) std::fputs("\r\033[K", stderr);
  });
}

ProgressLine::~ProgressLine() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void ProgressLine::Update(std::string_view stage, double done, double total) {
  if (!state_) return;
  std::string text(stage);
  char amount[48] = "";
  if (total > 0) {
    std::snprintf(amount, sizeof amount, " %.0f of %.0f", done, total);
  } else if (done > 0) {
    std::snprintf(amount, sizeof amount, " %.0f", done);
  }
  const std::lock_guard lock(state_->mutex);
  state_->text = text + amount;
}

void Page(std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (StdoutIsTerminal() && TerminalHeight() > 0 && lines >= TerminalHeight()) {
    const char* pager = std::getenv("PAGER");
    // $PAGER is the user's own command line, run by the shell as every pager is.
    if (FILE* pipe = popen(pager != nullptr && *pager != '\0' ? pager : "less -FRSX", "w")) {
      std::fwrite(text.data(), 1, text.size(), pipe);
      if (pclose(pipe) == 0) return;
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace toomai::app
