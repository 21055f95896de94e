// One deadline travels with each request and only shrinks. It also carries the stop token, so that whoever waits has
// one thing to look at: "may I go on, and for how long?"
//
// Deadline is the first parameter of anything that may wait. Copy it freely; it is thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

#include "base/error.h"

namespace toomai {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline After(std::chrono::milliseconds budget, std::stop_token token = {}) {
    return Deadline(Clock::now() + budget, std::move(token));
  }
  static Deadline Never(std::stop_token token = {}) { return Deadline(Clock::time_point::max(), std::move(token)); }

  // The same deadline or an earlier one; a later one cannot be made.
  Deadline Within(std::chrono::milliseconds budget) const {
    return Deadline(std::min(when_, Clock::now() + budget), token_);
  }

  bool never() const { return when_ == Clock::time_point::max(); }
  bool expired() const { return !never() && Clock::now() >= when_; }
  bool stopped() const { return token_.stop_requested(); }
  bool over() const { return stopped() || expired(); }
  Clock::time_point when() const { return when_; }
  const std::stop_token& token() const { return token_; }

  // Time left, never negative; `most` when there is no deadline or it is further away.
  std::chrono::milliseconds Remaining(std::chrono::milliseconds most = std::chrono::hours(24)) const {
    if (never()) return most;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ - Clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), most);
  }

  // Waits, but not past the deadline nor after a stop request. False when the deadline is over.
  bool Sleep(std::chrono::milliseconds time) const;

  // The error to return when over(): says which of the two it was, and what was being done.
  Error ToError(std::string_view doing) const;

 private:
  Deadline(Clock::time_point when, std::stop_token token) : when_(when), token_(std::move(token)) {}

  Clock::time_point when_;
  std::stop_token token_;
};

}  // namespace toomai
