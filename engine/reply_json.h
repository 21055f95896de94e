// Fields of something like JSON, as models write it: raw newlines, single quotes and trailing commas are tolerated.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine {

// The text of `"key": "value"`, at any depth; nullopt when there is none or it has no end. `null`: it is there, as
// null.
std::optional<std::string> JsonField(std::string_view text, std::string_view key, bool* null = nullptr);
// The strings of `"key": [ … ]`.
std::vector<std::string> JsonList(std::string_view text, std::string_view key);

}  // namespace toomai::engine
