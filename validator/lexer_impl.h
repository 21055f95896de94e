// The lexer itself; private to lexer*.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "validator/ast.h"
#include "validator/keyword_table.h"
#include "validator/lexer.h"
#include "validator/word_bytes.h"

namespace toomai::validator {

enum CharClass : std::uint8_t {
  kSpace = 1 << 0,  // space, tab, line feed, carriage return, form feed; not vertical tab before PostgreSQL 17
  kNewline = 1 << 1,
  kIdentStart = 1 << 2,  // letters, '_', every byte from 0x80
  kIdentPart = 1 << 3,   // … and digits and '$'
  kDigit = 1 << 4,
  kOpChar = 1 << 5,
  kMaySkip = 1 << 6,  // white space, what may begin a comment, and the end
};

constexpr std::array<std::uint8_t, 256> MakeClasses() {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view bytes, int kinds) {
    for (const char c : bytes) {
      std::uint8_t& kind = classes[static_cast<unsigned char>(c)];
      kind = static_cast<std::uint8_t>(kind | kinds);
    }
  };
  for (int c = 0x80; c <= 0xFF; ++c) classes[static_cast<std::size_t>(c)] = kIdentStart | kIdentPart;
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", kIdentStart | kIdentPart);
  add("0123456789", kDigit | kIdentPart);
  add("$", kIdentPart);
  add(" \t\n\r\f", kSpace | kMaySkip);
  add("\n\r", kNewline);
  add("~!@#^&|`?+-*/%<>=", kOpChar);
  add(std::string_view("-/\0", 3), kMaySkip);
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> kClasses = MakeClasses();

constexpr std::uint8_t ClassOf(char c) {
  return kClasses[static_cast<unsigned char>(c)];
}

// Tokens of one character; those that may begin a longer operator, only when none goes on.
constexpr std::array<TokenKind, 256> MakeSingles() {
  std::array<TokenKind, 256> singles{};  // kEnd: none
  const auto set = [&](char c, TokenKind kind) { singles[static_cast<unsigned char>(c)] = kind; };
  set('(', TokenKind::kLeftParen);
  set(')', TokenKind::kRightParen);
  set('[', TokenKind::kLeftBracket);
  set(']', TokenKind::kRightBracket);
  set(',', TokenKind::kComma);
  set(';', TokenKind::kSemicolon);
  set('+', TokenKind::kPlus);
  set('-', TokenKind::kMinus);
  set('*', TokenKind::kStar);
  set('/', TokenKind::kSlash);
  set('%', TokenKind::kPercent);
  set('^', TokenKind::kCaret);
  set('<', TokenKind::kLess);
  set('>', TokenKind::kGreater);
  set('=', TokenKind::kEqual);
  return singles;
}
inline constexpr std::array<TokenKind, 256> kSingles = MakeSingles();

// kEnd: not such a token.
constexpr TokenKind SingleOf(char c, char next) {
  return ClassOf(c) & ClassOf(next) & kOpChar ? TokenKind::kEnd : kSingles[static_cast<unsigned char>(c)];
}

constexpr int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline constexpr std::size_t kNameBytes = 63;  // NAMEDATALEN - 1

class Lexer {
 public:
  Lexer(std::string_view sql, int version, TokenList* out);
  // Of a text that stands in out's own memory already, see TokenList::Reserve.
  Lexer(std::size_t size, int version, TokenList* out);
  bool Run(std::size_t max_tokens);

 private:
  friend class Rereader;
  enum class Quote { kPlain, kEscape, kUnicode, kBits };

  char At(std::size_t position) const { return text_[position]; }
  bool SkipSpace();    // and comments; false: unterminated comment, reported
  bool SkipToToken();  // false: there is none
  void LexOne();
  bool LexAlone();  // the same, into the list's first place
  void Word();
  bool Prefixed(char letter, char quote);  // E'…', N'…', U&"…": the letter belongs to what follows
  void Number();
  void Dollar();
  void Operator();
  void Quoted(std::size_t open, Quote quote, TokenKind kind, LexicalError unterminated);
  bool Escape(std::size_t* position);
  void QuotedIdentifier(std::size_t open, bool unicode);
  void Uescape(bool is_identifier, std::size_t error_begin);
  bool DecodeUnicode(char escape);
  bool ReadUescape(char* escape);
  std::size_t StringContinuation(std::size_t position) const;

  void Emit(TokenKind kind, std::size_t end);
  void EmitValue(TokenKind kind, std::size_t end, std::size_t value, std::size_t size);
  void Fail(LexicalError error, std::size_t begin, std::size_t end);
  void Put(char c) { text_[pool_++] = c; }
  void PutRange(std::size_t begin, std::size_t end) {
    std::memcpy(text_ + pool_, text_ + begin, end - begin);
    pool_ += end - begin;
  }
  bool PutCodePoint(std::uint32_t c);
  void CutName(std::size_t value, std::size_t* size) const;

  TokenList* out_;
  char* text_;  // the text, a 0, then the pool of values that are not spelled as written
  const std::size_t size_;
  const int version_;
  std::size_t position_ = 0;
  std::size_t begin_ = 0;  // of the token being read
  std::size_t pool_;
  bool failed_ = false;
  // Facts about the run of operator characters being cut into tokens, so that a long run is looked at once only.
  std::size_t run_end_ = 0;           // position behind the run; a comment start ends it
  std::size_t run_last_special_ = 0;  // position + 1 of its last character that allows a sign tail
  std::size_t run_last_solid_ = 0;    // position + 1 of its last character that is neither + nor -
};

inline bool Lexer::SkipToToken() {
  position_ += (ClassOf(At(position_)) & kSpace) != 0 ? 1 : 0;  // nearly always there is one space, or none
  return !(ClassOf(At(position_)) & kMaySkip) || (SkipSpace() && position_ < size_);
}

inline void Lexer::EmitValue(TokenKind kind, std::size_t end, std::size_t value, std::size_t size) {
  out_->tokens_[out_->count_++] = Token{static_cast<std::uint32_t>(begin_), static_cast<std::uint32_t>(end),
                                        static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(size), kind};
  position_ = end;
}

inline void Lexer::Emit(TokenKind kind, std::size_t end) {
  EmitValue(kind, end, begin_, end - begin_);
}

}  // namespace toomai::validator
