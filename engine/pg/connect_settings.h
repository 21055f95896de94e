// How to reach one database: DatabaseOptions -> libpq keywords, and where the password comes from.
//
// Everything libpq understands passes through: URLs, key=value strings, several hosts, target_session_attrs, service
// files, ~/.pgpass, PG* variables, all TLS modes. We add only what the layers above rely on (UTF-8, a name,
// keepalives), and only where nothing was said. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "base/deadline.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "engine/options.h"

namespace toomai::engine::pg {

// libpq keyword -> value.
using Keywords = std::map<std::string, std::string>;

class ConnectSettings {
 public:
  explicit ConnectSettings(const DatabaseOptions& options);
  ConnectSettings(const ConnectSettings&) = delete;
  ConnectSettings& operator=(const ConnectSettings&) = delete;

  // The keywords of one connection attempt. Reads the password file or runs the password command when one is set.
  Expected<Keywords> Resolve(const Deadline& deadline);
  // The server refused the password: a cached one is forgotten, so that the next attempt asks again.
  void ForgetPassword();

  // "user@host:port/database", for messages and to tell databases apart. No secret in it; what is left to libpq shows
  // as libpq will take it from PG* variables and its defaults.
  std::string Describe() const;
  std::chrono::milliseconds connect_timeout() const { return options_.pool.connect_timeout; }

 private:
  Expected<Secret> FindPassword(const Deadline& deadline);
  Expected<Secret> RunPasswordCommand(const Deadline& deadline);

  const DatabaseOptions options_;
  Mutex mutex_;
  Secret cached_ TOOMAI_GUARDED_BY(mutex_);
  Deadline::Clock::time_point cached_until_ TOOMAI_GUARDED_BY(mutex_){};
};

// A libpq connection string (URL or key=value) taken apart.
Expected<Keywords> ParseConnectionString(const std::string& text);

}  // namespace toomai::engine::pg
