// A folder of one test's own, gone with it. Never one that an earlier run left behind: process ids come again, so a
// name made of one does not do.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace toomai::test {

class ScratchFolder : public std::filesystem::path {
 public:
  explicit ScratchFolder(const std::string& name) : path(Made(name)) {}
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(*this, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

 private:
  static std::string Made(const std::string& name) {
    std::string made = (std::filesystem::temp_directory_path() / ("toomai-" + name + "-XXXXXX")).string();
    if (mkdtemp(made.data()) == nullptr) throw std::system_error(errno, std::generic_category(), made);
    return made;
  }
};

}  // namespace toomai::test
