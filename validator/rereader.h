// The lexer for who knows what to expect: reads a text that stands in a token list's own memory and says of each token
// whether it is a certain one. It decides as the lexer would; what cannot be seen at a glance is lexed.
#pragma once

#include "validator/keyword_table.h"
#include "validator/lexer_impl.h"
#include "validator/token_writer.h"
#include "validator/word_bytes.h"

namespace toomai::validator {

class Rereader {
 public:
  // REQUIRES: `size` bytes without FindBadText stand in text->Reserve(…).
  Rereader(std::size_t size, int version, TokenList* text) : text_(*text), lexer_(size, version, text) {}

  // The next token has the kind and the value of this one; a name may be quoted in one place only.
  bool TakeSame(const TokenList& tokens, TokenId id) {
    if (!lexer_.SkipToToken()) return false;
    const Token& token = tokens[id];
    if (token.kind == TokenKind::kKeyword) return TakeKeyword(KeywordSpelling(token));
    if (token.kind == TokenKind::kIdentifier ? TakeName(tokens.Value(id)) : TakeSingle(token.kind)) return true;
    return TakeToken() != nullptr && IsSame(tokens, id);
  }
  // The next token, or nullptr at the end and where there is none; it stands first in the list until the next call.
  const Token* TakeToken() { return lexer_.SkipToToken() && lexer_.LexAlone() ? text_.data() : nullptr; }
  bool AtEnd() { return !lexer_.SkipToToken() && !lexer_.failed_; }

 private:
  const char* Here() const { return lexer_.text_ + lexer_.position_; }

  // A single letter may belong to a quote: that is for the lexer to say.
  bool TakeBytes(std::string_view word) {
    const char* const here = Here();
    if (!SameBytes(here, word.data(), word.size()) || (word.size() == 1 && (here[1] == '\'' || here[1] == '&')))
      return false;
    lexer_.position_ += word.size();
    return true;
  }
  // The spelling alone says which keyword it is; it ends where no part of a word follows.
  bool TakeKeyword(std::string_view word) {
    return word.size() <= lexer_.size_ - lexer_.position_ && !(ClassOf(Here()[word.size()]) & kIdentPart) &&
           TakeBytes(word);
  }
  bool TakeName(std::string_view name) {
    const WordBytes bytes(Here());
    const bool plain = (ClassOf(*Here()) & kIdentStart) && bytes.Length() == name.size() &&
                       name.size() < WordBytes::kMost && !bytes.HasCapitals() && !bytes.HasHigh();
    return plain && LookUpKeyword(Here(), name.size()) == Keyword::kNotAKeyword && TakeBytes(name);
  }
  bool TakeSingle(TokenKind kind) {
    const char c = Here()[0], next = Here()[1];
    const bool same = kind == TokenKind::kDot ? c == '.' && (ClassOf(next) & kIdentStart) : SingleOf(c, next) == kind;
    lexer_.position_ += same ? 1 : 0;
    return same;
  }
  bool IsSame(const TokenList& tokens, TokenId id) const {
    const Token& token = tokens[id];
    const Token& found = text_[0];
    const auto is_name = [](TokenKind kind) {
      return kind == TokenKind::kIdentifier || kind == TokenKind::kQuotedIdentifier;
    };
    if (found.keyword != token.keyword) return false;
    if (found.kind != token.kind && !(is_name(found.kind) && is_name(token.kind))) return false;
    return (token.kind >= TokenKind::kLeftParen && token.kind < TokenKind::kOperator) ||
           text_.Value(0) == tokens.Value(id);
  }
  // REQUIRES: size > 0, and 16 bytes can be read at both.
  static bool SameBytes(const char* a, const char* b, std::size_t size) {
    if (size > 16) return std::memcmp(a, b, size) == 0;
    std::uint64_t x[2], y[2];
    std::memcpy(x, a, 16);
    std::memcpy(y, b, 16);
    const auto differ = [&](int half, std::size_t count) { return ((x[half] ^ y[half]) << (64 - 8 * count)) != 0; };
    if (size <= 8) return !differ(0, size);
    return x[0] == y[0] && !differ(1, size - 8);
  }

  const TokenList& text_;
  Lexer lexer_;
};

}  // namespace toomai::validator
