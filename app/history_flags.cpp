#include "app/history_flags.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <utility>

#include "app/context.h"

namespace toomai::app {
namespace {

// In the time that lists show: local, or UTC with a Z.
std::optional<std::int64_t> ParseMoment(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"}) {
    std::tm moment{};
    moment.tm_isdst = -1;
    const char* end = strptime(text.c_str(), format, &moment);
    if (end == nullptr) continue;
    if (*end == '\0') return static_cast<std::int64_t>(mktime(&moment)) * 1000;
    if (std::string(end) == "Z") return static_cast<std::int64_t>(timegm(&moment)) * 1000;
  }
  return std::nullopt;
}

// "7d", "12h", "30m".
std::optional<std::int64_t> ParseAge(const std::string& text) {
  char* end = nullptr;
  const long count = std::strtol(text.c_str(), &end, 10);
  const std::int64_t unit = *end == 'd' ? 86'400 : *end == 'h' ? 3'600 : *end == 'm' ? 60 : 0;
  if (end == text.c_str() || count <= 0 || count >= 100'000 || unit == 0 || end[1] != '\0') return std::nullopt;
  return (static_cast<std::int64_t>(std::time(nullptr)) - count * unit) * 1000;
}

Expected<std::int64_t> ParseWhen(const std::string& text) {
  if (text.empty()) return 0;
  if (const auto moment = ParseMoment(text)) return *moment;
  if (const auto age = ParseAge(text)) return *age;
  return Fail(ErrorCode::kInvalidArgument, "'" + text + "' is not a time",
              "write 2026-11-20, 2026-11-20T17:40:00 or an age such as 7d");
}

}  // namespace

Expected<cache::HistoryQuery> QueryOf(const HistoryFlags& flags) {
  cache::HistoryQuery query = flags.query;
  if (!flags.state.empty()) {
    query.state = cache::ParseReviewState(flags.state);
    if (!query.state) {
      return Fail(ErrorCode::kInvalidArgument, "'" + flags.state + "' is not a state",
                  "use new, approved, rejected or needs_work");
    }
  }
  const auto since = ParseWhen(flags.since), until = ParseWhen(flags.until);
  if (!since) return Fail(since.error());
  if (!until) return Fail(until.error());
  query.since_ms = *since;
  query.until_ms = *until;
  return query;
}

Deadline HistoryPatience() {
  return Deadline::After(std::chrono::minutes(10), StopOnSignals());
}

std::string LocalTime(std::int64_t at_ms) {
  const std::time_t seconds = at_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)};
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return text;
}

engine::QueryResult TextTable(std::vector<std::string> names) {
  engine::QueryResult result;
  for (std::string& name : names) result.columns.push_back({std::move(name), "text", 25, false});
  return result;
}

std::string ShownMilliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, ms < 10'000 ? "%.1f ms" : "%.0f ms", ms);
  return text;
}

}  // namespace toomai::app
