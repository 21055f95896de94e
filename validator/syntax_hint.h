// Small helpers for messages about syntax.
#pragma once

#include <string>
#include <string_view>

#include "validator/ast.h"
#include "validator/parser.h"

namespace toomai::validator {

// "FORM" with quotes, long text cut in the middle of nothing.
std::string QuoteForMessage(std::string_view spelling);
std::string UpperCase(std::string_view word);

// Adds "did you mean FROM?" when the word at or just before the place of the error is one slip of the finger away from
// a keyword and the statement gets further with that keyword in its place. A wrong guess is worse than none.
void SuggestKeyword(std::string_view sql, const ParseOptions& options, TokenId furthest, const Tree& tree,
                    Finding* finding);

}  // namespace toomai::validator
