// Value expressions: precedence climbing over PostgreSQL's ladder.
// https://www.postgresql.org/docs/current/sql-expressions.html
//
// `pending` is the precedence of the rule that waits for its right operand. What bison decides between the rule on its
// stack and the next token, Binds() decides between pending and the next operator.
#include "validator/parser_impl.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {
namespace {

int OperatorPrecedence(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPlus:
    case TokenKind::kMinus:
      return kPrecAdd;
    case TokenKind::kStar:
    case TokenKind::kSlash:
    case TokenKind::kPercent:
      return kPrecMultiply;
    case TokenKind::kCaret:
      return kPrecPower;
    case TokenKind::kLess:
    case TokenKind::kGreater:
    case TokenKind::kEqual:
    case TokenKind::kLessEqual:
    case TokenKind::kGreaterEqual:
    case TokenKind::kNotEqual:
      return kPrecCompare;
    case TokenKind::kOperator:
      return kPrecOperator;
    default:
      return 0;
  }
}

}  // namespace

// True: the next operator takes what was read as its left operand. Operators of one level go from the left, or must not
// meet at all: a < b < c.
bool Parser::Binds(int precedence, int pending, bool chains) {
  if (precedence != pending) return precedence > pending;
  if (!chains) {
    FailSyntax("syntax error at or near " + QuoteForMessage(tree_->tokens.Spelling(position_)) +
                   ": this operator cannot follow another of its kind",
               "use parentheses to say which belongs together");
  }
  return false;
}

NodeId Parser::Expr(int pending, Mode mode, bool is_target) {
  const TokenId first = position_;
  const NodeId left = Prefix(mode);
  return ExprFrom(left, first, pending, mode, is_target);
}

NodeId Parser::Prefix(Mode mode) {
  const TokenId first = position_;
  const TokenKind kind = Tok().kind;
  if (kind >= TokenKind::kPlus && kind <= TokenKind::kOperator) {
    if (kind != TokenKind::kPlus && kind != TokenKind::kMinus && kind != TokenKind::kOperator) {
      FailExpected("an expression");
      return kNoNode;
    }
    const Nested nested(this);
    Next();
    const NodeId operand = Expr(kind == TokenKind::kOperator ? kPrecOperator : kPrecUnary, mode);
    return Named(Make(NodeKind::kUnary, first, {operand}), first);
  }
  if (kind != TokenKind::kKeyword) {
    const NodeId value = Primary();
    return mode == Mode::kFull && Is(Keyword::kOverlaps) ? MaybeOverlaps(value, first) : value;
  }
  if (Is(Keyword::kOperator) && Is(TokenKind::kLeftParen, 1)) {
    const Nested nested(this);
    TokenId name = 0;
    const std::size_t parts = QualifiedOperator(&name);
    const NodeId operand = Expr(kPrecOperator, mode);
    return Named(Make(NodeKind::kUnary, first, {operand}), name, parts);
  }
  if (mode == Mode::kFull) {
    if (Is(Keyword::kNot)) {
      const Nested nested(this);
      Next();
      const NodeId operand = Expr(kPrecNot);
      return Make(NodeKind::kNot, first, {operand});
    }
    if (Is(Keyword::kDefault)) return Literal(LiteralOp::kDefault);
  }
  const NodeId value = Primary();
  return mode == Mode::kFull && Is(Keyword::kOverlaps) ? MaybeOverlaps(value, first) : value;
}

NodeId Parser::ExprFrom(NodeId left, TokenId first, int pending, Mode mode, bool is_target) {
  while (!failed_) {
    const Token& token = Tok();
    if (token.kind == TokenKind::kTypecast) {
      Next();
      const NodeId type = Type();
      left = Make(NodeKind::kCast, first, {left, type}, static_cast<int>(CastOp::kTypecast));
      continue;
    }
    if (const int precedence = OperatorPrecedence(token.kind); precedence != 0) {
      if (!Binds(precedence, pending, precedence != kPrecCompare)) return left;
      left = Infix(left, first, precedence, mode);
      continue;
    }
    if (token.kind != TokenKind::kKeyword) return left;
    // A word that is an operator may also be the name of a column without AS: SELECT a and FROM t.
    if (is_target && EndsTarget(1) && IsBareLabel()) return left;
    switch (token.AsKeyword()) {
      case Keyword::kOperator:
        if (!Is(TokenKind::kLeftParen, 1)) {
          // The waiting rule would leave the word to this operator; only without one can it be a name.
          if (pending != kPrecNone && pending < kPrecOperator) FailExpected("\"(\" after OPERATOR");
          return left;
        }
        if (!Binds(kPrecOperator, pending, true)) return left;
        left = Infix(left, first, kPrecOperator, mode);
        continue;
      case Keyword::kIs:
        if (!Binds(kPrecIs, pending, false)) return left;
        left = Is(left, first, mode);
        continue;
      default:
        break;
    }
    if (mode == Mode::kRestricted) return left;
    const bool negated = token.AsKeyword() == Keyword::kNot;
    switch (negated ? Tok(1).AsKeyword() : token.AsKeyword()) {
      case Keyword::kAnd:
      case Keyword::kOr: {
        if (negated) return left;
        const Keyword word = token.AsKeyword();
        const int precedence = word == Keyword::kAnd ? kPrecAnd : kPrecOr;
        if (!Binds(precedence, pending, true)) return left;
        const std::size_t mark = scratch_.size();
        Push(left);
        do {
          Next();
          Push(Expr(precedence));
        } while (Is(word) && !(is_target && EndsTarget(1)));
        left = MakeFromScratch(word == Keyword::kAnd ? NodeKind::kAnd : NodeKind::kOr, first, mark);
        continue;
      }
      case Keyword::kLike:
      case Keyword::kIlike:
      case Keyword::kSimilar:
        // "a SIMILAR b" without TO occurs in substring(a SIMILAR b ESCAPE c) only.
        if (!negated && token.AsKeyword() == Keyword::kSimilar && !Is(Keyword::kTo, 1)) {
          if (pending != kPrecNone && pending < kPrecBetween) FailExpected("TO after SIMILAR");
          return left;
        }
        if (!Binds(kPrecBetween, pending, false)) return left;
        left = Like(left, first, negated);
        continue;
      case Keyword::kBetween:
        if (!Binds(kPrecBetween, pending, false)) return left;
        left = Between(left, first, negated);
        continue;
      case Keyword::kIn:
        if (!Binds(kPrecBetween, pending, false)) return left;
        left = In(left, first, negated);
        continue;
      case Keyword::kIsnull:
      case Keyword::kNotnull: {
        if (negated) return left;
        if (!Binds(kPrecIs, pending, false)) return left;
        const int flags = token.AsKeyword() == Keyword::kNotnull ? kNegated : 0;
        Next();
        left = Make(NodeKind::kIsTest, first, {left}, static_cast<int>(IsOp::kNull), flags);
        continue;
      }
      case Keyword::kCollate: {
        if (negated || !Binds(kPrecCollate, pending, true)) return left;
        Next();
        const TokenId name = ColId("the name of a collation");
        const std::size_t parts = 1u + MoreNameParts("a name");
        left = Named(Make(NodeKind::kCollate, first, {left}), name, parts);
        continue;
      }
      case Keyword::kAt: {
        if (negated || !Binds(kPrecAt, pending, true)) return left;
        Next();
        if (Is(Keyword::kLocal)) {
          if (!NeedVersion(17, "AT LOCAL")) return left;
          Next();
          left = Make(NodeKind::kAtTimeZone, first, {left, kNoNode});
          continue;
        }
        Expect(Keyword::kTime);
        Expect(Keyword::kZone);
        const NodeId zone = Expr(kPrecAt);
        left = Make(NodeKind::kAtTimeZone, first, {left, zone});
        continue;
      }
      default:
        return left;
    }
  }
  return left;
}

// left <operator> right, or left <operator> ANY (…)
NodeId Parser::Infix(NodeId left, TokenId first, int precedence, Mode mode) {
  TokenId name = position_;
  std::size_t parts = 1;
  if (Is(Keyword::kOperator)) {
    parts = QualifiedOperator(&name);
  } else {
    Next();
  }
  if (mode == Mode::kFull && (Is(Keyword::kAny) || Is(Keyword::kSome) || Is(Keyword::kAll))) {
    return Quantified(left, first, name, parts);
  }
  const NodeId right = Expr(precedence, mode);
  return Named(Make(NodeKind::kBinary, first, {left, right}), name, parts);
}

// ANY | SOME | ALL ( query or array )
NodeId Parser::Quantified(NodeId left, TokenId first, TokenId operator_token, std::size_t operator_parts) {
  const int flags = Is(Keyword::kAll) ? kAll : 0;
  Next();
  NodeId right = kNoNode;
  if (!Is(TokenKind::kLeftParen)) {
    FailExpected("\"(\" and a query or an array");
  } else {
    const TokenId open = position_;
    const Group group = Parenthesised();
    if (group.query != kNoNode) {
      right = group.query;
    } else {
      if (scratch_.size() - group.mark != 1) {
        FailSyntaxAt(open, position_ - 1, "syntax error: ANY and ALL take a query or one array",
                     "for a list of values write ANY (ARRAY[…])");
      }
      right = failed_ ? kNoNode : scratch_.back();
      scratch_.resize(group.mark);
    }
  }
  return Named(Make(NodeKind::kQuantified, first, {left, right}, 0, flags), operator_token, operator_parts);
}

// OPERATOR ( a.b.+ )
std::size_t Parser::QualifiedOperator(TokenId* name) {
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  *name = position_;
  std::size_t parts = 1;
  while (!failed_ && IsColId() && Is(TokenKind::kDot, 1)) {
    TakeName();
    Next();
    ++parts;
  }
  if (Tok().kind >= TokenKind::kPlus && Tok().kind <= TokenKind::kOperator) {
    Next();
  } else {
    FailExpected("an operator");
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return parts;
}

NodeId Parser::Is(NodeId left, TokenId first, Mode mode) {
  Next();
  const bool negated = Accept(Keyword::kNot);
  const int flags = negated ? kNegated : 0;
  if (Is(Keyword::kDistinct)) {
    Next();
    Expect(Keyword::kFrom);
    const NodeId right = Expr(kPrecIs, mode);
    return Make(NodeKind::kIsDistinct, first, {left, right}, 0, flags);
  }
  const auto test = [&](IsOp op) {
    Next();
    return Make(NodeKind::kIsTest, first, {left}, static_cast<int>(op), flags);
  };
  if (Is(Keyword::kDocument)) return test(IsOp::kDocument);
  if (mode == Mode::kRestricted) {
    FailExpected("DISTINCT FROM or DOCUMENT");
    return left;
  }
  switch (Tok().AsKeyword()) {
    case Keyword::kNull:
      return test(IsOp::kNull);
    case Keyword::kTrue:
      return test(IsOp::kTrue);
    case Keyword::kFalse:
      return test(IsOp::kFalse);
    case Keyword::kUnknown:
      return test(IsOp::kUnknown);
    case Keyword::kNormalized:
      return test(IsOp::kNormalized);
    case Keyword::kJson:
      return IsJson(left, first, negated);
    case Keyword::kNfc:
    case Keyword::kNfd:
    case Keyword::kNfkc:
    case Keyword::kNfkd: {
      const IsOp op = Is(Keyword::kNfc)    ? IsOp::kNfc
                      : Is(Keyword::kNfd)  ? IsOp::kNfd
                      : Is(Keyword::kNfkc) ? IsOp::kNfkc
                                           : IsOp::kNfkd;
      Next();
      Expect(Keyword::kNormalized);
      return Make(NodeKind::kIsTest, first, {left}, static_cast<int>(op), flags);
    }
    default:
      FailExpected("NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM, DOCUMENT or NORMALIZED after IS");
      return left;
  }
}

NodeId Parser::Like(NodeId left, TokenId first, bool negated) {
  if (negated) Next();
  const TokenId word = position_;
  const LikeOp op = Is(Keyword::kLike) ? LikeOp::kLike : Is(Keyword::kIlike) ? LikeOp::kIlike : LikeOp::kSimilar;
  Next();
  if (op == LikeOp::kSimilar) {
    Expect(Keyword::kTo);
  } else if (Is(Keyword::kAny) || Is(Keyword::kSome) || Is(Keyword::kAll)) {
    const NodeId quantified = Quantified(left, first, word, 1);
    if (!failed_) tree_->nodes_[quantified].op = static_cast<std::uint8_t>(negated ? 2 : 1);
    return quantified;
  }
  const NodeId pattern = Expr(kPrecBetween);
  NodeId escape = kNoNode;
  if (Accept(Keyword::kEscape)) escape = Expr(kPrecBetween);
  return Make(NodeKind::kLike, first, {left, pattern, escape}, static_cast<int>(op), negated ? kNegated : 0);
}

NodeId Parser::Between(NodeId left, TokenId first, bool negated) {
  if (negated) Next();
  Next();
  int flags = negated ? kNegated : 0;
  if (Accept(Keyword::kSymmetric)) {
    flags |= kSymmetric;
  } else {
    Accept(Keyword::kAsymmetric);
  }
  const NodeId low = RestrictedExpr();
  Expect(Keyword::kAnd);
  const NodeId high = Expr(kPrecBetween);
  return Make(NodeKind::kBetween, first, {left, low, high}, 0, flags);
}

NodeId Parser::In(NodeId left, TokenId first, bool negated) {
  if (negated) Next();
  Next();
  NodeId right = kNoNode;
  if (!Is(TokenKind::kLeftParen)) {
    FailExpected("\"(\" and a list or a query");
  } else {
    const TokenId open = position_;
    const Group group = Parenthesised();
    right = group.query != kNoNode ? group.query : MakeFromScratch(NodeKind::kList, open, group.mark);
  }
  return Make(NodeKind::kIn, first, {left, right}, 0, negated ? kNegated : 0);
}

}  // namespace toomai::validator
