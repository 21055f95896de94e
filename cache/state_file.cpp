#include "cache/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "cache/migrations.h"

namespace toomai::cache {
namespace {

namespace fs = std::filesystem;

// SQLite would make the file readable for all. Only a file that does not exist is opened here: closing a second
// descriptor of a live database would drop the locks this process holds on it. Its -wal and -shm files take over the
// permissions of the file.
void MakePrivate(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && !fs::exists(folder, error) && fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_RDWR, S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
}

// Changing to WAL needs the file for a moment, and SQLite does not wait for it by itself.
Expected<void> UseWal(Connection& connection, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto mode = connection.QueryText("PRAGMA journal_mode = WAL");
    if (mode) return {};
    if (TroubleOf(mode.error()) != Trouble::kLocked || std::chrono::steady_clock::now() >= until) {
      return Fail(mode.error());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

std::uint64_t FileIdentity(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.st_ino) * 1000003u + static_cast<std::uint64_t>(info.st_dev);
}

std::int64_t StateFileBytes(const std::string& path) {
  std::int64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto size = fs::file_size(path + suffix, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

Expected<Connection> OpenStateFile(const StateFileOptions& options, Connection::Mode mode) {
  if (mode == Connection::Mode::kCreate) MakePrivate(options.path);
  auto connection = Connection::Open(options.path, mode, options.lock_timeout);
  if (!connection) return connection;
  const auto version = connection->QueryInt("PRAGMA user_version");
  if (!version) return Fail(version.error());
  if (*version == 0) {
    // auto_vacuum takes effect only in an empty file, so it comes first; retention then gives pages back.
    if (auto set = connection->Exec("PRAGMA auto_vacuum = INCREMENTAL"); !set) return Fail(set.error());
    if (auto wal = UseWal(*connection, options.lock_timeout); !wal) return Fail(wal.error());
  }
  const std::string settings = "PRAGMA synchronous = " + options.synchronous +
                               "; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY"
                               "; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8000";
  if (auto set = connection->Exec(settings.c_str()); !set) return Fail(set.error());
  if (auto migrated = Migrate(*connection); !migrated) return Fail(migrated.error());
  return connection;
}

// ---- ReaderPool ----

ReaderPool::Lease::Lease(ReaderPool& pool, Connection connection, std::uint64_t identity, const Deadline& deadline)
    : pool_(&pool),
      connection_(std::move(connection)),
      identity_(identity),
      deadline_(std::make_unique<Deadline>(deadline)) {
  connection_.SetDeadline(deadline_.get());
}

ReaderPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      connection_(std::move(other.connection_)),
      identity_(other.identity_),
      deadline_(std::move(other.deadline_)) {}

ReaderPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  connection_.SetDeadline(nullptr);
  pool_->GiveBack(std::move(connection_), identity_);
}

Expected<ReaderPool::Lease> ReaderPool::Borrow(const Deadline& deadline) {
  const std::uint64_t identity = FileIdentity(options_.path);
  {
    MutexLock lock(mutex_);
    while (borrowed_ >= size_) {
      if (deadline.over()) return Fail(deadline.ToError("waiting to read the history"));
      returned_.WaitUntil(mutex_, Deadline::Clock::now() + deadline.Remaining(std::chrono::milliseconds(50)));
    }
    ++borrowed_;
    while (!idle_.empty()) {
      Idle idle = std::move(idle_.back());
      idle_.pop_back();
      if (idle.identity == identity) return Lease(*this, std::move(idle.connection), identity, deadline);
    }
  }
  auto connection = OpenStateFile(options_, Connection::Mode::kExisting);
  if (connection) return Lease(*this, std::move(*connection), identity, deadline);
  MutexLock lock(mutex_);
  --borrowed_;
  returned_.NotifyOne();
  return Fail(connection.error());
}

void ReaderPool::GiveBack(Connection connection, std::uint64_t identity) {
  MutexLock lock(mutex_);
  idle_.push_back({std::move(connection), identity});
  --borrowed_;
  returned_.NotifyOne();
}

}  // namespace toomai::cache
