#include "base/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>

#include "base/json_text.h"
#include "base/mutex.h"
#include "base/text.h"

namespace toomai {
namespace {

constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info", "warn", "error", "off"};

thread_local std::string current_request_id, current_trace_id;

struct Logger {
  std::atomic<Level> lowest{Level::kWarn};  // nothing below this is enabled in any module
  std::atomic<bool> json{false};
  std::atomic<bool> colour{false};
  std::atomic<bool> redact_sql{true};

  Mutex mutex;
  Level level TOOMAI_GUARDED_BY(mutex) = Level::kWarn;
  std::map<std::string, Level, std::less<>> modules TOOMAI_GUARDED_BY(mutex);
  std::shared_ptr<spdlog::logger> sink TOOMAI_GUARDED_BY(mutex);
};

// Made on first use and never destroyed: threads may still log while the process ends.
Logger& TheLogger() {
  static Logger* const logger = new Logger;
  return *logger;
}

// ---- Rendering ----

std::string Timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

std::string NumberText(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

bool IsSqlField(std::string_view key) {
  return key == "sql" || key.ends_with("_sql") || key.starts_with("sql_");
}

std::string SafeText(std::string_view key, const std::string& value) {
  const bool hide_literals = IsSqlField(key) && TheLogger().redact_sql;
  return Redact(hide_literals ? RedactSqlLiterals(value) : value);
}

void AppendJsonValue(std::string_view key, const LogValue& value, std::string* out) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    AppendJsonString(SafeText(key, *text), out);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    *out += std::to_string(*whole);
  } else if (const auto* number = std::get_if<double>(&value)) {
    *out += std::isfinite(*number) ? NumberText(*number) : "null";
  } else {
    *out += std::get<bool>(value) ? "true" : "false";
  }
}

std::string JsonLine(Level level, std::string_view module, std::string_view message, const LogFields& fields) {
  std::string line = "{\"ts\":\"" + Timestamp() + "\",\"level\":\"" + std::string(ToString(level)) + "\",\"module\":";
  AppendJsonString(module, &line);
  for (const auto& [name, id] : {std::pair("request_id", &current_request_id), {"trace_id", &current_trace_id}}) {
    if (id->empty()) continue;
    line += std::string(",\"") + name + "\":";
    AppendJsonString(*id, &line);
  }
  line += ",\"message\":";
  AppendJsonString(Redact(message), &line);
  for (const auto& [key, value] : fields) {
    line += ',';
    AppendJsonString(key, &line);
    line += ':';
    AppendJsonValue(key, value, &line);
  }
  return line += '}';
}

// Line breaks would let a hostile value forge a second line, so values with them are quoted and escaped.
std::string ConsoleValue(std::string_view key, const LogValue& value) {
  std::string text;
  AppendJsonValue(key, value, &text);
  const bool plain = text.size() > 2 && text.find_first_of(" \\=") == std::string::npos;
  return text.front() == '"' && plain ? text.substr(1, text.size() - 2) : text;
}

std::string OneLine(std::string_view text) {
  std::string line = CleanUtf8(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

std::string ConsoleLine(Level level, std::string_view module, std::string_view message, const LogFields& fields) {
  constexpr std::array<std::string_view, 6> kNames = {"TRACE", "DEBUG", "INFO ", "WARN ", "ERROR", ""};
  constexpr std::array<std::string_view, 6> kColours = {"\x1b[2m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m", ""};
  const bool colour = TheLogger().colour;
  const auto index = static_cast<std::size_t>(level);
  std::string line = Timestamp().substr(11, 12) + " ";
  line += colour ? std::string(kColours[index]) + std::string(kNames[index]) + "\x1b[0m" : std::string(kNames[index]);
  line += " " + std::string(module) + ": " + OneLine(Redact(message));
  for (const auto& [key, value] : fields) line += " " + key + "=" + ConsoleValue(key, value);
  if (!current_request_id.empty()) line += " request_id=" + OneLine(current_request_id);
  if (!current_trace_id.empty()) line += " trace_id=" + OneLine(current_trace_id);
  return line;
}

// ---- Where lines go ----

// Removes rotated files (name.1.ext, name.2.ext, …) that are older than the setting.
void RemoveOldFiles(const LogOptions& options) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (int i = 1; i <= options.max_files; ++i) {
    const std::string old =
        spdlog::sinks::rotating_file_sink_mt::calc_filename(options.file, static_cast<std::size_t>(i));
    const auto written = fs::last_write_time(old, error);
    if (error) continue;
    const auto age = fs::file_time_type::clock::now() - written;
    if (age > std::chrono::hours(24) * options.max_age_days) fs::remove(old, error);
  }
}

using Clock = std::chrono::system_clock;

// When the file was begun, as well as the file system knows: made, or at least written, then.
Clock::time_point Begun(const std::string& file) {
  struct statx facts {};
  if (statx(AT_FDCWD, file.c_str(), 0, STATX_BTIME | STATX_MTIME, &facts) != 0) return Clock::now();
  const auto at = [](const statx_timestamp& time) {
    return Clock::time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  };
  const bool knows_birth = (facts.stx_mask & STATX_BTIME) != 0;
  return knows_birth ? std::min(at(facts.stx_btime), at(facts.stx_mtime)) : at(facts.stx_mtime);
}

// A file that grows old is put aside as one that grows large is. When that cannot be done (the folder is gone, there
// are no descriptors left), the lines go on into the file there is, and a minute later it is tried again.
class LogFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogFile(const LogOptions& options) : options_(options) {
    Open(false);
    BeginAnewWhenOld();
  }

 private:
  static constexpr std::chrono::milliseconds kTryAgain = std::chrono::minutes(1);

  // Throws when it cannot be opened; what was open stays.
  void Open(bool begin_anew) {
    spdlog::file_event_handlers events;
    // A new file is begun now and then, and only then are there older ones to look at.
    events.after_open = [this](const spdlog::filename_t&, std::FILE*) {
      RemoveOldFiles(options_);
      old_at_ = Begun(options_.file) + options_.max_file_age;
    };
    auto opened = std::make_unique<spdlog::sinks::rotating_file_sink_st>(
        options_.file, std::max<std::size_t>(options_.max_file_bytes, 1024),
        static_cast<std::size_t>(std::max(options_.max_files, 1)), begin_anew, events);
    if (formatter_) opened->set_formatter(formatter_->clone());
    file_ = std::move(opened);
  }

  void BeginAnewWhenOld() {
    if (options_.max_file_age.count() <= 0 || Clock::now() < old_at_) return;
    try {
      // The sink empties a file that it cannot rename.
      if (access(std::filesystem::absolute(options_.file).parent_path().c_str(), W_OK) == 0) return Open(true);
    } catch (const std::exception&) {
    }
    old_at_ = Clock::now() + std::min(options_.max_file_age, kTryAgain);
  }

  void sink_it_(const spdlog::details::log_msg& message) override {
    BeginAnewWhenOld();
    file_->log(message);
  }
  void flush_() override { file_->flush(); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    formatter_ = std::move(formatter);
    file_->set_formatter(formatter_->clone());
  }

  const LogOptions options_;
  std::unique_ptr<spdlog::sinks::rotating_file_sink_st> file_;  // never null
  Clock::time_point old_at_;
};

spdlog::sink_ptr MakeSink(const LogOptions& options) {
  if (options.file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<LogFile>(options);
}

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("toomai", std::move(sink));
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, std::string("\n")));
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  logger->set_error_handler([](const std::string&) {});  // a full disk must not stop or flood the program
  return logger;
}

std::shared_ptr<spdlog::logger> CurrentSink() {
  Logger& logger = TheLogger();
  MutexLock lock(logger.mutex);
  if (!logger.sink) logger.sink = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return logger.sink;
}

}  // namespace

std::string_view ToString(Level level) {
  return kLevels[static_cast<std::size_t>(level)];
}

std::optional<Level> ParseLevel(std::string_view word) {
  const std::string lower = AsciiLower(word);
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == lower) return static_cast<Level>(i);
  }
  return std::nullopt;
}

void InitLog(const LogOptions& options) {
  Logger& logger = TheLogger();
  std::string trouble;
  std::shared_ptr<spdlog::logger> sink;
  try {
    sink = MakeLogger(MakeSink(options));
  } catch (const std::exception& error) {
    trouble = error.what();
    sink = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  }
  const bool terminal = (options.file.empty() || !trouble.empty()) && isatty(STDERR_FILENO) == 1;
  logger.json =
      options.format == LogOptions::Format::kJson || (options.format == LogOptions::Format::kAuto && !terminal);
  logger.colour = terminal;
  logger.redact_sql = options.redact_sql_literals;
  {
    MutexLock lock(logger.mutex);
    logger.sink = std::move(sink);
  }
  SetLogLevels(options.level, options.modules);
  if (!trouble.empty()) {
    Log(Level::kError, "log", "the log file cannot be opened; logging to stderr",
        {{"file", options.file}, {"why", trouble}});
  }
}

void SetLogLevels(Level level, std::map<std::string, Level> modules) {
  Logger& logger = TheLogger();
  MutexLock lock(logger.mutex);
  logger.level = level;
  logger.modules = {modules.begin(), modules.end()};
  Level lowest = level;
  for (const auto& [module, own] : modules) lowest = std::min(lowest, own);
  logger.lowest = lowest;
}

bool LogEnabled(Level level, std::string_view module) {
  Logger& logger = TheLogger();
  if (level < logger.lowest || level == Level::kOff) return false;
  MutexLock lock(logger.mutex);
  const auto own = logger.modules.find(module);
  return level >= (own == logger.modules.end() ? logger.level : own->second);
}

void Log(Level level, std::string_view module, std::string_view message, LogFields fields) {
  if (!LogEnabled(level, module)) return;
  const std::string line =
      TheLogger().json ? JsonLine(level, module, message, fields) : ConsoleLine(level, module, message, fields);
  CurrentSink()->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

LogRequestScope::LogRequestScope(std::string request_id, std::string trace_id)
    : previous_request_(std::exchange(current_request_id, std::move(request_id))),
      previous_trace_(std::exchange(current_trace_id, std::move(trace_id))) {}

LogRequestScope::~LogRequestScope() {
  current_request_id = std::move(previous_request_);
  current_trace_id = std::move(previous_trace_);
}

const std::string& CurrentRequestId() {
  return current_request_id;
}

}  // namespace toomai
