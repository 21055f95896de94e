// A lexer for text that is not PostgreSQL's SQL yet: backticks, MySQL's escapes, anything. It never fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine {

struct RoughToken {
  enum class Kind { kWord, kNumber, kString, kDoubleQuoted, kBacktick, kBracketed, kSymbol };
  Kind kind = Kind::kSymbol;
  std::size_t begin = 0, end = 0;
  std::string lower;  // words in lower case; quoted things without quotes, as written; symbols as they are
  int depth = 0;      // parentheses around it; an opening one counts for what is inside only
};

// Comments and white space are left out.
std::vector<RoughToken> RoughTokens(std::string_view text);
// Index of the parenthesis that closes the one at `open`, or tokens.size().
std::size_t ClosingParen(const std::vector<RoughToken>& tokens, std::size_t open);

}  // namespace toomai::engine
