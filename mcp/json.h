// The JSON type of the protocol layer: keys keep the order in which they were written. Included by mcp/*.cpp and by
// headers inside this folder, never by mcp/server.h or mcp/options.h.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace toomai::mcp {

using Json = nlohmann::ordered_json;

// Compact text that is always valid UTF-8: bytes that are not become U+FFFD.
inline std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The member `key` of an object, or a null that lives for ever.
const Json& Member(const Json& object, std::string_view key);
// The string member `key`, or empty.
std::string_view StringMember(const Json& object, std::string_view key);

}  // namespace toomai::mcp
