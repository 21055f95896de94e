// Queries: WITH, set operations with their nesting, VALUES, TABLE.
// https://www.postgresql.org/docs/current/sql-select.html
#include "validator/parser_impl.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {

bool Parser::StartsQuery() const {
  switch (Tok().AsKeyword()) {
    case Keyword::kSelect:
    case Keyword::kWith:
    case Keyword::kTable:
      return true;
    case Keyword::kValues:
      return Is(TokenKind::kLeftParen, 1);
    default:
      return false;
  }
}

// Behind a parenthesised query: does the query go on, or was it an operand?
bool Parser::ContinuesQuery() const {
  if (Is(TokenKind::kRightParen)) return true;
  switch (Tok().AsKeyword()) {
    case Keyword::kUnion:
    case Keyword::kIntersect:
    case Keyword::kExcept:
    case Keyword::kOrder:
    case Keyword::kLimit:
    case Keyword::kOffset:
    case Keyword::kFetch:
    case Keyword::kFor:
      return true;
    default:
      return false;
  }
}

// select_no_parens | select_with_parens. The parentheses around it, not the query, are the level of nesting.
NodeId Parser::Query() {
  const TokenId first = position_;
  NodeId with = kNoNode;
  if (Is(Keyword::kWith)) {
    with = With();
    if (Is(Keyword::kInsert) || Is(Keyword::kUpdate) || Is(Keyword::kDelete) || Is(Keyword::kMerge)) {
      FailNotQuery(false);
    } else if (!StartsQuery() && !Is(TokenKind::kLeftParen)) {
      FailExpected("SELECT, VALUES or TABLE after the WITH clause");
    } else if (Is(Keyword::kWith)) {
      FailSyntax("syntax error at or near \"WITH\": a query has one WITH clause",
                 "separate the parts of one WITH clause by commas");
    }
  }
  return QueryFrom(first, with, kNoNode);
}

// The rest of a query whose WITH clause, and first arm if that was parenthesised, have been read.
NodeId Parser::QueryFrom(TokenId first, NodeId with, NodeId parenthesised) {
  const NodeId body = SetExpression(parenthesised, first, 0);
  NodeId slots[QuerySlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  slots[QuerySlots::kWith] = with;
  slots[QuerySlots::kBody] = body;
  if (failed_) return kNoNode;
  const bool only_parentheses = KindOf(body) == NodeKind::kQuery;
  if (only_parentheses) {
    if (with == kNoNode && (!ContinuesQuery() || Is(TokenKind::kRightParen))) return body;
    // Clauses outside the parentheses belong to the query inside (insertSelectOptions in gram.y). A WITH clause was
    // made before it, so it is the newest node.
    Unmake(body, slots, QuerySlots::kCount);
    if (with != kNoNode) {
      if (slots[QuerySlots::kWith] != kNoNode) {
        FailSyntax("multiple WITH clauses not allowed", "join them with commas");
      }
      slots[QuerySlots::kWith] = with;
    }
  }
  if (Is(Keyword::kOrder)) {
    if (slots[QuerySlots::kOrderBy] != kNoNode) FailSyntax("multiple ORDER BY clauses not allowed");
    slots[QuerySlots::kOrderBy] = OrderBy();
  }
  LimitClauses(slots);
  const NodeId limit = slots[QuerySlots::kLimit];
  if (!failed_ && limit != kNoNode && tree_->Has(limit, kWithTies)) {
    if (slots[QuerySlots::kOrderBy] == kNoNode) {
      FailSyntax("WITH TIES cannot be specified without ORDER BY clause");
    } else if (slots[QuerySlots::kLocking] != kNoNode) {
      for (const NodeId item : tree_->Children(slots[QuerySlots::kLocking])) {
        if (tree_->Has(item, kSkipLocked)) FailSyntax("SKIP LOCKED and WITH TIES options cannot be used together");
      }
    }
  }
  return Finish(NodeKind::kQuery, first, slots, QuerySlots::kCount, 0, 0);
}

// '(' query ')' where nothing but a query may stand.
NodeId Parser::ParenthesisedQuery() {
  const Nested nested(this);
  Expect(TokenKind::kLeftParen, "\"(\"");
  NodeId query = kNoNode;
  if (StartsQuery() || Is(TokenKind::kLeftParen)) {
    query = Query();
  } else {
    FailExpected("SELECT, VALUES, TABLE or WITH");
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return query;
}

// UNION and EXCEPT bind less than INTERSECT; all from the left.
NodeId Parser::SetExpression(NodeId left, TokenId first, int precedence) {
  if (left == kNoNode) left = QueryArm();
  for (;;) {
    SetOp op;
    int binds;
    if (Is(Keyword::kUnion)) {
      op = SetOp::kUnion, binds = 1;
    } else if (Is(Keyword::kExcept)) {
      op = SetOp::kExcept, binds = 1;
    } else if (Is(Keyword::kIntersect)) {
      op = SetOp::kIntersect, binds = 2;
    } else {
      return left;
    }
    if (binds <= precedence) return left;
    if (++arms_ >= static_cast<std::size_t>(options_.limits.set_operation_arms)) {
      FailTooMany("arms of set operations", static_cast<std::size_t>(options_.limits.set_operation_arms));
      return left;
    }
    Next();
    int flags = 0;
    if (Accept(Keyword::kAll)) {
      flags = kAll;
    } else {
      Accept(Keyword::kDistinct);
    }
    const TokenId right_first = position_;
    const NodeId right = SetExpression(kNoNode, right_first, binds);
    left = Make(NodeKind::kSetOperation, first, {left, right}, static_cast<int>(op), flags);
  }
}

NodeId Parser::QueryArm() {
  if (Is(TokenKind::kLeftParen)) return ParenthesisedQuery();
  if (Is(Keyword::kSelect)) return Select();
  if (Is(Keyword::kValues)) return Values();
  if (Is(Keyword::kTable)) return TableCommand();
  FailExpected("SELECT, VALUES, TABLE or \"(\"");
  return kNoNode;
}

NodeId Parser::Values() {
  const TokenId first = position_;
  Next();
  const std::size_t mark = scratch_.size();
  do {
    const TokenId row = position_;
    Expect(TokenKind::kLeftParen, "\"(\" and a row of values");
    const std::size_t row_mark = scratch_.size();
    do Push(Expr());
    while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
    Push(MakeFromScratch(NodeKind::kRow, row, row_mark));
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kValues, first, mark);
}

NodeId Parser::TableCommand() {
  const TokenId first = position_;
  Next();
  ++from_items_;
  const NodeId table = RelationName();
  return Make(NodeKind::kTableCommand, first, {table});
}

// https://www.postgresql.org/docs/current/queries-with.html
NodeId Parser::With() {
  const TokenId first = position_;
  Next();
  int flags = 0;
  if (Is(Keyword::kRecursive) && !Is(Keyword::kAs, 1) && !Is(TokenKind::kLeftParen, 1)) {
    Next();
    flags = kRecursive;
  }
  const std::size_t mark = scratch_.size();
  do {
    if (++ctes_ > static_cast<std::size_t>(options_.limits.ctes)) {
      FailTooMany("WITH queries", static_cast<std::size_t>(options_.limits.ctes));
    }
    Push(Cte());
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kWith, first, mark, 0, flags);
}

NodeId Parser::Cte() {
  const TokenId first = position_;
  const TokenId name = ColId("the name of a WITH query");
  NodeId slots[CteSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  if (Is(TokenKind::kLeftParen)) slots[CteSlots::kColumns] = ParenthesisedNameList();
  Expect(Keyword::kAs);
  int flags = 0;
  if (Accept(Keyword::kMaterialized)) {
    flags = kMaterialized;
  } else if (Accept(Keyword::kNot)) {
    Expect(Keyword::kMaterialized);
    flags = kNotMaterialized;
  }
  slots[CteSlots::kQuery] = CteQuery();
  if (Is(Keyword::kSearch)) slots[CteSlots::kSearch] = CteSearch();
  if (Is(Keyword::kCycle)) slots[CteSlots::kCycle] = CteCycle();
  return Named(Finish(NodeKind::kCte, first, slots, CteSlots::kCount, 0, flags), name);
}

NodeId Parser::CteQuery() {
  const Nested nested(this);
  Expect(TokenKind::kLeftParen, "\"(\" and a query");
  NodeId query = kNoNode;
  if (StartsQuery() || Is(TokenKind::kLeftParen)) {
    query = Query();
  } else {
    FailNotQuery(true);
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return query;
}

NodeId Parser::CteSearch() {
  const TokenId first = position_;
  Next();
  const bool breadth = Is(Keyword::kBreadth);
  if (!Accept(Keyword::kBreadth)) Expect(Keyword::kDepth);
  Expect(Keyword::kFirst);
  Expect(Keyword::kBy);
  const NodeId columns = NameList();
  Expect(Keyword::kSet);
  const TokenId name = ColId("a column name");
  return Named(Make(NodeKind::kCteSearch, first, {columns}, breadth ? 1 : 0), name);
}

NodeId Parser::CteCycle() {
  const TokenId first = position_;
  Next();
  const NodeId columns = NameList();
  Expect(Keyword::kSet);
  const TokenId name = ColId("a column name");
  NodeId value = kNoNode, otherwise = kNoNode;
  if (Accept(Keyword::kTo)) {
    value = CycleConstant();
    Expect(Keyword::kDefault);
    otherwise = CycleConstant();
  }
  Expect(Keyword::kUsing);
  const TokenId path = ColId("a column name");
  const NodeId path_name = Named(Make(NodeKind::kName, path, {}), path);
  return Named(Make(NodeKind::kCteCycle, first, {columns, value, otherwise, path_name}), name);
}

// AexprConst: a literal or a typed literal.
NodeId Parser::CycleConstant() {
  const TokenId first = position_;
  const NodeId value = Primary();
  if (failed_) return value;
  const Node& node = (*tree_)[value];
  const bool constant =
      node.kind == NodeKind::kLiteral || (node.kind == NodeKind::kCast && node.op != static_cast<int>(CastOp::kCast));
  if (!constant || tokens_[first].kind == TokenKind::kLeftParen) {
    FailSyntaxAt(first, first,
                 "syntax error at or near " + QuoteForMessage(tree_->tokens.Spelling(first)) + ": expected a constant");
  }
  return value;
}

NodeId Parser::NameList() {
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  do {
    const TokenId name = ColId("a name");
    Push(Named(Make(NodeKind::kName, name, {}), name));
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::ParenthesisedNameList() {
  Expect(TokenKind::kLeftParen, "\"(\"");
  const NodeId names = NameList();
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return names;
}

}  // namespace toomai::validator
