#include "schema/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "base/text.h"

namespace toomai::schema {
namespace {

const std::unordered_map<std::string_view, double>& Words() {
  static const std::unordered_map<std::string_view, double> words = {
      {"zero", 0},      {"one", 1},       {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},
      {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},
      {"twelve", 12},   {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17},
      {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},
      {"sixty", 60},    {"seventy", 70},  {"eighty", 80},   {"ninety", 90},  {"twice", 2},    {"once", 1},
      {"dozen", 12},    {"single", 1}};
  return words;
}

double Multiplier(std::string_view word) {
  if (word == "hundred" || word == "hundreds") return 1e2;
  if (word == "thousand" || word == "thousands" || word == "k") return 1e3;
  if (word == "million" || word == "millions" || word == "m") return 1e6;
  if (word == "billion" || word == "billions" || word == "bn") return 1e9;
  return 0;
}

int IdeographDigit(char32_t c) {
  switch (c) {
    case U'〇':
    case U'零':
      return 0;
    case U'一':
    case U'壹':
      return 1;
    case U'二':
    case U'两':
    case U'兩':
    case U'贰':
      return 2;
    case U'三':
    case U'叁':
      return 3;
    case U'四':
      return 4;
    case U'五':
      return 5;
    case U'六':
      return 6;
    case U'七':
      return 7;
    case U'八':
      return 8;
    case U'九':
      return 9;
    default:
      return -1;
  }
}

double IdeographUnit(char32_t c) {
  switch (c) {
    case U'十':
      return 10;
    case U'百':
      return 100;
    case U'千':
      return 1000;
    case U'万':
    case U'萬':
      return 1e4;
    case U'亿':
    case U'億':
      return 1e8;
    default:
      return 0;
  }
}

// "二十三", "3千", "1.5万": digits or numerals, then units.
std::optional<double> Ideographic(const std::vector<Token>& tokens, std::size_t from, std::size_t to) {
  double total = 0, section = 0, digit = -1;
  bool any = false, unit_seen = false;
  for (std::size_t i = from; i < to; ++i) {
    if (tokens[i].kind == TokenKind::kNumber) {
      if (digit >= 0) return std::nullopt;
      digit = std::strtod(NumberText(tokens[i].norm).c_str(), nullptr);
      continue;
    }
    if (tokens[i].kind != TokenKind::kIdeograph) return std::nullopt;
    std::size_t offset = 0;
    char32_t c = NextCodePoint(tokens[i].norm, &offset);
    any = true;
    if (int d = IdeographDigit(c); d >= 0) {
      if (digit >= 0 && unit_seen) return std::nullopt;
      digit = digit >= 0 ? digit * 10 + d : d;
    } else if (double unit = IdeographUnit(c); unit > 0) {
      unit_seen = true;
      if (unit >= 1e4) {
        total = (total + section + std::max(digit, 0.0)) * unit;
        if (section == 0 && digit < 0 && total == 0) total = unit;
        section = 0;
      } else {
        section += (digit < 0 ? 1 : digit) * unit;
      }
      digit = -1;
    } else {
      return std::nullopt;
    }
  }
  if (!any) return std::nullopt;
  return total + section + std::max(digit, 0.0);
}

}  // namespace

std::string NumberText(std::string_view written) {
  std::string digits;
  for (char c : written) {
    if (c != ',') digits.push_back(c);
  }
  return digits;
}

std::optional<double> NumberInWords(const std::vector<Token>& tokens, std::size_t from, std::size_t to) {
  constexpr std::size_t kLongest = 9;
  if (to - from > kLongest) return std::nullopt;
  bool ideographs = false;
  for (std::size_t i = from; i < to; ++i) ideographs |= tokens[i].kind == TokenKind::kIdeograph;
  if (ideographs) return Ideographic(tokens, from, to);
  double total = 0, current = -1;
  bool words = false;
  for (std::size_t i = from; i < to; ++i) {
    const Token& token = tokens[i];
    if (token.kind == TokenKind::kNumber) {
      if (current >= 0 || i > from) return std::nullopt;
      current = std::strtod(NumberText(token.norm).c_str(), nullptr);
      continue;
    }
    if (token.kind == TokenKind::kPunctuation && token.norm == "-" && i > from && i + 1 < to) continue;
    if (token.kind != TokenKind::kWord) return std::nullopt;
    const bool one = i == from && token.norm == "a" && i + 1 < to && Multiplier(tokens[i + 1].norm) > 0;
    if (one) continue;  // "a hundred thousand"
    words = true;
    if (double multiplier = Multiplier(token.norm); multiplier > 0 && i > from) {
      current = (current < 0 ? 1 : current) * multiplier;
      if (multiplier >= 1000) {
        total += current;
        current = -1;
      }
      continue;
    }
    auto it = Words().find(token.norm);
    if (it != Words().end()) {
      if (current >= 0 && !(it->second < 10 && std::fmod(current, 10) == 0 && current > 0)) return std::nullopt;
      current = current < 0 ? it->second : current + it->second;
      continue;
    }
    // "3.5k", "10m"
    char* end = nullptr;
    double value = std::strtod(token.norm.c_str(), &end);
    if (end != token.norm.c_str() && token.norm[0] >= '0' && token.norm[0] <= '9' && to == from + 1) {
      std::string_view suffix(end);
      if (suffix == "k" || suffix == "m" || suffix == "bn") return value * Multiplier(suffix);
    }
    return std::nullopt;
  }
  if (!words) return std::nullopt;
  return total + std::max(current, 0.0);
}

std::string FormatNumber(double number) {
  char buffer[40];
  if (number == std::floor(number) && std::fabs(number) < 1e15) {
    std::snprintf(buffer, sizeof buffer, "%.0f", number);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.10g", number);
  }
  return buffer;
}

bool IsPlainNumber(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return digits.find_first_of("0123456789") != std::string_view::npos &&
         digits.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(digits.begin(), digits.end(), '.') <= 1;
}

}  // namespace toomai::schema
