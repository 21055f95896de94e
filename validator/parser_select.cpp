// SELECT and the clauses of its own: targets, INTO, GROUP BY, WINDOW with frames.
// https://www.postgresql.org/docs/current/sql-select.html
#include "validator/parser_impl.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {

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

// INTO [TEMP …] [TABLE] name: makes a table, so rules refuse it; read so that the message can say what it is.
NodeId Parser::IntoClause() {
  tree_->needs_structure_check_ = true;
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
