#include "base/subprocess.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.h"

extern char** environ;

namespace toomai {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};

bool MakePipe(Pipe* pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe->read = Descriptor(ends[0]);
  pipe->write = Descriptor(ends[1]);
  return true;
}

// Standard input is a socket so that writing to a child that has gone gives EPIPE and not SIGPIPE.
bool MakeInput(Pipe* pipe) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  pipe->read = Descriptor(ends[0]);
  pipe->write = Descriptor(ends[1]);
  return true;
}

std::vector<std::string> BuildEnvironment(const std::vector<std::string>& changes) {
  std::vector<std::string> result;
  auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    auto same_name = [&](const std::string& change) { return name_of(change) == name_of(*entry); };
    if (std::none_of(changes.begin(), changes.end(), same_name)) result.emplace_back(*entry);
  }
  for (const std::string& change : changes) {
    if (change.find('=') != std::string::npos) result.push_back(change);
  }
  return result;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// Everything the child needs, made before fork: after it only async-signal-safe calls are allowed.
struct Prepared {
  std::string path;
  std::vector<std::string> environment;
  std::vector<char*> argv, envp;
  const char* directory = nullptr;
  std::optional<UserIds> run_as;
  bool die_with_parent = false;
  int in = -1, out = -1, err = -1, report = -1;
};

[[noreturn]] void ReportAndExit(int report) {
  int code = errno;
  [[maybe_unused]] ssize_t written = ::write(report, &code, sizeof code);
  ::_exit(127);
}

[[noreturn]] void RunChild(const Prepared& child, pid_t parent) {
  ::setsid();
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &plain, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  // Descriptors 0 to 2 may be among those we were given: move them out of the way first.
  int report = ::fcntl(child.report, F_DUPFD_CLOEXEC, 3);
  int in = ::fcntl(child.in, F_DUPFD_CLOEXEC, 3);
  int out = ::fcntl(child.out, F_DUPFD_CLOEXEC, 3);
  int err = ::fcntl(child.err, F_DUPFD_CLOEXEC, 3);
  if (report < 0 || in < 0 || out < 0 || err < 0) ReportAndExit(child.report);
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ReportAndExit(report);

  if (child.run_as) {
    gid_t group = child.run_as->gid;
    if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(child.run_as->uid) != 0) {
      ReportAndExit(report);
    }
  }
  if (child.die_with_parent) {  // after setuid, which clears it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
  }
  if (child.directory != nullptr && ::chdir(child.directory) != 0) ReportAndExit(report);
  ::execve(child.path.c_str(), child.argv.data(), child.envp.data());
  ReportAndExit(report);
}

Expected<Prepared> Prepare(const Command& command) {
  if (command.argv.empty()) return Fail(ErrorCode::kInternal, "a command without a program name");
  Prepared result;
  result.path = command.argv[0];
  if (result.path.find('/') == std::string::npos) result.path = FindInPath(result.path);
  if (result.path.empty()) {
    return Fail(ErrorCode::kNotFound, "the program \"" + command.argv[0] + "\" is not in PATH");
  }
  result.environment = BuildEnvironment(command.environment);
  result.argv = Pointers(command.argv);
  result.envp = Pointers(result.environment);
  if (!command.directory.empty()) result.directory = command.directory.c_str();
  result.run_as = command.run_as;
  return result;
}

Error StartError(const std::string& path, int code) {
  return Error(code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal,
               "cannot run \"" + path + "\": " + std::strerror(code));
}

Expected<pid_t> Fork(Prepared* child) {
  Pipe report;
  if (!MakePipe(&report)) return Fail(StartError(child->path, errno));
  child->report = report.write.get();
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid < 0) return Fail(StartError(child->path, errno));
  if (pid == 0) RunChild(*child, parent);
  report.write.Close();
  int code = 0;
  ssize_t got;
  do {
    got = ::read(report.read.get(), &code, sizeof code);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return pid;  // exec closed the pipe: it runs
  ::waitpid(pid, nullptr, 0);
  return Fail(StartError(child->path, code));
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

// Reads what there is; closes the descriptor at the end of the stream.
void Drain(Descriptor* from, std::string* into, std::size_t most) {
  std::array<char, 65536> buffer;
  ssize_t got = ::read(from->get(), buffer.data(), buffer.size());
  if (got > 0) {
    into->append(buffer.data(), std::min<std::size_t>(got, most - std::min(most, into->size())));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    from->Close();
  }
}

void Feed(Descriptor* into, std::string_view* rest) {
  ssize_t sent = rest->empty() ? 0 : ::send(into->get(), rest->data(), rest->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) rest->remove_prefix(sent);
  bool gone = sent < 0 && errno != EINTR && errno != EAGAIN;
  if (rest->empty() || gone) into->Close();
}

// Moves bytes both ways until the child has closed its outputs. False when the deadline came first.
bool Converse(const Deadline& deadline, std::string_view input, Descriptor* to, Descriptor* from_out,
              Descriptor* from_err, std::size_t most, CommandResult* result) {
  while (from_out->open() || from_err->open()) {
    if (deadline.over()) return false;
    std::array<pollfd, 3> polled = {
        {{to->get(), POLLOUT, 0}, {from_out->get(), POLLIN, 0}, {from_err->get(), POLLIN, 0}}};
    int wait_ms = static_cast<int>(deadline.Remaining(std::chrono::milliseconds(100)).count());
    if (::poll(polled.data(), polled.size(), std::clamp(wait_ms, 1, 100)) <= 0) continue;
    if (to->open() && polled[0].revents != 0) Feed(to, &input);
    if (from_out->open() && polled[1].revents != 0) Drain(from_out, &result->out, most);
    if (from_err->open() && polled[2].revents != 0) Drain(from_err, &result->err, most);
  }
  return true;
}

// A child may close its outputs and go on. False when the deadline came first.
bool WaitForEnd(const Deadline& deadline, pid_t pid, int* status) {
  constexpr int kLookAgainMs = 5;
  // Most have ended by now: the first looks come quickly.
  for (int wait_ms = 0;; wait_ms = std::min(wait_ms + 1, kLookAgainMs)) {
    const pid_t ended = ::waitpid(pid, status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) return true;
    if (deadline.over()) return false;
    ::poll(nullptr, 0, wait_ms);
  }
}

}  // namespace

Expected<CommandResult> RunCommand(const Deadline& deadline, const Command& command) {
  auto child = Prepare(command);
  if (!child) return Fail(std::move(child.error()));
  Pipe in, out, err;
  if (!MakeInput(&in) || !MakePipe(&out) || !MakePipe(&err)) return Fail(StartError(child->path, errno));
  child->in = in.read.get();
  child->out = out.write.get();
  child->err = err.write.get();
  child->die_with_parent = true;
  auto pid = Fork(&*child);
  if (!pid) return Fail(std::move(pid.error()));
  in.read.Close();
  out.write.Close();
  err.write.Close();

  CommandResult result;
  int status = 0;
  const bool finished =
      Converse(deadline, command.input, &in.write, &out.read, &err.read, command.max_output, &result) &&
      WaitForEnd(deadline, *pid, &status);
  if (!finished) {
    ::kill(-*pid, SIGKILL);
    while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
    }
    return Fail(deadline.ToError("running " + command.argv[0]));
  }
  result.status = ExitStatus(status);
  return result;
}

Expected<pid_t> StartProcess(const Command& command) {
  auto child = Prepare(command);
  if (!child) return Fail(std::move(child.error()));
  Descriptor in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const char* output = command.output_file.empty() ? "/dev/null" : command.output_file.c_str();
  Descriptor out(::open(output, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!in.open() || !out.open()) return Fail(StartError(child->path, errno));
  child->in = in.get();
  child->out = child->err = out.get();
  return Fork(&*child);
}

std::string FindInPath(std::string_view program) {
  const char* path = std::getenv("PATH");
  for (const std::string& folder : Split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + std::string(program);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

}  // namespace toomai
