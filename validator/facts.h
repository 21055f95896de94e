// What a resolved statement reads and does: read off the tree and the resolver's notes, only when somebody asks.
#pragma once

#include <vector>

#include "validator/ast.h"
#include "validator/checker.h"
#include "validator/resolver.h"
#include "validator/validator.h"

namespace toomai::validator {

// The base columns that feed each column of the result, through subqueries, CTEs, set operations and views.
std::vector<ViewInfo::Column> BaseColumns(const Resolver& resolver, const Checker& checker);

// `resolver` is null when names were not resolved: then only what the grammar tells is filled in.
void MakeFacts(const Tree& tree, const Resolver* resolver, const Checker& checker, StatementFacts* facts);

}  // namespace toomai::validator
