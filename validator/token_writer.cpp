#include "validator/token_writer.h"

#include <array>
#include <cstring>

namespace toomai::validator::token_writer {
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
  if (!is_letter(name[0])) return false;
  for (const char c : name) {
    if (!is_letter(c) && (c < '0' || c > '9') && c != '$') return false;
  }
  return true;
}

constexpr std::size_t kKeywords = static_cast<std::size_t>(Keyword::kNotAKeyword);

constexpr std::array<BothCases, kKeywords> MakeSpellings() {
  constexpr std::string_view words[] = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  std::array<BothCases, kKeywords> spellings{};
  for (std::size_t i = 0; i < kKeywords; ++i) {
    for (std::size_t k = 0; k < words[i].size(); ++k) {
      const char c = words[i][k];
      spellings[i].lower[k] = c;
      spellings[i].upper[k] = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    }
  }
  return spellings;
}
constexpr bool NeedsEscape(char c) {
  return c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// How many bytes from the beginning stand in '…' as they are. Eight at a time.
std::size_t PlainRun(std::string_view value) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kTops = 0x8080808080808080u;
  const auto equals = [](std::uint64_t bytes, unsigned char c) {  // the top bit of lanes that may be equal
    const std::uint64_t difference = bytes ^ (kOnes * c);
    return (difference - kOnes) & ~difference;
  };
  std::size_t i = 0;
  for (; i + 8 <= value.size(); i += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, value.data() + i, 8);
    const std::uint64_t control = (bytes - kOnes * 0x20) & ~bytes;
    if ((control | equals(bytes, '\'') | equals(bytes, '\\') | equals(bytes, 0x7F)) & kTops) break;
  }
  while (i < value.size() && value[i] != '\'' && !NeedsEscape(value[i])) ++i;
  return i;
}

// With a backslash only E'…' means the same under every standard_conforming_strings.
char* WriteEscaped(std::string_view value, char* out) {
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

char* WriteString(std::string_view value, char* out) {
  char* const begin = out;
  *out++ = '\'';
  for (std::string_view rest = value;;) {
    const std::size_t plain = PlainRun(rest);
    std::memcpy(out, rest.data(), plain);
    out += plain;
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    if (NeedsEscape(rest[0])) return WriteEscaped(value, begin);
    for (; !rest.empty() && rest[0] == '\''; rest.remove_prefix(1)) {
      *out++ = '\'';
      *out++ = '\'';
    }
  }
  *out++ = '\'';
  return out;
}

char* WriteIdentifier(std::string_view name, char* out) {
  if (IsPlainName(name) && FindKeyword(name) == Keyword::kNotAKeyword) return CopyShort(name, out);
  *out++ = '"';
  for (const char c : name) {
    if (c == '"') *out++ = '"';
    *out++ = c;
  }
  *out++ = '"';
  return out;
}

}  // namespace

constexpr std::array<BothCases, kKeywords> kSpellings = MakeSpellings();

bool OpensApart(const Token& left, const Token& right) {
  if (right.kind == TokenKind::kLeftParen) return !IsName(left) && !IsCallWord(left);
  return !IsName(left) && left.kind != TokenKind::kRightParen && left.kind != TokenKind::kRightBracket &&
         left.kind != TokenKind::kKeyword && left.kind != TokenKind::kParameter;
}

char* WriteUnlikeSpelled(const TokenList& tokens, TokenId id, char* out) {
  const Token& token = tokens[id];
  switch (token.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kQuotedIdentifier:
      return WriteIdentifier(tokens.Value(id), out);
    case TokenKind::kString:
      return WriteString(tokens.Value(id), out);
    case TokenKind::kBitString:
    case TokenKind::kHexString:
      *out++ = token.kind == TokenKind::kBitString ? 'B' : 'X';
      *out++ = '\'';
      out = CopyShort(tokens.Value(id), out);
      *out++ = '\'';
      return out;
    case TokenKind::kNotEqual:  // whichever way it was spelled
      *out++ = '<';
      *out++ = '>';
      return out;
    case TokenKind::kParameter:
      *out++ = '$';
      break;
    default:
      break;
  }
  return CopyShort(tokens.Value(id), out);
}

}  // namespace toomai::validator::token_writer
