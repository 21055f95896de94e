#include "base/calendar.h"

#include <chrono>
#include <string>

namespace toomai {

bool IsCalendarDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t count) {
    const std::string_view digits = text.substr(from, count);
    return digits.find_first_not_of("0123456789") == std::string_view::npos ? std::stoi(std::string(digits)) : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

}  // namespace toomai
