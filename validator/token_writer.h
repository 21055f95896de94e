// Writes tokens in the one spelling PostgreSQL can read only one way. Used for the text that is sent and for
// fingerprints.
#pragma once

#include <string>
#include <string_view>

#include "validator/ast.h"

namespace toomai::validator {

// One space between tokens, none where punctuation keeps them apart anyway: a.b, f(x), x::int.
bool NeedsSpace(const TokenList& tokens, TokenId left, TokenId right);

// Constants and names quoted where they must be, keywords in capitals (in small letters where they are names).
void AppendToken(const TokenList& tokens, TokenId id, std::string* out);

void AppendString(std::string_view value, std::string* out);     // 'it''s', E'a\\b'
void AppendIdentifier(std::string_view name, std::string* out);  // name, "Name", "select"

}  // namespace toomai::validator
