#include "engine/rough_tokens.h"

#include "base/text.h"

namespace toomai::engine {
namespace {

bool IsWordStart(unsigned char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? true : c == '_' || c >= 0x80;
}
bool IsDigit(unsigned char c) {
  return c >= '0' && c <= '9';
}
bool IsWordPart(unsigned char c) {
  return IsWordStart(c) || IsDigit(c) || c == '$';
}
bool IsSpace(unsigned char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Past the closing quote; a doubled quote stands for itself. `backslash`: \' does too, when a quote comes later.
std::size_t EndOfQuoted(std::string_view text, std::size_t at, char close, std::string* value) {
  while (at < text.size()) {
    if (text[at] == close) {
      if (at + 1 < text.size() && text[at + 1] == close) {
        *value += close;
        at += 2;
        continue;
      }
      return at + 1;
    }
    *value += text[at++];
  }
  return at;
}

const char* const kTwoByteSymbols[] = {"==", "<=", ">=", "<>", "!=", "||", "&&", "::", ":=", "!~", "~*", "->", "=>"};

}  // namespace

std::vector<RoughToken> RoughTokens(std::string_view text) {
  std::vector<RoughToken> tokens;
  int depth = 0;
  std::size_t at = 0;
  const auto after_operand = [&] {
    if (tokens.empty()) return false;
    const RoughToken& last = tokens.back();
    // A subscript stands directly behind what it belongs to: a[1], ARRAY[1].
    return last.end == at && (last.kind == RoughToken::Kind::kWord || last.lower == ")" || last.lower == "]");
  };
  while (at < text.size()) {
    const unsigned char c = text[at];
    if (IsSpace(c)) {
      ++at;
      continue;
    }
    if (text.substr(at, 2) == "--") {
      while (at < text.size() && text[at] != '\n') ++at;
      continue;
    }
    if (text.substr(at, 2) == "/*") {
      const std::size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
      continue;
    }
    RoughToken token;
    token.begin = at;
    token.depth = depth;
    if (IsWordStart(c)) {
      while (at < text.size() && IsWordPart(text[at])) ++at;
      token.kind = RoughToken::Kind::kWord;
      token.lower = AsciiLower(text.substr(token.begin, at - token.begin));
    } else if (IsDigit(c) || (c == '.' && at + 1 < text.size() && IsDigit(text[at + 1]))) {
      while (at < text.size() && (IsWordPart(text[at]) || text[at] == '.')) ++at;
      token.kind = RoughToken::Kind::kNumber;
      token.lower = std::string(text.substr(token.begin, at - token.begin));
    } else if (c == '\'' || c == '"' || c == '`') {
      at = EndOfQuoted(text, at + 1, static_cast<char>(c), &token.lower);
      token.kind = c == '\''  ? RoughToken::Kind::kString
                   : c == '"' ? RoughToken::Kind::kDoubleQuoted
                              : RoughToken::Kind::kBacktick;
    } else if (c == '[' && !after_operand()) {
      at = EndOfQuoted(text, at + 1, ']', &token.lower);
      token.kind = RoughToken::Kind::kBracketed;
    } else {
      std::size_t size = 1;
      for (const char* symbol : kTwoByteSymbols) {
        if (text.substr(at, 2) == symbol) size = 2;
      }
      at += size;
      token.lower = std::string(text.substr(token.begin, size));
      if (token.lower == "(") ++depth;
      if (token.lower == ")") token.depth = depth = depth > 0 ? depth - 1 : 0;
    }
    token.end = at;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::size_t ClosingParen(const std::vector<RoughToken>& tokens, std::size_t open) {
  for (std::size_t i = open + 1; i < tokens.size(); ++i) {
    if (tokens[i].lower == ")" && tokens[i].kind == RoughToken::Kind::kSymbol && tokens[i].depth == tokens[open].depth)
      return i;
  }
  return tokens.size();
}

}  // namespace toomai::engine
