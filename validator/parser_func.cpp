// Function calls: the general form, and the functions that have a grammar of their own.
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
    if (slots[FunctionCallSlots::kWithinGroup] != kNoNode && !failed_) {
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

NodeId Parser::ArgumentList() {
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  if (!Is(TokenKind::kRightParen)) {
    do Push(Argument());
    while (Accept(TokenKind::kComma));
  }
  return MakeFromScratch(NodeKind::kList, first, mark);
}

bool Parser::IsSpecialFunction() const {
  switch (Tok().AsKeyword()) {
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kCurrentTimestamp:
    case Keyword::kLocaltime:
    case Keyword::kLocaltimestamp:
    case Keyword::kCurrentRole:
    case Keyword::kCurrentUser:
    case Keyword::kSessionUser:
    case Keyword::kSystemUser:
    case Keyword::kUser:
    case Keyword::kCurrentCatalog:
    case Keyword::kCast:
      return true;
    case Keyword::kCurrentSchema:
      return !Is(TokenKind::kLeftParen, 1) && !Is(TokenKind::kString, 1);
    case Keyword::kCollation:
      return Is(Keyword::kFor, 1);
    case Keyword::kCoalesce:
    case Keyword::kGreatest:
    case Keyword::kLeast:
    case Keyword::kNullif:
    case Keyword::kExtract:
    case Keyword::kNormalize:
    case Keyword::kOverlay:
    case Keyword::kPosition:
    case Keyword::kSubstring:
    case Keyword::kTreat:
    case Keyword::kTrim:
    case Keyword::kXmlconcat:
    case Keyword::kXmlelement:
    case Keyword::kXmlexists:
    case Keyword::kXmlforest:
    case Keyword::kXmlparse:
    case Keyword::kXmlpi:
    case Keyword::kXmlroot:
    case Keyword::kXmlserialize:
    case Keyword::kMergeAction:
      return Is(TokenKind::kLeftParen, 1);
    default:
      return false;
  }
}

NodeId Parser::SpecialFunctionCall() {
  const Nested nested(this);
  switch (Tok().AsKeyword()) {
    case Keyword::kCurrentDate:
      return Bare(SpecialFunction::kCurrentDate);
    case Keyword::kCurrentTime:
      return SpecialWithPrecision(SpecialFunction::kCurrentTime);
    case Keyword::kCurrentTimestamp:
      return SpecialWithPrecision(SpecialFunction::kCurrentTimestamp);
    case Keyword::kLocaltime:
      return SpecialWithPrecision(SpecialFunction::kLocaltime);
    case Keyword::kLocaltimestamp:
      return SpecialWithPrecision(SpecialFunction::kLocaltimestamp);
    case Keyword::kCurrentRole:
      return Bare(SpecialFunction::kCurrentRole);
    case Keyword::kCurrentUser:
      return Bare(SpecialFunction::kCurrentUser);
    case Keyword::kSessionUser:
      return Bare(SpecialFunction::kSessionUser);
    case Keyword::kSystemUser:
      if (!NeedVersion(16, "SYSTEM_USER")) return kNoNode;
      return Bare(SpecialFunction::kSystemUser);
    case Keyword::kUser:
      return Bare(SpecialFunction::kUser);
    case Keyword::kCurrentCatalog:
      return Bare(SpecialFunction::kCurrentCatalog);
    case Keyword::kCurrentSchema:
      return Bare(SpecialFunction::kCurrentSchema);
    case Keyword::kCast:
      return CastCall();
    case Keyword::kCollation: {
      const TokenId first = position_;
      Next();
      Next();
      const NodeId list = ParenthesisedExprList();
      if (!failed_ && (*tree_)[list].child_count != 1) FailSyntax("COLLATION FOR takes one argument");
      return Special(SpecialFunction::kCollationFor, first, list);
    }
    case Keyword::kCoalesce:
      return SpecialWithList(SpecialFunction::kCoalesce);
    case Keyword::kGreatest:
      return SpecialWithList(SpecialFunction::kGreatest);
    case Keyword::kLeast:
      return SpecialWithList(SpecialFunction::kLeast);
    case Keyword::kNullif:
      return SpecialWithList(SpecialFunction::kNullif);
    case Keyword::kXmlconcat:
      return SpecialWithList(SpecialFunction::kXmlConcat);
    case Keyword::kExtract:
      return Extract();
    case Keyword::kNormalize:
      return NormalizeCall();
    case Keyword::kOverlay:
      return Overlay();
    case Keyword::kPosition:
      return Position();
    case Keyword::kSubstring:
      return Substring();
    case Keyword::kTreat:
      return Treat();
    case Keyword::kTrim:
      return Trim();
    case Keyword::kXmlelement:
      return XmlElement();
    case Keyword::kXmlexists:
      return XmlExists();
    case Keyword::kXmlforest: {
      const TokenId first = position_;
      Next();
      Expect(TokenKind::kLeftParen, "\"(\"");
      const NodeId targets = XmlTargets();
      Expect(TokenKind::kRightParen, "\")\" or \",\"");
      return Special(SpecialFunction::kXmlForest, first, targets);
    }
    case Keyword::kXmlparse:
      return XmlParse();
    case Keyword::kXmlpi:
      return XmlPi();
    case Keyword::kXmlroot:
      return XmlRoot();
    case Keyword::kXmlserialize:
      return XmlSerialize();
    case Keyword::kMergeAction:
      // Only MERGE … RETURNING may call it; PostgreSQL's grammar takes it anywhere.
      Next();
      Next();
      Expect(TokenKind::kRightParen, "\")\"");
      return Special(SpecialFunction::kMergeAction, position_ - 3, kNoNode);
    default:
      FailExpected("a function");
      return kNoNode;
  }
}

NodeId Parser::Special(SpecialFunction function, TokenId first, NodeId arguments, NodeId type, int flags) {
  return Make(NodeKind::kSpecialCall, first, {arguments, type, kNoNode, kNoNode, kNoNode, kNoNode},
              static_cast<int>(function), flags);
}

NodeId Parser::Bare(SpecialFunction function) {
  const TokenId first = position_;
  Next();
  return Special(function, first, kNoNode);
}

NodeId Parser::SpecialWithPrecision(SpecialFunction function) {
  const TokenId first = position_;
  Next();
  NodeId precision = kNoNode;
  TypePrecision(&precision);
  return Special(function, first, precision);
}

NodeId Parser::SpecialWithList(SpecialFunction function) {
  const TokenId first = position_;
  Next();
  const NodeId list = ParenthesisedExprList();
  if (function == SpecialFunction::kNullif && !failed_ && (*tree_)[list].child_count != 2) {
    FailSyntaxAt(first, position_ - 1, "syntax error: NULLIF takes two arguments");
  }
  return Special(function, first, list);
}

// CAST(x AS type)
NodeId Parser::CastCall() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const NodeId value = Expr();
  Expect(Keyword::kAs);
  const NodeId type = Type();
  Expect(TokenKind::kRightParen, "\")\"");
  return Make(NodeKind::kCast, first, {value, type}, static_cast<int>(CastOp::kCast));
}

// EXTRACT(field FROM x)
NodeId Parser::Extract() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  bool field = Is(TokenKind::kIdentifier) || Is(TokenKind::kQuotedIdentifier) || Is(TokenKind::kString);
  for (const Keyword unit :
       {Keyword::kYear, Keyword::kMonth, Keyword::kDay, Keyword::kHour, Keyword::kMinute, Keyword::kSecond}) {
    field |= Is(unit);
  }
  if (!field) FailExpected("a field such as YEAR");
  Push(Literal(LiteralOp::kString));
  Expect(Keyword::kFrom);
  Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kExtract, first, arguments);
}

// NORMALIZE(x [, NFC])
NodeId Parser::NormalizeCall() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Expr());
  if (Accept(TokenKind::kComma)) {
    const bool form = Is(Keyword::kNfc) || Is(Keyword::kNfd) || Is(Keyword::kNfkc) || Is(Keyword::kNfkd);
    if (!form) FailExpected("NFC, NFD, NFKC or NFKD");
    Push(Literal(LiteralOp::kString));
  }
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kNormalize, first, arguments);
}

// OVERLAY(x PLACING y FROM i [FOR n]), or with plain arguments
NodeId Parser::Overlay() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  SpecialFunction function = SpecialFunction::kOverlayCall;
  if (!Is(TokenKind::kRightParen)) {
    const NodeId value = Argument();
    Push(value);
    if (Is(Keyword::kPlacing) && !failed_ && KindOf(value) != NodeKind::kNamedArgument) {
      function = SpecialFunction::kOverlay;
      Next();
      Push(Expr());
      Expect(Keyword::kFrom);
      Push(Expr());
      if (Accept(Keyword::kFor)) Push(Expr());
    } else {
      while (Accept(TokenKind::kComma)) Push(Argument());
    }
  }
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(function, first, arguments);
}

// POSITION(x IN y)
NodeId Parser::Position() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(RestrictedExpr());
  Expect(Keyword::kIn);
  Push(RestrictedExpr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kPosition, first, arguments);
}

// SUBSTRING(x FROM i FOR n), in either order or one of them; SUBSTRING(x SIMILAR p ESCAPE e); or with plain arguments
NodeId Parser::Substring() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  SpecialFunction function = SpecialFunction::kSubstringCall;
  if (!Is(TokenKind::kRightParen)) {
    const NodeId value = Argument();
    Push(value);
    const bool named = !failed_ && KindOf(value) == NodeKind::kNamedArgument;
    if (!named && (Is(Keyword::kFrom) || Is(Keyword::kFor))) {
      function = SpecialFunction::kSubstring;
      const Keyword second = Is(Keyword::kFrom) ? Keyword::kFor : Keyword::kFrom;
      Next();
      Push(Expr());
      if (Accept(second)) Push(Expr());
    } else if (!named && Accept(Keyword::kSimilar)) {
      function = SpecialFunction::kSubstring;
      Push(Expr());
      Expect(Keyword::kEscape);
      Push(Expr());
    } else {
      while (Accept(TokenKind::kComma)) Push(Argument());
    }
  }
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(function, first, arguments);
}

// TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] x)
NodeId Parser::Trim() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  SpecialFunction function = SpecialFunction::kTrimBoth;
  if (Accept(Keyword::kLeading)) {
    function = SpecialFunction::kTrimLeading;
  } else if (Accept(Keyword::kTrailing)) {
    function = SpecialFunction::kTrimTrailing;
  } else {
    Accept(Keyword::kBoth);
  }
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  bool from = Accept(Keyword::kFrom);
  Push(Expr());
  if (!from && Accept(Keyword::kFrom)) Push(Expr());
  while (Accept(TokenKind::kComma)) Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(function, first, arguments);
}

NodeId Parser::Treat() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(Keyword::kAs);
  const NodeId type = Type();
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kTreat, first, arguments, type);
}

// a [AS label], …
NodeId Parser::XmlTargets() {
  const TokenId first = position_;
  const std::size_t mark = scratch_.size();
  do {
    const TokenId item = position_;
    const NodeId value = Expr();
    if (Accept(Keyword::kAs)) {
      const TokenId name = ColLabel("a name after AS");
      Push(Named(Make(NodeKind::kTarget, item, {value}), name));
    } else {
      Push(Make(NodeKind::kTarget, item, {value}));
    }
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

NodeId Parser::XmlAttributes() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const NodeId targets = XmlTargets();
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return Special(SpecialFunction::kXmlAttributes, first, targets);
}

// XMLELEMENT(NAME x [, XMLATTRIBUTES(…)] [, content …])
NodeId Parser::XmlElement() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  Expect(Keyword::kName);
  const TokenId name = ColLabel("the name of the element");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  if (Is(TokenKind::kComma)) {
    Next();
    if (Is(Keyword::kXmlattributes) && Is(TokenKind::kLeftParen, 1)) {
      Push(XmlAttributes());
    } else {
      Push(Expr());
    }
    while (Accept(TokenKind::kComma)) Push(Expr());
  }
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return Named(Special(SpecialFunction::kXmlElement, first, arguments), name);
}

// PASSING [BY REF | BY VALUE] x [BY REF | BY VALUE]
NodeId Parser::XmlPassing() {
  Expect(Keyword::kPassing);
  const auto mechanism = [&] {
    if (!Is(Keyword::kBy) || (!Is(Keyword::kRef, 1) && !Is(Keyword::kValue, 1))) return;
    Next();
    Next();
  };
  mechanism();
  const NodeId document = Primary();
  mechanism();
  return document;
}

NodeId Parser::XmlExists() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Primary());
  Push(XmlPassing());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kXmlExists, first, arguments);
}

void Parser::DocumentOrContent() {
  if (!Accept(Keyword::kDocument) && !Accept(Keyword::kContent)) FailExpected("DOCUMENT or CONTENT");
}

// XMLPARSE(DOCUMENT x [PRESERVE | STRIP WHITESPACE])
NodeId Parser::XmlParse() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  DocumentOrContent();
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  if (Accept(Keyword::kPreserve) || Accept(Keyword::kStrip)) Expect(Keyword::kWhitespace);
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kXmlParse, first, arguments);
}

NodeId Parser::XmlPi() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  Expect(Keyword::kName);
  const TokenId name = ColLabel("the name of the instruction");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  if (Accept(TokenKind::kComma)) Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\"");
  return Named(Special(SpecialFunction::kXmlPi, first, arguments), name);
}

// XMLROOT(x, VERSION v | NO VALUE [, STANDALONE YES | NO | NO VALUE])
NodeId Parser::XmlRoot() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Expr());
  Expect(TokenKind::kComma, "\",\"");
  Expect(Keyword::kVersion);
  if (Is(Keyword::kNo) && Is(Keyword::kValue, 1)) {
    Next();
    Next();
  } else {
    Push(Expr());
  }
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  if (Accept(TokenKind::kComma)) {
    Expect(Keyword::kStandalone);
    if (Accept(Keyword::kNo)) {
      Accept(Keyword::kValue);
    } else {
      Expect(Keyword::kYes);
    }
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kXmlRoot, first, arguments);
}

// XMLSERIALIZE(CONTENT x AS type [[NO] INDENT])
NodeId Parser::XmlSerialize() {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  DocumentOrContent();
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  Push(Expr());
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(Keyword::kAs);
  const NodeId type = SimpleType();
  if (Is(Keyword::kIndent) || (Is(Keyword::kNo) && Is(Keyword::kIndent, 1))) {
    if (NeedVersion(16, "INDENT")) {
      Accept(Keyword::kNo);
      Next();
    }
  }
  Expect(TokenKind::kRightParen, "\")\"");
  return Special(SpecialFunction::kXmlSerialize, first, arguments, type);
}

}  // namespace toomai::validator
