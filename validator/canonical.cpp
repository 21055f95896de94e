#include "validator/canonical.h"

#include <algorithm>

#include "validator/lexer.h"
#include "validator/token_writer.h"

namespace toomai::validator {
namespace {

// Of this thread, used again by its next statement.
struct Memory {
  std::string text;
  std::vector<TokenId> written;  // the token of the original for each token written, or Writer::kOurs
  Tree again;
};

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

// Writes into memory of the thread's own; the text is copied out once its size is known. Keeps which token of the
// original each token written is.
class Writer {
 public:
  static constexpr TokenId kOurs = 0xFFFFFFFFu;

  Writer(const TokenList& tokens, Memory* memory, std::vector<CanonicalOffset>* offsets)
      : tokens_(tokens), memory_(*memory), offsets_(*offsets) {
    const std::size_t room = WrittenSize(tokens) + 64;
    if (memory_.text.size() < room) memory_.text.resize(room);
    out_ = memory_.text.data();
    memory_.written.clear();
  }

  void Copy(TokenId id) {
    const bool space = last_ == kOurs ? out_ != memory_.text.data() && !tight_ : NeedsSpace(tokens_, last_, id);
    *out_ = ' ';
    out_ += space ? 1 : 0;
    offsets_.push_back({Size(), tokens_[id].begin});
    out_ = WriteToken(tokens_, id, out_);
    memory_.written.push_back(id);
    last_ = id;
    tight_ = false;
  }
  // `count` tokens of ours, mapped to where they were put. `tight`: the next token follows without a space.
  void Insert(std::string_view text, int count, TokenId at, bool space, bool tight) {
    if (space && out_ != memory_.text.data()) *out_++ = ' ';
    offsets_.push_back({Size(), at > 0 ? tokens_[at - 1].end : 0});
    out_ = std::copy(text.begin(), text.end(), out_);
    memory_.written.insert(memory_.written.end(), static_cast<std::size_t>(count), kOurs);
    last_ = kOurs;
    tight_ = tight;
  }
  std::string_view text() const { return {memory_.text.data(), Size()}; }

 private:
  std::uint32_t Size() const { return static_cast<std::uint32_t>(out_ - memory_.text.data()); }

  const TokenList& tokens_;
  Memory& memory_;
  std::vector<CanonicalOffset>& offsets_;
  char* out_;
  TokenId last_ = kOurs;
  bool tight_ = false;
};

void Write(const TokenList& tokens, const LimitEdit& edit, Writer* writer) {
  using Kind = LimitEdit::Kind;
  const auto size = static_cast<TokenId>(tokens.size() - 1);
  const auto closes = [&](TokenId id) { return id < size && tokens[id].kind == TokenKind::kRightParen; };
  const int words = 1 + static_cast<int>(std::count(edit.text.begin(), edit.text.end(), ' '));
  for (TokenId id = 0; id <= size; ++id) {
    if (edit.kind != Kind::kNone && id == edit.begin) {
      if (edit.kind == Kind::kWrap) {
        writer->Insert("LEAST(", 2, id, true, true);
      } else {
        id = edit.end;
        writer->Insert(edit.text, words, edit.begin, true, closes(id));
      }
    } else if (edit.kind == Kind::kWrap && id == edit.end) {
      writer->Insert(", " + edit.text + ")", 3, id, false, closes(id));
    }
    if (id < size && tokens[id].kind != TokenKind::kSemicolon) writer->Copy(id);
  }
}

// Token by token: what was kept has its kind and value, what is ours its spelling.
bool SameTokens(const TokenList& tokens, const std::vector<TokenId>& written, const LimitEdit& edit,
                const TokenList& again) {
  if (again.size() - 1 != written.size()) return false;
  std::string_view ours = edit.text;
  for (TokenId i = 0; i < written.size(); ++i) {
    if (written[i] != Writer::kOurs) {
      if (!SameToken(tokens, written[i], again, i)) return false;
    } else if (edit.kind != LimitEdit::Kind::kWrap) {
      const std::string_view word = ours.substr(0, ours.find(' '));
      ours.remove_prefix(std::min(ours.size(), word.size() + 1));
      if (again.Spelling(i) != word || again[i].kind == TokenKind::kQuotedIdentifier) return false;
    }
  }
  return true;
}

// The parser knows nothing but tokens, so the same tokens are the same tree. That still holds for a LIMIT of ours which
// only closing parentheses follow: what was read before it is the same; LIMIT and FETCH are reserved words, so nothing
// that could end where it begins can go on into it; and it ends in a number or in ONLY, which nothing goes on from.
bool TokensSettleTree(const TokenList& tokens, const LimitEdit& edit) {
  if (edit.kind == LimitEdit::Kind::kNone) return true;
  if (edit.kind == LimitEdit::Kind::kWrap) return false;
  for (TokenId id = edit.end; tokens[id].kind != TokenKind::kEnd; ++id) {
    if (tokens[id].kind != TokenKind::kRightParen && tokens[id].kind != TokenKind::kSemicolon) return false;
  }
  return true;
}

// What is ours may take a little more room than the limits leave.
ParseOptions Roomier(ParseOptions options, std::size_t bytes) {
  options.limits.statement_bytes = bytes;
  options.limits.tokens += 16;
  options.limits.nesting += 2;
  options.limits.tree_height += 4;
  return options;
}

bool ReadsTheSame(const Tree& tree, const LimitEdit& edit, std::int64_t max_rows, const ParseOptions& options,
                  std::string_view text, Memory* memory) {
  Tree& again = memory->again;
  const ParseOptions roomy = Roomier(options, text.size());
  if (!Lex(text, options.postgres_version, roomy.limits.tokens, &again.tokens)) return false;
  if (!SameTokens(tree.tokens, memory->written, edit, again.tokens)) return false;
  if (TokensSettleTree(tree.tokens, edit)) return true;
  ParseError error;
  return Parse(text, roomy, &again, &error) && SameTree(tree, again, true) && IsCapped(again, max_rows);
}

}  // namespace

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
  std::vector<std::pair<NodeId, NodeId>> stack;
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

bool MakeCanonical(const Tree& tree, std::int64_t max_rows, const ParseOptions& options, Canonical* out) {
  if (tree.root() == kNoNode) return false;
  static thread_local Memory memory;
  const LimitEdit edit = PlanLimit(tree, max_rows, &out->limit);
  out->offsets.clear();
  out->offsets.reserve(tree.tokens.size() + 4);
  Writer writer(tree.tokens, &memory, &out->offsets);
  Write(tree.tokens, edit, &writer);
  out->text = writer.text();
  // What is behind the last token, and inside a LIMIT of ours at the end, leads to the end of the original.
  out->offsets.push_back(
      {static_cast<std::uint32_t>(out->text.size()), static_cast<std::uint32_t>(tree.tokens.text().size())});
  return ReadsTheSame(tree, edit, max_rows, options, out->text, &memory);
}

}  // namespace toomai::validator
