// Writes tokens in the one spelling PostgreSQL can read only one way. Used for the text that is sent and for
// fingerprints.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "validator/ast.h"

namespace toomai::validator {

namespace token_writer {

// How a token stands to its neighbours.
enum Spacing : std::uint8_t { kTightBefore = 1, kTightAfter = 2, kOpens = 4, kAsSpelled = 8 };

constexpr std::array<std::uint8_t, 64> MakeSpacing() {
  std::array<std::uint8_t, 64> spacing{};
  const auto add = [&](TokenKind kind, int value) {
    std::uint8_t& entry = spacing[static_cast<std::size_t>(kind)];
    entry = static_cast<std::uint8_t>(entry | value);
  };
  add(TokenKind::kComma, kTightBefore);
  add(TokenKind::kRightParen, kTightBefore);
  add(TokenKind::kRightBracket, kTightBefore);
  add(TokenKind::kDot, kTightBefore | kTightAfter);
  add(TokenKind::kTypecast, kTightBefore | kTightAfter);
  add(TokenKind::kLeftParen, kTightAfter | kOpens);
  add(TokenKind::kLeftBracket, kTightAfter | kOpens);
  for (int kind = static_cast<int>(TokenKind::kLeftParen); kind <= static_cast<int>(TokenKind::kOperator); ++kind) {
    if (static_cast<TokenKind>(kind) != TokenKind::kNotEqual) add(static_cast<TokenKind>(kind), kAsSpelled);
  }
  add(TokenKind::kInteger, kAsSpelled);
  add(TokenKind::kNumeric, kAsSpelled);
  return spacing;
}
inline constexpr std::array<std::uint8_t, 64> kSpacing = MakeSpacing();

// Short text is copied in whole words: both sides have room for that.
inline char* CopyShort(std::string_view text, char* out) {
  if (text.size() <= 16) {
    std::memcpy(out, text.data(), 16);
  } else {
    std::memcpy(out, text.data(), text.size());
  }
  return out + text.size();
}

// A keyword in both cases, padded so that it is copied in three moves.
struct BothCases {
  char upper[24] = {}, lower[24] = {};
};
extern const std::array<BothCases, static_cast<std::size_t>(Keyword::kNotAKeyword)> kSpellings;

bool OpensApart(const Token& left, const Token& right);
char* WriteUnlikeSpelled(const TokenList& tokens, TokenId id, char* out);

}  // namespace token_writer

// One space between tokens, none where punctuation keeps them apart anyway: a.b, f(x), x::int.
inline bool NeedsSpace(const TokenList& tokens, TokenId left, TokenId right) {
  const std::uint8_t before = token_writer::kSpacing[static_cast<std::size_t>(tokens[left].kind)];
  const std::uint8_t after = token_writer::kSpacing[static_cast<std::size_t>(tokens[right].kind)];
  if ((before & token_writer::kTightAfter) | (after & token_writer::kTightBefore)) return false;
  return !(after & token_writer::kOpens) || token_writer::OpensApart(tokens[left], tokens[right]);
}

// Capitals; small letters where it is a name.
inline std::string_view KeywordSpelling(const Token& keyword) {
  const token_writer::BothCases& spelling = token_writer::kSpellings[keyword.keyword];
  const std::size_t size = keyword.end - keyword.begin;
  return {keyword.is_name ? spelling.lower : spelling.upper,
          size > 1 ? size : InfoOf(Keyword::kNchar).word.size()};  // N'…' is the only short one
}

// Writes one token at `out` and returns the end: constants and names quoted where they must be, keywords in capitals
// (in small letters where they are names). REQUIRES: room, see WrittenSize; up to kWriteAhead bytes behind may be
// scribbled on.
inline char* WriteToken(const TokenList& tokens, TokenId id, char* out) {
  const Token& token = tokens[id];
  const bool as_spelled = token_writer::kSpacing[static_cast<std::size_t>(token.kind)] & token_writer::kAsSpelled;
  if (as_spelled || (token.kind == TokenKind::kIdentifier && token.is_plain)) {
    return token_writer::CopyShort(tokens.Value(id), out);
  }
  if (token.kind == TokenKind::kKeyword) {
    const std::string_view spelling = KeywordSpelling(token);
    std::memcpy(out, spelling.data(), sizeof(token_writer::BothCases::upper));
    return out + spelling.size();
  }
  return token_writer::WriteUnlikeSpelled(tokens, id, out);
}

// No text written from these tokens, with a space each, is longer.
inline constexpr std::size_t kWriteAhead = 32;
inline std::size_t WrittenSize(const TokenList& tokens) {
  return 4 * tokens.text().size() + 4 * tokens.size() + kWriteAhead;
}

}  // namespace toomai::validator
