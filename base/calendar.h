// Days as people write them for programs.
#pragma once

#include <string_view>

namespace toomai {

// "2024-02-29": a day that there is, in exactly this form.
bool IsCalendarDay(std::string_view text);

}  // namespace toomai
