// SQL text -> tree of one query, or the one thing that is wrong with it.
//
// Recursive descent with precedence climbing over PostgreSQL's grammar for queries. Never backtracks, looks ahead a few
// tokens; every recursion and every chain the input can drive is bounded by Limits. What the parser does not know is an
// error. It accepts what PostgreSQL's raw grammar accepts: INTO and row locks are in the tree (for rules to refuse);
// statements that are not queries, and WITH parts that write, end parsing with a finding that says what they are.
#pragma once

#include <string>
#include <string_view>

#include "validator/ast.h"
#include "validator/policy.h"
#include "validator/rules.h"
#include "validator/validator.h"

namespace toomai::validator {

// However generous the policy, the machine stack is not: up to 3 KB for a level of nesting while it is parsed, and up
// to 400 bytes for a level of the tree when it is walked.
inline constexpr int kMostNesting = 1000;
inline constexpr int kMostTreeHeight = 8000;

struct ParseOptions {
  Limits limits;
  int postgres_version = 15;  // newest grammar to accept: 15 … 18
  RuleSet disabled;           // for tests that prove each rule is needed
  int room = 0;               // levels beyond the limits: for the LIMIT that was put into a checked statement
};

struct ParseError {
  Finding finding;             // rules: syntax-error, empty-statement, not-one-statement, not-read-only,
                               // data-modifying-cte, too-large, too-deep, too-many, invalid-text, newer-syntax
  std::string statement_kind;  // "DELETE", "CREATE TABLE", … when it was recognised
};

// Reads `sql` into `tree`, whose memory is used again. True: tree->root() is the query. False: *error says why, and the
// tree must not be used.
bool Parse(std::string_view sql, const ParseOptions& options, Tree* tree, ParseError* error);

}  // namespace toomai::validator
