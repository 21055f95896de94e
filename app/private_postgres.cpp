#include "app/private_postgres.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <locale.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/file.h"
#include "base/text.h"

namespace toomai::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int kSocketPort = 5432;                // only a part of the socket's name when there is no TCP
constexpr std::size_t kMaxSocketDirectory = 80;  // sun_path holds 108 bytes, and the socket's own name goes there too
constexpr milliseconds kStopTimeout{10'000};
constexpr int kPortAttempts = 5;
constexpr std::size_t kLogTail = 2000;

const char* const kMissing =
    "install the package postgresql (Debian: apt-get install postgresql), or set PATH to its bin folder";

bool HasServer(const fs::path& folder) {
  return ::access((folder / "initdb").c_str(), X_OK) == 0 && ::access((folder / "postgres").c_str(), X_OK) == 0;
}

// Folders below /usr/lib/postgresql, the newest version first.
std::vector<std::string> DebianFolders() {
  std::vector<std::pair<int, std::string>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    found.emplace_back(std::atoi(entry.path().filename().c_str()), (entry.path() / "bin").string());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> result;
  for (auto& [version, folder] : found) result.push_back(std::move(folder));
  return result;
}

Expected<std::string> FindBinaries(const std::string& wanted) {
  if (!wanted.empty()) {
    if (HasServer(wanted)) return wanted;
    return Fail(ErrorCode::kNotFound, "no initdb and postgres in \"" + wanted + "\"", kMissing);
  }
  std::vector<std::string> candidates = DebianFolders();
  if (std::string config = FindInPath("pg_config"); !config.empty()) {
    auto said = RunCommand(Deadline::After(milliseconds(5000)), {.argv = {config, "--bindir"}});
    if (said && said->status == 0) candidates.insert(candidates.begin(), std::string(Trim(said->out)));
  }
  if (std::string initdb = FindInPath("initdb"); !initdb.empty()) {
    std::error_code ignored;
    candidates.push_back(fs::canonical(initdb, ignored).parent_path().string());
  }
  for (const std::string& folder : candidates) {
    if (HasServer(folder)) return folder;
  }
  return Fail(ErrorCode::kNotFound, "PostgreSQL's server programs (initdb, postgres) are not on this machine",
              kMissing);
}

// PostgreSQL refuses to run as root; somebody without rights runs it then.
Expected<std::optional<UserIds>> FindServerUser() {
  if (::geteuid() != 0) return std::optional<UserIds>();
  for (const char* name : {"postgres", "nobody"}) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16384);
    if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr &&
        found->pw_uid != 0) {
      return std::optional<UserIds>(UserIds{found->pw_uid, found->pw_gid});
    }
  }
  return Fail(ErrorCode::kUnavailable, "PostgreSQL does not run as root and there is no user postgres or nobody",
              "run this as an ordinary user");
}

std::string SystemError(const std::string& doing) {
  return doing + ": " + std::strerror(errno);
}

int FreePort() {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(listener);
  return bound ? ntohs(address.sin_port) : 0;
}

// A locale that knows letters beyond ASCII; every glibc has it, "C" is the fallback.
std::string ServerLocale() {
  locale_t known = ::newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  if (known == nullptr) return "C";
  ::freelocale(known);
  return "C.UTF-8";
}

// `also_plain`: characters beside letters, digits and "_-." that may stay.
std::string PercentEncode(std::string_view text, std::string_view also_plain = "") {
  std::string result;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 std::string_view("_-.").find(c) != std::string_view::npos ||
                 also_plain.find(c) != std::string_view::npos;
    if (plain) {
      result += static_cast<char>(c);
    } else {
      result += "%" + HexEncode(std::string_view(reinterpret_cast<const char*>(&c), 1));
    }
  }
  return result;
}

std::string QuoteName(std::string_view name) {
  std::string result = "\"";
  for (char c : name) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

bool WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

// The variables that would send psql or the server somewhere else.
std::vector<std::string> CleanEnvironment() {
  return {"PGHOST",
          "PGHOSTADDR",
          "PGPORT",
          "PGUSER",
          "PGDATABASE",
          "PGPASSWORD",
          "PGPASSFILE",
          "PGSERVICE",
          "PGOPTIONS",
          "PGDATA",
          "PGSSLMODE",
          "PGTZ",
          "PGDATESTYLE",
          "PGSERVICEFILE",
          "PGTARGETSESSIONATTRS",
          "PGAPPNAME",
          "PGCLIENTENCODING=UTF8",
          "PGCONNECT_TIMEOUT=10",
          "LC_ALL=C.UTF-8",
          "LANGUAGE"};
}

// The watcher's whole life, after fork in a program with threads: only async-signal-safe calls.
// Waits until the owner is gone or has cleaned up, then stops the server (if any) and removes the directory.
[[noreturn]] void Watch(int lifeline, const char* pid_file, char* const* remove_argv) {
  ::setsid();
  ::dup2(lifeline, 0);
  ::syscall(SYS_close_range, 1U, ~0U, 0U);
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
  char byte;
  while (::read(0, &byte, 1) < 0 && errno == EINTR) {
  }
  int file = ::open(pid_file, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    char digits[32] = {};
    ssize_t got = ::read(file, digits, sizeof digits - 1);
    pid_t server = 0;
    for (ssize_t i = 0; i < got && digits[i] >= '0' && digits[i] <= '9'; ++i) server = server * 10 + (digits[i] - '0');
    if (server > 1 && ::kill(server, SIGQUIT) == 0) {
      for (int i = 0; i < 100 && ::kill(server, 0) == 0; ++i) {
        timespec pause = {0, 50'000'000};
        ::nanosleep(&pause, nullptr);
      }
    }
  }
  ::execv(remove_argv[0], remove_argv);
  ::_exit(1);
}

}  // namespace

Expected<std::unique_ptr<PrivatePostgres>> PrivatePostgres::Start(const PrivatePostgresOptions& options) {
  auto binaries = FindBinaries(options.binaries);
  if (!binaries) return Fail(std::move(binaries.error()));
  auto user = FindServerUser();
  if (!user) return Fail(std::move(user.error()));

  std::unique_ptr<PrivatePostgres> server(new PrivatePostgres());
  server->options_ = options;
  server->binaries_ = *binaries;
  server->run_as_ = *user;
  server->owner_ = ::getpid();
  for (auto step : {&PrivatePostgres::Initialize, &PrivatePostgres::StartWatcher, &PrivatePostgres::Launch}) {
    if (auto done = (server.get()->*step)(); !done) return Fail(std::move(done.error()));
  }
  return server;
}

PrivatePostgres::~PrivatePostgres() {
  if (owner_ != ::getpid()) return;  // a fork of the owner
  if (server_ > 0) (void)Stop(SIGQUIT);
  if (lifeline_ >= 0) ::close(lifeline_);
  if (watcher_ > 0) ::waitpid(watcher_, nullptr, 0);
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

Expected<void> PrivatePostgres::Initialize() {
  std::string parent = options_.parent_directory;
  if (parent.empty()) parent = std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp";
  if (parent.size() > kMaxSocketDirectory) parent = "/tmp";
  std::string name = parent + "/toomai-pg-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    return Fail(ErrorCode::kUnavailable, SystemError("cannot make a directory in \"" + parent + "\""),
                "set TMPDIR to a folder that can be written");
  }
  directory_ = name;
  if (run_as_ && ::chown(directory_.c_str(), run_as_->uid, run_as_->gid) != 0) {
    return Fail(ErrorCode::kUnavailable, SystemError("cannot give \"" + directory_ + "\" to the server's user"));
  }
  std::vector<std::string> environment = CleanEnvironment();
  auto made = RunCommand(
      Deadline::After(options_.start_timeout, options_.stop),
      {.argv = {binaries_ + "/initdb", "-D", directory_ + "/data", "-U", std::string(kSuperuser), "-A", "trust", "-E",
                "UTF8", "--locale=" + ServerLocale(), "--lc-messages=C", "--no-sync", "--no-instructions"},
       .environment = environment,
       .directory = directory_,
       .run_as = run_as_});
  if (!made) return Fail(std::move(made.error()));
  if (made->status != 0) {
    return Fail(ErrorCode::kUnavailable, "initdb failed: " + std::string(Trim(made->err)), "is the disk full?");
  }
  version_ = std::atoi(ReadFile(directory_ + "/data/PG_VERSION").value_or("").c_str());
  std::string rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  std::string settings =
      "unix_socket_directories = '" + directory_ +
      "'\nunix_socket_permissions = 0700\n"
      // Nothing here outlives the process, so nothing needs to reach the disk.
      "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0\n"
      "shared_buffers = 16MB\nmax_connections = 100\nautovacuum_naptime = 1h\nlogging_collector = off\n"
      "log_destination = stderr\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n";
  for (const std::string& line : options_.settings) settings += line + "\n";
  std::string config = directory_ + "/data/postgresql.conf";
  if (!WriteFile(directory_ + "/data/pg_hba.conf", rules) ||
      !WriteFile(config, ReadFile(config).value_or("") + settings)) {
    return Fail(ErrorCode::kUnavailable, "cannot write the server's configuration in \"" + directory_ + "\"");
  }
  return {};
}

Expected<void> PrivatePostgres::StartWatcher() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Fail(ErrorCode::kInternal, SystemError("pipe"));
  std::string pid_file = directory_ + "/data/postmaster.pid";
  std::string remove = FindInPath("rm");
  std::string folder = directory_;
  char flags[] = "-rf", end_of_flags[] = "--";
  char* argv[] = {remove.data(), flags, end_of_flags, folder.data(), nullptr};
  watcher_ = ::fork();
  if (watcher_ == 0) {
    ::close(ends[1]);
    Watch(ends[0], pid_file.c_str(), argv);
  }
  ::close(ends[0]);
  lifeline_ = ends[1];
  if (watcher_ < 0) return Fail(ErrorCode::kInternal, SystemError("fork"));
  return {};
}

Expected<void> PrivatePostgres::Launch() {
  bool keep_port = port_ != 0;
  for (int attempt = 1;; ++attempt) {
    if (!keep_port) port_ = options_.tcp ? FreePort() : kSocketPort;
    auto started = StartProcess(
        {.argv = {binaries_ + "/postgres", "-D", directory_ + "/data", "-c", "port=" + std::to_string(port_), "-c",
                  std::string("listen_addresses=") + (options_.tcp ? "127.0.0.1" : "")},
         .environment = CleanEnvironment(),
         .directory = directory_,
         .run_as = run_as_,
         .output_file = directory_ + "/log"});
    if (!started) return Fail(std::move(started.error()));
    server_ = *started;
    auto ready = WaitUntilReady();
    if (ready) return {};
    // Somebody else may have taken the free port in between.
    bool taken = ready.error().message.find("could not bind") != std::string::npos;
    if (!taken || attempt == kPortAttempts) return ready;
    if (keep_port) std::this_thread::sleep_for(milliseconds(200));
  }
}

// The server writes its state into the eighth line of postmaster.pid: no connection is needed to know.
Expected<void> PrivatePostgres::WaitUntilReady() {
  Deadline deadline = Deadline::After(options_.start_timeout, options_.stop);
  while (!deadline.over()) {
    if (::waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return Fail(ErrorCode::kUnavailable, "the private PostgreSQL did not start: " + Log());
    }
    std::vector<std::string> lines = Split(ReadFile(directory_ + "/data/postmaster.pid").value_or(""), '\n');
    if (lines.size() > 7 && lines[0] == std::to_string(server_) && lines[7].rfind("ready", 0) == 0) return {};
    std::this_thread::sleep_for(milliseconds(10));
  }
  if (deadline.stopped()) return Fail(deadline.ToError("starting the private PostgreSQL"));
  return Fail(ErrorCode::kDeadlineExceeded, "the private PostgreSQL was not ready in time: " + Log());
}

Expected<void> PrivatePostgres::Stop(int signal) {
  if (server_ <= 0) return {};
  ::kill(server_, signal);
  Deadline deadline = Deadline::After(kStopTimeout);
  while (::waitpid(server_, nullptr, WNOHANG) == 0) {
    if (deadline.over()) {
      ::kill(server_, SIGKILL);
      ::waitpid(server_, nullptr, 0);
      server_ = -1;
      return Fail(ErrorCode::kDeadlineExceeded, "the private PostgreSQL did not stop and was killed");
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  server_ = -1;
  return {};
}

Expected<void> PrivatePostgres::StopImmediate() {
  return Stop(SIGQUIT);
}
Expected<void> PrivatePostgres::StopFast() {
  return Stop(SIGINT);
}
Expected<void> PrivatePostgres::StartAgain() {
  return server_ > 0 ? Expected<void>() : Launch();
}

std::string PrivatePostgres::Log() const {
  std::string log = ReadFile(directory_ + "/log").value_or("");
  return log.size() > kLogTail ? log.substr(log.size() - kLogTail) : log;
}

std::string PrivatePostgres::ConnectionUrl(std::string_view database, std::string_view role) const {
  return "postgresql://" + PercentEncode(role) + "@/" + PercentEncode(database) +
         "?host=" + PercentEncode(directory_, "/") + "&port=" + std::to_string(port_);
}

std::string PrivatePostgres::TcpUrl(std::string_view database, std::string_view role, int port) const {
  auto password = passwords_.find(role);
  return "postgresql://" + PercentEncode(role) + (password == passwords_.end() ? "" : ":" + password->second) +
         "@127.0.0.1:" + std::to_string(port == 0 ? port_ : port) + "/" + PercentEncode(database);
}

Expected<std::string> PrivatePostgres::RunPsql(std::string_view database, std::vector<std::string> arguments,
                                               std::string_view input) {
  std::string psql = binaries_ + "/psql";
  if (::access(psql.c_str(), X_OK) != 0) psql = FindInPath("psql");
  if (psql.empty()) {
    return Fail(ErrorCode::kNotFound, "psql is not on this machine", "install the package postgresql-client");
  }
  std::vector<std::string> argv = {
      psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", ConnectionUrl(database)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  auto done = RunCommand(Deadline::After(options_.sql_timeout, options_.stop), {.argv = std::move(argv),
                                                                                .environment = CleanEnvironment(),
                                                                                .input = std::string(input),
                                                                                .max_output = 64u << 20});
  if (!done) return Fail(std::move(done.error()));
  if (done->status != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "psql on database \"" + std::string(database) + "\": " + std::string(Trim(done->err)));
  }
  while (!done->out.empty() && done->out.back() == '\n') done->out.pop_back();
  return std::move(done->out);
}

Expected<std::string> PrivatePostgres::RunSql(std::string_view database, std::string_view sql) {
  return RunPsql(database, {"-f", "-"}, sql);
}

Expected<void> PrivatePostgres::LoadSql(std::string_view database, const std::string& file) {
  auto done = RunPsql(database, {"-f", file}, "");
  if (!done) return Fail(std::move(done.error()));
  return {};
}

Expected<void> PrivatePostgres::CreateDatabase(std::string_view database, std::string_view template_database) {
  auto done =
      RunSql("postgres", "CREATE DATABASE " + QuoteName(database) + " TEMPLATE " + QuoteName(template_database));
  if (!done) return Fail(std::move(done.error()));
  return {};
}

Expected<void> PrivatePostgres::SetPassword(const std::string& role) {
  std::string password = RandomId(24);
  auto done = RunSql("postgres", "ALTER ROLE " + QuoteName(role) + " PASSWORD '" + password + "'");
  if (!done) return Fail(std::move(done.error()));
  passwords_[role] = password;
  return {};
}

}  // namespace toomai::app
