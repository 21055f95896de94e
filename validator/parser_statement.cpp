// The statement as a whole: one query and nothing else; anything else is told what it is.
#include "validator/parser_impl.h"
#include "validator/statement_kind.h"

namespace toomai::validator {

// stmtmulti: empty statements count for nothing, so "; SELECT 1 ;;" is one statement.
void Parser::Statement() {
  while (Accept(TokenKind::kSemicolon)) {
  }
  if (Is(TokenKind::kEnd) && !IsOff(Rule::kEmptyStatement)) {
    return Fail("empty-statement", position_, position_, "there is no statement", "write a SELECT");
  }
  if (!Is(TokenKind::kLeftParen) && !StartsQuery()) return FailNotQuery(false);
  const NodeId query = Query();
  if (failed_) return;
  if (!Is(TokenKind::kEnd) && !Is(TokenKind::kSemicolon) && !IsOff(Rule::kSyntaxError)) {
    return FailExpected("the end of the statement");
  }
  const TokenId semicolon = position_;
  while (Accept(TokenKind::kSemicolon)) {
  }
  if (Is(TokenKind::kError)) return FailExpected("the end of the statement");
  if (!Is(TokenKind::kEnd) && !IsOff(Rule::kNotOneStatement)) {
    const std::string kind = StatementKind(tree_->tokens, position_);
    if (error_ != nullptr) error_->statement_kind = kind;
    return Fail("not-one-statement", semicolon, position_,
                "there is more than one statement" + (kind.empty() ? "" : "; the second is a " + kind),
                "send one SELECT without anything after its semicolon");
  }
  tree_->root_ = query;
}

// Something else than a query at the current token: says what, when it is a statement at all.
void Parser::FailNotQuery(bool in_with) {
  if (Accept(Keyword::kValues)) return FailExpected("a row in parentheses");
  const std::string kind = StatementKind(tree_->tokens, position_);
  if (kind.empty() || IsOff(in_with ? Rule::kDataModifyingCte : Rule::kNotReadOnly)) {
    return FailExpected(in_with ? "a query: SELECT, VALUES, TABLE or WITH" : "SELECT, VALUES, TABLE or WITH");
  }
  if (error_ != nullptr) error_->statement_kind = kind;
  const bool vowel = std::string_view("AEIOU").find(kind[0]) != std::string_view::npos;
  const std::string what = std::string(vowel ? "an " : "a ") + kind;
  if (in_with) {
    return Fail("data-modifying-cte", position_, position_, "the WITH clause holds " + what,
                "only queries may stand in a WITH clause");
  }
  Fail("not-read-only", position_, position_, "this is " + what + ", not a query",
       "only SELECT, VALUES, TABLE and WITH … SELECT are allowed");
}

}  // namespace toomai::validator
