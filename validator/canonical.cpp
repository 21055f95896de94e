#include "validator/canonical.h"

#include <algorithm>
#include <charconv>

#include "validator/rereader.h"
#include "validator/text_check.h"
#include "validator/token_writer.h"

namespace toomai::validator {
namespace {

// Of this thread, used again by its next statement.
struct Memory {
  TokenList written;  // the text as it is written, and the token of it that is looked at
  Tree again;
};

// Words of ours, of a number and what stands around it.
class OurText {
 public:
  OurText() = default;
  OurText(std::string_view before, std::int64_t number, std::string_view after = {}) {
    Add(before);
    size_ = static_cast<std::size_t>(std::to_chars(text_ + size_, text_ + sizeof text_, number).ptr - text_);
    Add(after);
  }
  operator std::string_view() const { return {text_, size_}; }

 private:
  void Add(std::string_view text) {
    std::copy(text.begin(), text.end(), text_ + size_);
    size_ += text.size();
  }
  char text_[64];
  std::size_t size_ = 0;
};

// What is done to the LIMIT of the outermost query.
struct LimitEdit {
  enum class Kind {
    kNone,     // stays as it is
    kInsert,   // there is none: LIMIT n before token `begin`
    kReplace,  // tokens [begin, end) become `text`
    kWrap,     // the expression in tokens [begin, end) becomes LEAST(expression, n): `text` is what follows it
  };
  Kind kind = Kind::kNone;
  TokenId begin = 0, end = 0;
  OurText text;
};

// The value of digits, or -1 when it is something else or too large.
std::int64_t WholeNumber(std::string_view digits) {
  const char* const end = digits.data() + digits.size();
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  return stop == end && error == std::errc() ? value : -1;
}

// An existing LIMIT is lowered to the cap, never raised. LEAST is grammar, not a function that could be shadowed, and
// it ignores NULL, which means "no limit" here. WITH TIES may give more rows than it counts, so beyond the cap it
// becomes ONLY; below it stays, and the cap is kept on the wire.
LimitEdit PlanLimit(const Tree& tree, std::int64_t max_rows, std::int64_t* in_force) {
  LimitEdit edit;
  *in_force = -1;
  const NodeId query = tree.root();
  const NodeId limit = tree.Child(query, QuerySlots::kLimit);
  if (limit == kNoNode) {
    if (max_rows < 0) return edit;
    *in_force = max_rows;
    // LIMIT and OFFSET must stand together.
    const NodeId offset = tree.Child(query, QuerySlots::kOffset);
    edit.kind = LimitEdit::Kind::kInsert;
    edit.begin = edit.end = offset != kNoNode ? tree[offset].end_token : tree[query].end_token;
    edit.text = OurText("LIMIT ", max_rows);
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
    edit.text = fetch ? OurText("FETCH FIRST ", max_rows, " ROWS ONLY") : OurText("LIMIT ", max_rows);
    return edit;
  }
  edit.kind = LimitEdit::Kind::kWrap;
  edit.begin = begin;
  edit.end = end;
  edit.text = OurText(", ", max_rows, ")");
  return edit;
}

// The new LIMIT must be one that cannot give more than `max_rows`: a number, or LEAST(…, number).
bool IsCapped(const Tree& tree, std::int64_t max_rows) {
  const NodeId limit = tree.Child(tree.root(), QuerySlots::kLimit);
  NodeId value = limit == kNoNode ? kNoNode : tree.Child(limit, 0);
  if (value == kNoNode) return false;
  if (tree[value].kind == NodeKind::kSpecialCall && OpOf<SpecialFunction>(tree[value]) == SpecialFunction::kLeast) {
    value = tree.Children(tree.Child(value, SpecialCallSlots::kArguments)).back();
  }
  return tree[value].kind == NodeKind::kLiteral && WholeNumber(tree.LiteralValue(value)) == max_rows;
}

// What is sent, piece by piece: to a Writer, and to a Reader that says whether it stands there.
template <typename Sink>
void Walk(const TokenList& tokens, const LimitEdit& edit, Sink* sink) {
  using Kind = LimitEdit::Kind;
  const auto size = static_cast<TokenId>(tokens.size() - 1);
  if (edit.kind == Kind::kNone) return sink->Copy(0, size);
  const bool wraps = edit.kind == Kind::kWrap, closes = tokens[edit.end].kind == TokenKind::kRightParen;
  sink->Copy(0, edit.begin);
  if (wraps) {
    sink->Ours("LEAST(", edit.begin, true, true);
    sink->Copy(edit.begin, edit.end);
  }
  sink->Ours(edit.text, wraps ? edit.end : edit.begin, !wraps, closes);
  sink->Copy(edit.end, size);
}

// Writes into memory of the thread's own; the text is copied out once its size is known.
class Writer {
 public:
  Writer(const TokenList& tokens, TokenList* memory, std::vector<CanonicalOffset>* offsets)
      : tokens_(tokens), begin_(memory->Reserve(WrittenSize(tokens) + 64)), offsets_(*offsets), out_(begin_) {}

  void Copy(TokenId begin, TokenId end) {
    char* out = out_;  // the loop's own: what is written through it could be a member
    TokenId last = last_;
    for (TokenId id = begin; id < end; ++id) {
      if (tokens_[id].kind == TokenKind::kSemicolon) continue;
      *out = ' ';
      out += (last == kOurs ? !tight_ : NeedsSpace(tokens_, last, id)) ? 1 : 0;
      offsets_.push_back({static_cast<std::uint32_t>(out - begin_), tokens_[id].begin});
      out = WriteToken(tokens_, id, out);
      last = id;
    }
    out_ = out;
    last_ = last;
  }
  // What is not of the original is mapped to where it was put: behind the token before `at`, of which there is one.
  // `tight`: the next token follows without a space.
  void Ours(std::string_view text, TokenId at, bool space, bool tight) {
    if (space) *out_++ = ' ';
    offsets_.push_back({static_cast<std::uint32_t>(out_ - begin_), tokens_[at - 1].end});
    out_ = std::copy(text.begin(), text.end(), out_);
    last_ = kOurs;
    tight_ = tight;
  }
  std::string_view text() const { return {begin_, static_cast<std::size_t>(out_ - begin_)}; }

 private:
  static constexpr TokenId kOurs = 0xFFFFFFFFu;

  const TokenList& tokens_;
  char* const begin_;
  std::vector<CanonicalOffset>& offsets_;
  char* out_;
  TokenId last_ = kOurs;
  bool tight_ = true;
};

// Reads what was written with the lexer, token by token: what was kept has its kind and value, what is ours its
// spelling.
class Reader {
 public:
  Reader(const TokenList& tokens, std::size_t size, int version, TokenList* written)
      : tokens_(tokens), written_(*written), lexer_(size, version, written) {}

  void Copy(TokenId begin, TokenId end) {
    for (TokenId id = begin; same_ && id < end; ++id) {
      same_ = tokens_[id].kind == TokenKind::kSemicolon || lexer_.TakeSame(tokens_, id);
    }
  }
  void Ours(std::string_view text, TokenId, bool, bool) {
    while (same_ && !text.empty()) {
      same_ = lexer_.TakeToken() != nullptr && text.starts_with(written_.Spelling(0));
      text.remove_prefix(same_ ? written_.Spelling(0).size() : 0);
      text.remove_prefix(text.starts_with(' ') ? 1 : 0);
    }
  }
  // Whether all of it stood there, and nothing else.
  bool IsSame() { return same_ && lexer_.AtEnd(); }

 private:
  const TokenList& tokens_;
  const TokenList& written_;
  Rereader lexer_;
  bool same_ = true;
};

bool ReadsTheSame(const Tree& tree, const LimitEdit& edit, int version, std::string_view text, TokenList* written) {
  if (FindBadText(text).found) return false;
  Reader reader(tree.tokens, text.size(), version, written);
  Walk(tree.tokens, edit, &reader);
  return reader.IsSame();
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
  options.room = 4;
  return options;
}

bool ParsesTheSame(const Tree& tree, std::int64_t max_rows, const ParseOptions& options, std::string_view text,
                   Tree* again) {
  ParseError error;
  return Parse(text, Roomier(options, text.size()), again, &error) && SameTree(tree, *again, true) &&
         IsCapped(*again, max_rows);
}

}  // namespace

bool SameTree(const Tree& a, const Tree& b, bool limit_edited) {
  if (a.SameNodesBelowRoot(b)) {
    // A new LIMIT at the end comes after all other nodes, so these are the same bytes, and the root's slots remain.
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
  static thread_local Memory memory;
  const LimitEdit edit = PlanLimit(tree, max_rows, &out->limit);
  out->offsets.clear();
  out->offsets.reserve(tree.tokens.size() + 4);
  Writer writer(tree.tokens, &memory.written, &out->offsets);
  Walk(tree.tokens, edit, &writer);
  out->text = writer.text();
  // What is behind the last token, and inside a LIMIT of ours at the end, leads to the end of the original.
  out->offsets.push_back(
      {static_cast<std::uint32_t>(out->text.size()), static_cast<std::uint32_t>(tree.tokens.text().size())});
  return ReadsTheSame(tree, edit, options.postgres_version, writer.text(), &memory.written) &&
         (TokensSettleTree(tree.tokens, edit) || ParsesTheSame(tree, max_rows, options, out->text, &memory.again));
}

}  // namespace toomai::validator
