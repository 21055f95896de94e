// Statements, SELECT and its clauses, WITH, set operations. https://www.postgresql.org/docs/current/sql-select.html
#include "validator/parser_impl.h"
#include "validator/statement_kind.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {

// stmtmulti: empty statements count for nothing, so "; SELECT 1 ;;" is one statement.
void Parser::Statement() {
  while (Accept(TokenKind::kSemicolon)) {
  }
  if (Is(TokenKind::kEnd)) {
    return Fail("empty-statement", position_, position_, "there is no statement", "write a SELECT");
  }
  if (!Is(TokenKind::kLeftParen) && !StartsQuery()) return FailNotQuery(false);
  const NodeId query = Query();
  if (failed_) return;
  if (!Is(TokenKind::kEnd) && !Is(TokenKind::kSemicolon)) return FailExpected("the end of the statement");
  const TokenId semicolon = position_;
  while (Accept(TokenKind::kSemicolon)) {
  }
  if (Is(TokenKind::kError)) return FailExpected("the end of the statement");
  if (!Is(TokenKind::kEnd)) {
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
  const std::string kind = StatementKind(tree_->tokens, position_);
  if (kind.empty()) {
    return FailExpected(in_with ? "a query: SELECT, VALUES, TABLE or WITH" : "SELECT, VALUES, TABLE or WITH");
  }
  if (failed_) return;
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

// select_no_parens | select_with_parens
NodeId Parser::Query() {
  const Nested nested(this);
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
    // Clauses outside the parentheses belong to the query inside (insertSelectOptions in gram.y).
    if (with == kNoNode) {
      Unmake(body, slots, QuerySlots::kCount);
    } else {
      // The WITH clause was made before the query inside, so the query inside is still the newest node.
      Unmake(body, slots, QuerySlots::kCount);
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
    if (++arms_ >= static_cast<std::size_t>(options_.limits.set_operation_arms) && !failed_) {
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

NodeId Parser::Select() {
  const TokenId first = position_;
  Next();
  NodeId slots[SelectSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  bool distinct = false;
  if (!Accept(Keyword::kAll) && Is(Keyword::kDistinct)) {
    distinct = true;
    const TokenId word = position_;
    Next();
    const std::size_t mark = scratch_.size();
    if (Accept(Keyword::kOn)) {
      Expect(TokenKind::kLeftParen, "\"(\" after DISTINCT ON");
      do Push(Expr());
      while (Accept(TokenKind::kComma));
      Expect(TokenKind::kRightParen, "\")\" or \",\"");
    }
    slots[SelectSlots::kDistinct] = MakeFromScratch(NodeKind::kDistinct, word, mark);
  }
  slots[SelectSlots::kTargets] = TargetList(distinct);
  if (Is(Keyword::kInto)) slots[SelectSlots::kInto] = IntoClause();
  if (Accept(Keyword::kFrom)) slots[SelectSlots::kFrom] = FromList();
  if (Accept(Keyword::kWhere)) slots[SelectSlots::kWhere] = Expr();
  if (Is(Keyword::kGroup)) slots[SelectSlots::kGroupBy] = GroupBy();
  if (Accept(Keyword::kHaving)) slots[SelectSlots::kHaving] = Expr();
  if (Is(Keyword::kWindow)) slots[SelectSlots::kWindows] = WindowClause();
  return Finish(NodeKind::kSelect, first, slots, SelectSlots::kCount, 0, 0);
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

// INTO [TEMP …] [TABLE] name: makes a table, so rules refuse it; read so that the message can say what it is.
NodeId Parser::IntoClause() {
  const TokenId first = position_;
  Next();
  if (Is(Keyword::kLocal) || Is(Keyword::kGlobal)) {
    if (Is(Keyword::kTemporary, 1) || Is(Keyword::kTemp, 1)) Next();
  }
  if (Is(Keyword::kTemporary) || Is(Keyword::kTemp) || Is(Keyword::kUnlogged)) {
    // These words may be the table's own name.
    if (IsColId(1) || Is(Keyword::kTable, 1)) Next();
  }
  Accept(Keyword::kTable);
  const TokenId name = ColId("the name of a table");
  const std::uint16_t parts = static_cast<std::uint16_t>(1 + MoreNameParts("a name"));
  if (parts > 3) FailSyntaxAt(name, position_ - 1, "improper qualified name (too many dotted names)");
  NodeId empty[RangeVarSlots::kCount];
  std::fill(std::begin(empty), std::end(empty), kNoNode);
  const NodeId table = Named(Finish(NodeKind::kRangeVar, name, empty, RangeVarSlots::kCount, 0, 0), name, parts);
  return Make(NodeKind::kInto, first, {table});
}

// What may follow the select list, or an item of it.
bool Parser::EndsTarget(std::size_t ahead) const {
  switch (Tok(ahead).kind) {
    case TokenKind::kEnd:
    case TokenKind::kSemicolon:
    case TokenKind::kComma:
    case TokenKind::kRightParen:
      return true;
    case TokenKind::kKeyword:
      break;
    default:
      return false;
  }
  switch (Tok(ahead).AsKeyword()) {
    case Keyword::kFrom:
    case Keyword::kInto:
    case Keyword::kWhere:
    case Keyword::kGroup:
    case Keyword::kHaving:
    case Keyword::kWindow:
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

// SELECT may have no columns at all; SELECT DISTINCT may not.
NodeId Parser::TargetList(bool required) {
  if (!required && EndsTarget(0) && !Is(TokenKind::kComma)) return kNoNode;
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  do Push(Target());
  while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::Target() {
  const TokenId first = position_;
  if (Is(TokenKind::kStar)) {
    Next();
    const NodeId star = Make(NodeKind::kColumnRef, first, {}, 0, kStarFlag);
    return Make(NodeKind::kTarget, first, {star});
  }
  const NodeId value = Expr(kPrecNone, Mode::kFull, true);
  TokenId name = 0;
  bool named = true;
  if (Accept(Keyword::kAs)) {
    name = ColLabel("a column name after AS");
  } else if (IsBareLabel()) {
    name = TakeName();
  } else {
    named = false;
  }
  const NodeId target = Make(NodeKind::kTarget, first, {value});
  return named ? Named(target, name) : target;
}

NodeId Parser::GroupBy() {
  const TokenId first = position_;
  Next();
  Expect(Keyword::kBy);
  int flags = 0;
  if (Accept(Keyword::kAll)) {
    flags = kAll;
  } else if (Accept(Keyword::kDistinct)) {
    flags = kDistinctFlag;
  }
  const std::size_t mark = scratch_.size();
  do Push(GroupByItem());
  while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kGroupBy, first, mark, 0, flags);
}

NodeId Parser::GroupByItem() {
  const TokenId first = position_;
  if (Is(TokenKind::kLeftParen) && Is(TokenKind::kRightParen, 1)) {
    Next();
    Next();
    return Make(NodeKind::kGroupingSet, first, {}, static_cast<int>(GroupingSetOp::kEmpty));
  }
  const bool rollup = Is(Keyword::kRollup);
  if ((rollup || Is(Keyword::kCube)) && Is(TokenKind::kLeftParen, 1)) {
    const Nested nested(this);
    Next();
    Next();
    const std::size_t mark = scratch_.size();
    do Push(Expr());
    while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
    return MakeFromScratch(NodeKind::kGroupingSet, first, mark,
                           static_cast<int>(rollup ? GroupingSetOp::kRollup : GroupingSetOp::kCube));
  }
  if (Is(Keyword::kGrouping) && Is(Keyword::kSets, 1)) {
    const Nested nested(this);
    Next();
    Next();
    Expect(TokenKind::kLeftParen, "\"(\"");
    const std::size_t mark = scratch_.size();
    do Push(GroupByItem());
    while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
    return MakeFromScratch(NodeKind::kGroupingSet, first, mark, static_cast<int>(GroupingSetOp::kSets));
  }
  return Expr();
}

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
    if (!failed_ && (*tree_)[value].first_token == value_first) {
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
    if (++ctes_ > static_cast<std::size_t>(options_.limits.ctes) && !failed_) {
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
  Expect(TokenKind::kLeftParen, "\"(\" and a query");
  if (StartsQuery() || Is(TokenKind::kLeftParen)) {
    slots[CteSlots::kQuery] = Query();
  } else {
    FailNotQuery(true);
  }
  Expect(TokenKind::kRightParen, "\")\"");
  if (Is(Keyword::kSearch)) slots[CteSlots::kSearch] = CteSearch();
  if (Is(Keyword::kCycle)) slots[CteSlots::kCycle] = CteCycle();
  return Named(Finish(NodeKind::kCte, first, slots, CteSlots::kCount, 0, flags), name);
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
  if (!constant || Tok(0).begin <= tokens_[first].begin || tokens_[first].kind == TokenKind::kLeftParen) {
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

// https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-WINDOW-FUNCTIONS
NodeId Parser::WindowClause() {
  const TokenId first = position_;
  Next();
  const std::size_t mark = scratch_.size();
  do {
    const TokenId window = position_;
    const TokenId name = ColId("the name of a window");
    Expect(Keyword::kAs);
    Push(WindowSpecification(window, name, true));
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::WindowSpecification(TokenId first, TokenId name, bool named) {
  const Nested nested(this);
  Expect(TokenKind::kLeftParen, "\"(\"");
  NodeId slots[WindowSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  const bool starts_clause =
      Is(Keyword::kPartition) || Is(Keyword::kRange) || Is(Keyword::kRows) || Is(Keyword::kGroups);
  if (!starts_clause && IsColId()) {
    const TokenId base = TakeName();
    slots[WindowSlots::kBase] = Named(Make(NodeKind::kName, base, {}), base);
  }
  if (Is(Keyword::kPartition)) {
    Next();
    Expect(Keyword::kBy);
    slots[WindowSlots::kPartitionBy] = ExprList();
  }
  if (Is(Keyword::kOrder)) slots[WindowSlots::kOrderBy] = OrderBy();
  if (Is(Keyword::kRange) || Is(Keyword::kRows) || Is(Keyword::kGroups)) slots[WindowSlots::kFrame] = Frame();
  Expect(TokenKind::kRightParen, "\")\"");
  const NodeId window = Finish(NodeKind::kWindow, first, slots, WindowSlots::kCount, 0, 0);
  return named ? Named(window, name) : window;
}

NodeId Parser::Frame() {
  const TokenId first = position_;
  const FrameMode mode = Is(Keyword::kRange)  ? FrameMode::kRange
                         : Is(Keyword::kRows) ? FrameMode::kRows
                                              : FrameMode::kGroups;
  Next();
  const bool between = Accept(Keyword::kBetween);
  if (between && Is(Keyword::kBetween)) FailExpected("the start of the frame");
  const NodeId start = FrameBound();
  NodeId end = kNoNode;
  if (between) {
    Expect(Keyword::kAnd);
    end = FrameBound();
  }
  if (!failed_) {
    const auto from = OpOf<FrameBoundOp>((*tree_)[start]);
    const auto to = between ? OpOf<FrameBoundOp>((*tree_)[end]) : FrameBoundOp::kCurrentRow;
    if (from == FrameBoundOp::kUnboundedFollowing) {
      FailSyntax("frame start cannot be UNBOUNDED FOLLOWING");
    } else if (between && to == FrameBoundOp::kUnboundedPreceding) {
      FailSyntax("frame end cannot be UNBOUNDED PRECEDING");
    } else if (from == FrameBoundOp::kFollowing && to == FrameBoundOp::kCurrentRow) {
      FailSyntax(between ? "frame starting from following row cannot have preceding rows"
                         : "frame starting from following row cannot end with current row");
    } else if (to == FrameBoundOp::kPreceding &&
               (from == FrameBoundOp::kCurrentRow || from == FrameBoundOp::kFollowing)) {
      FailSyntax("frame starting from current row cannot have preceding rows");
    }
  }
  int flags = 0;
  if (Accept(Keyword::kExclude)) {
    if (Accept(Keyword::kCurrent)) {
      Expect(Keyword::kRow);
      flags = kExcludeCurrent;
    } else if (Accept(Keyword::kGroup)) {
      flags = kExcludeGroup;
    } else if (Accept(Keyword::kTies)) {
      flags = kExcludeTies;
    } else if (Accept(Keyword::kNo)) {
      Expect(Keyword::kOthers);
    } else {
      FailExpected("CURRENT ROW, GROUP, TIES or NO OTHERS");
    }
  }
  return Make(NodeKind::kFrame, first, {start, end}, static_cast<int>(mode), flags);
}

NodeId Parser::FrameBound() {
  const TokenId first = position_;
  if (Is(Keyword::kUnbounded) && (Is(Keyword::kPreceding, 1) || Is(Keyword::kFollowing, 1))) {
    const bool preceding = Is(Keyword::kPreceding, 1);
    Next();
    Next();
    return Make(NodeKind::kFrameBound, first, {kNoNode},
                static_cast<int>(preceding ? FrameBoundOp::kUnboundedPreceding : FrameBoundOp::kUnboundedFollowing));
  }
  if (Is(Keyword::kCurrent) && Is(Keyword::kRow, 1)) {
    Next();
    Next();
    return Make(NodeKind::kFrameBound, first, {kNoNode}, static_cast<int>(FrameBoundOp::kCurrentRow));
  }
  const NodeId distance = Expr();
  const bool preceding = Accept(Keyword::kPreceding);
  if (!preceding) Expect(Keyword::kFollowing);
  return Make(NodeKind::kFrameBound, first, {distance},
              static_cast<int>(preceding ? FrameBoundOp::kPreceding : FrameBoundOp::kFollowing));
}

}  // namespace toomai::validator
