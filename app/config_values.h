// Words of the configuration: "30s", "4MB", "yes", lists, and back. Each gives nothing when the word is not one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace toomai::app {

std::optional<std::int64_t> ParseWhole(const std::string& text);
std::optional<double> ParseNumber(const std::string& text);
// true/false, yes/no, on/off, 1/0.
std::optional<bool> ParseBool(const std::string& text);
// 500ms, 30s, 5m, 2h, 7d, and 0. A bare number is refused: nobody can tell its unit.
std::optional<std::chrono::milliseconds> ParseDuration(const std::string& text);
// 4096, 64KB, 4MB, 1GB (powers of 1024).
std::optional<std::int64_t> ParseBytes(const std::string& text);

std::string ShowNumber(double value);
std::string ShowDuration(std::chrono::milliseconds value);
std::string ShowBytes(std::int64_t value);
std::string ShowList(const std::vector<std::string>& values);

}  // namespace toomai::app
