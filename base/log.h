// Structured logging: one line per event, JSON or console, always to stderr or a file, never to stdout (which belongs
// to the protocol). Every line passes one redaction point: secrets, DSNs and tokens never reach the log.
//
//   Log(Level::kWarn, "pool", "connection closed by the server", {{"database", name}, {"sqlstate", state}});
//
// Thread-safe. Before InitLog() lines of level warn and above go to stderr as console text.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/redact.h"

namespace toomai {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kOff };
std::string_view ToString(Level level);
std::optional<Level> ParseLevel(std::string_view word);

struct LogOptions {
  enum class Format { kAuto, kConsole, kJson };  // kAuto: console on a terminal, else JSON
  Format format = Format::kAuto;
  Level level = Level::kInfo;
  std::map<std::string, Level> modules{};                          // level per module, e.g. {"pool": kDebug}
  std::string file{};                                              // empty: stderr
  std::size_t max_file_bytes = 64u << 20;                          // a new file is begun beyond this size
  std::chrono::milliseconds max_file_age{std::chrono::hours(24)};  // or when it was begun so long ago; 0: never
  int max_files = 5;
  int max_age_days = 30;            // older rotated files are removed
  bool redact_sql_literals = true;  // 'text' and numbers become ? in fields named sql or *_sql
};

void InitLog(const LogOptions& options);
// Levels may change while running (configuration reload).
void SetLogLevels(Level level, std::map<std::string, Level> modules);
bool LogEnabled(Level level, std::string_view module);

using LogValue = std::variant<std::string, std::int64_t, double, bool>;
using LogFields = std::vector<std::pair<std::string, LogValue>>;
void Log(Level level, std::string_view module, std::string_view message, LogFields fields = {});

// The request id, and the W3C trace id if there is one, that lines on this thread carry while the object lives.
class LogRequestScope {
 public:
  explicit LogRequestScope(std::string request_id, std::string trace_id = {});
  ~LogRequestScope();
  LogRequestScope(const LogRequestScope&) = delete;
  LogRequestScope& operator=(const LogRequestScope&) = delete;

 private:
  std::string previous_request_, previous_trace_;
};
const std::string& CurrentRequestId();

}  // namespace toomai
