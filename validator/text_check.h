// Is this text that may be read at all: UTF-8 without NUL and without control characters?
#pragma once

#include <cstddef>
#include <string_view>

#include "validator/token.h"

namespace toomai::validator {

struct BadText {
  std::size_t position = 0;
  LexicalError error = LexicalError::kInvalidUtf8;
  bool found = false;
};

// The first byte that may not be there: not UTF-8, NUL, or a control character other than tab, line feed, carriage
// return and form feed.
BadText FindBadText(std::string_view text);

// Whether the text is UTF-8 without NUL.
bool IsValidUtf8(std::string_view text);

}  // namespace toomai::validator
