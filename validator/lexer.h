// SQL text -> tokens, by the rules of PostgreSQL's own lexer (src/backend/parser/scan.l and the look-ahead of
// parser.c).
//
// Total: any bytes give tokens; the first thing PostgreSQL would refuse becomes a kError token and ends the list. Text
// that is not UTF-8, or holds NUL or control characters other than tab, line feed, carriage return and form feed, is
// such a thing wherever it stands. Linear in the size of the text, whatever the text (PostgreSQL's is quadratic for
// nested comments and runs of "+").
//
// standard_conforming_strings is taken to be on. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "validator/ast.h"

namespace toomai::validator {

// Reads `sql` into `out`, whose memory is used again. False: there are more than max_tokens; `out` then holds the first
// of them and an end. `version` is the PostgreSQL version whose numbers and keywords count. REQUIRES: sql.size() <
// 2^30.
bool Lex(std::string_view sql, int version, std::size_t max_tokens, TokenList* out);

// "unterminated quoted string", …: PostgreSQL's words where it has some.
std::string_view Describe(LexicalError error);

}  // namespace toomai::validator
