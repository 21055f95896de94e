// A file that operators replace while we run. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/error.h"

namespace toomai::mcp {

class WatchedFile {
 public:
  explicit WatchedFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // True the first time, and when the file is another than at the last look; it is looked at once a second at most.
  bool Changed();
  Expected<std::string> Read() const;

 private:
  std::string path_;  // empty: never changes
  std::chrono::steady_clock::time_point looked_at_{};
  std::int64_t modified_ns_ = -1, size_ = -1;
};

}  // namespace toomai::mcp
