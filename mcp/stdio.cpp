#include "mcp/stdio.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/log.h"
#include "mcp/batch.h"
#include "mcp/line_input.h"

namespace toomai::mcp {
namespace {

// A handler may only write to this pipe, whose other end the reader polls, and set a flag for a writer that waits.
std::atomic<int> signal_pipe{-1};
std::atomic<bool> told_to_stop{false};

void OnSignal(int) {
  const int saved = errno;
  told_to_stop = true;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

// Lines on the output. While a client does not read, whoever has something to say waits: nothing is buffered. One that
// has closed its end, or has read nothing for `patience`, ends the server.
class LineOutlet : public Outlet {
 public:
  // A byte is written to `wake` when nobody can read any more.
  LineOutlet(int output, milliseconds patience, int wake) : output_(output), patience_(patience), wake_(wake) {}

  void Notify(const Json& message) override { WriteLine(message); }
  void Finish(const Json& message, int) override {
    if (!message.is_null()) WriteLine(message);
  }
  bool closed() const override { return closed_; }

 private:
  void WriteLine(const Json& message) {
    std::string line = Dump(message);
    line += '\n';
    std::string_view rest = line;
    std::lock_guard<std::mutex> lock(mutex_);
    while (!rest.empty() && !closed_) {
      if (!WaitForRoom()) return Close();
      // As much as a pipe with room takes without blocking.
      const ssize_t written = write(output_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        return Close();
      }
    }
  }

  // False when the client has not made room in time, or the server is to end and would have to wait for it.
  bool WaitForRoom() const {
    constexpr milliseconds kStep{100};
    pollfd room{output_, POLLOUT, 0};
    for (milliseconds waited{0}; waited < patience_; waited += kStep) {
      if (poll(&room, 1, 0) > 0) return true;
      if (told_to_stop) return false;
      if (poll(&room, 1, static_cast<int>(kStep.count())) > 0) return true;
    }
    Log(Level::kWarn, "mcp", "the client does not read its answers: ending", {});
    return false;
  }

  void Close() {
    closed_ = true;
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &byte, 1);
  }

  const int output_;
  const milliseconds patience_;
  const int wake_;
  std::mutex mutex_;
  std::atomic<bool> closed_ = false;
};

class SignalScope {
 public:
  explicit SignalScope(bool active) : active_(active) {
    if (pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0) pipe_[0] = pipe_[1] = -1;
    if (!active_) return;
    told_to_stop = false;
    signal_pipe = pipe_[1];
    struct sigaction action {};
    action.sa_handler = OnSignal;
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGTERM, SIGINT}) sigaction(number, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }
  ~SignalScope() {
    if (active_) {
      for (const int number : {SIGTERM, SIGINT}) signal(number, SIG_DFL);
      signal_pipe = -1;
    }
    for (const int end : pipe_) {
      if (end >= 0) close(end);
    }
  }
  int descriptor() const { return pipe_[0]; }
  int wake() const { return pipe_[1]; }

 private:
  const bool active_;
  int pipe_[2];
};

}  // namespace

int ServeStdio(Dispatcher& dispatcher, const StdioOptions& options) {
  const SignalScope signals(options.handle_signals);
  const auto outlet = std::make_shared<LineOutlet>(options.output, options.write_patience, signals.wake());
  const auto session = std::make_shared<Session>("stdio");
  session->AddStream(outlet);
  dispatcher.hub().AddSession(session);

  const auto on_line = [&](const std::string& line, bool may_stay) -> LineInput::Work {
    if (IsBatch(line, *session)) {
      HandleBatch(dispatcher, line, {session, options.caller, outlet, std::nullopt, {}});
      return nullptr;
    }
    auto message = ParseMessage(line, dispatcher.options().limits);
    if (!message) {
      if (!message.error().notification) outlet->Finish(MakeError(message.error().id, message.error().error), 400);
      return nullptr;
    }
    LineInput::Work work;
    dispatcher.Handle({std::move(*message), session, options.caller, outlet, std::nullopt}, may_stay ? &work : nullptr);
    return work;
  };
  const auto on_too_long = [&] {
    const std::string limit = std::to_string(dispatcher.options().limits.bytes);
    outlet->Finish(MakeError(nullptr, {kInvalidRequest, "a line is longer than " + limit + " bytes", nullptr}), 413);
  };
  LineInput input(options.input, signals.descriptor(), dispatcher.options().limits.bytes, {on_line, on_too_long});
  input.Wait();

  // Subscriptions end with a result, calls with their answer or with word that there will be none: what the client has
  // sent already counts. A call that does not stop is left behind.
  const auto wait_for_calls = [&](milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (session->running() > 0 && std::chrono::steady_clock::now() < until) poll(nullptr, 0, 2);
  };
  dispatcher.hub().Close();
  input.TakeRest();
  wait_for_calls(outlet->closed() ? milliseconds(0) : options.grace);
  session->CancelAll(kShuttingDown);
  wait_for_calls(options.patience);
  if (session->running() > 0) {
    Log(Level::kWarn, "mcp", "calls did not stop in time",
        {{"running", static_cast<std::int64_t>(session->running())}});
    std::_Exit(0);
  }
  dispatcher.Drain();  // a call stops counting as running just before its answer is written
  return 0;
}

}  // namespace toomai::mcp
