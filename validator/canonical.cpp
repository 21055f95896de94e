#include "validator/canonical.h"

#include <algorithm>

#include "validator/token_writer.h"

namespace toomai::validator {
namespace {

// What is done to the LIMIT of the outermost query.
struct LimitEdit {
  enum class Kind {
    kNone,     // stays as it is
    kInsert,   // there is none: LIMIT n before token `begin`
    kReplace,  // tokens [begin, end) become `text`
    kWrap,     // the expression in tokens [begin, end) becomes LEAST(expression, n)
  };
  Kind kind = Kind::kNone;
  TokenId begin = 0, end = 0;
  std::string text;
};

// The value of digits, or -1 when it is something else or beyond 10^18.
std::int64_t WholeNumber(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return -1;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// An existing LIMIT is lowered to the cap, never raised. LEAST is grammar, not a function that could be shadowed, and
// it ignores NULL, which means "no limit" here. WITH TIES may give more rows than it counts, so beyond the cap it
// becomes ONLY; below it stays, and the cap is kept on the wire.
LimitEdit PlanLimit(const Tree& tree, std::int64_t max_rows, std::int64_t* in_force) {
  LimitEdit edit;
  *in_force = -1;
  const NodeId query = tree.root();
  const NodeId limit = tree.Child(query, QuerySlots::kLimit);
  const std::string cap = std::to_string(max_rows);
  if (limit == kNoNode) {
    if (max_rows < 0) return edit;
    *in_force = max_rows;
    // LIMIT and OFFSET must stand together.
    const NodeId offset = tree.Child(query, QuerySlots::kOffset);
    edit.kind = LimitEdit::Kind::kInsert;
    edit.begin = edit.end = offset != kNoNode ? tree[offset].end_token : tree[query].end_token;
    edit.text = "LIMIT " + cap;
    return edit;
  }
  const Node& clause = tree[limit];
  const bool fetch = tree.Has(limit, kFetch), ties = tree.Has(limit, kWithTies);
  // LIMIT value | FETCH FIRST value ROWS ONLY | FETCH FIRST value ROWS WITH TIES
  const TokenId begin = clause.first_token + (fetch ? 2 : 1);
  const TokenId end = clause.end_token - (!fetch ? 0 : ties ? 3 : 2);
  std::int64_t count = -1;
  bool no_limit = tree.Has(limit, kLimitAll);
  if (const NodeId value = tree.Child(limit, 0); fetch && value == kNoNode) {
    count = 1;
  } else if (value != kNoNode && tree[value].kind == NodeKind::kLiteral) {
    const auto literal = OpOf<LiteralOp>(tree[value]);
    no_limit |= literal == LiteralOp::kNull;
    if (literal == LiteralOp::kInteger || literal == LiteralOp::kNumeric) count = WholeNumber(tree.LiteralValue(value));
  }
  if (max_rows < 0) {
    *in_force = ties ? -1 : count;
    return edit;
  }
  *in_force = max_rows;
  if (count >= 0 && (count < max_rows || (count == max_rows && !ties))) {
    if (!ties) *in_force = count;
    return edit;
  }
  if (count >= 0 || no_limit) {
    edit.kind = LimitEdit::Kind::kReplace;
    edit.begin = clause.first_token;
    edit.end = clause.end_token;
    edit.text = fetch ? "FETCH FIRST " + cap + " ROWS ONLY" : "LIMIT " + cap;
    return edit;
  }
  edit.kind = LimitEdit::Kind::kWrap;
  edit.begin = begin;
  edit.end = end;
  edit.text = cap;
  return edit;
}

bool SameToken(const TokenList& a, TokenId i, const TokenList& b, TokenId j) {
  const auto is_name = [](TokenKind kind) {
    return kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier;
  };
  const Token& left = a[i];
  const Token& right = b[j];
  if (left.keyword != right.keyword) return false;
  if (left.kind != right.kind && !(is_name(left.kind) && is_name(right.kind))) return false;
  // Punctuation and keywords have no other value than their kind.
  const bool fixed =
      left.kind == TokenKind::kKeyword || (left.kind >= TokenKind::kLeftParen && left.kind < TokenKind::kOperator);
  return fixed || a.Value(i) == b.Value(j);
}

// Same kinds, operators, flags and shape everywhere; under the root query the LIMIT may differ when it was edited.
bool SameTree(const Tree& a, const Tree& b, bool limit_edited) {
  if (a.SameNodesBelowRoot(b)) {
    // A new LIMIT at the end comes after all other nodes, so these are the same bytes, and the root remains.
    const Node& left = a[a.root()];
    const Node& right = b[b.root()];
    if (left.flags != right.flags || left.op != right.op) return false;
    for (std::uint32_t i = 0; i < QuerySlots::kCount; ++i) {
      if (limit_edited && i == QuerySlots::kLimit) continue;
      if (a.Child(a.root(), i) != b.Child(b.root(), i)) return false;
    }
    return true;
  }
  static thread_local std::vector<std::pair<NodeId, NodeId>> stack;
  stack.clear();
  stack.emplace_back(a.root(), b.root());
  while (!stack.empty()) {
    const auto [x, y] = stack.back();
    stack.pop_back();
    if (x == kNoNode || y == kNoNode) {
      if (x != y) return false;
      continue;
    }
    const Node& left = a[x];
    const Node& right = b[y];
    if (left.kind != right.kind || left.op != right.op || left.flags != right.flags ||
        left.child_count != right.child_count || left.name_count != right.name_count) {
      return false;
    }
    const bool is_root = x == a.root();
    for (std::uint32_t i = 0; i < left.child_count; ++i) {
      if (is_root && limit_edited && i == QuerySlots::kLimit) continue;
      stack.emplace_back(a.Child(x, i), b.Child(y, i));
    }
  }
  return true;
}

// The new LIMIT must be one that cannot give more than `max_rows`: a number, or LEAST(…, number).
bool IsCapped(const Tree& tree, std::int64_t max_rows) {
  const NodeId limit = tree.Child(tree.root(), QuerySlots::kLimit);
  if (limit == kNoNode || tree.Has(limit, kLimitAll)) return false;
  NodeId value = tree.Child(limit, 0);
  if (value == kNoNode) return false;
  if (tree[value].kind == NodeKind::kSpecialCall && OpOf<SpecialFunction>(tree[value]) == SpecialFunction::kLeast) {
    value = tree.Children(tree.Child(value, SpecialCallSlots::kArguments)).back();
  }
  return tree[value].kind == NodeKind::kLiteral && WholeNumber(tree.LiteralValue(value)) == max_rows;
}

// Writes into memory of the thread's own; the text is copied out once its size is known.
class Writer {
 public:
  Writer(const TokenList& tokens, std::vector<std::pair<std::size_t, std::size_t>>* offsets)
      : tokens_(tokens), offsets_(offsets) {
    const std::size_t room = WrittenSize(tokens) + 64;
    if (buffer_.size() < room) buffer_.resize(room);
    out_ = buffer_.data();
  }

  void Copy(TokenId id) {
    if (last_ != kNoToken ? NeedsSpace(tokens_, last_, id) : out_ != buffer_.data()) *out_++ = ' ';
    CopyTight(id);
  }
  // The token follows without a space, as behind an opening parenthesis.
  void CopyTight(TokenId id) {
    offsets_->emplace_back(Size(), tokens_[id].begin);
    out_ = WriteToken(tokens_, id, out_);
    last_ = id;
  }
  // Text of ours, mapped to where it was put.
  void Insert(std::string_view text, TokenId at, bool space) {
    if (space && out_ != buffer_.data()) *out_++ = ' ';
    offsets_->emplace_back(Size(), at > 0 ? tokens_[at - 1].end : 0);
    std::copy(text.begin(), text.end(), out_);
    out_ += text.size();
    last_ = kNoToken;
  }
  std::string_view text() const { return {buffer_.data(), Size()}; }

 private:
  static constexpr TokenId kNoToken = 0xFFFFFFFFu;
  static thread_local std::string buffer_;

  std::size_t Size() const { return static_cast<std::size_t>(out_ - buffer_.data()); }

  const TokenList& tokens_;
  std::vector<std::pair<std::size_t, std::size_t>>* offsets_;
  char* out_;
  TokenId last_ = kNoToken;
};
thread_local std::string Writer::buffer_;

}  // namespace

bool MakeCanonical(const Tree& tree, std::int64_t max_rows, const ParseOptions& options, Canonical* out) {
  using Kind = LimitEdit::Kind;
  out->text.clear();
  out->offsets.clear();
  if (tree.root() == kNoNode) return false;
  const LimitEdit edit = PlanLimit(tree, max_rows, &out->limit);
  const TokenList& tokens = tree.tokens;
  const auto size = static_cast<TokenId>(tokens.size() - 1);
  out->offsets.reserve(size + 4);

  Writer writer(tokens, &out->offsets);
  static thread_local std::vector<TokenId> expected;  // token of the original, or kOurs, for each token written
  constexpr TokenId kOurs = 0xFFFFFFFFu;
  expected.clear();
  const auto ours = [&](int count) { expected.insert(expected.end(), static_cast<std::size_t>(count), kOurs); };
  bool tight = false;
  for (TokenId id = 0; id <= size; ++id) {
    if (edit.kind == Kind::kInsert && id == edit.begin) {
      writer.Insert(edit.text, id, true);
      ours(2);
      // A closing parenthesis follows without a space.
      tight = id < size && tokens[id].kind == TokenKind::kRightParen;
    } else if (edit.kind == Kind::kReplace && id == edit.begin) {
      writer.Insert(edit.text, id, true);
      ours(1 + static_cast<int>(std::count(edit.text.begin(), edit.text.end(), ' ')));
      id = edit.end;
      tight = id < size && tokens[id].kind == TokenKind::kRightParen;
    } else if (edit.kind == Kind::kWrap && id == edit.begin) {
      writer.Insert("LEAST(", id, true);
      ours(2);
      tight = true;
    } else if (edit.kind == Kind::kWrap && id == edit.end) {
      writer.Insert(", " + edit.text + ")", id, false);
      ours(3);
      tight = id < size && tokens[id].kind == TokenKind::kRightParen;
    }
    if (id >= size) break;
    if (tokens[id].kind == TokenKind::kSemicolon) continue;
    if (tight) {
      writer.CopyTight(id);
    } else {
      writer.Copy(id);
    }
    tight = false;
    expected.push_back(id);
  }

  out->text = writer.text();
  // What is behind the last token, and inside a LIMIT of ours at the end, leads to the end of the original.
  out->offsets.emplace_back(out->text.size(), tokens.text().size());

  // Read it again. What is ours may take a little more room than the limits leave.
  static thread_local Tree again;
  ParseOptions roomy = options;
  roomy.limits.statement_bytes = out->text.size();
  roomy.limits.tokens += 16;
  roomy.limits.nesting += 2;
  roomy.limits.tree_height += 4;
  ParseError error;
  if (!Parse(out->text, roomy, &again, &error)) return false;
  if (again.tokens.size() - 1 != expected.size()) return false;
  for (TokenId i = 0; i < expected.size(); ++i) {
    if (expected[i] != kOurs && !SameToken(tokens, expected[i], again.tokens, i)) return false;
  }
  const bool edited = edit.kind != Kind::kNone;
  return SameTree(tree, again, edited) && (!edited || IsCapped(again, max_rows));
}

}  // namespace toomai::validator
