// What went wrong, told so that the caller knows what to do next.
//
// The code is chosen by what the caller can do, not by which part failed. Functions that can fail return
// Expected<T>; exceptions are not used for control flow, and libraries that throw are wrapped in the one file that
// uses them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace toomai {

enum class ErrorCode {
  kInvalidArgument,   // fix the argument and call again
  kRejected,          // policy says no; calling again will not help
  kNotConfirmed,      // allowed, but only when a person agrees: call again with their confirmation
  kNotFound,          // the named thing does not exist; the hint lists what does
  kBusy,              // a queue or pool is full: wait and call again
  kUnavailable,       // a server we need is down: try later
  kDeadlineExceeded,  // give it more time, or ask for less
  kCancelled,         // the caller went away or asked to stop
  kInternal,          // a bug, or a damaged file: tell us
};

// "invalid_argument", "rejected", ...: the spelling used in JSON, logs and metrics.
std::string_view ToString(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;     // one sentence: what was wrong, and where
  std::string hint;        // one sentence: what to do; may be empty
  std::string sqlstate;    // five characters when PostgreSQL said it, else empty
  bool retryable = false;  // repeating the same call later may succeed
  int position = 0;        // 1-based character in the SQL text, 0 if none

  Error() = default;
  Error(ErrorCode code_in, std::string message_in, std::string hint_in = {})
      : code(code_in), message(std::move(message_in)), hint(std::move(hint_in)) {
    retryable = code == ErrorCode::kBusy || code == ErrorCode::kUnavailable;
  }
};

template <typename T>
using Expected = tl::expected<T, Error>;
using tl::unexpected;

// return Fail(ErrorCode::kBusy, "…", "…");
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error(code, std::move(message), std::move(hint)));
}
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace toomai
