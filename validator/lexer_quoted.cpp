// What stands in quotes: strings with their escapes and continuation over lines, and identifiers.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS
#include "validator/lexer_impl.h"
#include "validator/text_check.h"

namespace toomai::validator {

// Position behind the opening quote of a string that goes on after a line break, or 0.
std::size_t Lexer::StringContinuation(std::size_t i) const {
  bool newline = false;
  for (;;) {
    const std::uint8_t kind = ClassOf(At(i));
    if (kind & kNewline) {
      newline = true;
      ++i;
    } else if (kind & kSpace) {
      ++i;
    } else if (At(i) == '-' && At(i + 1) == '-') {
      while (i < size_ && !(ClassOf(At(i)) & kNewline)) ++i;
      if (i == size_) return 0;
    } else {
      return newline && At(i) == '\'' ? i + 1 : 0;
    }
  }
}

// Strings in single quotes. The value is the spelling itself unless something in it must be replaced.
void Lexer::Quoted(std::size_t open, Quote quote, TokenKind kind, LexicalError unterminated) {
  std::size_t i = open + 1, piece = i;  // bytes from `piece` on are not in the pool yet
  const std::size_t value = pool_;
  bool pooled = false, suspicious = false;
  for (;;) {
    if (quote == Quote::kEscape) {
      while (i < size_ && At(i) != '\'' && At(i) != '\\') ++i;
    } else {
      const void* found = std::memchr(text_ + i, '\'', size_ - i);
      i = found == nullptr ? size_ : static_cast<std::size_t>(static_cast<const char*>(found) - text_);
    }
    if (i >= size_) return Fail(unterminated, begin_, size_);
    if (At(i) == '\\') {
      PutRange(piece, i);
      pooled = true;
      const std::size_t escape = i;
      if (i + 1 >= size_) return Fail(unterminated, begin_, size_);
      const char c = At(i + 1);
      suspicious |= c == 'x' || (c >= '0' && c <= '7');
      if (!Escape(&i)) return Fail(LexicalError::kInvalidEscape, escape, i);
      piece = i;
      continue;
    }
    if (quote != Quote::kBits && At(i + 1) == '\'') {
      PutRange(piece, i + 1);
      pooled = true;
      for (i += 2; i + 1 < size_ && At(i) == '\'' && At(i + 1) == '\''; i += 2) Put('\'');  // often several
      piece = i;
      continue;
    }
    const std::size_t next = ClassOf(At(i + 1)) & kSpace || At(i + 1) == '-' ? StringContinuation(i + 1) : 0;
    if (next == 0) break;
    PutRange(piece, i);
    pooled = true;
    i = piece = next;
  }
  const std::size_t end = i + 1;
  if (pooled) PutRange(piece, i);
  if (suspicious && !IsValidUtf8({text_ + value, pool_ - value})) {
    return Fail(LexicalError::kInvalidEscape, begin_, end);
  }
  if (pooled) {
    EmitValue(kind, end, value, pool_ - value);
  } else {
    EmitValue(kind, end, piece, i - piece);
  }
  if (quote == Quote::kUnicode) Uescape(false, begin_);
}

// One \ sequence of E'…' at *position; its value goes to the pool. False: *position is behind what is wrong.
bool Lexer::Escape(std::size_t* position) {
  const auto hex = [&](std::size_t from, std::size_t most, std::uint32_t* value) {
    std::size_t count = 0;
    *value = 0;
    for (; count < most && HexValue(At(from + count)) >= 0; ++count) {
      *value = *value * 16 + static_cast<std::uint32_t>(HexValue(At(from + count)));
    }
    return count;
  };
  std::size_t i = *position + 1;
  const char c = At(i++);
  std::uint32_t value = 0;
  switch (c) {
    case 'b':
      Put('\b');
      break;
    case 'f':
      Put('\f');
      break;
    case 'n':
      Put('\n');
      break;
    case 'r':
      Put('\r');
      break;
    case 't':
      Put('\t');
      break;
    case 'v':
      Put('\v');
      break;
    case 'x':
      if (const std::size_t count = hex(i, 2, &value); count > 0) {
        i += count;
        Put(static_cast<char>(value));
      } else {
        Put('x');
      }
      break;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7': {
      value = static_cast<std::uint32_t>(c - '0');
      for (int k = 0; k < 2 && At(i) >= '0' && At(i) <= '7'; ++k, ++i)
        value = value * 8 + static_cast<std::uint32_t>(At(i) - '0');
      Put(static_cast<char>(value & 0xFF));
      break;
    }
    case 'u':
    case 'U': {
      const auto read = [&](char letter) {
        const std::size_t width = letter == 'u' ? 4 : 8;
        const std::size_t count = hex(i, width, &value);
        i += count;
        return count == width;
      };
      if (!read(c)) {
        *position = i;
        return false;
      }
      if (value >= 0xD800 && value <= 0xDBFF) {  // the second half must follow at once
        const std::uint32_t high = value;
        if (At(i) != '\\' || (At(i + 1) != 'u' && At(i + 1) != 'U')) {
          *position = i;
          return false;
        }
        const char letter = At(i + 1);
        i += 2;
        if (!read(letter) || value < 0xDC00 || value > 0xDFFF) {
          *position = i;
          return false;
        }
        value = 0x10000 + ((high & 0x3FF) << 10) + (value & 0x3FF);
      }
      if (!PutCodePoint(value)) {
        *position = i;
        return false;
      }
      break;
    }
    default:
      Put(c);
  }
  *position = i;
  return true;
}

bool Lexer::PutCodePoint(std::uint32_t c) {
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
  if (c < 0x80) {
    Put(static_cast<char>(c));
  } else if (c < 0x800) {
    Put(static_cast<char>(0xC0 | (c >> 6)));
    Put(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    Put(static_cast<char>(0xE0 | (c >> 12)));
    Put(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    Put(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    Put(static_cast<char>(0xF0 | (c >> 18)));
    Put(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    Put(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    Put(static_cast<char>(0x80 | (c & 0x3F)));
  }
  return true;
}

void Lexer::QuotedIdentifier(std::size_t open, bool unicode) {
  std::size_t i = open + 1, piece = i;
  std::size_t value = pool_;
  bool pooled = false;
  for (;;) {
    const void* found = std::memchr(text_ + i, '"', size_ - i);
    if (found == nullptr) return Fail(LexicalError::kUnterminatedQuotedIdentifier, begin_, size_);
    i = static_cast<std::size_t>(static_cast<const char*>(found) - text_);
    if (At(i + 1) != '"') break;
    PutRange(piece, i + 1);
    pooled = true;
    i += 2;
    piece = i;
  }
  std::size_t size = i - piece;
  if (pooled) {
    PutRange(piece, i);
    size = pool_ - value;
  } else {
    value = piece;
  }
  if (size == 0) return Fail(LexicalError::kEmptyIdentifier, begin_, i + 1);
  if (!unicode) CutName(value, &size);
  EmitValue(TokenKind::kQuotedIdentifier, i + 1, value, size);
  if (unicode) Uescape(true, begin_);
}

}  // namespace toomai::validator
