// What the lexer makes of SQL text: tokens as ranges of bytes, and the words PostgreSQL reserves.
//
// A token never owns text. Its value (an identifier folded and cut as PostgreSQL does, a string without quotes and
// escapes) is a range of the token list's buffer, see TokenList::Value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace toomai::validator {

using TokenId = std::uint32_t;

enum class TokenKind : std::uint8_t {
  kEnd,               // after the last token; empty range at the end of the text
  kIdentifier,        // bare word that is no keyword
  kQuotedIdentifier,  // "…" and U&"…" (with its UESCAPE)
  kKeyword,           // Token::keyword says which
  kString,            // '…', E'…', U&'…', $tag$…$tag$: any spelling of a text constant
  kBitString,         // B'…'
  kHexString,         // X'…'
  kInteger,           // digits (and 0x…, 0o…, 0b…, 1_000 from PostgreSQL 16)
  kNumeric,           // with point or exponent
  kParameter,         // $1
  // One character each, never part of a longer operator:
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kSemicolon,
  kDot,
  kColon,
  kTypecast,       // ::
  kDotDot,         // ..
  kColonEquals,    // :=
  kEqualsGreater,  // =>
  // Operators the grammar names:
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kCaret,
  kLess,
  kGreater,
  kEqual,
  kLessEqual,
  kGreaterEqual,
  kNotEqual,
  kOperator,  // every other operator
  kError,     // what PostgreSQL's lexer refuses; Token::keyword holds a LexicalError
};

enum class LexicalError : std::uint16_t {
  kUnterminatedString,
  kUnterminatedQuotedIdentifier,
  kUnterminatedComment,
  kUnterminatedDollarString,
  kUnterminatedBitString,
  kUnterminatedHexString,
  kEmptyIdentifier,  // ""
  kJunkAfterNumber,
  kJunkAfterParameter,
  kInvalidNumber,
  kParameterTooLarge,
  kOperatorTooLong,  // 64 bytes and more
  kInvalidEscape,    // \x, \u, U& escapes that PostgreSQL refuses
  kInvalidUescape,
  kInvalidUtf8,
  kNulByte,
  kControlCharacter,
  kUnexpectedCharacter,
};

enum class KeywordCategory : std::uint8_t { kReserved, kUnreserved, kColumnName, kTypeOrFunction };

enum class Keyword : std::uint16_t {
#define KEYWORD(word, name, category, label, since) name,
#include "validator/keywords.def"
#undef KEYWORD
  kNotAKeyword
};

struct KeywordInfo {
  std::string_view word;  // lower case
  KeywordCategory category;
  bool bare_label;     // may follow an expression as its name without AS
  std::uint8_t since;  // first major version of PostgreSQL that has the word
};
inline constexpr KeywordInfo kKeywordInfo[] = {
#define KEYWORD(word, name, category, label, since) {word, KeywordCategory::k##category, label, since},
#include "validator/keywords.def"
#undef KEYWORD
    {"", KeywordCategory::kUnreserved, false, 0},
};
inline const KeywordInfo& InfoOf(Keyword keyword) {
  return kKeywordInfo[static_cast<std::size_t>(keyword)];
}
// The keyword with this lower-case spelling in any version, or kNotAKeyword.
Keyword FindKeyword(std::string_view lower_case_word);

struct Token {
  std::uint32_t begin = 0, end = 0;         // bytes of the text
  std::uint32_t value = 0, value_size = 0;  // range of the list's buffer; TokenList::Value reads it
  TokenKind kind = TokenKind::kEnd;
  bool is_name = false;   // set by the parser: a keyword that was read as a name
  bool is_plain = false;  // a bare word of ASCII that is no keyword in any version: may be written as it is
  std::uint16_t keyword = static_cast<std::uint16_t>(Keyword::kNotAKeyword);

  Keyword AsKeyword() const { return static_cast<Keyword>(keyword); }
  LexicalError AsError() const { return static_cast<LexicalError>(value); }
};

}  // namespace toomai::validator
