// Dates in questions: "last month", "since 2020", "in April 2021", "过去30天", "先月" -> half-open ranges. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace toomai::schema {

enum class DateUnit { kDay, kWeek, kMonth, kQuarter, kYear };

}  // namespace toomai::schema
