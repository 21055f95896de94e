// Dates in questions: "last month", "Q1 2024", "April 2021", "过去30天", "先月" -> half-open ranges as SQL. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/words.h"

namespace toomai::schema {

// [from, to): SQL expressions; an empty end is open.
struct DateRange {
  std::string from, to;
  bool relative = false;   // depends on today
  std::size_t tokens = 0;  // how many tokens it took
};

struct DateContext {
  std::string today;  // YYYY-MM-DD; empty: CURRENT_DATE
  int fiscal_year_start_month = 1;
  std::string_view language = "en";
};

// The longest date expression that starts at tokens[from]; nullopt: none. A bare year is not one (it may be a number).
std::optional<DateRange> FindDate(const std::vector<Token>& tokens, std::size_t from, const DateContext& context);

}  // namespace toomai::schema
