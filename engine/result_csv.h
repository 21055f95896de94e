// Cells as CSV (RFC 4180): quoted when needed; NULL is an empty field, '' is "". Pure.
#pragma once

#include <string>

#include "engine/types.h"

namespace toomai::engine {

void AppendCsvField(const Cell& cell, char separator, std::string* out);

}  // namespace toomai::engine
