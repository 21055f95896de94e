// U&'…' and U&"…" with their UESCAPE.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-UESCAPE
#include "validator/lexer_impl.h"
#include "validator/text_check.h"

namespace toomai::validator {

// The token just emitted is U&…: a UESCAPE clause may follow, then the escapes are replaced.
void Lexer::Uescape(bool is_identifier, std::size_t error_begin) {
  char escape = '\\';
  if (!ReadUescape(&escape)) return;
  if (!DecodeUnicode(escape)) {
    const std::size_t end = position_;
    --out_->count_;
    return Fail(LexicalError::kInvalidEscape, error_begin, end);
  }
  Token& token = out_->tokens_[out_->count_ - 1];
  std::size_t size = token.value_size;
  if (is_identifier) {
    CutName(token.value, &size);
    // A string can be written with \x16; a name could not be written again.
    if (FindBadText({text_ + token.value, size}).found) {
      --out_->count_;
      return Fail(LexicalError::kControlCharacter, error_begin, position_);
    }
  }
  token.value_size = static_cast<std::uint32_t>(size);
}

// UESCAPE and a plain string of one character, anything but a hexadecimal digit, + ' " and white space.
bool Lexer::ReadUescape(char* escape) {
  constexpr std::string_view kWord = "uescape";
  const std::size_t token_end = position_;
  const std::size_t token = out_->count_ - 1;
  if (!SkipSpace()) return false;
  std::size_t i = 0;
  while (i < kWord.size() && (At(position_ + i) | 0x20) == kWord[i]) ++i;
  if (i < kWord.size() || (ClassOf(At(position_ + i)) & kIdentPart)) {
    position_ = token_end;
    return true;
  }
  const std::size_t clause = position_;
  position_ += kWord.size();
  if (!SkipSpace()) return false;
  const std::size_t literal = begin_ = position_;
  const char c = At(position_), next = At(position_ + 1);
  if (c != '\'' && c != '$' && !((c == 'e' || c == 'E') && next == '\'')) {
    Fail(LexicalError::kInvalidUescape, clause, position_ + 1);
    return false;
  }
  LexOne();
  if (failed_) return false;
  const Token string = out_->tokens_[--out_->count_];
  const char chosen = At(string.value);
  if (string.kind != TokenKind::kString || string.value_size != 1 || HexValue(chosen) >= 0 || chosen == '+' ||
      chosen == '\'' || chosen == '"' || (ClassOf(chosen) & kSpace) || chosen == '\v') {
    Fail(LexicalError::kInvalidUescape, literal, string.end);
    return false;
  }
  *escape = chosen;
  out_->tokens_[token].end = string.end;
  return true;
}

// Replaces \XXXX and \+XXXXXX in the value of the last token.
bool Lexer::DecodeUnicode(char escape) {
  Token& token = out_->tokens_[out_->count_ - 1];
  const std::size_t from = token.value, until = from + token.value_size;
  if (std::memchr(text_ + from, escape, until - from) == nullptr) return true;
  // A value that is in the pool already shrinks in place, so that the pool never needs more room than the text.
  if (from > size_) pool_ = from;
  const std::size_t value = pool_;
  std::uint32_t high = 0;  // first half of a surrogate pair
  for (std::size_t i = from; i < until;) {
    const bool doubled = At(i) == escape && i + 1 < until && At(i + 1) == escape;
    if (At(i) != escape || doubled) {
      if (high != 0) return false;
      Put(At(i));
      i += doubled ? 2 : 1;
      continue;
    }
    const bool is_long = i + 1 < until && At(i + 1) == '+';
    const std::size_t start = i + (is_long ? 2 : 1), width = is_long ? 6 : 4;
    if (start + width > until) return false;
    std::uint32_t c = 0;
    for (std::size_t k = 0; k < width; ++k) {
      if (HexValue(At(start + k)) < 0) return false;
      c = c * 16 + static_cast<std::uint32_t>(HexValue(At(start + k)));
    }
    i = start + width;
    if (high != 0) {
      if (c < 0xDC00 || c > 0xDFFF) return false;
      c = 0x10000 + ((high & 0x3FF) << 10) + (c & 0x3FF);
      high = 0;
    } else if (c >= 0xD800 && c <= 0xDBFF) {
      high = c;
      continue;
    }
    if (!PutCodePoint(c)) return false;
  }
  if (high != 0) return false;
  token.value = static_cast<std::uint32_t>(value);
  token.value_size = static_cast<std::uint32_t>(pool_ - value);
  return true;
}

}  // namespace toomai::validator
