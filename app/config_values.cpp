#include "app/config_values.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/text.h"

namespace toomai::app {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t size;
};
constexpr std::array<Unit, 5> kTimes = {{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}};

// "30s" -> 30 and "s".
std::optional<std::int64_t> SplitUnit(const std::string& text, std::string* unit) {
  const std::string word(Trim(text));
  const std::size_t digits = word.find_first_not_of("0123456789");
  *unit = digits == std::string::npos ? "" : std::string(Trim(word.substr(digits)));
  return ParseWhole(word.substr(0, digits));
}

template <std::size_t N>
std::optional<std::int64_t> InUnits(std::int64_t count, const std::string& unit, const std::array<Unit, N>& units) {
  for (const Unit& known : units) {
    if (!EqualsIgnoreAsciiCase(unit, known.name)) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / known.size) return std::nullopt;
    return count * known.size;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string WithUnit(std::int64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) return std::to_string(value / unit.size) + std::string(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::int64_t> ParseWhole(const std::string& text) {
  const std::string_view word = Trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || word.empty()) return std::nullopt;
  return value;
}

std::optional<double> ParseNumber(const std::string& text) {
  const std::string word(Trim(text));
  if (word.empty() || word.find_first_not_of("0123456789+-.eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(const std::string& text) {
  const std::string word = AsciiLower(Trim(text));
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::optional<milliseconds> ParseDuration(const std::string& text) {
  std::string unit;
  const auto count = SplitUnit(text, &unit);
  if (!count) return std::nullopt;
  if (unit.empty()) return *count == 0 ? std::optional(milliseconds(0)) : std::nullopt;
  const auto value = InUnits(*count, unit, kTimes);
  // A hundred years: beyond it, adding to a clock would overflow.
  if (!value || *value > 100LL * 365 * 86'400'000) return std::nullopt;
  return milliseconds(*value);
}

std::optional<std::int64_t> ParseBytes(const std::string& text) {
  std::string unit;
  const auto count = SplitUnit(text, &unit);
  if (!count) return std::nullopt;
  return InUnits(*count, unit.empty() ? "B" : unit, kSizes);
}

std::string ShowNumber(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return text.data();
}

std::string ShowDuration(milliseconds value) {
  return WithUnit(value.count(), kTimes);
}

std::string ShowBytes(std::int64_t value) {
  std::string text = WithUnit(value, kSizes);
  return text.ends_with("B") && !text.ends_with("KB") && !text.ends_with("MB") && !text.ends_with("GB")
             ? text.substr(0, text.size() - 1)
             : text;
}

std::string ShowList(const std::vector<std::string>& values) {
  return "[" + Join(values, ", ") + "]";
}

}  // namespace toomai::app
