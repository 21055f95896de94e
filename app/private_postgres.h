// A PostgreSQL of our own: made in a temporary directory, ready in about a second, gone without a trace.
//
// Used by `toomai demo` and by the tests. It speaks to the server through psql as a child process, never through libpq,
// which belongs to engine/pg. Only this machine can reach it: a Unix socket in a directory of mode 0700 and, when asked
// for, a loopback port that wants a password made up at start.
//
// It is removed by the destructor, and by a small watcher process when ours is killed. Not thread-safe: one owner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/subprocess.h"

namespace toomai::app {

struct PrivatePostgresOptions {
  std::string binaries;               // folder of initdb and postgres; empty: pg_config, /usr/lib/postgresql, PATH
  std::string parent_directory;       // where the temporary directory goes; empty: TMPDIR or /tmp
  bool tcp = false;                   // also listen on a free port of 127.0.0.1
  std::vector<std::string> settings;  // lines for postgresql.conf: "max_connections = 20"
  std::chrono::milliseconds start_timeout{30'000};
  std::chrono::milliseconds sql_timeout{120'000};
  std::stop_token stop{};  // ends the start, and statements of set-up, early
};

class PrivatePostgres {
 public:
  static Expected<std::unique_ptr<PrivatePostgres>> Start(const PrivatePostgresOptions& options = {});
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  // postgresql://role@/database?host=…: over the socket, no password needed.
  std::string ConnectionUrl(std::string_view database, std::string_view role = kSuperuser) const;
  // Over TCP, with the password of SetPassword(). `port` other than 0 names a proxy in front of the server.
  std::string TcpUrl(std::string_view database, std::string_view role, int port = 0) const;

  // Set-up through psql, as superuser, stopping at the first error. RunSql gives the rows, unaligned, '|' between
  // columns.
  Expected<std::string> RunSql(std::string_view database, std::string_view sql);
  Expected<void> LoadSql(std::string_view database, const std::string& file);
  Expected<void> CreateDatabase(std::string_view database, std::string_view template_database = "template1");
  // Gives the role a random password, for TcpUrl.
  Expected<void> SetPassword(const std::string& role);

  // What a server goes through: a crash, an orderly stop, a new start on the same port.
  Expected<void> StopImmediate();
  Expected<void> StopFast();
  Expected<void> StartAgain();
  bool running() const { return server_ > 0; }

  int port() const { return port_; }
  int version() const { return version_; }  // major: 15
  const std::string& directory() const { return directory_; }
  std::string Log() const;

  static constexpr std::string_view kSuperuser = "postgres";

 private:
  PrivatePostgres() = default;
  Expected<void> Initialize();
  Expected<void> Launch();
  Expected<void> WaitUntilReady();
  Expected<void> Stop(int signal);
  Expected<void> StartWatcher();
  Expected<std::string> RunPsql(std::string_view database, std::vector<std::string> arguments, std::string_view input);

  PrivatePostgresOptions options_;
  std::string directory_, binaries_;
  std::map<std::string, std::string, std::less<>> passwords_;
  std::optional<UserIds> run_as_;
  pid_t owner_ = -1;  // the process that may clean up
  pid_t server_ = -1;
  pid_t watcher_ = -1;
  int lifeline_ = -1;  // the watcher acts when this closes
  int port_ = 0;
  int version_ = 0;
};

}  // namespace toomai::app
