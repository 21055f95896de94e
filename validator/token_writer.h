// Writes tokens in the one spelling PostgreSQL can read only one way. Used for the text that is sent and for
// fingerprints.
#pragma once

#include <string>
#include <string_view>

#include "validator/ast.h"

namespace toomai::validator {

// One space between tokens, none where punctuation keeps them apart anyway: a.b, f(x), x::int.
bool NeedsSpace(const TokenList& tokens, TokenId left, TokenId right);

// Writes one token at `out` and returns the end: constants and names quoted where they must be, keywords in capitals
// (in small letters where they are names). REQUIRES: room, see WrittenSize; up to kWriteAhead bytes behind may be
// scribbled on.
char* WriteToken(const TokenList& tokens, TokenId id, char* out);

// No text written from these tokens, with a space each, is longer.
inline constexpr std::size_t kWriteAhead = 32;
inline std::size_t WrittenSize(const TokenList& tokens) {
  return 4 * tokens.text().size() + 4 * tokens.size() + kWriteAhead;
}

}  // namespace toomai::validator
