#include "llm/tokens.h"

#include "base/text.h"

namespace toomai::llm {
namespace {

bool IsLetter(unsigned char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool IsDigit(unsigned char c) {
  return c >= '0' && c <= '9';
}
bool IsSpace(unsigned char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

// Byte-pair vocabularies keep common words whole (one token per six letters or so), digits in threes, punctuation
// alone, one blank with the word after it, and spend about one token on each East Asian character.
std::int64_t EstimateTokens(std::string_view text) {
  std::int64_t tokens = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned char c = text[i];
    const std::size_t start = i;
    if (IsLetter(c)) {
      while (i < text.size() && IsLetter(text[i])) ++i;
      tokens += (i - start + 5) / 6;
    } else if (IsDigit(c)) {
      while (i < text.size() && IsDigit(text[i])) ++i;
      tokens += (i - start + 2) / 3;
    } else if (IsSpace(c)) {
      while (i < text.size() && IsSpace(text[i])) ++i;
      if (i - start > 1) ++tokens;
    } else if (c < 0x80) {
      ++i;
      ++tokens;
    } else {
      NextCodePoint(text, &i);
      ++tokens;
    }
  }
  return tokens;
}

}  // namespace toomai::llm
