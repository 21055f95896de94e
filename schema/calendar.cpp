#include "schema/calendar.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace toomai::schema {
namespace {

constexpr int kNone = -1000;

// What was said of a date; kNone: not.
struct Point {
  int year = kNone;   // 2025
  int years = kNone;  // from this one: last year is -1
  int month = kNone, day = kNone, quarter = kNone, half = kNone;
  int parts = 0;
  std::size_t end = 0;  // token behind it

  bool HasYear() const { return year != kNone || years != kNone; }
  bool HasPart() const { return month != kNone || quarter != kNone || half != kNone; }
};

struct Word {
  std::string_view text;
  int value;
};

// `text` written out in tokens from `at`: blanks between words, none between ideographs. How many tokens; 0: it is not.
std::size_t Says(const std::vector<Token>& tokens, std::size_t at, std::string_view text) {
  std::size_t used = 0;
  while (!text.empty()) {
    if (at + used >= tokens.size()) return 0;
    const std::string& word = tokens[at + used].norm;
    if (!text.starts_with(word)) return 0;
    text.remove_prefix(word.size());
    const bool ideograph = tokens[at + used].kind == TokenKind::kIdeograph;
    if (!text.empty() && text.front() == ' ')
      text.remove_prefix(1);
    else if (!text.empty() && !ideograph)
      return 0;
    ++used;
  }
  return used;
}

std::size_t SaysAny(const std::vector<Token>& tokens, std::size_t at, const auto& words, int* value) {
  std::size_t best = 0;
  for (const Word& word : words) {
    const std::size_t used = Says(tokens, at, word.text);
    if (used > best) best = used, *value = word.value;
  }
  return best;
}

constexpr Word kYears[] = {{"last year", -1}, {"previous year", -1}, {"this year", 0}, {"current year", 0},
                           {"next year", 1},  {"去年", -1},          {"昨年", -1},     {"上年", -1},
                           {"今年", 0},       {"本年", 0},           {"明年", 1},      {"来年", 1},
                           {"前年", -2},      {"一昨年", -2},        {"昨年度", -1},   {"今年度", 0}};
constexpr Word kQuarters[] = {{"q1", 1},
                              {"q2", 2},
                              {"q3", 3},
                              {"q4", 4},
                              {"first quarter", 1},
                              {"second quarter", 2},
                              {"third quarter", 3},
                              {"fourth quarter", 4},
                              {"last quarter", 4},
                              {"1st quarter", 1},
                              {"2nd quarter", 2},
                              {"3rd quarter", 3},
                              {"4th quarter", 4},
                              {"第一季度", 1},
                              {"第二季度", 2},
                              {"第三季度", 3},
                              {"第四季度", 4},
                              {"一季度", 1},
                              {"二季度", 2},
                              {"三季度", 3},
                              {"四季度", 4}};
constexpr Word kHalves[] = {{"h1", 1},       {"h2", 2},       {"first half", 1}, {"second half", 2},
                            {"1st half", 1}, {"2nd half", 2}, {"上半年", 1},     {"下半年", 2},
                            {"上半期", 1},   {"下半期", 2},   {"上期", 1},       {"下期", 2}};
constexpr std::string_view kJoints[] = {"of", "in", "the", ",", "'s", "的", "の"};
constexpr std::string_view kOpeners[] = {"between", "from", "从", "自"};
constexpr std::string_view kBetween[] = {"to", "until",  "till",   "through", "and", "-",
                                         "~",  "\u301c", "\u2013", "至",      "到",  "から"};
constexpr std::string_view kClosers[] = {"之间", "之間", "まで", "の間", "期间", "期間"};

std::size_t SaysOne(const std::vector<Token>& tokens, std::size_t at, const auto& texts) {
  std::size_t best = 0;
  for (std::string_view text : texts) best = std::max(best, Says(tokens, at, text));
  return best;
}

// Plain digits, or an English ordinal; kNone otherwise.
int Number(const Token& token) {
  std::string_view digits = token.norm;
  for (std::string_view ending : {"st", "nd", "rd", "th"}) {
    if (digits.ends_with(ending)) digits.remove_suffix(2);
  }
  if (digits.empty() || digits.size() > 4 || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return kNone;
  return std::atoi(std::string(digits).c_str());
}

bool Set(int* field, int value, int least, int most) {
  if (*field != kNone || value < least || value > most) return false;
  *field = value;
  return true;
}

// One part at `at` added to the point: how many tokens it took; 0: none.
class PartReader {
 public:
  PartReader(const std::vector<Token>& tokens, std::string_view language) : tokens_(tokens), language_(language) {}

  std::size_t Read(std::size_t at, Point* p) const {
    int value = 0;
    if (const std::size_t used = SaysAny(tokens_, at, kYears, &value); used > 0) {
      if (language_ == "ja" && Says(tokens_, at, "前年") > 0) value = -1;
      return !p->HasYear() && Set(&p->years, value, -2, 1) ? used : 0;
    }
    if (const std::size_t used = SaysAny(tokens_, at, kQuarters, &value); used > 0)
      return !p->HasPart() && Set(&p->quarter, value, 1, 4) ? used : 0;
    if (const std::size_t used = SaysAny(tokens_, at, kHalves, &value); used > 0)
      return !p->HasPart() && Set(&p->half, value, 1, 2) ? used : 0;
    if (const int month = MonthOf(tokens_[at].norm); month > 0)
      return p->quarter == kNone && p->half == kNone && Set(&p->month, month, 1, 12) ? 1 : 0;
    const std::size_t mark = Says(tokens_, at, "第");
    if (at + mark >= tokens_.size()) return 0;
    const int number = Number(tokens_[at + mark]);
    return number == kNone ? 0 : ReadNumber(at, mark, number, p);
  }

 private:
  std::size_t ReadNumber(std::size_t at, std::size_t mark, int number, Point* p) const {
    const std::size_t next = at + mark + 1;
    auto unit = [&](std::string_view text) { return Says(tokens_, next, text); };
    for (std::string_view quarter : {"季度", "四半期"}) {
      if (unit(quarter) > 0) return !p->HasPart() && Set(&p->quarter, number, 1, 4) ? mark + 1 + unit(quarter) : 0;
    }
    if (mark > 0) return 0;
    if (const std::size_t used = std::max(unit("年度"), unit("年")); used > 0)
      return !p->HasYear() && Set(&p->year, number, 1900, 2100) ? 1 + used : 0;
    if (const std::size_t used = std::max(unit("月份"), unit("月")); used > 0)
      return !p->HasPart() && Set(&p->month, number, 1, 12) ? 1 + used : 0;
    if (const std::size_t used = std::max(unit("日"), unit("号")); used > 0)
      return p->month != kNone && Set(&p->day, number, 1, 31) ? 1 + used : 0;
    if (number >= 1900) return !p->HasYear() && Set(&p->year, number, 1900, 2100) ? 1 : 0;
    const std::size_t of = next + Says(tokens_, next, "of");
    const bool before_month = p->parts == 0 && of < tokens_.size() && MonthOf(tokens_[of].norm) > 0;
    const bool after_month = p->month != kNone && p->parts > 0 && MonthOf(tokens_[at - 1].norm) > 0;
    return (before_month || after_month) && Set(&p->day, number, 1, 31) ? 1 : 0;
  }

  const std::vector<Token>& tokens_;
  std::string_view language_;
};

Point ReadPoint(const std::vector<Token>& tokens, std::size_t from, std::string_view language, Point known = {}) {
  Point p;
  p.month = known.month;  // 3月1日から15日
  p.end = from;
  if (from < tokens.size() && IsIsoDate(tokens[from].norm)) {
    std::sscanf(tokens[from].norm.c_str(), "%d-%d-%d", &p.year, &p.month, &p.day);
    p.parts = 3;
    p.end = from + 1;
    return p;
  }
  const PartReader reader(tokens, language);
  for (std::size_t at = from; at < tokens.size();) {
    std::size_t next = at;
    while (p.parts > 0 && next < tokens.size() && SaysOne(tokens, next, kJoints) > 0) ++next;
    if (next >= tokens.size()) break;
    const std::size_t used = reader.Read(next, &p);
    if (used == 0) break;
    ++p.parts;
    at = p.end = next + used;
  }
  return p;
}

constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

int DaysIn(int year, int month) {
  const bool leap = year == kNone || (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// The day `months` months and `days` days after the start of the point's year.
std::string Day(const Point& p, int months, int days, const DateContext& context) {
  if (p.year != kNone) {
    const int year = p.year + months / 12, month = months % 12 + 1;
    if (days >= DaysIn(year, month)) return Day(p, months + 1, 0, context);
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "DATE '%04d-%02d-%02d'", year, month, days + 1);
    return buffer;
  }
  const std::string today = context.today.size() == 10 ? "DATE '" + context.today + "'" : "current_date";
  std::string start = "date_trunc('year', " + today + ")";
  const int shift = (p.years == kNone ? 0 : p.years) * 12 + months;
  auto add = [&start](int n, const char* unit) {
    if (n == 0) return;
    start += (n < 0 ? " - interval '" : " + interval '") + std::to_string(std::abs(n)) + " " + unit +
             (std::abs(n) == 1 ? "'" : "s'");
  };
  if (shift % 12 == 0)
    add(shift / 12, "year");
  else
    add(shift, "month");
  add(days, "day");
  return start;
}

std::optional<DateRange> RangeOf(const Point& p, const DateContext& context) {
  DateRange r;
  r.relative = p.year == kNone;
  int first = 0, months = 12;
  if (p.month != kNone) first = p.month - 1, months = 1;
  if (p.quarter != kNone) first = 3 * (p.quarter - 1) + context.fiscal_year_start_month - 1, months = 3;
  if (p.half != kNone) first = 6 * (p.half - 1) + context.fiscal_year_start_month - 1, months = 6;
  if (p.day != kNone) {
    if (p.month == kNone || p.day > DaysIn(p.year, p.month)) return std::nullopt;
    r.from = Day(p, first, p.day - 1, context);
    r.to = p.year != kNone ? Day(p, first, p.day, context) : r.from + " + interval '1 day'";
  } else {
    r.from = Day(p, first, 0, context);
    r.to = Day(p, first + months, 0, context);
  }
  return r;
}

void Inherit(Point* to, const Point& from) {
  if (to->HasYear()) return;
  to->year = from.year;
  to->years = from.years;
}

// "from March to May 2025": from the start of the first to the end of the second.
std::optional<DateRange> FindStretch(const std::vector<Token>& tokens, std::size_t from, const DateContext& context) {
  const std::size_t opened = SaysOne(tokens, from, kOpeners);
  Point first = ReadPoint(tokens, from + opened, context.language);
  if (first.parts == 0 || !first.HasPart()) return std::nullopt;
  const std::size_t joint = SaysOne(tokens, first.end, kBetween);
  if (joint == 0 || (tokens[first.end].norm == "and" && (opened == 0 || tokens[from].norm != "between")))
    return std::nullopt;
  Point last = ReadPoint(tokens, first.end + joint, context.language);
  if (last.parts == 0 && first.day != kNone) {
    Point month;
    month.month = first.month;
    last = ReadPoint(tokens, first.end + joint, context.language, month);
  }
  if (last.parts == 0 || !last.HasPart()) return std::nullopt;
  Inherit(&first, last);
  Inherit(&last, first);
  const auto a = RangeOf(first, context), b = RangeOf(last, context);
  if (!a || !b) return std::nullopt;
  DateRange r = *a;
  r.to = b->to;
  r.tokens = last.end + SaysOne(tokens, last.end, kClosers) - from;
  return r;
}

// Most words begin no date: looked at once, so that a question costs little.
bool MayBegin(const Token& token) {
  static constexpr std::string_view kWords[] = {"last", "previous", "this",  "current", "next",   "q1",      "q2",
                                                "q3",   "q4",       "h1",    "h2",      "first",  "1st",     "2nd",
                                                "3rd",  "4th",      "third", "second",  "fourth", "between", "from"};
  static constexpr std::string_view kIdeographs[] = {"去", "昨", "上", "今", "本", "明", "来", "前",
                                                     "一", "二", "三", "四", "第", "下", "从", "自"};
  auto one_of = [&](const auto& words) {
    return std::find(std::begin(words), std::end(words), token.norm) != std::end(words);
  };
  if (token.kind == TokenKind::kNumber) return true;
  if (token.kind == TokenKind::kIdeograph) return one_of(kIdeographs);
  return token.kind == TokenKind::kWord && (MonthOf(token.norm) > 0 || one_of(kWords) || Number(token) != kNone);
}

}  // namespace

bool IsIsoDate(const std::string& s) {
  if (s.size() != 10 || s[4] != '-' || s[7] != '-') return false;
  const int year = std::atoi(s.c_str()), month = std::atoi(s.c_str() + 5), day = std::atoi(s.c_str() + 8);
  return month >= 1 && month <= 12 && day >= 1 && day <= DaysIn(year, month);
}

int MonthOf(std::string_view word) {
  static constexpr std::string_view kNames[] = {"january", "february", "march",     "april",   "may",      "june",
                                                "july",    "august",   "september", "october", "november", "december"};
  for (int i = 0; i < 12; ++i) {
    if (word == kNames[i] || (word.size() == 3 && kNames[i].substr(0, 3) == word && word != "may") ||
        (word == "sept" && i == 8))
      return i + 1;
  }
  return 0;
}

std::optional<DateRange> FindCalendarDate(const std::vector<Token>& tokens, std::size_t from,
                                          const DateContext& context) {
  if (!MayBegin(tokens[from])) return std::nullopt;
  if (auto stretch = FindStretch(tokens, from, context)) return stretch;
  const Point p = ReadPoint(tokens, from, context.language);
  if (p.parts < 2 || !(p.HasPart())) return std::nullopt;
  auto range = RangeOf(p, context);
  if (range) range->tokens = p.end - from;
  return range;
}

}  // namespace toomai::schema
