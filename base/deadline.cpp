#include "base/deadline.h"

#include <string>

namespace toomai {

Error Deadline::ToError(std::string_view doing) const {
  if (stopped()) return {ErrorCode::kCancelled, "cancelled while " + std::string(doing)};
  return {ErrorCode::kDeadlineExceeded, "out of time while " + std::string(doing),
          "ask for less, or allow more time with a longer timeout"};
}

}  // namespace toomai
