// Types, and constants that begin with one. https://www.postgresql.org/docs/current/datatype.html
#include "validator/parser_impl.h"

namespace toomai::validator {

// [SETOF] type [array bounds]
NodeId Parser::Type() {
  const TokenId first = position_;
  const bool setof = Accept(Keyword::kSetof);
  return TypeFrom(first, setof, true);
}

NodeId Parser::SimpleType() {
  return TypeFrom(position_, false, false);
}

// '(' Iconst ')'
void Parser::TypePrecision(NodeId* modifiers) {
  if (!Is(TokenKind::kLeftParen)) return;
  const TokenId first = position_;
  Next();
  const std::size_t mark = scratch_.size();
  if (!Is(TokenKind::kInteger)) FailExpected("a number");
  Push(Literal(LiteralOp::kInteger));
  Expect(TokenKind::kRightParen, "\")\"");
  *modifiers = MakeFromScratch(NodeKind::kList, first, mark);
}

void Parser::TimeZoneOption(bool* with_zone) {
  *with_zone = false;
  if (Is(Keyword::kWith) && Is(Keyword::kTime, 1)) {
    *with_zone = true;
  } else if (!(Is(Keyword::kWithout) && (Is(Keyword::kTime, 1) || options_.postgres_version < 16))) {
    return;
  }
  Next();
  Expect(Keyword::kTime);
  Expect(Keyword::kZone);
}

// YEAR, MONTH, …, DAY TO SECOND(3)
void Parser::IntervalFields() {
  const auto second = [&] {
    Next();
    NodeId precision = kNoNode;
    TypePrecision(&precision);
  };
  const auto until = [&](std::initializer_list<Keyword> allowed) {
    if (!Is(Keyword::kTo)) return;
    Next();
    for (const Keyword field : allowed) {
      if (!Is(field)) continue;
      if (field == Keyword::kSecond) return second();
      return Next();
    }
    FailExpected("a smaller unit of time after TO");
  };
  if (Accept(Keyword::kYear)) return until({Keyword::kMonth});
  if (Accept(Keyword::kMonth)) return;
  if (Accept(Keyword::kDay)) return until({Keyword::kHour, Keyword::kMinute, Keyword::kSecond});
  if (Accept(Keyword::kHour)) return until({Keyword::kMinute, Keyword::kSecond});
  if (Accept(Keyword::kMinute)) return until({Keyword::kSecond});
  if (Is(Keyword::kSecond)) second();
}

NodeId Parser::TypeFrom(TokenId first, bool setof, bool allow_array) {
  const Nested nested(this);
  BuiltinType type = BuiltinType::kNamed;
  NodeId modifiers = kNoNode;
  TokenId name = 0;
  std::size_t parts = 0;
  const Keyword word = Tok().AsKeyword();
  switch (word) {
    case Keyword::kInt:
    case Keyword::kInteger:
      Next(), type = BuiltinType::kInt4;
      break;
    case Keyword::kSmallint:
      Next(), type = BuiltinType::kInt2;
      break;
    case Keyword::kBigint:
      Next(), type = BuiltinType::kInt8;
      break;
    case Keyword::kReal:
      Next(), type = BuiltinType::kFloat4;
      break;
    case Keyword::kBoolean:
      Next(), type = BuiltinType::kBool;
      break;
    case Keyword::kFloat: {
      Next();
      type = BuiltinType::kFloat8;
      TypePrecision(&modifiers);
      if (modifiers != kNoNode) {
        const std::string_view digits = tree_->LiteralValue(tree_->Children(modifiers)[0]);
        int bits = 0;
        for (const char c : digits) bits = bits < 1000 ? bits * 10 + (c - '0') : bits;
        if (bits < 1) FailSyntax("precision for type float must be at least 1 bit");
        if (bits > 53) FailSyntax("precision for type float must be less than 54 bits");
        if (bits <= 24) type = BuiltinType::kFloat4;
      }
      break;
    }
    case Keyword::kDouble:
      if (!Is(Keyword::kPrecision, 1)) goto generic;
      Next();
      Next();
      type = BuiltinType::kFloat8;
      break;
    case Keyword::kDecimal:
    case Keyword::kDec:
    case Keyword::kNumeric:
      Next();
      type = BuiltinType::kNumeric;
      if (Is(TokenKind::kLeftParen)) modifiers = ParenthesisedExprList();
      break;
    case Keyword::kBit:
      Next();
      type = Accept(Keyword::kVarying) ? BuiltinType::kVarbit : BuiltinType::kBit;
      if (Is(TokenKind::kLeftParen)) modifiers = ParenthesisedExprList();
      break;
    case Keyword::kCharacter:
    case Keyword::kChar:
    case Keyword::kNchar:
    case Keyword::kNational:
      Next();
      if (word == Keyword::kNational && !Accept(Keyword::kCharacter)) Expect(Keyword::kChar);
      type = Accept(Keyword::kVarying) ? BuiltinType::kVarchar : BuiltinType::kBpchar;
      TypePrecision(&modifiers);
      break;
    case Keyword::kVarchar:
      Next();
      type = BuiltinType::kVarchar;
      TypePrecision(&modifiers);
      break;
    case Keyword::kTime:
    case Keyword::kTimestamp: {
      Next();
      TypePrecision(&modifiers);
      bool with_zone = false;
      TimeZoneOption(&with_zone);
      if (word == Keyword::kTime) {
        type = with_zone ? BuiltinType::kTimetz : BuiltinType::kTime;
      } else {
        type = with_zone ? BuiltinType::kTimestamptz : BuiltinType::kTimestamp;
      }
      break;
    }
    case Keyword::kInterval:
      Next();
      type = BuiltinType::kInterval;
      if (Is(TokenKind::kLeftParen)) {
        TypePrecision(&modifiers);
      } else {
        IntervalFields();
      }
      break;
    case Keyword::kJson:
      Next();
      type = BuiltinType::kJson;
      break;
    default:
    generic:
      if (!IsTypeFunctionName()) {
        FailExpected("the name of a type");
        break;
      }
      name = TakeName();
      parts = 1u + MoreNameParts("a name");
      if (Is(TokenKind::kLeftParen)) modifiers = ParenthesisedExprList();
  }
  int flags = setof ? kSetof : 0;
  if (allow_array) {
    if (Accept(Keyword::kArray)) {
      flags |= kArrayFlag;
      if (Accept(TokenKind::kLeftBracket)) {
        if (!Accept(TokenKind::kInteger)) FailExpected("a number");
        Expect(TokenKind::kRightBracket, "\"]\"");
      }
    } else {
      while (Accept(TokenKind::kLeftBracket)) {
        flags |= kArrayFlag;
        Accept(TokenKind::kInteger);
        Expect(TokenKind::kRightBracket, "\"]\"");
      }
    }
  }
  return Named(Make(NodeKind::kType, first, {modifiers}, static_cast<int>(type), flags), name, parts);
}

// Do a keyword type and a string follow, as in interval '1 day'? Otherwise the word is a name.
bool Parser::StartsConstantType() const {
  if (Is(TokenKind::kString, 1)) {
    switch (Tok().AsKeyword()) {
      case Keyword::kInt:
      case Keyword::kInteger:
      case Keyword::kSmallint:
      case Keyword::kBigint:
      case Keyword::kReal:
      case Keyword::kFloat:
      case Keyword::kDecimal:
      case Keyword::kDec:
      case Keyword::kNumeric:
      case Keyword::kBoolean:
      case Keyword::kBit:
      case Keyword::kCharacter:
      case Keyword::kChar:
      case Keyword::kNchar:
      case Keyword::kVarchar:
      case Keyword::kTime:
      case Keyword::kTimestamp:
      case Keyword::kInterval:
      case Keyword::kJson:
        return true;
      default:
        return false;
    }
  }
  switch (Tok().AsKeyword()) {
    case Keyword::kFloat:
    case Keyword::kDecimal:
    case Keyword::kDec:
    case Keyword::kNumeric:
    case Keyword::kVarchar:
    case Keyword::kInterval:
      return Is(TokenKind::kLeftParen, 1);
    case Keyword::kBit:
    case Keyword::kCharacter:
    case Keyword::kChar:
    case Keyword::kNchar:
      return Is(TokenKind::kLeftParen, 1) || Is(Keyword::kVarying, 1);
    case Keyword::kNational:
      return Is(Keyword::kCharacter, 1) || Is(Keyword::kChar, 1);
    case Keyword::kDouble:
      return Is(Keyword::kPrecision, 1);
    case Keyword::kTime:
    case Keyword::kTimestamp:
      return Is(TokenKind::kLeftParen, 1) || (Is(Keyword::kWith, 1) && Is(Keyword::kTime, 2)) ||
             (Is(Keyword::kWithout, 1) && (Is(Keyword::kTime, 2) || options_.postgres_version < 16));
    default:
      return false;
  }
}

NodeId Parser::TypedConstant() {
  const TokenId first = position_;
  NodeId type = kNoNode, text = kNoNode;
  if (Is(Keyword::kInterval)) {  // the fields follow the string: interval '1' day
    Next();
    NodeId modifiers = kNoNode;
    TypePrecision(&modifiers);
    type = Make(NodeKind::kType, first, {modifiers}, static_cast<int>(BuiltinType::kInterval));
  } else {
    type = SimpleType();
  }
  if (!Is(TokenKind::kString)) {
    FailExpected("a string");
    return kNoNode;
  }
  text = Literal(LiteralOp::kString);
  if (OpOf<BuiltinType>((*tree_)[type]) == BuiltinType::kInterval &&
      tree_->Child(type, TypeSlots::kModifiers) == kNoNode) {
    IntervalFields();
  }
  return Make(NodeKind::kCast, first, {text, type}, static_cast<int>(CastOp::kTypedLiteral));
}

}  // namespace toomai::validator
