// SQL/JSON of PostgreSQL 16 and 17. To older grammars these words are plain names, so the lexer gives no such keywords.
// https://www.postgresql.org/docs/current/functions-json.html
#include "validator/parser_impl.h"

namespace toomai::validator {

bool Parser::IsJsonFunction() const {
  if (!Is(TokenKind::kLeftParen, 1)) return false;
  switch (Tok().AsKeyword()) {
    case Keyword::kJson:
    case Keyword::kJsonObject:
    case Keyword::kJsonArray:
    case Keyword::kJsonObjectagg:
    case Keyword::kJsonArrayagg:
    case Keyword::kJsonScalar:
    case Keyword::kJsonSerialize:
    case Keyword::kJsonQuery:
    case Keyword::kJsonExists:
    case Keyword::kJsonValue:
      return true;
    default:
      return false;
  }
}

NodeId Parser::JsonFunctionCall(bool windowless) {
  const Nested nested(this);
  const Keyword word = Tok().AsKeyword();
  const bool since_16 = word == Keyword::kJsonObject || word == Keyword::kJsonArray ||
                        word == Keyword::kJsonObjectagg || word == Keyword::kJsonArrayagg;
  if (!NeedVersion(since_16 ? 16 : 17, "this SQL/JSON function")) return kNoNode;
  JsonCall call{position_, TakeName()};
  Next();
  call.list = position_;
  call.mark = scratch_.size();
  std::fill(std::begin(call.slots), std::end(call.slots), kNoNode);
  if (word == Keyword::kJsonObject && StartsPlainArgument()) return PlainJsonObject(call);
  ReadJsonCall(word, &call);
  Expect(TokenKind::kRightParen, "\")\"");
  const bool aggregate = word == Keyword::kJsonObjectagg || word == Keyword::kJsonArrayagg;
  if (aggregate && !windowless) {
    CallTail(nullptr, &call.slots[SpecialCallSlots::kFilter], &call.slots[SpecialCallSlots::kOver]);
  }
  return Finish(NodeKind::kSpecialCall, call.first, call.slots, SpecialCallSlots::kCount,
                static_cast<int>(call.function), call.flags);
}

void Parser::ReadJsonCall(Keyword word, JsonCall* call) {
  switch (word) {
    case Keyword::kJsonObject:
      return JsonObject(call);
    case Keyword::kJsonArray:
      return JsonArray(call);
    case Keyword::kJsonObjectagg:
      call->function = SpecialFunction::kJsonObjectAgg;
      Push(JsonPair());
      call->flags = JsonNullClause() | JsonUniqueKeys();
      return CloseJsonArguments(call);
    case Keyword::kJsonArrayagg:
      call->function = SpecialFunction::kJsonArrayAgg;
      Push(JsonValueExpr());
      CloseJsonArguments(call, false);
      if (Is(Keyword::kOrder)) call->slots[SpecialCallSlots::kOrderBy] = OrderBy();
      call->flags = JsonNullClause();
      call->slots[SpecialCallSlots::kType] = JsonReturning();
      return;
    case Keyword::kJson:
      call->function = SpecialFunction::kJsonParse;
      Push(JsonValueExpr());
      call->flags = JsonUniqueKeys();
      return CloseJsonArguments(call, false);
    case Keyword::kJsonScalar:
      call->function = SpecialFunction::kJsonScalar;
      Push(Expr());
      return CloseJsonArguments(call, false);
    case Keyword::kJsonSerialize:
      call->function = SpecialFunction::kJsonSerialize;
      Push(JsonValueExpr());
      return CloseJsonArguments(call);
    default:
      return JsonPathCall(word, call);
  }
}

void Parser::CloseJsonArguments(JsonCall* call, bool returning) {
  call->slots[SpecialCallSlots::kArguments] = MakeFromScratch(NodeKind::kList, call->list, call->mark);
  if (returning) call->slots[SpecialCallSlots::kType] = JsonReturning();
}

// json_object('{…}'), the function of old, is told from JSON_OBJECT(key VALUE value, …) behind its first argument only.
bool Parser::StartsPlainArgument() {
  if (Is(TokenKind::kRightParen) || Is(Keyword::kReturning)) return false;
  Push(Argument());
  return !Is(Keyword::kValue) && !Is(TokenKind::kColon);
}

NodeId Parser::PlainJsonObject(const JsonCall& call) {
  while (Accept(TokenKind::kComma)) Push(Argument());
  NodeId slots[FunctionCallSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  slots[FunctionCallSlots::kArguments] = MakeFromScratch(NodeKind::kList, call.list, call.mark);
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return Named(Finish(NodeKind::kFunctionCall, call.first, slots, FunctionCallSlots::kCount, 0, 0), call.name);
}

// JSON_OBJECT([key VALUE value, …] [NULL ON NULL] [WITH UNIQUE KEYS] [RETURNING type]); the first key has been read.
void Parser::JsonObject(JsonCall* call) {
  call->function = SpecialFunction::kJsonObject;
  if (scratch_.size() > call->mark) {
    const NodeId key = scratch_.back();
    scratch_.pop_back();
    Next();
    const NodeId value = JsonValueExpr();
    Push(Make(NodeKind::kJsonPair, call->list, {key, value}));
    while (Accept(TokenKind::kComma)) Push(JsonPair());
    call->flags = JsonNullClause() | JsonUniqueKeys();
  }
  CloseJsonArguments(call);
}

// JSON_ARRAY([value, …] [NULL ON NULL] [RETURNING type]) or JSON_ARRAY(query [FORMAT JSON] [RETURNING type])
void Parser::JsonArray(JsonCall* call) {
  call->function = SpecialFunction::kJsonArray;
  if (StartsQuery()) {
    call->function = SpecialFunction::kJsonArrayQuery;
    Push(Query());
    JsonFormat();
  } else if (!Is(TokenKind::kRightParen) && !Is(Keyword::kReturning)) {
    do Push(JsonValueExpr());
    while (Accept(TokenKind::kComma));
    call->flags = JsonNullClause();
  }
  CloseJsonArguments(call);
}

// JSON_QUERY, JSON_EXISTS and JSON_VALUE: (x, path [PASSING …] [RETURNING type] …)
void Parser::JsonPathCall(Keyword word, JsonCall* call) {
  call->function = word == Keyword::kJsonQuery    ? SpecialFunction::kJsonQuery
                   : word == Keyword::kJsonExists ? SpecialFunction::kJsonExists
                                                  : SpecialFunction::kJsonValue;
  Push(JsonValueExpr());
  Expect(TokenKind::kComma, "\",\" and a path");
  Push(Expr());
  if (const NodeId passing = JsonPassing(); passing != kNoNode) Push(passing);
  CloseJsonArguments(call, word != Keyword::kJsonExists);
  if (word == Keyword::kJsonQuery) call->flags = JsonWrapper() | JsonQuotes();
  call->slots[SpecialCallSlots::kBehaviors] = JsonBehaviors();
}

// expression [FORMAT JSON [ENCODING name]]
NodeId Parser::JsonValueExpr() {
  const TokenId first = position_;
  const NodeId value = Expr();
  const int format = JsonFormat();
  return Make(NodeKind::kJsonValue, first, {value}, format);
}

int Parser::JsonFormat() {
  if (!Is(Keyword::kFormat) || !Is(Keyword::kJson, 1)) return static_cast<int>(JsonFormatOp::kNone);
  Next();
  Next();
  if (!Accept(Keyword::kEncoding)) return static_cast<int>(JsonFormatOp::kJson);
  const TokenId name = ColId("UTF8, UTF16 or UTF32");
  if (failed_) return 0;
  const std::string_view encoding = tree_->tokens.Value(name);
  if (encoding == "utf8") return static_cast<int>(JsonFormatOp::kJsonUtf8);
  if (encoding == "utf16") return static_cast<int>(JsonFormatOp::kJsonUtf16);
  if (encoding == "utf32") return static_cast<int>(JsonFormatOp::kJsonUtf32);
  FailSyntaxAt(name, name, "unrecognized JSON encoding");
  return 0;
}

NodeId Parser::JsonReturning() {
  if (!Is(Keyword::kReturning)) return kNoNode;
  const TokenId first = position_;
  Next();
  const NodeId type = Type();
  const int format = JsonFormat();
  return Make(NodeKind::kJsonReturning, first, {type}, format);
}

// key VALUE value | key : value
NodeId Parser::JsonPair() {
  const TokenId first = position_;
  const NodeId key = Expr();
  if (!Accept(Keyword::kValue)) Expect(TokenKind::kColon, "VALUE or \":\"");
  const NodeId value = JsonValueExpr();
  return Make(NodeKind::kJsonPair, first, {key, value});
}

// PASSING x AS name, …
NodeId Parser::JsonPassing() {
  if (!Is(Keyword::kPassing)) return kNoNode;
  const TokenId first = position_;
  Next();
  const std::size_t mark = scratch_.size();
  do {
    const TokenId item = position_;
    const NodeId value = JsonValueExpr();
    Expect(Keyword::kAs);
    const TokenId name = ColLabel("a name");
    Push(Named(Make(NodeKind::kJsonPassing, item, {value}), name));
  } while (Accept(TokenKind::kComma));
  return MakeFromScratch(NodeKind::kList, first, mark);
}

int Parser::JsonNullClause() {
  const bool null = Is(Keyword::kNull);
  if (!null && !Is(Keyword::kAbsent)) return 0;
  Next();
  Expect(Keyword::kOn);
  Expect(Keyword::kNull);
  return null ? kNullOnNull : kAbsentOnNull;
}

int Parser::JsonUniqueKeys() {
  const bool with = Is(Keyword::kWith);
  if ((!with && !Is(Keyword::kWithout)) || !Is(Keyword::kUnique, 1)) return 0;
  Next();
  Next();
  Accept(Keyword::kKeys);
  return with ? kUniqueKeys : 0;
}

int Parser::JsonWrapper() {
  if (Accept(Keyword::kWithout)) {
    Accept(Keyword::kArray);
    Expect(Keyword::kWrapper);
    return kWithoutWrapper;
  }
  if (!Accept(Keyword::kWith)) return 0;
  int flags = kWithWrapper;
  if (Accept(Keyword::kConditional)) {
    flags |= kConditional;
  } else {
    Accept(Keyword::kUnconditional);
  }
  Accept(Keyword::kArray);
  Expect(Keyword::kWrapper);
  return flags;
}

int Parser::JsonQuotes() {
  const bool keep = Is(Keyword::kKeep);
  if (!keep && !Is(Keyword::kOmit)) return 0;
  Next();
  Expect(Keyword::kQuotes);
  if (Accept(Keyword::kOn)) {
    Expect(Keyword::kScalar);
    Expect(Keyword::kString);
  }
  return keep ? kKeepQuotes : kOmitQuotes;
}

// behaviour ON EMPTY, behaviour ON ERROR, or both in this order
NodeId Parser::JsonBehaviors() {
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  bool seen_error = false;
  while (!failed_ && !seen_error) {
    const TokenId first = position_;
    NodeId value = kNoNode;
    JsonBehaviorOp op;
    switch (Tok().AsKeyword()) {
      case Keyword::kError:
        op = JsonBehaviorOp::kError;
        break;
      case Keyword::kNull:
        op = JsonBehaviorOp::kNull;
        break;
      case Keyword::kTrue:
        op = JsonBehaviorOp::kTrue;
        break;
      case Keyword::kFalse:
        op = JsonBehaviorOp::kFalse;
        break;
      case Keyword::kUnknown:
        op = JsonBehaviorOp::kUnknown;
        break;
      case Keyword::kEmpty:
        op = JsonBehaviorOp::kEmptyArray;
        break;
      case Keyword::kDefault:
        op = JsonBehaviorOp::kDefault;
        break;
      default:
        return scratch_.size() == mark ? kNoNode : MakeFromScratch(NodeKind::kList, list, mark);
    }
    Next();
    if (op == JsonBehaviorOp::kDefault) value = Expr();
    if (op == JsonBehaviorOp::kEmptyArray && !Accept(Keyword::kArray) && Accept(Keyword::kObject)) {
      op = JsonBehaviorOp::kEmptyObject;
    }
    Expect(Keyword::kOn);
    int flags = kForEmpty;
    if (scratch_.size() > mark || !Accept(Keyword::kEmpty)) {
      Expect(Keyword::kError);
      flags = kForError;
      seen_error = true;
    }
    Push(Make(NodeKind::kJsonBehavior, first, {value}, static_cast<int>(op), flags));
  }
  return MakeFromScratch(NodeKind::kList, list, mark);
}

// x IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR] [WITH | WITHOUT UNIQUE [KEYS]]
NodeId Parser::IsJson(NodeId left, TokenId first, bool negated) {
  NeedVersion(16, "IS JSON");
  Next();
  JsonTypeOp op = JsonTypeOp::kAny;
  if (Accept(Keyword::kValue)) {
    op = JsonTypeOp::kValue;
  } else if (Accept(Keyword::kObject)) {
    op = JsonTypeOp::kObject;
  } else if (Accept(Keyword::kArray)) {
    op = JsonTypeOp::kArray;
  } else if (Accept(Keyword::kScalar)) {
    op = JsonTypeOp::kScalar;
  }
  const int unique = JsonUniqueKeys();
  return Make(NodeKind::kIsJson, first, {left}, static_cast<int>(op), (negated ? kNegated : 0) | unique);
}

// JSON_TABLE(x, path [AS name] [PASSING …] COLUMNS (…) [… ON ERROR])
NodeId Parser::JsonTable(bool lateral, TokenId first) {
  const Nested nested(this);
  NeedVersion(17, "JSON_TABLE");
  Next();
  Next();
  NodeId slots[JsonTableSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  slots[JsonTableSlots::kContext] = JsonValueExpr();
  Expect(TokenKind::kComma, "\",\" and a path");
  slots[JsonTableSlots::kPath] = Expr();
  TokenId name = 0;
  bool named = false;
  if (Accept(Keyword::kAs)) {
    name = ColId("a name");
    named = true;
  }
  slots[JsonTableSlots::kPassing] = JsonPassing();
  slots[JsonTableSlots::kColumns] = JsonColumns();
  slots[JsonTableSlots::kOnError] = JsonBehaviors();
  Expect(TokenKind::kRightParen, "\")\"");
  if (StartsAlias()) slots[JsonTableSlots::kAlias] = Alias(false);
  const NodeId table = Finish(NodeKind::kJsonTable, first, slots, JsonTableSlots::kCount, 0, lateral ? kLateral : 0);
  return named ? Named(table, name) : table;
}

NodeId Parser::JsonColumns() {
  const Nested nested(this);
  Expect(Keyword::kColumns);
  const TokenId list = position_;
  Expect(TokenKind::kLeftParen, "\"(\"");
  const std::size_t mark = scratch_.size();
  do Push(JsonColumn());
  while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return MakeFromScratch(NodeKind::kList, list, mark);
}

NodeId Parser::JsonColumn() {
  const TokenId first = position_;
  NodeId slots[JsonColumnSlots::kCount];
  std::fill(std::begin(slots), std::end(slots), kNoNode);
  const auto finish = [&](JsonColumnOp op, int flags, TokenId name, bool named) {
    const NodeId column =
        Finish(NodeKind::kJsonColumn, first, slots, JsonColumnSlots::kCount, static_cast<int>(op), flags);
    return named ? Named(column, name) : column;
  };
  const auto path = [&] {
    if (!Is(TokenKind::kString)) FailExpected("a path in quotes");
    slots[JsonColumnSlots::kPath] = Literal(LiteralOp::kString);
  };
  if (Is(Keyword::kNested) && (Is(Keyword::kPath, 1) || Is(TokenKind::kString, 1))) {
    Next();
    Accept(Keyword::kPath);
    path();
    TokenId name = 0;
    bool named = false;
    if (Accept(Keyword::kAs)) {
      name = ColId("a name");
      named = true;
    }
    slots[JsonColumnSlots::kColumns] = JsonColumns();
    return finish(JsonColumnOp::kNested, 0, name, named);
  }
  const TokenId name = ColId("a column name");
  if (Is(Keyword::kFor) && Is(Keyword::kOrdinality, 1)) {
    Next();
    Next();
    return finish(JsonColumnOp::kOrdinality, 0, name, true);
  }
  slots[JsonColumnSlots::kType] = Type();
  JsonColumnOp op = JsonColumnOp::kRegular;
  const TokenId format_first = position_;
  if (Accept(Keyword::kExists)) {
    op = JsonColumnOp::kExists;
  } else if (const int format = JsonFormat(); format != 0) {
    slots[JsonColumnSlots::kFormat] = Make(NodeKind::kJsonReturning, format_first, {kNoNode}, format);
  }
  if (Accept(Keyword::kPath)) path();
  int flags = 0;
  if (op == JsonColumnOp::kRegular) flags = JsonWrapper() | JsonQuotes();
  slots[JsonColumnSlots::kBehaviors] = JsonBehaviors();
  return finish(op, flags, name, true);
}

}  // namespace toomai::validator
