// A Schema as JSON text and back: for `toomai schema --json`, for the cache that survives a restart, and for checking
// SQL without a database. Fields that hold their default are left out; FromJson(ToJson(s)) gives s again.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "schema/schema.h"

namespace toomai::schema {

inline constexpr std::size_t kMaxSchemaJsonBytes = 512u << 20;
inline constexpr int kMaxSchemaJsonDepth = 16;

// One line; `indent` above 0 breaks and indents lines.
std::string ToJson(const Schema& schema, int indent = 0);

// The text may come from anybody. kInvalidArgument says where it is wrong: "tables[3].columns[0].name: not a text".
// Unknown fields are ignored, so that a newer toomai's files can be read.
Expected<Schema> FromJson(std::string_view text);

}  // namespace toomai::schema
