// Numbers, parameters and dollar quotes. https://www.postgresql.org/docs/current/sql-syntax-lexical.html
#include "validator/lexer_impl.h"

namespace toomai::validator {

// 12, 12.5, .5, 1., 1e5, 1.5e-3; "1..2" is 1 and "..". From PostgreSQL 16 also 0x1F, 0o17, 0b11 and 1_000.
void Lexer::Number() {
  const bool underscores = version_ >= 16;
  const auto digits = [&](std::size_t i, auto is_digit) {
    while (is_digit(At(i)) || (underscores && At(i) == '_' && is_digit(At(i + 1)))) ++i;
    return i;
  };
  const auto is_decimal = [](char c) { return (ClassOf(c) & kDigit) != 0; };
  const auto finish = [&](TokenKind kind, std::size_t end) {
    if (ClassOf(At(end)) & (kIdentStart | kDigit)) {  // a digit: 0o78
      std::size_t junk = end;
      while (ClassOf(At(junk)) & kIdentPart) ++junk;
      return Fail(LexicalError::kJunkAfterNumber, begin_, junk);
    }
    Emit(kind, end);
  };
  std::size_t i = begin_;
  if (version_ >= 16 && At(i) == '0') {
    const char base = static_cast<char>(At(i + 1) | 0x20);
    const auto based = [&](auto is_digit) {
      const std::size_t start = i + 2;
      std::size_t end = start;
      while (is_digit(At(end)) || (At(end) == '_' && is_digit(At(end + 1)))) ++end;
      if (end == start) return Fail(LexicalError::kInvalidNumber, begin_, start);
      finish(end - start > 7 ? TokenKind::kNumeric : TokenKind::kInteger, end);
    };
    if (base == 'x') return based([](char c) { return HexValue(c) >= 0; });
    if (base == 'o') return based([](char c) { return c >= '0' && c <= '7'; });
    if (base == 'b') return based([](char c) { return c == '0' || c == '1'; });
  }
  bool is_integer = true;
  i = digits(i, is_decimal);
  const bool has_digits = i > begin_;
  if (At(i) == '.' && !(has_digits && At(i + 1) == '.')) {
    is_integer = false;
    ++i;
    if (is_decimal(At(i))) i = digits(i, is_decimal);
  }
  if (At(i) == 'e' || At(i) == 'E') {
    std::size_t exponent = i + 1;
    if (At(exponent) == '+' || At(exponent) == '-') ++exponent;
    if (!is_decimal(At(exponent))) return Fail(LexicalError::kJunkAfterNumber, begin_, exponent);
    i = digits(exponent, is_decimal);
    is_integer = false;
  }
  // Integers beyond 2^31 - 1 are numerics to the grammar.
  if (is_integer) {
    std::uint64_t value = 0;
    for (std::size_t k = begin_; k < i && value <= 0x7FFFFFFFu; ++k) {
      if (At(k) != '_') value = value * 10 + static_cast<std::uint64_t>(At(k) - '0');
    }
    is_integer = value <= 0x7FFFFFFFu;
  }
  finish(is_integer ? TokenKind::kInteger : TokenKind::kNumeric, i);
}

// $1, $$…$$, $tag$…$tag$.
void Lexer::Dollar() {
  std::size_t i = begin_ + 1;
  if (ClassOf(At(i)) & kDigit) {
    while (ClassOf(At(i)) & kDigit) ++i;
    if (ClassOf(At(i)) & kIdentStart) return Fail(LexicalError::kJunkAfterParameter, begin_, i + 1);
    if (i - begin_ > 6) return Fail(LexicalError::kParameterTooLarge, begin_, i);
    return EmitValue(TokenKind::kParameter, i, begin_ + 1, i - begin_ - 1);
  }
  if (ClassOf(At(i)) & kIdentStart) {
    while ((ClassOf(At(i)) & kIdentPart) && At(i) != '$') ++i;
  }
  if (At(i) != '$') return Fail(LexicalError::kUnexpectedCharacter, begin_, begin_ + 1);
  const std::size_t body = i + 1;
  const std::string_view tag(text_ + begin_, body - begin_);
  const std::size_t close = out_->text().find(tag, body);
  if (close == std::string_view::npos) return Fail(LexicalError::kUnterminatedDollarString, begin_, size_);
  EmitValue(TokenKind::kString, close + tag.size(), body, close - body);
}

}  // namespace toomai::validator
