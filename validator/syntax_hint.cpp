#include "validator/syntax_hint.h"

#include "validator/lexer.h"
#include "validator/parser_impl.h"

namespace toomai::validator {
namespace {

// One insertion, deletion, replacement, or exchange of neighbours apart; both in lower case. REQUIRES: a != b.
bool OneSlipApart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  if (a.size() < b.size()) return a.substr(i) == b.substr(i + 1);
  if (a.substr(i + 1) == b.substr(i + 1)) return true;
  return a[i] == b[i + 1] && a[i + 1] == b[i] && a.substr(i + 2) == b.substr(i + 2);
}

std::string LowerCase(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

// The words people misspell; suggesting one of the others would be guessing.
constexpr Keyword kSuggested[] = {
    Keyword::kSelect, Keyword::kFrom,   Keyword::kWhere,     Keyword::kGroup,    Keyword::kBy,      Keyword::kHaving,
    Keyword::kOrder,  Keyword::kLimit,  Keyword::kOffset,    Keyword::kJoin,     Keyword::kLeft,    Keyword::kRight,
    Keyword::kInner,  Keyword::kOuter,  Keyword::kFull,      Keyword::kCross,    Keyword::kNatural, Keyword::kUsing,
    Keyword::kUnion,  Keyword::kExcept, Keyword::kIntersect, Keyword::kDistinct, Keyword::kBetween, Keyword::kLike,
    Keyword::kIlike,  Keyword::kExists, Keyword::kCase,      Keyword::kWhen,     Keyword::kThen,    Keyword::kElse,
    Keyword::kEnd,    Keyword::kAnd,    Keyword::kNot,       Keyword::kNull,     Keyword::kDesc,    Keyword::kAsc,
    Keyword::kValues, Keyword::kWith,   Keyword::kRecursive, Keyword::kLateral,  Keyword::kOver,    Keyword::kPartition,
    Keyword::kCast,   Keyword::kWindow, Keyword::kFilter,    Keyword::kFetch,
};

// How far parsing gets with `replacement` in place of the token.
TokenId FurthestWith(std::string_view sql, const Token& token, std::string_view replacement,
                     const ParseOptions& options) {
  std::string changed(sql.substr(0, token.begin));
  changed += replacement;
  changed += sql.substr(token.end);
  Tree tree;
  Lex(changed, options.postgres_version, options.limits.tokens, &tree.tokens);  // one word for another: as many tokens
  Parser parser(options, &tree, nullptr);
  return parser.Run() ? static_cast<TokenId>(tree.tokens.size()) : parser.furthest();
}

}  // namespace

std::string UpperCase(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) {
    if (c != '_') c = static_cast<char>(c - ('a' - 'A'));
  }
  return upper;
}

std::string QuoteForMessage(std::string_view spelling) {
  constexpr std::size_t kMost = 40;
  std::string quoted = "\"";
  if (spelling.size() <= kMost) {
    quoted += spelling;
  } else {
    std::size_t end = kMost;
    while ((static_cast<unsigned char>(spelling[end]) & 0xC0) == 0x80) --end;  // not inside a character
    quoted += spelling.substr(0, end);
    quoted += "…";
  }
  quoted += '"';
  return quoted;
}

void SuggestKeyword(std::string_view sql, const ParseOptions& options, TokenId furthest, const Tree& tree,
                    Finding* finding) {
  constexpr std::size_t kLongText = 4096;  // trying is parsing again
  if (sql.size() > kLongText) return;
  const TokenId from = furthest > 0 ? furthest - 1 : 0;
  const auto size = static_cast<TokenId>(tree.tokens.size());
  for (TokenId id = from; id <= furthest && id + 1 < size; ++id) {
    const Token& token = tree.tokens[id];
    if (token.kind != TokenKind::kIdentifier) continue;
    const std::string word = LowerCase(tree.tokens.Spelling(id));
    if (word.size() < 3) continue;
    for (const Keyword keyword : kSuggested) {
      const std::string_view right = InfoOf(keyword).word;
      if (!OneSlipApart(word, right)) continue;
      const TokenId reached = FurthestWith(sql, token, right, options);
      if (reached <= furthest + 1 && reached < size) continue;
      const std::string upper = UpperCase(right);
      finding->begin = token.begin;
      finding->end = token.end;
      finding->message =
          "syntax error at or near " + QuoteForMessage(tree.tokens.Spelling(id)) + ": did you mean " + upper + "?";
      finding->hint = "write " + upper;
      finding->candidates = {upper};
      return;
    }
  }
}

}  // namespace toomai::validator
