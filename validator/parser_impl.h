// The parser itself; private to parser*.cpp.
//
// How errors travel: the first Fail() records what is wrong and moves to the end of the text, where nothing is accepted
// any more, so every loop and every function ends by itself and no caller has to ask. What they return then is never
// used.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "validator/ast.h"
#include "validator/parser.h"

namespace toomai::validator {

// PostgreSQL's ladder, low to high (%left, %nonassoc in gram.y).
enum Precedence : int {
  kPrecNone,
  kPrecOr,
  kPrecAnd,
  kPrecNot,
  kPrecIs,        // does not chain
  kPrecCompare,   // does not chain
  kPrecBetween,   // BETWEEN, IN, LIKE, ILIKE, SIMILAR: does not chain
  kPrecOperator,  // every operator without a line of its own, and OPERATOR(…)
  kPrecAdd,
  kPrecMultiply,
  kPrecPower,
  kPrecAt,
  kPrecCollate,
  kPrecUnary,
};

// PostgreSQL knows no name of more than four parts.
inline constexpr std::size_t kMostNameParts = 64;

class Parser {
 public:
  Parser(const ParseOptions& options, Tree* tree, ParseError* error);
  bool Run();
  // How far the parser came: where it failed, or the end.
  TokenId furthest() const { return furthest_; }
  // Whether more text could have helped: no limit was met, and the failure is at the last tokens.
  bool StoppedAtEnd() const;

 private:
  // a_expr and b_expr of the grammar: the latter has no AND, NOT, IN, LIKE, BETWEEN, IS NULL, COLLATE, AT TIME ZONE.
  enum class Mode { kFull, kRestricted };

  // Counts what is inside of what; fails beyond the limit.
  class Nested {
   public:
    explicit Nested(Parser* parser) : parser_(parser) {
      if (++parser_->depth_ > parser_->max_depth_) parser_->FailTooDeep();
    }
    ~Nested() { --parser_->depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Parser* parser_;
  };

  // --- tokens ---
  const Token& Tok(std::size_t ahead = 0) const { return tokens_[position_ + ahead]; }
  bool Is(TokenKind kind, std::size_t ahead = 0) const { return Tok(ahead).kind == kind; }
  bool Is(Keyword keyword, std::size_t ahead = 0) const {
    return Tok(ahead).keyword == static_cast<std::uint16_t>(keyword);
  }
  void Next() {
    if (position_ < end_) ++position_;
  }
  template <typename What>
  bool Accept(What what) {
    if (!Is(what)) return false;
    Next();
    return true;
  }
  bool Expect(TokenKind kind, std::string_view description) {
    if (Accept(kind)) return true;
    FailExpected(description);
    return false;
  }
  bool Expect(Keyword keyword) {
    if (Accept(keyword)) return true;
    FailExpectedKeyword(keyword);
    return false;
  }

  // --- names ---
  bool IsLookAheadWord(std::size_t ahead) const;
  bool IsColId(std::size_t ahead = 0) const;
  bool IsTypeFunctionName(std::size_t ahead = 0) const;
  bool IsColLabel(std::size_t ahead = 0) const;
  bool IsBareLabel() const;
  TokenId TakeName() {
    tokens_[position_].is_name = true;
    const TokenId taken = position_;
    Next();
    return taken;
  }
  TokenId ColId(std::string_view description);
  TokenId ColLabel(std::string_view description);
  std::uint16_t MoreNameParts(std::string_view description);  // ('.' ColLabel)*, returns how many

  // --- nodes ---
  NodeId Make(NodeKind kind, TokenId first, std::initializer_list<NodeId> children, int op = 0, int flags = 0);
  NodeId MakeFromScratch(NodeKind kind, TokenId first, std::size_t mark, int op = 0, int flags = 0);
  NodeId Finish(NodeKind kind, TokenId first, const NodeId* children, std::size_t count, int op, int flags);
  NodeId Named(NodeId id, TokenId token, std::size_t count = 1) {
    Node& node = tree_->nodes_[id];
    node.name_token = token;
    node.name_count = static_cast<std::uint16_t>(count);
    return id;
  }
  // Takes back the newest node, so that it can be made again with more children.
  void Unmake(NodeId id, NodeId* children, std::size_t count);
  void Push(NodeId id) {
    if (scratch_.size() >= most_open_) FailTooMany("items in one list", options_.limits.list_items);
    scratch_.push_back(id);
  }
  void GrowTree(std::size_t children);
  NodeKind KindOf(NodeId id) const { return tree_->nodes_[id].kind; }

  // --- errors ---
  bool IsOff(Rule rule) const { return options_.disabled.Has(rule); }
  void Stop();
  void Fail(std::string_view rule, TokenId first, TokenId last, std::string message, std::string hint = {});
  void FailSyntax(std::string message, std::string hint = {});  // at the current token
  void FailSyntaxAt(TokenId first, TokenId last, std::string message, std::string hint = {});
  void FailExpected(std::string_view description);
  void FailExpectedKeyword(Keyword keyword);
  void FailTooDeep();
  void FailTooMany(std::string_view what, std::size_t limit);
  void FailNotQuery(bool in_with);
  bool NeedVersion(int version, std::string_view what);

  // --- the statement and its queries: parser_statement.cpp, parser_query.cpp, parser_select.cpp, parser_order.cpp ---
  void Statement();
  bool StartsQuery() const;
  bool ContinuesQuery() const;
  NodeId Query();
  NodeId QueryFrom(TokenId first, NodeId with, NodeId parenthesised);
  NodeId ParenthesisedQuery();
  NodeId SetExpression(NodeId left, TokenId first, int precedence);
  NodeId QueryArm();
  NodeId Select();
  NodeId Values();
  NodeId TableCommand();
  NodeId IntoClause();
  NodeId TargetList(bool required);
  NodeId Target();
  bool EndsTarget(std::size_t ahead) const;
  NodeId GroupBy();
  NodeId GroupByItem();
  NodeId OrderBy();
  NodeId SortBy();
  void LimitClauses(NodeId* children);
  NodeId Limit();
  NodeId Fetch();
  NodeId Offset();
  NodeId Locking();
  NodeId With();
  NodeId Cte();
  NodeId CteQuery();
  NodeId CteSearch();
  NodeId CteCycle();
  NodeId CycleConstant();
  NodeId NameList();  // name, …
  NodeId ParenthesisedNameList();
  NodeId WindowClause();
  NodeId WindowSpecification(TokenId first, TokenId name, bool named);
  NodeId Frame();
  NodeId FrameBound();

  // --- FROM: parser_from.cpp ---
  NodeId FromList();
  NodeId TableRef();
  NodeId Joins(NodeId left, TokenId first);
  bool StartsJoin() const;
  NodeId TablePrimary();
  void CountFromItem();
  struct FromParens {
    NodeId node;
    bool is_query;
  };
  FromParens ParenthesisedFrom();
  NodeId DerivedTable(NodeId query, TokenId first, bool lateral);
  NodeId RelationName();
  NodeId Alias(bool allow_column_definitions);
  bool StartsAlias() const;
  NodeId ColumnDefinitions();
  NodeId RangeFunction(bool lateral, TokenId first);
  NodeId FunctionItem(bool with_columns);
  NodeId WindowlessFunction();
  bool StartsFunction() const;
  NodeId TableSample();
  NodeId XmlTable(bool lateral, TokenId first);
  NodeId XmlColumn();
  NodeId JsonTable(bool lateral, TokenId first);
  NodeId JsonColumns();
  NodeId JsonColumn();

  // --- expressions: parser_expr.cpp, parser_primary.cpp ---
  NodeId Expr(int pending = kPrecNone, Mode mode = Mode::kFull, bool is_target = false);
  NodeId RestrictedExpr() { return Expr(kPrecNone, Mode::kRestricted); }
  NodeId ExprFrom(NodeId left, TokenId first, int pending, Mode mode, bool is_target = false);
  NodeId Prefix(Mode mode);
  bool Binds(int precedence, int pending, bool chains);
  NodeId Infix(NodeId left, TokenId first, int precedence, Mode mode);
  NodeId Quantified(NodeId left, TokenId first, TokenId operator_token, std::size_t operator_parts);
  NodeId Is(NodeId left, TokenId first, Mode mode);
  NodeId Like(NodeId left, TokenId first, bool negated);
  NodeId Between(NodeId left, TokenId first, bool negated);
  NodeId In(NodeId left, TokenId first, bool negated);
  std::size_t QualifiedOperator(TokenId* name);  // OPERATOR(a.b.+) at the current token
  NodeId Primary();                              // c_expr
  struct Group {
    NodeId query;  // kNoNode: expressions, on scratch_ from mark
    std::size_t mark;
  };
  Group Parenthesised();
  NodeId PrimaryFromGroup(const Group& group, TokenId first);
  NodeId WithIndirection(NodeId base, TokenId first);
  void IndirectionItems(TokenId first);
  NodeId NamePrimary();
  NodeId KeywordPrimary();
  NodeId ColumnReference(TokenId first, std::size_t parts);
  NodeId Case();
  NodeId ArrayConstructor();
  NodeId ArrayElements(TokenId first);
  NodeId ExplicitRow();
  NodeId MaybeOverlaps(NodeId left, TokenId first);
  NodeId ExprList();  // kList
  NodeId ParenthesisedExprList();
  NodeId Literal(LiteralOp op);

  // --- functions: parser_func.cpp, parser_special.cpp, parser_xml.cpp ---
  NodeId FunctionCall(TokenId first, std::size_t parts, bool windowless, bool* is_plain = nullptr);
  NodeId Argument();
  void CallTail(NodeId* within_group, NodeId* filter, NodeId* over);
  bool IsSpecialFunction() const;
  NodeId SpecialFunctionCall();
  NodeId Special(SpecialFunction function, TokenId first, NodeId arguments, NodeId type = kNoNode, int flags = 0);
  NodeId SpecialWithList(SpecialFunction function);
  NodeId SpecialWithPrecision(SpecialFunction function);
  NodeId Bare(SpecialFunction function);
  // name '(' … ')' with a grammar of its own: read(&type) pushes the arguments and says which function it is.
  template <typename Read>
  NodeId OwnGrammar(Read read);
  bool FirstArgument();
  SpecialFunction MoreArguments(SpecialFunction function);
  NodeId CastCall();
  NodeId Extract();
  NodeId NormalizeCall();
  NodeId Overlay();
  NodeId Position();
  NodeId Substring();
  NodeId Trim();
  NodeId Treat();
  NodeId XmlElement();
  NodeId XmlTargets(SpecialFunction function);
  NodeId XmlExists();
  NodeId XmlPassing();
  NodeId XmlParse();
  NodeId XmlPi();
  NodeId XmlRoot();
  NodeId XmlSerialize();
  void DocumentOrContent();

  // --- SQL/JSON: parser_json.cpp ---
  bool IsJsonFunction() const;
  // One of them while it is read.
  struct JsonCall {
    TokenId first, name;
    TokenId list = 0;      // where its arguments begin
    std::size_t mark = 0;  // … on scratch_
    SpecialFunction function = SpecialFunction::kJsonObject;
    int flags = 0;
    NodeId slots[SpecialCallSlots::kCount] = {};
  };
  NodeId JsonFunctionCall(bool windowless);
  void ReadJsonCall(Keyword word, JsonCall* call);
  void CloseJsonArguments(JsonCall* call, bool returning = true);
  bool StartsPlainArgument();
  NodeId PlainJsonObject(const JsonCall& call);
  void JsonObject(JsonCall* call);
  void JsonArray(JsonCall* call);
  void JsonPathCall(Keyword word, JsonCall* call);
  NodeId JsonValueExpr();
  int JsonFormat();
  NodeId JsonReturning();
  NodeId JsonPair();
  NodeId JsonPassing();
  int JsonNullClause();
  int JsonUniqueKeys();
  int JsonWrapper();
  int JsonQuotes();
  NodeId JsonBehaviors();
  NodeId IsJson(NodeId left, TokenId first, bool negated);

  // --- types: parser_type.cpp ---
  NodeId Type();
  NodeId SimpleType();
  NodeId TypeFrom(TokenId first, bool setof, bool allow_array);
  bool StartsConstantType() const;
  NodeId TypedConstant();
  void IntervalFields();
  void TypePrecision(NodeId* modifiers);
  void TimeZoneOption(bool* with_zone);

  const ParseOptions& options_;
  Tree* tree_;
  ParseError* error_;
  Token* tokens_ = nullptr;
  TokenId position_ = 0;
  TokenId end_ = 0;  // the kEnd token
  TokenId furthest_ = 0;
  int depth_ = 0;
  int max_depth_ = 0;
  int max_height_ = 0;
  std::size_t most_open_ = 0;  // items of lists that are not finished yet, all together
  std::size_t ctes_ = 0, arms_ = 0, from_items_ = 0;
  bool failed_ = false;
  std::vector<NodeId>& scratch_;
};

// Making a node is what parsing mostly does, so it is here, where every caller can inline it.

inline NodeId Parser::Finish(NodeKind kind, TokenId first, const NodeId* children, std::size_t count, int op,
                             int flags) {
  if (tree_->node_count_ == tree_->nodes_.size() || tree_->child_count_ + count > tree_->children_.size()) {
    GrowTree(count);
  }
  NodeId* const slots = tree_->children_.data() + tree_->child_count_;
  std::uint16_t height = 0;
  for (std::size_t i = 0; i < count; ++i) {
    slots[i] = children[i];
    if (children[i] != kNoNode) height = std::max(height, tree_->nodes_[children[i]].height);
  }
  const auto id = static_cast<NodeId>(tree_->node_count_++);
  Node& node = tree_->nodes_[id];
  node.kind = kind;
  node.op = static_cast<std::uint8_t>(op);
  node.flags = static_cast<std::uint16_t>(flags);
  node.height = static_cast<std::uint16_t>(height + 1);
  node.name_count = 0;
  node.first_token = first;
  node.end_token = position_;
  node.first_child = static_cast<std::uint32_t>(tree_->child_count_);
  node.child_count = static_cast<std::uint32_t>(count);
  node.name_token = 0;
  tree_->child_count_ += count;
  if (node.height > max_height_) FailTooDeep();
  return id;
}

inline NodeId Parser::Make(NodeKind kind, TokenId first, std::initializer_list<NodeId> children, int op, int flags) {
  return Finish(kind, first, children.begin(), children.size(), op, flags);
}

inline NodeId Parser::MakeFromScratch(NodeKind kind, TokenId first, std::size_t mark, int op, int flags) {
  const std::size_t count = scratch_.size() - mark;
  if (count > options_.limits.list_items) FailTooMany("items in one list", options_.limits.list_items);
  const NodeId id = Finish(kind, first, scratch_.data() + mark, count, op, flags);
  scratch_.resize(mark);
  return id;
}

template <typename Read>
NodeId Parser::OwnGrammar(Read read) {
  const TokenId first = position_;
  Next();
  Expect(TokenKind::kLeftParen, "\"(\"");
  const TokenId list = position_;
  const std::size_t mark = scratch_.size();
  NodeId type = kNoNode;
  const SpecialFunction function = read(&type);
  const NodeId arguments = MakeFromScratch(NodeKind::kList, list, mark);
  Expect(TokenKind::kRightParen, "\")\" or \",\"");
  return Special(function, first, arguments, type);
}

}  // namespace toomai::validator
