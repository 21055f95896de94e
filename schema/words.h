// Text into tokens, and identifiers into words, the same way on both sides: what is asked and what the schema is
// called. Folding is a small, table-driven part of NFKC + case folding (full width, accents, half-width kana): enough
// for matching, and it spares the start-up cost of a Unicode library. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::schema {

enum class TokenKind {
  kWord,        // letters (with digits inside: "a340")
  kNumber,      // "1,000", "3.5", "2019-04-03"
  kQuoted,      // what stood between quotes, as one token
  kIdeograph,   // one Han, kana or Hangul character
  kPunctuation  // one of , . ; : ? ! ( ) % / + - = < > and "'s"
};

struct Token {
  TokenKind kind = TokenKind::kWord;
  std::string text;                // as written, quotes removed
  std::string norm;                // folded
  std::string stem;                // of norm; equal to norm where there is nothing to stem
  std::size_t begin = 0, end = 0;  // bytes of the input
  bool capital = false;            // starts with an upper-case letter
  bool space_before = false;
};

// Lower case, no accents, half width, straight quotes.
std::string Fold(std::string_view text);
bool IsIdeograph(char32_t c);  // Han, Hiragana, Katakana, Hangul, and the marks among them
bool IsKana(char32_t c);
std::vector<Token> Tokenize(std::string_view text, std::size_t max_tokens);

// "sbTxDateTime" -> sb tx date time; "countryname" -> country name (with the dictionary's and the extra words).
// Folded, not stemmed.
class NameSplitter {
 public:
  void AddWord(std::string_view word);  // a word of the catalogue at hand
  std::vector<std::string> Split(std::string_view identifier) const;
  bool Knows(const std::string& word) const;

 private:
  std::vector<std::string> SplitGlued(const std::string& run) const;
  std::vector<std::string> extra_;  // sorted
};

// A short form for what it stands for: "qty" -> "quantity"; empty when none is known.
std::string_view ExpandAbbreviation(std::string_view word);

}  // namespace toomai::schema
