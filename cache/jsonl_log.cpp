#include "cache/jsonl_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/log.h"

namespace toomai::cache {

void JsonlLog::Write(const std::string& line) {
  if (path_.empty()) return;
  const std::string whole = line + "\n";
  MutexLock lock(mutex_);
  RotateIfFull(whole.size());
  const int file = open(path_.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written = file >= 0 && write(file, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size());
  if (!written && !failed_) {
    Log(Level::kError, "history", "cannot write the history log",
        {{"file", path_}, {"why", std::string(strerror(errno))}});
  }
  failed_ = !written;
  if (file >= 0) close(file);
}

void JsonlLog::RotateIfFull(std::size_t more) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto size = fs::file_size(path_, error);
  if (error || size + more <= max_bytes_) return;
  for (int i = max_files_ - 1; i >= 1; --i) {
    fs::rename(path_ + "." + std::to_string(i), path_ + "." + std::to_string(i + 1), error);
  }
  if (max_files_ > 0) fs::rename(path_, path_ + ".1", error);
}

}  // namespace toomai::cache
