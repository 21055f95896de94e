// PostgreSQL's text form of arrays: {a,"b ""c"" \"d\"",NULL} -> cells. One dimension; deeper levels come out as text.
// Pure; hostile input gives some cells or none, never a crash.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine::pg {

// At most `limit` elements from the start.
std::vector<std::optional<std::string>> ParseArray(std::string_view text,
                                                   std::size_t limit = static_cast<std::size_t>(-1));
// The same without NULLs.
std::vector<std::string> ParseTextArray(std::string_view text, std::size_t limit = static_cast<std::size_t>(-1));
// "{1,2}" (int2[]) or "1 2" (int2vector).
std::vector<int> ParseIntArray(std::string_view text);
// {"a","b"}, every element quoted.
std::string WriteTextArray(const std::vector<std::string>& elements);

}  // namespace toomai::engine::pg
