// A statement with the values of its parameters written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine {

// $1 becomes 'text' or NULL. For people and for what is learned from; what is run keeps its parameters. Text that
// cannot be read as SQL, and parameters without a value, stay as they are.
std::string WithValues(const std::string& sql, const std::vector<std::optional<std::string>>& values);

// 'it''s'
std::string QuoteLiteral(std::string_view value);

}  // namespace toomai::engine
