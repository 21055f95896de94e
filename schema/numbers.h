// Numbers as people write them: "1,000", "3.5k", "twenty five", "三", "1.5万". Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/words.h"

namespace toomai::schema {

// Digits for SQL: separators removed; "2019-04-03" and "10:30" come back unchanged.
std::string NumberText(std::string_view written);
// tokens[from, to) as one number in words, all of it: "two hundred", "5 million", "三百", "1.5k". nullopt: not a
// number, or a single token of digits (which needs no reading).
std::optional<double> NumberInWords(const std::vector<Token>& tokens, std::size_t from, std::size_t to);
std::string FormatNumber(double number);
// Digits with at most one point, a sign in front: what may stand in SQL without quotes.
bool IsPlainNumber(std::string_view text);

}  // namespace toomai::schema
