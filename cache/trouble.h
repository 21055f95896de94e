// What kind of trouble a store is in: the first word of Error::message carries it from the store to HistoryHealth.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace toomai::cache {

enum class Trouble { kNone, kLocked, kFull, kCorrupt, kOther };

inline constexpr std::string_view kLockedMark = "locked: ", kFullMark = "disk full: ", kCorruptMark = "corrupt: ";

inline Trouble TroubleOf(const Error& error) {
  if (error.message.starts_with(kLockedMark)) return Trouble::kLocked;
  if (error.message.starts_with(kFullMark)) return Trouble::kFull;
  if (error.message.starts_with(kCorruptMark)) return Trouble::kCorrupt;
  return Trouble::kOther;
}

}  // namespace toomai::cache
