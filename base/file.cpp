#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace toomai {
namespace {

constexpr int kPipePatienceMs = 5'000;

class Opened {
 public:
  explicit Opened(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Opened() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int descriptor() const { return descriptor_; }
  bool IsFolder() const { return S_ISDIR(mode()); }
  // Waits until there is more, or the end; false when nobody writes to a pipe.
  bool HasMore() const {
    pollfd polled = {descriptor_, POLLIN, 0};
    return poll(&polled, 1, S_ISFIFO(mode()) ? kPipePatienceMs : -1) != 0;
  }

 private:
  mode_t mode() const {
    struct stat facts {};
    return fstat(descriptor_, &facts) == 0 ? facts.st_mode : 0;
  }

  const int descriptor_;
};

tl::unexpected<Error> CannotRead(const std::string& path) {
  const bool missing = errno == ENOENT || errno == ENOTDIR;
  return Fail(missing ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument,
              "cannot read " + path + ": " + std::strerror(errno), missing ? "check the path" : "check its rights");
}

}  // namespace

Expected<std::string> ReadFile(const std::string& path, std::size_t most) {
  const Opened file(path);
  if (file.descriptor() < 0) return CannotRead(path);
  if (file.IsFolder()) {
    return Fail(ErrorCode::kInvalidArgument, "cannot read " + path + ": it is a folder",
                "name a file; a mount of a file that does not exist becomes a folder");
  }
  std::string text;
  std::array<char, 64 << 10> buffer;
  for (;;) {
    if (!file.HasMore()) {
      return Fail(ErrorCode::kInvalidArgument, "nothing came out of the pipe " + path + " for five seconds",
                  "does anybody write to it?");
    }
    const ssize_t got = read(file.descriptor(), buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return CannotRead(path);
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > most) {
      return Fail(ErrorCode::kInvalidArgument, path + " is larger than " + std::to_string(most) + " bytes",
                  "is this the right file?");
    }
  }
}

}  // namespace toomai
