// FROM: tables, joins, functions, subqueries. https://www.postgresql.org/docs/current/queries-table-expressions.html
#include "validator/parser_impl.h"

namespace toomai::validator {

NodeId Parser::FromList() {
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  do Push(TableRef());
  while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::TableRef() {
  const TokenId first = position_;
  const NodeId left = TablePrimary();
  return Joins(left, first);
}

bool Parser::StartsJoin() const {
  switch (Tok().AsKeyword()) {
    case Keyword::kJoin:
    case Keyword::kCross:
    case Keyword::kNatural:
    case Keyword::kInner:
    case Keyword::kLeft:
    case Keyword::kRight:
    case Keyword::kFull:
      return true;
    default:
      return false;
  }
}

// Joins go from the left. The right side of a qualified JOIN takes further joins before its own ON, as in
// a JOIN b JOIN c ON … ON …; the right side of CROSS and NATURAL JOIN does not.
NodeId Parser::Joins(NodeId left, TokenId first) {
  while (StartsJoin()) {
    NodeId slots[JoinSlots::kCount];
    std::fill(std::begin(slots), std::end(slots), kNoNode);
    slots[JoinSlots::kLeft] = left;
    if (Accept(Keyword::kCross)) {
      Expect(Keyword::kJoin);
      slots[JoinSlots::kRight] = TablePrimary();
      left = Finish(NodeKind::kJoin, first, slots, JoinSlots::kCount, static_cast<int>(JoinType::kCross), 0);
      continue;
    }
    const bool natural = Accept(Keyword::kNatural);
    JoinType type = JoinType::kInner;
    if (Is(Keyword::kLeft) || Is(Keyword::kRight) || Is(Keyword::kFull)) {
      type = Is(Keyword::kLeft) ? JoinType::kLeft : Is(Keyword::kRight) ? JoinType::kRight : JoinType::kFull;
      Next();
      Accept(Keyword::kOuter);
    } else {
      Accept(Keyword::kInner);
    }
    Expect(Keyword::kJoin);
    if (natural) {
      slots[JoinSlots::kRight] = TablePrimary();
    } else {
      const Nested nested(this);
      slots[JoinSlots::kRight] = TableRef();
      if (Accept(Keyword::kOn)) {
        slots[JoinSlots::kOn] = Expr();
      } else if (Accept(Keyword::kUsing)) {
        slots[JoinSlots::kUsing] = ParenthesisedNameList();
        if (Is(Keyword::kAs)) {
          const TokenId alias_first = position_;
          Next();
          const TokenId alias = ColId("an alias");
          slots[JoinSlots::kUsingAlias] = Named(Make(NodeKind::kAlias, alias_first, {kNoNode, kNoNode}), alias);
        }
      } else {
        FailExpected("ON or USING");
      }
    }
    left = Finish(NodeKind::kJoin, first, slots, JoinSlots::kCount, static_cast<int>(type), natural ? kNatural : 0);
  }
  return left;
}

void Parser::CountFromItem() {
  const auto most = static_cast<std::size_t>(options_.limits.from_items);
  if (++from_items_ > most) FailTooMany("tables, subqueries and functions in FROM", most);
}

NodeId Parser::TablePrimary() {
  const TokenId first = position_;
  CountFromItem();
  if (Is(TokenKind::kLeftParen)) {
    const FromParens inside = ParenthesisedFrom();
    if (inside.is_query) return DerivedTable(inside.node, first, false);
    if (failed_ || !StartsAlias()) return inside.node;
    NodeId slots[JoinSlots::kCount];
    const Node join = (*tree_)[inside.node];
    Unmake(inside.node, slots, JoinSlots::kCount);
    slots[JoinSlots::kAlias] = Alias(false);
    return Finish(NodeKind::kJoin, first, slots, JoinSlots::kCount, join.op, join.flags);
  }
  const bool lateral = Accept(Keyword::kLateral);
  if (lateral && Is(TokenKind::kLeftParen)) {
    const NodeId query = ParenthesisedQuery();
    return DerivedTable(query, first, true);
  }
  if (Is(Keyword::kXmltable) && Is(TokenKind::kLeftParen, 1)) return XmlTable(lateral, first);
  if (Is(Keyword::kJsonTable) && Is(TokenKind::kLeftParen, 1)) return JsonTable(lateral, first);
  if (StartsFunction()) return RangeFunction(lateral, first);
  if (lateral) {
    FailExpected("a subquery or a function after LATERAL");
    return kNoNode;
  }
  const NodeId table = RelationName();
  if (failed_) return table;
  NodeId slots[RangeVarSlots::kCount];
  const bool has_alias = StartsAlias(), has_sample = Is(Keyword::kTablesample);
  if (!has_alias && !has_sample) return table;
  const Node node = (*tree_)[table];
  Unmake(table, slots, RangeVarSlots::kCount);
  if (has_alias) slots[RangeVarSlots::kAlias] = Alias(false);
  if (Is(Keyword::kTablesample)) slots[RangeVarSlots::kSample] = TableSample();
  return Named(Finish(NodeKind::kRangeVar, first, slots, RangeVarSlots::kCount, 0, node.flags), node.name_token,
               node.name_count);
}

// '(' opens a subquery or a join, and many may open at once; which it is shows at the first thing inside.
Parser::FromParens Parser::ParenthesisedFrom() {
  const Nested nested(this);
  Next();
  FromParens result{kNoNode, false};
  if (StartsQuery()) {
    result = {Query(), true};
  } else {
    const TokenId first = position_;
    NodeId left = kNoNode;
    bool is_join = false;
    if (Is(TokenKind::kLeftParen)) {
      const FromParens inside = ParenthesisedFrom();
      if (inside.is_query && ContinuesQuery()) {
        result = {QueryFrom(first, kNoNode, inside.node), true};
        Expect(TokenKind::kRightParen, "\")\"");
        return result;
      }
      if (inside.is_query) {
        left = DerivedTable(inside.node, first, false);
      } else if (!failed_ && StartsAlias()) {
        NodeId slots[JoinSlots::kCount];
        const Node join = (*tree_)[inside.node];
        Unmake(inside.node, slots, JoinSlots::kCount);
        slots[JoinSlots::kAlias] = Alias(false);
        left = Finish(NodeKind::kJoin, first, slots, JoinSlots::kCount, join.op, join.flags);
      } else {
        left = inside.node;
        is_join = true;
      }
    } else {
      left = TablePrimary();
    }
    if (!is_join && !StartsJoin()) FailExpected("JOIN: parentheses in FROM hold a subquery or a join");
    result = {Joins(left, first), false};
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return result;
}

NodeId Parser::DerivedTable(NodeId query, TokenId first, bool lateral) {
  NodeId alias = kNoNode;
  if (StartsAlias()) {
    alias = Alias(false);
  } else if (!failed_ && options_.postgres_version < 16) {
    tree_->min_version_ = 16;
    FailSyntaxAt(first, first, "subquery in FROM must have an alias", "for example: FROM (SELECT …) AS sub");
  } else {
    tree_->min_version_ = std::max(tree_->min_version_, 16);
  }
  return Make(NodeKind::kRangeSubquery, first, {query, alias}, 0, lateral ? kLateral : 0);
}

// relation_expr: t, t *, ONLY t, ONLY (t)
NodeId Parser::RelationName() {
  const TokenId first = position_;
  int flags = 0;
  bool parenthesised = false;
  if (Accept(Keyword::kOnly)) {
    flags = kOnly;
    parenthesised = Accept(TokenKind::kLeftParen);
  }
  const TokenId name = ColId("the name of a table");
  const std::size_t parts = 1u + MoreNameParts("a name");
  if (parts > 3) FailSyntaxAt(name, position_ - 1, "improper qualified name (too many dotted names)");
  if (parenthesised) Expect(TokenKind::kRightParen, "\")\"");
  if (flags == 0 && Accept(TokenKind::kStar)) flags = kStarFlag;
  return Named(Make(NodeKind::kRangeVar, first, {kNoNode, kNoNode}, 0, flags), name, parts);
}

bool Parser::StartsAlias() const {
  return Is(Keyword::kAs) || IsColId();
}

// [AS] name [(names)]; behind functions also [AS] name (column definitions) and AS (column definitions).
NodeId Parser::Alias(bool allow_column_definitions) {
  const TokenId first = position_;
  const bool as = Accept(Keyword::kAs);
  NodeId columns = kNoNode, definitions = kNoNode;
  if (as && allow_column_definitions && Is(TokenKind::kLeftParen)) {
    definitions = ColumnDefinitions();
    return Make(NodeKind::kAlias, first, {columns, definitions});
  }
  const TokenId name = ColId("an alias");
  if (Is(TokenKind::kLeftParen)) {
    const bool names = Is(TokenKind::kComma, 2) || Is(TokenKind::kRightParen, 2);
    if (allow_column_definitions && !names) {
      definitions = ColumnDefinitions();
    } else {
      columns = ParenthesisedNameList();
    }
  }
  return Named(Make(NodeKind::kAlias, first, {columns, definitions}), name);
}

// ( name type [COLLATE x], … )
NodeId Parser::ColumnDefinitions() {
  const TokenId first = position_;
  Expect(TokenKind::kLeftParen, "\"(\"");
  const std::size_t mark = scratch_.size();
  do {
    const TokenId name = ColId("a column name");
    const NodeId type = Type();
    NodeId collation = kNoNode;
    if (Accept(Keyword::kCollate)) {
      const TokenId collation_name = ColId("the name of a collation");
      const std::size_t parts = 1u + MoreNameParts("a name");
      collation = Named(Make(NodeKind::kName, collation_name, {}), collation_name, parts);
    }
    Push(Named(Make(NodeKind::kColumnDef, name, {type, collation}), name));
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return MakeFromScratch(NodeKind::kList, first, mark);
}

bool Parser::StartsFunction() const {
  if (Is(Keyword::kRows) && Is(Keyword::kFrom, 1) && Is(TokenKind::kLeftParen, 2)) return true;
  if (IsSpecialFunction() || IsJsonFunction()) return true;
  if (Is(TokenKind::kLeftParen, 1)) return IsTypeFunctionName();
  if (!Is(TokenKind::kDot, 1) || !IsColId()) return false;
  std::size_t ahead = 1;
  while (Is(TokenKind::kDot, ahead) && IsColLabel(ahead + 1)) ahead += 2;
  return Is(TokenKind::kLeftParen, ahead);
}

NodeId Parser::RangeFunction(bool lateral, TokenId first) {
  int flags = lateral ? kLateral : 0;
  const TokenId list_first = position_;
  const std::size_t mark = scratch_.size();
  if (Is(Keyword::kRows) && Is(Keyword::kFrom, 1)) {  // FROM is no name: a call of rows() looks otherwise
    const Nested nested(this);
    Next();
    Next();
    Next();
    flags |= kRowsFrom;
    Push(FunctionItem(true));
    while (Accept(TokenKind::kComma)) {
      CountFromItem();
      Push(FunctionItem(true));
    }
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
  } else {
    Push(FunctionItem(false));
  }
  const NodeId functions = MakeFromScratch(NodeKind::kList, list_first, mark);
  if (Is(Keyword::kWith) && Is(Keyword::kOrdinality, 1)) {
    Next();
    Next();
    flags |= kOrdinality;
  }
  const NodeId alias = StartsAlias() ? Alias(true) : kNoNode;
  return Make(NodeKind::kRangeFunction, first, {functions, alias}, 0, flags);
}

NodeId Parser::FunctionItem(bool with_columns) {
  const TokenId first = position_;
  const NodeId call = WindowlessFunction();
  NodeId definitions = kNoNode;
  if (with_columns && Accept(Keyword::kAs)) definitions = ColumnDefinitions();
  return Make(NodeKind::kFunctionItem, first, {call, definitions});
}

// func_expr_windowless: no FILTER, WITHIN GROUP or OVER.
NodeId Parser::WindowlessFunction() {
  const TokenId first = position_;
  if (IsSpecialFunction()) return SpecialFunctionCall();
  if (IsJsonFunction()) return JsonFunctionCall(true);
  const bool single_name = Is(TokenKind::kLeftParen, 1);
  if (single_name ? !IsTypeFunctionName() : !IsColId()) {
    FailExpected("a function");
    return kNoNode;
  }
  TakeName();
  const std::size_t parts = 1u + MoreNameParts("a name");
  return FunctionCall(first, parts, true);
}

NodeId Parser::TableSample() {
  const Nested nested(this);
  const TokenId first = position_;
  Next();
  TokenId name = position_;
  std::size_t parts = 1;
  if (Is(TokenKind::kDot, 1) ? IsColId() : IsTypeFunctionName()) {
    name = TakeName();
    parts += MoreNameParts("a name");
  } else {
    FailExpected("the name of a sampling method");
  }
  const NodeId arguments = ParenthesisedExprList();
  NodeId repeatable = kNoNode;
  if (Accept(Keyword::kRepeatable)) {
    Expect(TokenKind::kLeftParen, "\"(\"");
    repeatable = Expr();
    Expect(TokenKind::kRightParen, "\")\"");
  }
  return Named(Make(NodeKind::kTableSample, first, {arguments, repeatable}), name, parts);
}

}  // namespace toomai::validator
