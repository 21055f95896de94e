// Function calls: the general form.
// https://www.postgresql.org/docs/current/sql-expressions.html#SQL-EXPRESSIONS-FUNCTION-CALLS
#include "validator/parser_impl.h"

namespace toomai::validator {

// name '(' … ')' with what may follow. *is_plain: nothing but unnamed arguments, so that a string behind it would make
// it a typed constant.
NodeId Parser::FunctionCall(TokenId first, std::size_t parts, bool windowless, bool* is_plain) {
  NodeId slots[FunctionCallSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  int flags = 0;
  bool plain = false;
  {
    const Nested nested(this);
    Expect(TokenKind::kLeftParen, "\"(\"");
    if (Is(TokenKind::kStar) && Is(TokenKind::kRightParen, 1)) {
      flags = kStarFlag;
      Next();
    } else if (!Is(TokenKind::kRightParen)) {
      if (Accept(Keyword::kDistinct)) {
        flags = kDistinctFlag;
      } else if (Accept(Keyword::kAll)) {
        flags = kAll;
      }
      plain = flags == 0;
      const TokenId list = position_;
      const std::size_t mark = scratch_.size();
      do {
        if (Is(Keyword::kVariadic)) {
          if ((flags & (kDistinctFlag | kAll)) != 0) FailExpected("an argument");
          Next();
          flags |= kVariadic;
          plain = false;
        }
        const NodeId argument = Argument();
        if (!failed_ && KindOf(argument) == NodeKind::kNamedArgument) plain = false;
        Push(argument);
      } while ((flags & kVariadic) == 0 && Accept(TokenKind::kComma));
      slots[FunctionCallSlots::kArguments] = MakeFromScratch(NodeKind::kList, list, mark);
      if (Is(Keyword::kOrder)) {
        slots[FunctionCallSlots::kOrderBy] = OrderBy();
        plain = false;
      }
    }
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
  }
  if (!windowless) {
    const std::size_t tail = position_;
    CallTail(&slots[FunctionCallSlots::kWithinGroup], &slots[FunctionCallSlots::kFilter],
             &slots[FunctionCallSlots::kOver]);
    if (position_ != tail) plain = false;
    if (slots[FunctionCallSlots::kWithinGroup] != kNoNode) {
      if (slots[FunctionCallSlots::kOrderBy] != kNoNode) {
        FailSyntax("cannot use multiple ORDER BY clauses with WITHIN GROUP");
      } else if ((flags & kDistinctFlag) != 0) {
        FailSyntax("cannot use DISTINCT with WITHIN GROUP");
      } else if ((flags & kVariadic) != 0) {
        FailSyntax("cannot use VARIADIC with WITHIN GROUP");
      }
    }
  }
  if (is_plain != nullptr) *is_plain = plain && !failed_;
  return Named(Finish(NodeKind::kFunctionCall, first, slots, FunctionCallSlots::kCount, 0, flags), first, parts);
}

// WITHIN GROUP (ORDER BY …) FILTER (WHERE …) OVER window
void Parser::CallTail(NodeId* within_group, NodeId* filter, NodeId* over) {
  if (within_group != nullptr && Is(Keyword::kWithin)) {
    const Nested nested(this);
    Next();
    Expect(Keyword::kGroup);
    Expect(TokenKind::kLeftParen, "\"(\"");
    if (Is(Keyword::kOrder)) {
      *within_group = OrderBy();
    } else {
      FailExpectedKeyword(Keyword::kOrder);
    }
    Expect(TokenKind::kRightParen, "\")\"");
  }
  if (Is(Keyword::kFilter)) {
    const Nested nested(this);
    Next();
    Expect(TokenKind::kLeftParen, "\"(\"");
    Expect(Keyword::kWhere);
    *filter = Expr();
    Expect(TokenKind::kRightParen, "\")\"");
  }
  if (Is(Keyword::kOver)) {
    Next();
    const TokenId first = position_;
    if (Is(TokenKind::kLeftParen)) {
      *over = WindowSpecification(first, 0, false);
    } else {
      const TokenId name = ColId("the name of a window or \"(\"");
      *over = Named(Make(NodeKind::kWindowName, name, {}), name);
    }
  }
}

// value | name => value | name := value
NodeId Parser::Argument() {
  const TokenId first = position_;
  if ((Is(TokenKind::kEqualsGreater, 1) || Is(TokenKind::kColonEquals, 1)) && IsTypeFunctionName()) {
    const TokenId name = TakeName();
    Next();
    const NodeId value = Expr();
    return Named(Make(NodeKind::kNamedArgument, first, {value}), name);
  }
  return Expr();
}

}  // namespace toomai::validator
