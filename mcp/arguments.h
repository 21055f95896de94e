// Checks the arguments of a tool against its input schema, for the flat schemas this server writes: type, enum,
// required, additionalProperties:false, minimum, maximum, minLength, maxLength, maxItems, items and default. It is no
// general JSON Schema validator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mcp/json.h"

namespace toomai::mcp {

struct ArgumentProblem {
  std::string field;       // "limit", "tables[2]"; empty: the whole object
  std::string reason;      // "must be an integer from 1 to 1000, not a string"
  std::string suggestion;  // what to send instead
};

// Takes out nulls that stand for "left out", fills in defaults; the first problem, if any.
std::optional<ArgumentProblem> CheckArguments(const Json& schema, Json* arguments);

}  // namespace toomai::mcp
