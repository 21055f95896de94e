// A name for "the same statement with other constants", for history, caches and allow-lists of patterns.
#pragma once

#include <string>

#include "validator/ast.h"

namespace toomai::validator {

struct Fingerprint {
  std::string hash;        // 16 hexadecimal digits of the normalised text
  std::string normalized;  // canonical text with every constant as ?; lists of constants as one ?
};
Fingerprint MakeFingerprint(const Tree& tree);

}  // namespace toomai::validator
