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

  // Token by token, for who knows what to expect. TakeWord: the next token is this word. REQUIRES: it is a keyword in
  // small letters or in capitals, and 16 bytes at it can be read.
  bool TakeWord(std::string_view word);
  // The next token is a bare word with this value; "no" may also mean that it takes a longer look. REQUIRES: 16 bytes
  // at it can be read.
  bool TakeName(std::string_view name);
  // The next token, or nullptr at the end and where there is none; it stands in out until the next call.
  const Token* TakeToken();
  bool AtEnd();

 private:
  enum class Quote { kPlain, kEscape, kUnicode, kBits };

  char At(std::size_t position) const { return text_[position]; }
  bool SkipSpace();    // and comments; false: unterminated comment, reported
  bool SkipToToken();  // false: there is none
  void LexOne();
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

// The first bytes are told apart in one step each; few words have more.
inline bool SameBytes(const char* a, const char* b, std::size_t size) {
  if (size > 16) return std::memcmp(a, b, size) == 0;
  std::uint64_t x[2], y[2];
  std::memcpy(x, a, 16);
  std::memcpy(y, b, 16);
  const auto differ = [&](int half, std::size_t count) { return ((x[half] ^ y[half]) << (64 - 8 * count)) != 0; };
  if (size <= 8) return size > 0 && !differ(0, size);
  return x[0] == y[0] && !differ(1, size - 8);
}

// A word ends where no part of a word follows; and a single letter may belong to a quote.
inline bool Lexer::TakeWord(std::string_view word) {
  if (!SkipToToken()) return false;
  const std::size_t end = position_ + word.size();
  if (end > size_ || !SameBytes(text_ + position_, word.data(), word.size())) return false;
  const char next = At(end);
  if ((ClassOf(next) & kIdentPart) || (word.size() == 1 && (next == '\'' || next == '&'))) return false;
  position_ = end;
  return true;
}

inline bool Lexer::TakeName(std::string_view name) {
  if (!SkipToToken()) return false;
  const WordBytes bytes(text_ + position_);
  const bool plain = (ClassOf(At(position_)) & kIdentStart) && bytes.Length() == name.size() &&
                     name.size() < WordBytes::kMost && !bytes.HasCapitals() && !bytes.HasHigh();
  return plain && LookUpKeyword(text_ + position_, name.size()) == Keyword::kNotAKeyword && TakeWord(name);
}

inline const Token* Lexer::TakeToken() {
  if (!SkipToToken()) return nullptr;
  out_->count_ = 0;
  begin_ = position_;
  LexOne();
  return failed_ ? nullptr : out_->data();
}

inline bool Lexer::AtEnd() {
  return !SkipToToken() && !failed_ && position_ >= size_;
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
