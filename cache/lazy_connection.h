// A connection to the state file that is opened when it is first needed, and anew when the file was replaced. For
// stores with few calls, which share one connection under their own lock.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"
#include "cache/sqlite.h"
#include "cache/state_file.h"

namespace toomai::cache {

class LazyConnection {
 public:
  explicit LazyConnection(std::string path) : options_{.path = std::move(path)} {}

  // nullptr while there is no file.
  Expected<Connection*> Existing() { return Get(Connection::Mode::kExisting); }
  Expected<Connection*> Create() { return Get(Connection::Mode::kCreate); }

 private:
  Expected<Connection*> Get(Connection::Mode mode) {
    const std::uint64_t identity = FileIdentity(options_.path);
    if (connection_.open() && identity != 0 && identity == identity_) return &connection_;
    connection_ = Connection();
    if (identity == 0 && mode == Connection::Mode::kExisting) return nullptr;
    auto opened = OpenStateFile(options_, mode);
    if (!opened) return Fail(opened.error());
    connection_ = std::move(*opened);
    identity_ = FileIdentity(options_.path);
    return &connection_;
  }

  const StateFileOptions options_;
  Connection connection_;
  std::uint64_t identity_ = 0;
};

}  // namespace toomai::cache
