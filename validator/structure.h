// Rules that need no names: what the tree alone shows.
#pragma once

#include "validator/ast.h"
#include "validator/policy.h"
#include "validator/rules.h"
#include "validator/validator.h"

namespace toomai::validator {

// SELECT INTO, row locks, parameters without values. False: *finding says what was found, the first in the text.
bool CheckStructure(const Tree& tree, bool allow_parameters, RuleSet disabled, Finding* finding);

}  // namespace toomai::validator
