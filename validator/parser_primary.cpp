// The smallest expressions: names, constants, what stands in parentheses, CASE, ARRAY, ROW, and subscripts behind them.
// https://www.postgresql.org/docs/current/sql-expressions.html
#include "validator/parser_impl.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {

// c_expr
NodeId Parser::Primary() {
  const TokenId first = position_;
  switch (Tok().kind) {
    case TokenKind::kInteger:
      return Literal(LiteralOp::kInteger);
    case TokenKind::kNumeric:
      return Literal(LiteralOp::kNumeric);
    case TokenKind::kString:
      return Literal(LiteralOp::kString);
    case TokenKind::kBitString:
      return Literal(LiteralOp::kBit);
    case TokenKind::kHexString:
      return Literal(LiteralOp::kHex);
    case TokenKind::kParameter: {
      tree_->needs_structure_check_ = true;
      Next();
      const NodeId parameter = Make(NodeKind::kParameter, first, {});
      return WithIndirection(parameter, first);
    }
    case TokenKind::kLeftParen:
      return PrimaryFromGroup(Parenthesised(), first);
    case TokenKind::kIdentifier:
    case TokenKind::kQuotedIdentifier:
      return NamePrimary();
    case TokenKind::kKeyword:
      return KeywordPrimary();
    default:
      FailExpected("an expression");
      return kNoNode;
  }
}

// '(' … ')' around a query or expressions; many parentheses may open at once, and which it is shows inside.
Parser::Group Parser::Parenthesised() {
  const Nested nested(this);
  Next();
  const std::size_t mark = scratch_.size();
  if (StartsQuery()) {
    const NodeId query = Query();
    Expect(TokenKind::kRightParen, "\")\"");
    return {failed_ ? kNoNode : query, mark};
  }
  if (Is(TokenKind::kLeftParen)) {
    const TokenId first = position_;
    const Group inside = Parenthesised();
    if (inside.query != kNoNode && ContinuesQuery()) {
      const NodeId query = QueryFrom(first, kNoNode, inside.query);
      Expect(TokenKind::kRightParen, "\")\"");
      return {failed_ ? kNoNode : query, mark};
    }
    NodeId left = PrimaryFromGroup(inside, first);
    if (Is(Keyword::kOverlaps)) left = MaybeOverlaps(left, first);
    Push(ExprFrom(left, first, kPrecNone, Mode::kFull));
  } else {
    Push(Expr());
  }
  while (Accept(TokenKind::kComma)) Push(Expr());
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return {kNoNode, mark};
}

NodeId Parser::PrimaryFromGroup(const Group& group, TokenId first) {
  if (group.query != kNoNode) {
    const NodeId value = Make(NodeKind::kSubquery, first, {group.query});
    return WithIndirection(value, first);
  }
  if (failed_) {
    scratch_.resize(group.mark);
    return kNoNode;
  }
  if (scratch_.size() - group.mark > 1) return MakeFromScratch(NodeKind::kRow, first, group.mark);
  const NodeId value = scratch_.back();
  scratch_.resize(group.mark);
  return WithIndirection(value, first);
}

// opt_indirection: .name, .*, [i], [a:b]
NodeId Parser::WithIndirection(NodeId base, TokenId first) {
  if (!Is(TokenKind::kDot) && !Is(TokenKind::kLeftBracket)) return base;
  const std::size_t mark = scratch_.size();
  Push(base);
  IndirectionItems(first);
  return MakeFromScratch(NodeKind::kIndirection, first, mark);
}

void Parser::IndirectionItems(TokenId) {
  while (!failed_) {
    const TokenId item = position_;
    if (Accept(TokenKind::kDot)) {
      if (Accept(TokenKind::kStar)) {
        Push(Make(NodeKind::kFieldStar, item, {}));
        if (Is(TokenKind::kDot) || Is(TokenKind::kLeftBracket)) FailSyntax("improper use of \"*\"");
        continue;
      }
      const TokenId name = ColLabel("a field name");
      Push(Named(Make(NodeKind::kField, item, {}), name));
    } else if (Is(TokenKind::kLeftBracket)) {
      const Nested nested(this);
      Next();
      NodeId lower = kNoNode;
      if (!Is(TokenKind::kColon)) lower = Expr();
      if (Accept(TokenKind::kColon)) {
        NodeId upper = kNoNode;
        if (!Is(TokenKind::kRightBracket)) upper = Expr();
        Expect(TokenKind::kRightBracket, "\"]\"");
        Push(Make(NodeKind::kSlice, item, {lower, upper}));
      } else {
        Expect(TokenKind::kRightBracket, "\"]\"");
        Push(Make(NodeKind::kSubscript, item, {lower}));
      }
    } else {
      return;
    }
  }
}

// Something that starts with a name: a column, a function call, a constant like date '2020-01-01'.
NodeId Parser::NamePrimary() {
  const TokenId first = position_;
  TakeName();
  std::size_t parts = 1;
  while (Is(TokenKind::kDot)) {
    if (Is(TokenKind::kStar, 1)) {
      Next();
      Next();
      if (Is(TokenKind::kDot) || Is(TokenKind::kLeftBracket)) FailSyntax("improper use of \"*\"");
      return Named(Make(NodeKind::kColumnRef, first, {}, 0, kStarFlag), first, parts);
    }
    Next();
    ColLabel("a name after \".\"");
    if (++parts > kMostNameParts) FailSyntax("improper qualified name (too many dotted names)");
  }
  if (Is(TokenKind::kLeftParen)) {
    bool plain = false;
    const NodeId call = FunctionCall(first, parts, false, &plain);
    if (!plain || !Is(TokenKind::kString)) return call;
    // f(1) 'text': a constant of type f with modifiers
    NodeId slots[FunctionCallSlots::kCount];
    Unmake(call, slots, FunctionCallSlots::kCount);
    const NodeId type = Named(Make(NodeKind::kType, first, {slots[FunctionCallSlots::kArguments]}), first, parts);
    const NodeId text = Literal(LiteralOp::kString);
    return Make(NodeKind::kCast, first, {text, type}, static_cast<int>(CastOp::kFunctionLiteral));
  }
  if (Is(TokenKind::kString)) {
    const NodeId type = Named(Make(NodeKind::kType, first, {kNoNode}), first, parts);
    const NodeId text = Literal(LiteralOp::kString);
    return Make(NodeKind::kCast, first, {text, type}, static_cast<int>(CastOp::kTypedLiteral));
  }
  return ColumnReference(first, parts);
}

NodeId Parser::ColumnReference(TokenId first, std::size_t parts) {
  const NodeId column = Named(Make(NodeKind::kColumnRef, first, {}), first, parts);
  return Is(TokenKind::kLeftBracket) ? WithIndirection(column, first) : column;
}

NodeId Parser::KeywordPrimary() {
  const TokenId first = position_;
  const Keyword word = Tok().AsKeyword();
  switch (word) {
    case Keyword::kTrue:
      return Literal(LiteralOp::kTrue);
    case Keyword::kFalse:
      return Literal(LiteralOp::kFalse);
    case Keyword::kNull:
      return Literal(LiteralOp::kNull);
    case Keyword::kCase:
      return Case();
    case Keyword::kArray:
      return ArrayConstructor();
    case Keyword::kRow:
      if (Is(TokenKind::kLeftParen, 1)) return ExplicitRow();
      break;
    case Keyword::kExists:
      if (Is(TokenKind::kLeftParen, 1)) {
        Next();
        const NodeId query = ParenthesisedQuery();
        return Make(NodeKind::kExists, first, {query});
      }
      break;
    case Keyword::kGrouping:
      if (Is(TokenKind::kLeftParen, 1)) {
        const Nested nested(this);
        Next();
        Next();
        const std::size_t mark = scratch_.size();
        do Push(Expr());
        while (Accept(TokenKind::kComma));
        Expect(TokenKind::kRightParen, "\")\" or \",\"");
        return MakeFromScratch(NodeKind::kGrouping, first, mark);
      }
      break;
    default:
      break;
  }
  if (StartsConstantType()) return TypedConstant();
  if (IsSpecialFunction()) return SpecialFunctionCall();
  if (IsJsonFunction()) return JsonFunctionCall(false);
  switch (InfoOf(word).category) {
    case KeywordCategory::kUnreserved:
      if (!IsColId()) break;
      return NamePrimary();
    case KeywordCategory::kColumnName:
      // Never a function, nor a type in front of a string; schema.function is fine.
      if (!Is(TokenKind::kDot, 1)) {
        TakeName();
        return ColumnReference(first, 1);
      }
      return NamePrimary();
    case KeywordCategory::kTypeOrFunction:
      if (Is(TokenKind::kLeftParen, 1) || Is(TokenKind::kString, 1)) return NamePrimary();
      break;
    case KeywordCategory::kReserved:
      break;
  }
  FailExpected("an expression");
  return kNoNode;
}

NodeId Parser::Case() {
  const Nested nested(this);
  const TokenId first = position_;
  Next();
  NodeId operand = kNoNode, otherwise = kNoNode;
  if (!Is(Keyword::kWhen)) operand = Expr();
  const TokenId whens_first = position_;
  const std::size_t mark = scratch_.size();
  if (!Is(Keyword::kWhen)) FailExpectedKeyword(Keyword::kWhen);
  while (Is(Keyword::kWhen)) {
    const TokenId when = position_;
    Next();
    const NodeId condition = Expr();
    Expect(Keyword::kThen);
    const NodeId result = Expr();
    Push(Make(NodeKind::kWhen, when, {condition, result}));
  }
  const NodeId whens = MakeFromScratch(NodeKind::kList, whens_first, mark);
  if (Accept(Keyword::kElse)) otherwise = Expr();
  if (!Accept(Keyword::kEnd)) FailExpected("WHEN, ELSE or END");
  return Make(NodeKind::kCase, first, {operand, whens, otherwise});
}

// ARRAY[…] or ARRAY(SELECT …)
NodeId Parser::ArrayConstructor() {
  const TokenId first = position_;
  Next();
  if (Is(TokenKind::kLeftParen)) {
    const NodeId query = ParenthesisedQuery();
    return Make(NodeKind::kArrayQuery, first, {query});
  }
  if (Is(TokenKind::kLeftBracket)) return ArrayElements(first);
  FailExpected("\"[\" or \"(\" after ARRAY");
  return kNoNode;
}

// [1, 2] or [[1, 2], [3, 4]]: elements are all expressions or all arrays
NodeId Parser::ArrayElements(TokenId first) {
  const Nested nested(this);
  Next();
  const std::size_t mark = scratch_.size();
  if (!Is(TokenKind::kRightBracket)) {
    const bool arrays = Is(TokenKind::kLeftBracket);
    do {
      if (arrays && !Is(TokenKind::kLeftBracket)) FailExpected("\"[\"");
      Push(arrays && !failed_ ? ArrayElements(position_) : Expr());
    } while (Accept(TokenKind::kComma));
  }
  Expect(TokenKind::kRightBracket, "\"]\" or \",\"");
  return MakeFromScratch(NodeKind::kArray, first, mark);
}

NodeId Parser::ExplicitRow() {
  const Nested nested(this);
  const TokenId first = position_;
  Next();
  Next();
  const std::size_t mark = scratch_.size();
  if (!Is(TokenKind::kRightParen)) {
    do Push(Expr());
    while (Accept(TokenKind::kComma));
  }
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return MakeFromScratch(NodeKind::kRow, first, mark, 0, kExplicitRow);
}

NodeId Parser::ExprList() {
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  do Push(Expr());
  while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::ParenthesisedExprList() {
  Expect(TokenKind::kLeftParen, "\"(\"");
  const NodeId list = ExprList();
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return list;
}

NodeId Parser::Literal(LiteralOp op) {
  const TokenId first = position_;
  Next();
  return Make(NodeKind::kLiteral, first, {}, static_cast<int>(op));
}

// row OVERLAPS row: two values on each side
NodeId Parser::MaybeOverlaps(NodeId left, TokenId first) {
  // The row itself, not one in further parentheses.
  const auto is_row = [&](NodeId side, TokenId begin) {
    return !failed_ && KindOf(side) == NodeKind::kRow && (*tree_)[side].first_token == begin;
  };
  if (!is_row(left, first)) return left;
  Next();
  const TokenId right_first = position_;
  const NodeId right = Is(TokenKind::kLeftParen) || Is(Keyword::kRow) ? Primary() : kNoNode;
  if (right == kNoNode || !is_row(right, right_first)) {
    position_ = failed_ ? position_ : right_first;
    FailExpected("a row of two values after OVERLAPS");
    return left;
  }
  for (const NodeId side : {left, right}) {
    if ((*tree_)[side].child_count != 2) {
      FailSyntaxAt((*tree_)[side].first_token, (*tree_)[side].end_token - 1,
                   "wrong number of parameters on one side of OVERLAPS expression");
    }
  }
  return Make(NodeKind::kOverlaps, first, {left, right});
}

}  // namespace toomai::validator
