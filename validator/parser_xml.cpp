// SQL/XML functions. https://www.postgresql.org/docs/current/functions-xml.html
#include "validator/parser_impl.h"

namespace toomai::validator {

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
