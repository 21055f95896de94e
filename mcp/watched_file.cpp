#include "mcp/watched_file.h"

#include <sys/stat.h>

#include "base/file.h"

namespace toomai::mcp {
namespace {

constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

bool WatchedFile::Changed() {
  const auto now = std::chrono::steady_clock::now();
  if (path_.empty() || (modified_ns_ >= 0 && now - looked_at_ < kLookAgain)) return false;
  looked_at_ = now;
  struct stat facts {};
  if (stat(path_.c_str(), &facts) != 0) return false;
  const std::int64_t modified = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
  if (modified == modified_ns_ && facts.st_size == size_) return false;
  modified_ns_ = modified;
  size_ = facts.st_size;
  return true;
}

Expected<std::string> WatchedFile::Read() const {
  return ReadFile(path_);
}

}  // namespace toomai::mcp
