// One line per call in a plain file beside the store, rotated by size. Whole lines only, appended, so several processes
// may share it. Trouble with it is logged and never disturbs the store. Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "base/mutex.h"

namespace toomai::cache {

class JsonlLog {
 public:
  JsonlLog(std::string path, std::size_t max_bytes, int max_files)
      : path_(std::move(path)), max_bytes_(max_bytes), max_files_(max_files) {}

  // Does nothing when there is no path.
  void Write(const std::string& line);

 private:
  void RotateIfFull(std::size_t more);

  const std::string path_;
  const std::size_t max_bytes_;
  const int max_files_;
  Mutex mutex_;
  bool failed_ TOOMAI_GUARDED_BY(mutex_) = false;
};

}  // namespace toomai::cache
