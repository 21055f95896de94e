// Dates put together of parts: "March 10, 2025", "the third quarter of last year", 去年第四季度, "between March and May
// 2025", 2024年3月から5月まで. Pure functions, any thread.
#pragma once

#include "schema/dates.h"

namespace toomai::schema {

// The longest such date that starts at tokens[from]; nullopt: none of at least two parts.
std::optional<DateRange> FindCalendarDate(const std::vector<Token>& tokens, std::size_t from,
                                          const DateContext& context);

// YYYY-MM-DD, and that day exists.
bool IsIsoDate(const std::string& text);
// 1 to 12; 0: no English month.
int MonthOf(std::string_view word);

}  // namespace toomai::schema
