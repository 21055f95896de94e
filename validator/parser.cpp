#include "validator/parser.h"

#include "validator/lexer.h"
#include "validator/parser_impl.h"
#include "validator/syntax_hint.h"

namespace toomai::validator {
namespace {

// A text that is wrong, nested too deeply or too wide shows it early, as a rule. So of a long one the first bytes are
// read by themselves, and the rest, with the memory it takes, only when nothing is wrong up to there.
constexpr std::size_t kFirstBytes = 128u << 10;

std::string_view FirstBytes(std::string_view sql) {
  std::size_t end = kFirstBytes;
  while (end > 0 && (static_cast<unsigned char>(sql[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return sql.substr(0, end);
}

}  // namespace

Parser::Parser(const ParseOptions& options, Tree* tree, ParseError* error)
    : options_(options),
      tree_(tree),
      error_(error),
      max_depth_(std::min(options.limits.nesting, kMostNesting) + options.room),
      max_height_(std::min(options.limits.tree_height, kMostTreeHeight) + options.room),
      most_open_(4 * std::min<std::size_t>(options.limits.list_items, 1u << 28) + 1024),
      scratch_(tree->scratch_) {
  tokens_ = tree->tokens.data();
  end_ = static_cast<TokenId>(tree->tokens.size() - 1);
  tree->node_count_ = tree->child_count_ = 0;
  tree->root_ = kNoNode;
  tree->min_version_ = 15;
  tree->needs_structure_check_ = false;
  scratch_.clear();
}

bool Parser::Run() {
  Statement();
  if (!failed_) furthest_ = end_;
  return !failed_;
}

bool Parser::StoppedAtEnd() const {
  constexpr TokenId kLookAhead = 4;
  return error_->finding.rule != "too-deep" && error_->finding.rule != "too-many" && furthest_ + kLookAhead > end_;
}

// --- names ---

// NOT before BETWEEN/IN/LIKE/ILIKE/SIMILAR, NULLS before FIRST/LAST and WITH before TIME/ORDINALITY are tokens of their
// own to PostgreSQL (base_yylex in parser.c), which can never be names.
bool Parser::IsLookAheadWord(std::size_t ahead) const {
  if (Is(Keyword::kNulls, ahead)) return Is(Keyword::kFirst, ahead + 1) || Is(Keyword::kLast, ahead + 1);
  if (Is(Keyword::kWith, ahead)) return Is(Keyword::kTime, ahead + 1) || Is(Keyword::kOrdinality, ahead + 1);
  if (Is(Keyword::kNot, ahead)) {
    return Is(Keyword::kBetween, ahead + 1) || Is(Keyword::kIn, ahead + 1) || Is(Keyword::kLike, ahead + 1) ||
           Is(Keyword::kIlike, ahead + 1) || Is(Keyword::kSimilar, ahead + 1);
  }
  if (options_.postgres_version >= 16) {
    if (Is(Keyword::kWithout, ahead)) return Is(Keyword::kTime, ahead + 1);
    if (Is(Keyword::kFormat, ahead)) return Is(Keyword::kJson, ahead + 1);
  }
  return false;
}

bool Parser::IsColId(std::size_t ahead) const {
  const Token& token = Tok(ahead);
  if (token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kQuotedIdentifier) return true;
  if (token.kind != TokenKind::kKeyword) return false;
  const KeywordCategory category = InfoOf(token.AsKeyword()).category;
  return (category == KeywordCategory::kUnreserved || category == KeywordCategory::kColumnName) &&
         !IsLookAheadWord(ahead);
}

bool Parser::IsTypeFunctionName(std::size_t ahead) const {
  const Token& token = Tok(ahead);
  if (token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kQuotedIdentifier) return true;
  if (token.kind != TokenKind::kKeyword) return false;
  const KeywordCategory category = InfoOf(token.AsKeyword()).category;
  return (category == KeywordCategory::kUnreserved || category == KeywordCategory::kTypeOrFunction) &&
         !IsLookAheadWord(ahead);
}

bool Parser::IsColLabel(std::size_t ahead) const {
  const TokenKind kind = Tok(ahead).kind;
  if (kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier) return true;
  return kind == TokenKind::kKeyword && !IsLookAheadWord(ahead);
}

bool Parser::IsBareLabel() const {
  const TokenKind kind = Tok().kind;
  if (kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier) return true;
  return kind == TokenKind::kKeyword && InfoOf(Tok().AsKeyword()).bare_label && !IsLookAheadWord(0);
}

TokenId Parser::ColId(std::string_view description) {
  if (!IsColId()) {
    FailExpected(description);
    return position_;
  }
  return TakeName();
}

TokenId Parser::ColLabel(std::string_view description) {
  if (!IsColLabel()) {
    FailExpected(description);
    return position_;
  }
  return TakeName();
}

std::uint16_t Parser::MoreNameParts(std::string_view description) {
  std::uint16_t parts = 0;
  while (parts < kMostNameParts && Accept(TokenKind::kDot)) {
    ColLabel(description);
    ++parts;
  }
  return parts;
}

// --- nodes ---

void Parser::GrowTree(std::size_t children) {
  if (tree_->node_count_ == tree_->nodes_.size()) tree_->nodes_.resize(2 * tree_->node_count_ + 64);
  if (tree_->child_count_ + children > tree_->children_.size()) {
    tree_->children_.resize(2 * (tree_->child_count_ + children) + 256);
  }
}

void Parser::Unmake(NodeId id, NodeId* children, std::size_t count) {
  std::fill(children, children + count, kNoNode);
  if (failed_ || id + 1 != tree_->node_count_) return;  // only after a failure; then nothing is used
  const Node& node = tree_->nodes_[id];
  for (std::size_t i = 0; i < count; ++i) children[i] = tree_->children_[node.first_child + i];
  tree_->child_count_ = node.first_child;
  --tree_->node_count_;
}

// --- errors ---

void Parser::Stop() {
  failed_ = true;
  furthest_ = position_;
  position_ = end_;
}

void Parser::Fail(std::string_view rule, TokenId first, TokenId last, std::string message, std::string hint) {
  if (failed_) return;
  if (error_ != nullptr) {
    Finding& finding = error_->finding;
    finding = {};
    finding.rule = rule;
    finding.begin = tokens_[first].begin;
    finding.end = tokens_[last].end;
    finding.message = std::move(message);
    finding.hint = std::move(hint);
    finding.sqlstate = rule == "too-deep" ? "54001" : rule == "too-many" ? "54000" : "42601";
  }
  Stop();
}

void Parser::FailSyntaxAt(TokenId first, TokenId last, std::string message, std::string hint) {
  Fail("syntax-error", first, last, std::move(message), std::move(hint));
}

void Parser::FailSyntax(std::string message, std::string hint) {
  FailSyntaxAt(position_, position_, std::move(message), std::move(hint));
}

void Parser::FailExpected(std::string_view description) {
  if (failed_) return;
  if (error_ == nullptr) return Stop();  // a trial run: only the place counts
  if (Is(TokenKind::kError)) {
    const LexicalError what = Tok().AsError();
    const bool text =
        what == LexicalError::kInvalidUtf8 || what == LexicalError::kNulByte || what == LexicalError::kControlCharacter;
    return Fail(text && !IsOff(Rule::kInvalidText) ? "invalid-text" : "syntax-error", position_, position_,
                std::string(Describe(what)));
  }
  std::string message = Is(TokenKind::kEnd)
                            ? "syntax error at end of input"
                            : "syntax error at or near " + QuoteForMessage(tree_->tokens.Spelling(position_));
  message += ": expected ";
  message += description;
  FailSyntax(std::move(message));
}

void Parser::FailExpectedKeyword(Keyword keyword) {
  FailExpected(UpperCase(InfoOf(keyword).word));
}

void Parser::FailTooDeep() {
  Fail("too-deep", position_, position_, "the statement is nested too deeply",
       "at most " + std::to_string(max_depth_) + " levels of nesting and a tree height of " +
           std::to_string(max_height_) + " are allowed; write it flatter");
}

void Parser::FailTooMany(std::string_view what, std::size_t limit) {
  Fail("too-many", position_, position_, "too many " + std::string(what),
       "at most " + std::to_string(limit) + " are allowed; split the statement");
}

bool Parser::NeedVersion(int version, std::string_view what) {
  tree_->min_version_ = std::max(tree_->min_version_, version);
  if (options_.postgres_version >= version) return true;
  Fail("newer-syntax", position_, position_,
       std::string(what) + " needs PostgreSQL " + std::to_string(version) + " or newer",
       "the statement is read as PostgreSQL " + std::to_string(options_.postgres_version) + " would");
  return false;
}

// --- the public face ---

bool Parse(std::string_view sql, const ParseOptions& options, Tree* tree, ParseError* error) {
  const auto refuse = [&](std::string_view rule, std::string message, std::string hint) {
    error->statement_kind.clear();
    error->finding = {};
    error->finding.rule = rule;
    error->finding.end = std::min<std::size_t>(sql.size(), 1);
    error->finding.message = std::move(message);
    error->finding.hint = std::move(hint);
    error->finding.sqlstate = "54000";
    return false;
  };
  constexpr std::size_t kMostBytes = std::size_t{1} << 28;  // token positions are 32 bits wide
  const std::size_t most_bytes = std::min(options.limits.statement_bytes, kMostBytes);
  if (sql.size() > most_bytes) {
    return refuse("too-large", "the statement has " + std::to_string(sql.size()) + " bytes",
                  "at most " + std::to_string(most_bytes) + " bytes are allowed");
  }
  if (sql.size() > 2 * kFirstBytes &&
      Lex(FirstBytes(sql), options.postgres_version, options.limits.tokens, &tree->tokens)) {
    Parser trial(options, tree, error);
    if (!trial.Run() && !trial.StoppedAtEnd()) return false;
    *error = {};
  }
  if (!Lex(sql, options.postgres_version, options.limits.tokens, &tree->tokens)) {
    return refuse("too-many", "the statement has more than " + std::to_string(options.limits.tokens) + " tokens",
                  "split the statement");
  }
  Parser parser(options, tree, error);
  if (parser.Run()) return true;
  if (error->finding.rule == "syntax-error") SuggestKeyword(sql, options, parser.furthest(), *tree, &error->finding);
  return false;
}

}  // namespace toomai::validator
