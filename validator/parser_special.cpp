// Functions that have a grammar of their own. https://www.postgresql.org/docs/current/functions-string.html
#include "validator/parser_impl.h"

namespace toomai::validator {

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
      NeedVersion(16, "SYSTEM_USER");
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
      if ((*tree_)[list].child_count != 1) FailSyntax("COLLATION FOR takes one argument");
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
    case Keyword::kXmlforest:
      return XmlTargets(SpecialFunction::kXmlForest);
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
  if (function == SpecialFunction::kNullif && (*tree_)[list].child_count != 2) {
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
  return OwnGrammar([&](NodeId*) {
    bool field = Is(TokenKind::kIdentifier) || Is(TokenKind::kQuotedIdentifier) || Is(TokenKind::kString);
    for (const Keyword unit :
         {Keyword::kYear, Keyword::kMonth, Keyword::kDay, Keyword::kHour, Keyword::kMinute, Keyword::kSecond}) {
      field |= Is(unit);
    }
    if (!field) FailExpected("a field such as YEAR");
    Push(Literal(LiteralOp::kString));
    Expect(Keyword::kFrom);
    Push(Expr());
    return SpecialFunction::kExtract;
  });
}

// NORMALIZE(x [, NFC])
NodeId Parser::NormalizeCall() {
  return OwnGrammar([&](NodeId*) {
    Push(Expr());
    if (Accept(TokenKind::kComma)) {
      const bool form = Is(Keyword::kNfc) || Is(Keyword::kNfd) || Is(Keyword::kNfkc) || Is(Keyword::kNfkd);
      if (!form) FailExpected("NFC, NFD, NFKC or NFKD");
      Push(Literal(LiteralOp::kString));
    }
    return SpecialFunction::kNormalize;
  });
}

// OVERLAY(x PLACING y FROM i [FOR n]), or with plain arguments
NodeId Parser::Overlay() {
  return OwnGrammar([&](NodeId*) {
    if (!FirstArgument() || !Accept(Keyword::kPlacing)) return MoreArguments(SpecialFunction::kOverlayCall);
    Push(Expr());
    Expect(Keyword::kFrom);
    Push(Expr());
    if (Accept(Keyword::kFor)) Push(Expr());
    return SpecialFunction::kOverlay;
  });
}

// POSITION(x IN y)
NodeId Parser::Position() {
  return OwnGrammar([&](NodeId*) {
    Push(RestrictedExpr());
    Expect(Keyword::kIn);
    Push(RestrictedExpr());
    return SpecialFunction::kPosition;
  });
}

// SUBSTRING(x FROM i FOR n), in either order or one of them; SUBSTRING(x SIMILAR p ESCAPE e); or with plain arguments
NodeId Parser::Substring() {
  return OwnGrammar([&](NodeId*) {
    if (!FirstArgument()) return MoreArguments(SpecialFunction::kSubstringCall);
    if (Is(Keyword::kFrom) || Is(Keyword::kFor)) {
      const Keyword second = Is(Keyword::kFrom) ? Keyword::kFor : Keyword::kFrom;
      Next();
      Push(Expr());
      if (Accept(second)) Push(Expr());
    } else if (Accept(Keyword::kSimilar)) {
      Push(Expr());
      Expect(Keyword::kEscape);
      Push(Expr());
    } else {
      return MoreArguments(SpecialFunction::kSubstringCall);
    }
    return SpecialFunction::kSubstring;
  });
}

// The first argument of a function that may go on in its own grammar. False when it cannot: there is none, or a name.
bool Parser::FirstArgument() {
  if (Is(TokenKind::kRightParen)) return false;
  Push(Argument());
  return !failed_ && KindOf(scratch_.back()) != NodeKind::kNamedArgument;
}

SpecialFunction Parser::MoreArguments(SpecialFunction function) {
  while (Accept(TokenKind::kComma)) Push(Argument());
  return function;
}

// TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] x)
NodeId Parser::Trim() {
  return OwnGrammar([&](NodeId*) {
    SpecialFunction function = SpecialFunction::kTrimBoth;
    if (Accept(Keyword::kLeading)) {
      function = SpecialFunction::kTrimLeading;
    } else if (Accept(Keyword::kTrailing)) {
      function = SpecialFunction::kTrimTrailing;
    } else {
      Accept(Keyword::kBoth);
    }
    const bool from = Accept(Keyword::kFrom);
    Push(Expr());
    if (!from && Accept(Keyword::kFrom)) Push(Expr());
    while (Accept(TokenKind::kComma)) Push(Expr());
    return function;
  });
}

NodeId Parser::Treat() {
  return OwnGrammar([&](NodeId* type) {
    Push(Expr());
    Expect(Keyword::kAs);
    *type = Type();
    return SpecialFunction::kTreat;
  });
}

}  // namespace toomai::validator
