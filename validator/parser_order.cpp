// What may end a query of any kind: ORDER BY, LIMIT, FETCH, OFFSET, row locks.
// https://www.postgresql.org/docs/current/sql-select.html#SQL-LIMIT
#include "validator/parser_impl.h"

namespace toomai::validator {

NodeId Parser::OrderBy() {
  const TokenId first = position_;
  Next();
  Expect(Keyword::kBy);
  const std::size_t mark = scratch_.size();
  do Push(SortBy());
  while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::SortBy() {
  const TokenId first = position_;
  const NodeId key = Expr();
  SortDirection direction = SortDirection::kDefault;
  TokenId name = 0;
  std::size_t parts = 0;
  if (Accept(Keyword::kAsc)) {
    direction = SortDirection::kAscending;
  } else if (Accept(Keyword::kDesc)) {
    direction = SortDirection::kDescending;
  } else if (Accept(Keyword::kUsing)) {
    direction = SortDirection::kUsing;
    if (Is(Keyword::kOperator) && Is(TokenKind::kLeftParen, 1)) {
      parts = QualifiedOperator(&name);
    } else if (Tok().kind >= TokenKind::kPlus && Tok().kind <= TokenKind::kOperator) {
      name = position_;
      parts = 1;
      Next();
    } else {
      FailExpected("an operator after USING");
    }
  }
  int flags = 0;
  if (Is(Keyword::kNulls) && (Is(Keyword::kFirst, 1) || Is(Keyword::kLast, 1))) {
    flags = Is(Keyword::kFirst, 1) ? kNullsFirst : kNullsLast;
    Next();
    Next();
  }
  return Named(Make(NodeKind::kSortBy, first, {key}, static_cast<int>(direction), flags), name, parts);
}

// LIMIT, OFFSET, FETCH and FOR UPDATE. LIMIT and OFFSET stand together in either order, before or after the locks.
void Parser::LimitClauses(NodeId* children) {
  bool limits_done = false, locks_done = false;
  while (!failed_) {
    if (Is(Keyword::kFor)) {
      if (locks_done) return FailExpected("the end of the query");
      locks_done = true;
      const TokenId first = position_;
      const std::size_t mark = scratch_.size();
      // A lock on a parenthesised query's inside stays in force; both are kept.
      if (children[QuerySlots::kLocking] != kNoNode) {
        for (const NodeId old : tree_->Children(children[QuerySlots::kLocking])) Push(old);
      }
      if (Is(Keyword::kRead, 1)) {  // FOR READ ONLY locks nothing
        Next();
        Next();
        Expect(Keyword::kOnly);
        scratch_.resize(mark);
        continue;
      }
      while (Is(Keyword::kFor)) Push(Locking());
      children[QuerySlots::kLocking] = MakeFromScratch(NodeKind::kList, first, mark);
      continue;
    }
    const bool any = Is(Keyword::kLimit) || Is(Keyword::kFetch) || Is(Keyword::kOffset);
    if (!any) return;
    if (limits_done) return FailExpected("the end of the query");
    limits_done = true;
    bool seen_limit = false, seen_offset = false;
    for (;;) {
      if (Is(Keyword::kOffset) && !seen_offset) {
        seen_offset = true;
        if (children[QuerySlots::kOffset] != kNoNode) FailSyntax("multiple OFFSET clauses not allowed");
        children[QuerySlots::kOffset] = Offset();
      } else if ((Is(Keyword::kLimit) || Is(Keyword::kFetch)) && !seen_limit) {
        seen_limit = true;
        if (children[QuerySlots::kLimit] != kNoNode) FailSyntax("multiple LIMIT clauses not allowed");
        children[QuerySlots::kLimit] = Is(Keyword::kLimit) ? Limit() : Fetch();
      } else {
        break;
      }
    }
  }
}

NodeId Parser::Limit() {
  const TokenId first = position_;
  Next();
  if (Accept(Keyword::kAll)) return Make(NodeKind::kLimit, first, {kNoNode}, 0, kLimitAll);
  const NodeId value = Expr();
  if (Is(TokenKind::kComma)) {
    FailSyntax("LIMIT #,# syntax is not supported", "use separate LIMIT and OFFSET clauses");
  }
  return Make(NodeKind::kLimit, first, {value});
}

// FETCH FIRST n ROWS ONLY | WITH TIES
NodeId Parser::Fetch() {
  const TokenId first = position_;
  Next();
  if (!Accept(Keyword::kFirst)) Expect(Keyword::kNext);
  NodeId value = kNoNode;
  const bool no_count = (Is(Keyword::kRow) || Is(Keyword::kRows)) && (Is(Keyword::kOnly, 1) || Is(Keyword::kWith, 1));
  if (!no_count) {
    if (Is(TokenKind::kPlus) || Is(TokenKind::kMinus)) {
      const TokenId sign = position_;
      Next();
      if (!Is(TokenKind::kInteger) && !Is(TokenKind::kNumeric)) FailExpected("a number");
      const NodeId number = Literal(Is(TokenKind::kInteger) ? LiteralOp::kInteger : LiteralOp::kNumeric);
      value = Named(Make(NodeKind::kUnary, sign, {number}), sign);
    } else {
      value = Primary();
    }
  }
  if (!Accept(Keyword::kRow)) Expect(Keyword::kRows);
  int flags = kFetch;
  if (Accept(Keyword::kWith)) {
    Expect(Keyword::kTies);
    flags |= kWithTies;
  } else {
    Expect(Keyword::kOnly);
  }
  return Make(NodeKind::kLimit, first, {value}, 0, flags);
}

NodeId Parser::Offset() {
  const TokenId first = position_;
  Next();
  const TokenId value_first = position_;
  // OFFSET n ROWS takes no operators besides a sign in front of a number.
  NodeId value;
  const bool signed_number = (Is(TokenKind::kPlus) || Is(TokenKind::kMinus)) &&
                             (Is(TokenKind::kInteger, 1) || Is(TokenKind::kNumeric, 1)) &&
                             (Is(Keyword::kRow, 2) || Is(Keyword::kRows, 2));
  if (signed_number) {
    Next();
    const NodeId number = Literal(Is(TokenKind::kInteger) ? LiteralOp::kInteger : LiteralOp::kNumeric);
    value = Named(Make(NodeKind::kUnary, value_first, {number}), value_first);
  } else {
    value = Prefix(Mode::kFull);
    if (!Is(Keyword::kRow) && !Is(Keyword::kRows)) {
      value = ExprFrom(value, value_first, kPrecNone, Mode::kFull);
      return Make(NodeKind::kOffset, first, {value});
    }
    if ((*tree_)[value].first_token == value_first) {
      const NodeKind kind = KindOf(value);
      const bool is_default = kind == NodeKind::kLiteral && OpOf<LiteralOp>((*tree_)[value]) == LiteralOp::kDefault;
      if (is_default || kind == NodeKind::kUnary || kind == NodeKind::kNot || kind == NodeKind::kOverlaps)
        FailExpected("the end of the query");
    }
  }
  if (!Accept(Keyword::kRow)) Accept(Keyword::kRows);
  return Make(NodeKind::kOffset, first, {value});
}

NodeId Parser::Locking() {
  tree_->needs_structure_check_ = true;
  const TokenId first = position_;
  Next();
  LockStrength strength = LockStrength::kUpdate;
  if (Accept(Keyword::kUpdate)) {
    strength = LockStrength::kUpdate;
  } else if (Accept(Keyword::kShare)) {
    strength = LockStrength::kShare;
  } else if (Accept(Keyword::kNo)) {
    Expect(Keyword::kKey);
    Expect(Keyword::kUpdate);
    strength = LockStrength::kNoKeyUpdate;
  } else if (Accept(Keyword::kKey)) {
    Expect(Keyword::kShare);
    strength = LockStrength::kKeyShare;
  } else {
    FailExpected("UPDATE, NO KEY UPDATE, SHARE or KEY SHARE");
  }
  const std::size_t mark = scratch_.size();
  if (Accept(Keyword::kOf)) {
    do {
      const TokenId name = ColId("the name of a table");
      const std::size_t parts = 1u + MoreNameParts("a name");
      if (parts > 3) FailSyntaxAt(name, position_ - 1, "improper qualified name (too many dotted names)");
      Push(Named(Make(NodeKind::kName, name, {}), name, parts));
    } while (Accept(TokenKind::kComma));
  }
  int flags = 0;
  if (Accept(Keyword::kNowait)) {
    flags = kNoWait;
  } else if (Accept(Keyword::kSkip)) {
    Expect(Keyword::kLocked);
    flags = kSkipLocked;
  }
  return MakeFromScratch(NodeKind::kLocking, first, mark, static_cast<int>(strength), flags);
}

}  // namespace toomai::validator
