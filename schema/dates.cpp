#include "schema/dates.h"

#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "schema/calendar.h"
#include "schema/numbers.h"

namespace toomai::schema {
namespace {

enum class Unit { kDay, kWeek, kMonth, kQuarter, kYear };
enum class Kind {
  kPeriod,       // the unit `offset` from the current one
  kPast,         // the last # units up to now
  kToDate,       // from the start of the unit
  kYear,         // #
  kYearMonth,    // # #
  kMonthYear,    // month name, #
  kMonth,        // month name, this year
  kYearQuarter,  // # #
  kQuarterYear,  // # #
  kQuarter,      // # of this year
  kIso,          // 2024-01-31
};

struct Pattern {
  std::string_view text;  // '#': a number; '@': an English month
  Kind kind;
  Unit unit = Unit::kDay;
  int offset = 0;
};

constexpr Pattern kPatterns[] = {
#define TOOMAI_DATE(text, kind, unit, offset) {text, Kind::kind, Unit::unit, offset},
#include "schema/date_patterns.inc"
#undef TOOMAI_DATE
};

struct CompiledPattern {
  std::vector<std::string> tokens;
  const Pattern* pattern;
};

using PatternTable = std::unordered_map<std::string, std::vector<CompiledPattern>>;

// By first token, so that a question's words are compared with few patterns each.
const PatternTable& Patterns() {
  static const PatternTable compiled = [] {
    PatternTable all;
    for (const Pattern& p : kPatterns) {
      CompiledPattern c{{}, &p};
      std::string word;
      auto flush = [&] {
        for (const Token& t : Tokenize(word, 16)) c.tokens.push_back(t.norm);
        word.clear();
      };
      for (char ch : p.text) {
        if (ch == '#' || ch == '@') {
          flush();
          c.tokens.push_back(std::string(1, ch));
        } else {
          word.push_back(ch);
        }
      }
      flush();
      std::string first = c.tokens.front();
      all[first].push_back(std::move(c));
    }
    return all;
  }();
  return compiled;
}

std::string Date(int year, int month) {
  year += (month - 1) / 12;
  month = (month - 1) % 12 + 1;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "DATE '%04d-%02d-01'", year, month);
  return buffer;
}

const char* Word(Unit unit) {
  switch (unit) {
    case Unit::kDay:
      return "day";
    case Unit::kWeek:
      return "week";
    case Unit::kMonth:
      return "month";
    case Unit::kQuarter:
      return "quarter";
    case Unit::kYear:
      return "year";
  }
  return "day";
}

std::string Interval(Unit unit, long n) {
  if (unit == Unit::kQuarter) return "interval '" + std::to_string(3 * n) + " months'";
  return "interval '" + std::to_string(n) + " " + Word(unit) + (n == 1 ? "'" : "s'");
}

// Start of the unit, `offset` units from now.
std::string StartOf(Unit unit, int offset, const std::string& today) {
  std::string start = unit == Unit::kDay ? today : std::string("date_trunc('") + Word(unit) + "', " + today + ")";
  if (offset == 0) return start;
  return start + (offset < 0 ? " - " : " + ") + Interval(unit, offset < 0 ? -offset : offset);
}

std::optional<DateRange> Make(const Pattern& p, const std::vector<long>& n, int month, const DateContext& context) {
  std::string today = context.today.size() == 10 ? "DATE '" + context.today + "'" : "current_date";
  DateRange r;
  auto year_ok = [](long y) { return y >= 1000 && y <= 2999; };
  switch (p.kind) {
    case Kind::kPeriod: {
      // 前年 is the year before last in Chinese, last year in Japanese.
      const int offset = context.language == "ja" && p.text == "前年" ? -1 : p.offset;
      r.relative = true;
      r.from = StartOf(p.unit, offset, today);
      r.to = StartOf(p.unit, offset + 1, today);
      return r;
    }
    case Kind::kPast:
      if (n.empty() || n[0] < 1 || n[0] > 10000) return std::nullopt;
      r.relative = true;
      r.from = today + " - " + Interval(p.unit, n[0]);
      return r;
    case Kind::kToDate:
      r.relative = true;
      r.from = StartOf(p.unit, 0, today);
      return r;
    case Kind::kYear:
      if (n.empty() || !year_ok(n[0])) return std::nullopt;
      r.from = Date(static_cast<int>(n[0]), 1);
      r.to = Date(static_cast<int>(n[0]) + 1, 1);
      return r;
    case Kind::kYearMonth:
    case Kind::kMonthYear: {
      long year = n.empty() ? 0 : n[0];
      int m = p.kind == Kind::kMonthYear ? month : n.size() > 1 ? static_cast<int>(n[1]) : 0;
      if (!year_ok(year) || m < 1 || m > 12) return std::nullopt;
      r.from = Date(static_cast<int>(year), m);
      r.to = Date(static_cast<int>(year), m + 1);
      return r;
    }
    case Kind::kMonth:
      if (month < 1) return std::nullopt;
      r.relative = true;
      r.from = StartOf(Unit::kYear, 0, today) + " + interval '" + std::to_string(month - 1) + " months'";
      r.to = StartOf(Unit::kYear, 0, today) + " + interval '" + std::to_string(month) + " months'";
      return r;
    case Kind::kYearQuarter:
    case Kind::kQuarterYear: {
      if (n.size() < 2) return std::nullopt;
      long year = p.kind == Kind::kYearQuarter ? n[0] : n[1];
      long quarter = p.kind == Kind::kYearQuarter ? n[1] : n[0];
      if (!year_ok(year) || quarter < 1 || quarter > 4) return std::nullopt;
      int first = static_cast<int>(3 * (quarter - 1)) + context.fiscal_year_start_month;
      r.from = Date(static_cast<int>(year), first);
      r.to = Date(static_cast<int>(year), first + 3);
      return r;
    }
    case Kind::kQuarter:
      if (n.empty() || n[0] < 1 || n[0] > 4) return std::nullopt;
      r.relative = true;
      r.from = StartOf(Unit::kYear, 0, today) + " + " + Interval(Unit::kQuarter, n[0] - 1);
      r.to = StartOf(Unit::kYear, 0, today) + " + " + Interval(Unit::kQuarter, n[0]);
      return r;
    case Kind::kIso:
      return std::nullopt;
  }
  return std::nullopt;
}

// A number in the question: digits, words ("three"), ordinals ("1st", "first"), ideographs ("三").
bool NumberAt(const std::vector<Token>& tokens, std::size_t i, std::size_t* used, long* value) {
  const Token& token = tokens[i];
  static constexpr std::string_view kOrdinals[] = {"first", "second", "third", "fourth"};
  for (int k = 0; k < 4; ++k) {
    if (token.norm == kOrdinals[k]) {
      *value = k + 1;
      *used = 1;
      return true;
    }
  }
  if (token.kind == TokenKind::kNumber || (token.norm.size() == 3 && token.norm[0] >= '1' && token.norm[0] <= '4' &&
                                           (token.norm.ends_with("st") || token.norm.ends_with("nd") ||
                                            token.norm.ends_with("rd") || token.norm.ends_with("th")))) {
    char* end = nullptr;
    *value = std::strtol(token.norm.c_str(), &end, 10);
    *used = 1;
    return *end == '\0' || *end == 's' || *end == 'n' || *end == 'r' || *end == 't';
  }
  for (std::size_t k = std::min(tokens.size(), i + 4); k > i; --k) {
    if (auto n = NumberInWords(tokens, i, k)) {
      *value = static_cast<long>(*n);
      *used = k - i;
      return true;
    }
  }
  return false;
}

std::optional<DateRange> FindPattern(const std::vector<Token>& tokens, std::size_t from, const DateContext& context) {
  std::optional<DateRange> best;
  const Token& first = tokens[from];
  if (first.kind == TokenKind::kNumber && IsIsoDate(first.norm)) {
    DateRange day;
    day.from = "DATE '" + first.norm + "'";
    day.to = day.from + " + interval '1 day'";
    day.tokens = 1;
    best = day;
  }
  if (first.norm.size() == 2 && first.norm[0] == 'q' && first.norm[1] >= '1' && first.norm[1] <= '4') {
    std::vector<long> n = {first.norm[1] - '0'};
    std::size_t next = from + 1;
    if (next < tokens.size() && tokens[next].norm == "of") ++next;
    bool year = next < tokens.size() && tokens[next].kind == TokenKind::kNumber && tokens[next].norm.size() == 4;
    Pattern p{"", year ? Kind::kQuarterYear : Kind::kQuarter};
    if (year) n.push_back(std::strtol(tokens[next].norm.c_str(), nullptr, 10));
    best = Make(p, n, 0, context);
    if (best) best->tokens = year ? next + 1 - from : 1;
    return best;
  }
  std::vector<const CompiledPattern*> candidates;
  for (const std::string& key : {first.norm, std::string("#"), std::string("@")}) {
    auto it = Patterns().find(key);
    if (it == Patterns().end()) continue;
    for (const CompiledPattern& c : it->second) candidates.push_back(&c);
  }
  for (const CompiledPattern* candidate : candidates) {
    const CompiledPattern& c = *candidate;
    std::size_t at = from;
    std::vector<long> numbers;
    int month = 0;
    bool ok = true;
    for (const std::string& part : c.tokens) {
      if (at >= tokens.size()) {
        ok = false;
        break;
      }
      if (part == "#") {
        std::size_t used = 0;
        long value = 0;
        ok = NumberAt(tokens, at, &used, &value);
        if (!ok) break;
        numbers.push_back(value);
        at += used;
      } else if (part == "@") {
        month = MonthOf(tokens[at].norm);
        ok = month > 0;
        if (!ok) break;
        ++at;
      } else if (tokens[at].norm == part) {
        ++at;
      } else {
        ok = false;
        break;
      }
    }
    if (!ok || (best && best->tokens >= at - from)) continue;
    std::optional<DateRange> range = Make(*c.pattern, numbers, month, context);
    if (!range) continue;
    range->tokens = at - from;
    best = range;
  }
  return best;
}

}  // namespace

std::optional<DateRange> FindDate(const std::vector<Token>& tokens, std::size_t from, const DateContext& context) {
  std::optional<DateRange> named = FindPattern(tokens, from, context);
  std::optional<DateRange> calendar = FindCalendarDate(tokens, from, context);
  return calendar && (!named || calendar->tokens > named->tokens) ? calendar : named;
}

}  // namespace toomai::schema
