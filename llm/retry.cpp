#include "llm/retry.h"

#include <algorithm>
#include <cstdlib>

#include "llm/http.h"

namespace toomai::llm {
namespace {

using std::chrono::milliseconds;

constexpr double kLongest = 86'400'000;  // a day; anything above is nonsense

// A number without sign or exponent at the front of `text`, which moves past it.
std::optional<double> TakeNumber(std::string_view* text) {
  double value = 0, unit = 1;
  bool any = false, fraction = false;
  while (!text->empty()) {
    const char c = text->front();
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (fraction)
        value += (c - '0') * (unit /= 10);
      else
        value = value * 10 + (c - '0');
    } else {
      break;
    }
    text->remove_prefix(1);
  }
  if (!any) return std::nullopt;
  return value;
}

std::optional<milliseconds> ToWait(double ms) {
  return milliseconds(static_cast<std::int64_t>(std::clamp(ms, 0.0, kLongest)));
}

std::optional<milliseconds> RetryAfter(const std::string& text, std::int64_t now) {
  std::string_view rest = text;
  if (auto seconds = TakeNumber(&rest); seconds && rest.empty()) return ToWait(*seconds * 1000);
  const long long date = ParseHttpDate(text);
  if (date < 0) return std::nullopt;
  return ToWait(static_cast<double>(date - now) * 1000);
}

}  // namespace

std::optional<milliseconds> ParseGoDuration(std::string_view text) {
  if (text.empty() || text.size() > 40) return std::nullopt;
  double ms = 0;
  while (!text.empty()) {
    const auto number = TakeNumber(&text);
    if (!number) return std::nullopt;
    if (text.substr(0, 2) == "ms") {
      ms += *number;
      text.remove_prefix(2);
    } else if (text.substr(0, 2) == "us" || text.substr(0, 2) == "ns")
      text.remove_prefix(2);
    else if (text.substr(0, 1) == "s") {
      ms += *number * 1000;
      text.remove_prefix(1);
    } else if (text.substr(0, 1) == "m") {
      ms += *number * 60'000;
      text.remove_prefix(1);
    } else if (text.substr(0, 1) == "h") {
      ms += *number * 3'600'000;
      text.remove_prefix(1);
    } else
      return std::nullopt;
  }
  return ToWait(ms);
}

std::optional<milliseconds> AskedWait(const std::map<std::string, std::string>& headers, int status, std::int64_t now) {
  std::optional<milliseconds> longest;
  const auto consider = [&](std::optional<milliseconds> wait) {
    if (wait) longest = std::max(longest.value_or(milliseconds(0)), *wait);
  };
  const auto header = [&](const char* name) -> const std::string* {
    auto found = headers.find(name);
    return found == headers.end() ? nullptr : &found->second;
  };
  if (const auto* text = header("retry-after-ms")) {
    std::string_view rest = *text;
    if (auto ms = TakeNumber(&rest); ms && rest.empty()) consider(ToWait(*ms));
  }
  if (const auto* text = header("retry-after")) consider(RetryAfter(*text, now));
  if (status != 429) return longest;
  // A reset time counts only where that limit is used up.
  for (const char* kind : {"requests", "tokens"}) {
    const auto* remaining = header((std::string("x-ratelimit-remaining-") + kind).c_str());
    const auto* reset = header((std::string("x-ratelimit-reset-") + kind).c_str());
    if (reset && remaining && *remaining == "0") consider(ParseGoDuration(*reset));
  }
  return longest;
}

milliseconds Backoff(milliseconds first, int attempt, double random) {
  const double whole = static_cast<double>(first.count()) * static_cast<double>(1u << std::clamp(attempt, 0, 10));
  return milliseconds(static_cast<std::int64_t>(whole * (0.5 + random / 2)));
}

}  // namespace toomai::llm
