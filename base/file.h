// Whole small files that people name in settings and options.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace toomai {

inline constexpr std::size_t kMostFileBytes = 64u << 20;

// The text of a file, pipe or device. The error says why there is none: no such file, a folder (which is what a
// container makes of a mount that does not exist), no rights, more than `most` bytes, or a pipe that nobody writes to.
Expected<std::string> ReadFile(const std::string& path, std::size_t most = kMostFileBytes);

}  // namespace toomai
