// SQL/XML functions and XMLTABLE. https://www.postgresql.org/docs/current/functions-xml.html
#include "validator/parser_impl.h"

namespace toomai::validator {

// XMLFOREST, XMLATTRIBUTES: ( a [AS label], … )
NodeId Parser::XmlTargets(SpecialFunction function) {
  return OwnGrammar([&](NodeId*) {
    do {
      const TokenId item = position_;
      const NodeId value = Expr();
      const bool named = Accept(Keyword::kAs);
      const TokenId name = named ? ColLabel("a name after AS") : 0;
      const NodeId target = Make(NodeKind::kTarget, item, {value});
      Push(named ? Named(target, name) : target);
    } while (Accept(TokenKind::kComma));
    return function;
  });
}

// XMLELEMENT(NAME x [, XMLATTRIBUTES(…)] [, content …])
NodeId Parser::XmlElement() {
  TokenId name = 0;
  const NodeId element = OwnGrammar([&](NodeId*) {
    Expect(Keyword::kName);
    name = ColLabel("the name of the element");
    if (Accept(TokenKind::kComma)) {
      const bool attributes = Is(Keyword::kXmlattributes) && Is(TokenKind::kLeftParen, 1);
      Push(attributes ? XmlTargets(SpecialFunction::kXmlAttributes) : Expr());
    }
    while (Accept(TokenKind::kComma)) Push(Expr());
    return SpecialFunction::kXmlElement;
  });
  return Named(element, name);
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
  return OwnGrammar([&](NodeId*) {
    Push(Primary());
    Push(XmlPassing());
    return SpecialFunction::kXmlExists;
  });
}

void Parser::DocumentOrContent() {
  if (!Accept(Keyword::kDocument) && !Accept(Keyword::kContent)) FailExpected("DOCUMENT or CONTENT");
}

// XMLPARSE(DOCUMENT x [PRESERVE | STRIP WHITESPACE])
NodeId Parser::XmlParse() {
  return OwnGrammar([&](NodeId*) {
    DocumentOrContent();
    Push(Expr());
    if (Accept(Keyword::kPreserve) || Accept(Keyword::kStrip)) Expect(Keyword::kWhitespace);
    return SpecialFunction::kXmlParse;
  });
}

// XMLPI(NAME x [, content])
NodeId Parser::XmlPi() {
  TokenId name = 0;
  const NodeId instruction = OwnGrammar([&](NodeId*) {
    Expect(Keyword::kName);
    name = ColLabel("the name of the instruction");
    if (Accept(TokenKind::kComma)) Push(Expr());
    return SpecialFunction::kXmlPi;
  });
  return Named(instruction, name);
}

// XMLROOT(x, VERSION v | NO VALUE [, STANDALONE YES | NO | NO VALUE])
NodeId Parser::XmlRoot() {
  return OwnGrammar([&](NodeId*) {
    Push(Expr());
    Expect(TokenKind::kComma, "\",\"");
    Expect(Keyword::kVersion);
    if (Is(Keyword::kNo) && Is(Keyword::kValue, 1)) {
      Next();
      Next();
    } else {
      Push(Expr());
    }
    if (Accept(TokenKind::kComma)) {
      Expect(Keyword::kStandalone);
      if (Accept(Keyword::kNo)) {
        Accept(Keyword::kValue);
      } else {
        Expect(Keyword::kYes);
      }
    }
    return SpecialFunction::kXmlRoot;
  });
}

// XMLSERIALIZE(CONTENT x AS type [[NO] INDENT])
NodeId Parser::XmlSerialize() {
  return OwnGrammar([&](NodeId* type) {
    DocumentOrContent();
    Push(Expr());
    Expect(Keyword::kAs);
    *type = SimpleType();
    if (Is(Keyword::kIndent) || (Is(Keyword::kNo) && Is(Keyword::kIndent, 1))) {
      NeedVersion(16, "INDENT");
      Accept(Keyword::kNo);
      Next();
    }
    return SpecialFunction::kXmlSerialize;
  });
}

// https://www.postgresql.org/docs/current/functions-xml.html#FUNCTIONS-XML-PROCESSING-XMLTABLE
NodeId Parser::XmlTable(bool lateral, TokenId first) {
  const Nested nested(this);
  Next();
  Next();
  NodeId slots[XmlTableSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  if (Is(Keyword::kXmlnamespaces) && Is(TokenKind::kLeftParen, 1)) {
    const TokenId list = position_;
    Next();
    Next();
    const std::size_t mark = scratch_.size();
    do {
      const TokenId item = position_;
      if (Accept(Keyword::kDefault)) {
        const NodeId uri = RestrictedExpr();
        Push(Make(NodeKind::kXmlNamespace, item, {uri}));
      } else {
        const NodeId uri = RestrictedExpr();
        Expect(Keyword::kAs);
        const TokenId name = ColLabel("the name of a namespace");
        Push(Named(Make(NodeKind::kXmlNamespace, item, {uri}), name));
      }
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen, "\")\" or \",\"");
    slots[XmlTableSlots::kNamespaces] = MakeFromScratch(NodeKind::kList, list, mark);
    Expect(TokenKind::kComma, "\",\"");
  }
  slots[XmlTableSlots::kRow] = Primary();
  slots[XmlTableSlots::kDocument] = XmlPassing();
  Expect(Keyword::kColumns);
  const TokenId columns = position_;
  const std::size_t mark = scratch_.size();
  do Push(XmlColumn());
  while (Accept(TokenKind::kComma));
  slots[XmlTableSlots::kColumns] = MakeFromScratch(NodeKind::kList, columns, mark);
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  if (StartsAlias()) slots[XmlTableSlots::kAlias] = Alias(false);
  return Finish(NodeKind::kXmlTable, first, slots, XmlTableSlots::kCount, 0, lateral ? kLateral : 0);
}

NodeId Parser::XmlColumn() {
  const TokenId first = position_;
  const TokenId name = ColId("a column name");
  NodeId type = kNoNode, path = kNoNode, otherwise = kNoNode;
  int flags = 0;
  if (Is(Keyword::kFor) && Is(Keyword::kOrdinality, 1)) {
    Next();
    Next();
    flags = kOrdinality;
  } else {
    type = Type();
    bool nullability = false;
    while (!failed_) {
      if (Is(Keyword::kDefault) && otherwise == kNoNode) {
        Next();
        otherwise = RestrictedExpr();
      } else if ((Is(Keyword::kNull) || (Is(Keyword::kNot) && Is(Keyword::kNull, 1))) && !nullability) {
        nullability = true;
        if (Accept(Keyword::kNot)) flags |= kNotNull;
        Next();
      } else if (path == kNoNode && IsColLabel() && tree_->tokens.Value(position_) == "path") {
        Next();
        path = RestrictedExpr();
      } else {
        break;
      }
    }
  }
  return Named(Make(NodeKind::kXmlColumn, first, {type, path, otherwise}, 0, flags), name);
}

}  // namespace toomai::validator
