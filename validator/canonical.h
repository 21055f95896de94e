// The text that is sent: rebuilt from the checked tokens, so that no difference between our lexer and PostgreSQL's can
// hide anything, and no printer can change a meaning. Comments are gone, constants and names are written in the one
// spelling PostgreSQL can read only one way, and the row cap is a LIMIT at the place the parser found. The text is then
// read again by the lexer, token by token, and must be the same tokens and the same tree, LIMIT apart. Where the tokens
// alone settle what the tree is, it is not built a second time; tests and fuzzing compare the trees always.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validator/ast.h"
#include "validator/parser.h"

namespace toomai::validator {

struct Canonical {
  std::string text;
  std::int64_t limit = -1;               // cap in force: rows the text can return at most; -1 none
  std::vector<CanonicalOffset> offsets;  // ascending
};

// `max_rows` < 0: no cap. False only when reading the text again gave something else: then nothing may be sent, and it
// is a bug of ours.
bool MakeCanonical(const Tree& tree, std::int64_t max_rows, const ParseOptions& options, Canonical* out);

// Same kinds, operators, flags and shape everywhere; under the root query the LIMIT may differ when it was edited.
bool SameTree(const Tree& a, const Tree& b, bool limit_edited);

}  // namespace toomai::validator
