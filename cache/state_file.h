// The one SQLite file where state lives, opened on first use: WAL, migrations, private permissions, and a few
// connections for readers, which never wait for the writer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/mutex.h"
#include "cache/sqlite.h"

namespace toomai::cache {

struct StateFileOptions {
  std::string path{};
  std::string synchronous = "normal";
  std::chrono::milliseconds lock_timeout{2'000};
};

// A connection that may write. kCreate makes the folder (0700) and the file (0600).
Expected<Connection> OpenStateFile(const StateFileOptions& options, Connection::Mode mode);

// Device and inode: tells when the file was moved away or replaced under us. 0 when it is not there.
std::uint64_t FileIdentity(const std::string& path);
// The file and its write-ahead log.
std::int64_t StateFileBytes(const std::string& path);

// Thread-safe.
class ReaderPool {
 public:
  ReaderPool(StateFileOptions options, int size) : options_(std::move(options)), size_(size) {}

  class Lease {
   public:
    Lease(ReaderPool& pool, Connection connection, std::uint64_t identity, const Deadline& deadline);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() { return connection_; }
    Connection* operator->() { return &connection_; }

   private:
    ReaderPool* pool_;
    Connection connection_;
    std::uint64_t identity_;
    std::unique_ptr<Deadline> deadline_;  // SQLite keeps its address
  };

  // kNotFound while nothing was ever written.
  Expected<Lease> Borrow(const Deadline& deadline);

 private:
  struct Idle {
    Connection connection;
    std::uint64_t identity;
  };
  void GiveBack(Connection connection, std::uint64_t identity);

  const StateFileOptions options_;
  const int size_;
  Mutex mutex_;
  CondVar returned_;
  std::vector<Idle> idle_ TOOMAI_GUARDED_BY(mutex_);
  int borrowed_ TOOMAI_GUARDED_BY(mutex_) = 0;
};

}  // namespace toomai::cache
