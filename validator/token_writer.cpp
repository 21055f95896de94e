#include "validator/token_writer.h"

#include <array>

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

struct UpperKeywords {
  // Every keyword in capitals, made once.
  std::array<std::string, static_cast<std::size_t>(Keyword::kNotAKeyword)> words;
  UpperKeywords() {
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (const char c : InfoOf(static_cast<Keyword>(i)).word) {
        words[i] += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
      }
    }
  }
};

}  // namespace

bool NeedsSpace(const TokenList& tokens, TokenId left, TokenId right) {
  const Token& a = tokens[left];
  const Token& b = tokens[right];
  switch (b.kind) {
    case TokenKind::kComma:
    case TokenKind::kRightParen:
    case TokenKind::kRightBracket:
    case TokenKind::kDot:
    case TokenKind::kTypecast:
      return false;
    case TokenKind::kLeftParen:
      if (IsName(a) || IsCallWord(a)) return false;
      break;
    case TokenKind::kLeftBracket:
      if (IsName(a) || a.kind == TokenKind::kRightParen || a.kind == TokenKind::kRightBracket ||
          a.kind == TokenKind::kKeyword || a.kind == TokenKind::kParameter) {
        return false;
      }
      break;
    default:
      break;
  }
  switch (a.kind) {
    case TokenKind::kLeftParen:
    case TokenKind::kLeftBracket:
    case TokenKind::kDot:
    case TokenKind::kTypecast:
      return false;
    default:
      return true;
  }
}

void AppendString(std::string_view value, std::string* out) {
  bool escaped = false;
  for (const char c : value) escaped |= c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  if (!escaped) {
    *out += '\'';
    for (std::size_t i = 0; i < value.size();) {
      const std::size_t quote = value.find('\'', i);
      if (quote == std::string_view::npos) {
        out->append(value, i, std::string_view::npos);
        break;
      }
      out->append(value, i, quote - i);
      *out += "''";
      i = quote + 1;
    }
    *out += '\'';
    return;
  }
  // With a backslash only E'…' means the same under every standard_conforming_strings.
  constexpr char kHex[] = "0123456789abcdef";
  *out += "E'";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'') {
      *out += "''";
    } else if (c == '\\') {
      *out += "\\\\";
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '\t') {
      *out += "\\t";
    } else if (c == '\r') {
      *out += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      *out += "\\x";
      *out += kHex[byte >> 4];
      *out += kHex[byte & 15];
    } else {
      *out += c;
    }
  }
  *out += '\'';
}

void AppendIdentifier(std::string_view name, std::string* out) {
  if (IsPlainName(name) && FindKeyword(name) == Keyword::kNotAKeyword) {
    *out += name;
    return;
  }
  *out += '"';
  for (const char c : name) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

void AppendToken(const TokenList& tokens, TokenId id, std::string* out) {
  static const UpperKeywords upper;
  const Token& token = tokens[id];
  switch (token.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kQuotedIdentifier:
      return AppendIdentifier(tokens.Value(id), out);
    case TokenKind::kKeyword:
      if (token.is_name) {
        *out += InfoOf(token.AsKeyword()).word;
      } else {
        *out += upper.words[token.keyword];
      }
      return;
    case TokenKind::kString:
      return AppendString(tokens.Value(id), out);
    case TokenKind::kBitString:
      *out += "B'";
      *out += tokens.Value(id);
      *out += '\'';
      return;
    case TokenKind::kHexString:
      *out += "X'";
      *out += tokens.Value(id);
      *out += '\'';
      return;
    case TokenKind::kParameter:
      *out += '$';
      break;
    default:
      break;
  }
  *out += tokens.Value(id);
}

}  // namespace toomai::validator
