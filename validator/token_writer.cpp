#include "validator/token_writer.h"

#include <array>
#include <cstring>

namespace toomai::validator {
namespace {

bool IsName(const Token& token) {
  return token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kQuotedIdentifier ||
         (token.kind == TokenKind::kKeyword && token.is_name);
}

// A keyword that is written like a function: coalesce(…), varchar(10), cast(…).
bool IsCallWord(const Token& token) {
  if (token.kind != TokenKind::kKeyword) return false;
  const Keyword word = token.AsKeyword();
  if (word == Keyword::kCast || word == Keyword::kRow) return true;
  return InfoOf(word).category == KeywordCategory::kColumnName && word != Keyword::kValues &&
         word != Keyword::kBetween && word != Keyword::kExists;
}

bool IsPlainName(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (name.empty() || !is_letter(name[0])) return false;
  for (const char c : name) {
    if (!is_letter(c) && (c < '0' || c > '9') && c != '$') return false;
  }
  return true;
}

// A keyword in both cases, padded so that it is copied in three moves.
struct KeywordSpelling {
  char upper[24] = {}, lower[24] = {};
};

constexpr std::size_t kKeywords = static_cast<std::size_t>(Keyword::kNotAKeyword);

constexpr std::array<KeywordSpelling, kKeywords> MakeSpellings() {
  constexpr std::string_view words[] = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  std::array<KeywordSpelling, kKeywords> spellings{};
  for (std::size_t i = 0; i < kKeywords; ++i) {
    for (std::size_t k = 0; k < words[i].size(); ++k) {
      const char c = words[i][k];
      spellings[i].lower[k] = c;
      spellings[i].upper[k] = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    }
  }
  return spellings;
}
constexpr std::array<KeywordSpelling, kKeywords> kSpellings = MakeSpellings();

// Short text is copied in whole words: both sides have room for that.
char* Copy(std::string_view text, char* out) {
  if (text.size() <= 16) {
    std::memcpy(out, text.data(), 16);
  } else {
    std::memcpy(out, text.data(), text.size());
  }
  return out + text.size();
}

char* WriteString(std::string_view value, char* out) {
  bool escaped = false;
  for (const char c : value) escaped |= c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  if (!escaped) {
    *out++ = '\'';
    for (const char c : value) {
      if (c == '\'') *out++ = '\'';
      *out++ = c;
    }
    *out++ = '\'';
    return out;
  }
  // With a backslash only E'…' means the same under every standard_conforming_strings.
  constexpr char kHex[] = "0123456789abcdef";
  *out++ = 'E';
  *out++ = '\'';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const char letter = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c == '\\' ? '\\' : '\0';
    if (c == '\'') {
      *out++ = '\'';
      *out++ = '\'';
    } else if (letter != '\0') {
      *out++ = '\\';
      *out++ = letter;
    } else if (byte < 0x20 || byte == 0x7F) {
      *out++ = '\\';
      *out++ = 'x';
      *out++ = kHex[byte >> 4];
      *out++ = kHex[byte & 15];
    } else {
      *out++ = c;
    }
  }
  *out++ = '\'';
  return out;
}

char* WriteIdentifier(std::string_view name, char* out) {
  if (IsPlainName(name) && FindKeyword(name) == Keyword::kNotAKeyword) return Copy(name, out);
  *out++ = '"';
  for (const char c : name) {
    if (c == '"') *out++ = '"';
    *out++ = c;
  }
  *out++ = '"';
  return out;
}

// How a token stands to its neighbours.
enum Spacing : std::uint8_t { kTightBefore = 1, kTightAfter = 2, kOpens = 4 };

constexpr std::array<std::uint8_t, 64> MakeSpacing() {
  std::array<std::uint8_t, 64> spacing{};
  const auto set = [&](TokenKind kind, int value) {
    spacing[static_cast<std::size_t>(kind)] = static_cast<std::uint8_t>(value);
  };
  set(TokenKind::kComma, kTightBefore);
  set(TokenKind::kRightParen, kTightBefore);
  set(TokenKind::kRightBracket, kTightBefore);
  set(TokenKind::kDot, kTightBefore | kTightAfter);
  set(TokenKind::kTypecast, kTightBefore | kTightAfter);
  set(TokenKind::kLeftParen, kTightAfter | kOpens);
  set(TokenKind::kLeftBracket, kTightAfter | kOpens);
  return spacing;
}
constexpr std::array<std::uint8_t, 64> kSpacing = MakeSpacing();

}  // namespace

bool NeedsSpace(const TokenList& tokens, TokenId left, TokenId right) {
  const Token& a = tokens[left];
  const Token& b = tokens[right];
  const std::uint8_t before = kSpacing[static_cast<std::size_t>(a.kind)];
  const std::uint8_t after = kSpacing[static_cast<std::size_t>(b.kind)];
  if ((before & kTightAfter) || (after & kTightBefore)) return false;
  if (!(after & kOpens)) return true;
  if (b.kind == TokenKind::kLeftParen) return !IsName(a) && !IsCallWord(a);
  return !IsName(a) && a.kind != TokenKind::kRightParen && a.kind != TokenKind::kRightBracket &&
         a.kind != TokenKind::kKeyword && a.kind != TokenKind::kParameter;
}

char* WriteToken(const TokenList& tokens, TokenId id, char* out) {
  const Token& token = tokens[id];
  switch (token.kind) {
    case TokenKind::kIdentifier:
      if (token.is_plain) break;
      return WriteIdentifier(tokens.Value(id), out);
    case TokenKind::kQuotedIdentifier:
      return WriteIdentifier(tokens.Value(id), out);
    case TokenKind::kKeyword: {
      const KeywordSpelling& spelling = kSpellings[token.keyword];
      std::memcpy(out, token.is_name ? spelling.lower : spelling.upper, sizeof spelling.upper);
      return out + (token.end - token.begin == 1 ? InfoOf(Keyword::kNchar).word.size() : token.end - token.begin);
    }
    case TokenKind::kString:
      return WriteString(tokens.Value(id), out);
    case TokenKind::kBitString:
    case TokenKind::kHexString:
      *out++ = token.kind == TokenKind::kBitString ? 'B' : 'X';
      *out++ = '\'';
      out = Copy(tokens.Value(id), out);
      *out++ = '\'';
      return out;
    case TokenKind::kParameter:
      *out++ = '$';
      break;
    case TokenKind::kNotEqual:
      *out++ = '<';
      *out++ = '>';
      return out;
    default:
      break;
  }
  return Copy(tokens.Value(id), out);
}

}  // namespace toomai::validator
