#include "validator/lexer.h"

#include <array>
#include <bit>
#include <cstring>

#include "validator/keyword_table.h"

namespace toomai::validator {
namespace {

enum CharClass : std::uint8_t {
  kSpace = 1 << 0,  // space, tab, line feed, carriage return, form feed; not vertical tab before PostgreSQL 17
  kNewline = 1 << 1,
  kIdentStart = 1 << 2,  // letters, '_', every byte from 0x80
  kIdentPart = 1 << 3,   // … and digits and '$'
  kDigit = 1 << 4,
  kOpChar = 1 << 5,
  kUpper = 1 << 6,
  kNotInKeyword = 1 << 7,  // may be part of a word, but not of a keyword
};

constexpr std::array<std::uint8_t, 256> MakeClasses() {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r', '\f'}) classes[static_cast<unsigned char>(c)] |= kSpace;
  for (const char c : {'\n', '\r'}) classes[static_cast<unsigned char>(c)] |= kNewline;
  for (int c = 'a'; c <= 'z'; ++c) classes[c] |= kIdentStart | kIdentPart;
  for (int c = 'A'; c <= 'Z'; ++c) classes[c] |= kIdentStart | kIdentPart | kUpper;
  classes['_'] |= kIdentStart | kIdentPart;
  for (int c = 0x80; c <= 0xFF; ++c) classes[c] |= kIdentStart | kIdentPart | kNotInKeyword;
  for (int c = '0'; c <= '9'; ++c) classes[c] |= kDigit | kIdentPart | kNotInKeyword;
  classes['$'] |= kIdentPart | kNotInKeyword;
  for (const char c : {'~', '!', '@', '#', '^', '&', '|', '`', '?', '+', '-', '*', '/', '%', '<', '>', '='}) {
    classes[static_cast<unsigned char>(c)] |= kOpChar;
  }
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = MakeClasses();

constexpr std::uint8_t ClassOf(char c) {
  return kClasses[static_cast<unsigned char>(c)];
}

// An operator that ends in + or - must hold one of these, or the tail is cut off: so that "1=-1" and "a*-b" read well.
constexpr bool AllowsSignTail(char c) {
  return c == '~' || c == '!' || c == '@' || c == '#' || c == '^' || c == '&' || c == '|' || c == '`' || c == '?' ||
         c == '%';
}

constexpr int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::size_t kNameBytes = 63;  // NAMEDATALEN - 1

// Length of the well-formed UTF-8 sequence at `bytes`, 0 if there is none.
std::size_t Utf8SequenceLength(const unsigned char* bytes, std::size_t available) {
  const unsigned char lead = bytes[0];
  const auto continues = [&](std::size_t i) { return i < available && (bytes[i] & 0xC0) == 0x80; };
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && bytes[1] < 0xA0) return 0;  // overlong
    if (lead == 0xED && bytes[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && bytes[1] < 0x90) return 0;
    if (lead == 0xF4 && bytes[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// Which of eight bytes may be part of a word. The top bit of each lane is the answer for its byte; no sum below carries
// into the next lane, because its terms have seven bits.
struct WordBytes {
  static constexpr std::uint64_t kTop = 0x8080808080808080u;
  static constexpr std::uint64_t Lanes(int c) { return 0x0101010101010101u * static_cast<std::uint64_t>(c); }
  static constexpr std::uint64_t Between(std::uint64_t x, int low, int high) {
    return (x + Lanes(0x80 - low)) & ~(x + Lanes(0x7F - high)) & kTop;
  }
  static constexpr std::uint64_t Equal(std::uint64_t x, int c) { return ~((x ^ Lanes(c)) + Lanes(0x7F)) & kTop; }

  explicit WordBytes(std::uint64_t bytes) {
    const std::uint64_t high = bytes & kTop, low = bytes & ~kTop;
    upper = Between(low, 'A', 'Z') & ~high;
    not_in_keyword = Between(low, '0', '9') | Equal(low, '$') | high;
    const std::uint64_t part = Between(low | Lanes(0x20), 'a', 'z') | Equal(low, '_') | not_in_keyword;
    outside_ = ~part & kTop;
  }
  std::size_t Length() const { return outside_ == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(outside_)) / 8; }
  // The lanes before the first byte that is not part of the word.
  std::uint64_t Inside() const { return outside_ == 0 ? ~std::uint64_t{0} : (outside_ & -outside_) - 1; }

  std::uint64_t upper, not_in_keyword;

 private:
  std::uint64_t outside_;
};

struct BadText {
  std::size_t position = 0;
  LexicalError error = LexicalError::kInvalidUtf8;
  bool found = false;
};

// Plain ASCII goes by eight bytes at a time.
BadText FindBadText(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {
      std::uint64_t chunk;
      std::memcpy(&chunk, bytes + i, 8);
      // A byte is suspicious when its top bit is set or it is below 0x20.
      const std::uint64_t below_space = (chunk - 0x2020202020202020u) & ~chunk;
      if (((chunk | below_space) & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    const unsigned char c = bytes[i];
    if (c == 0) return {i, LexicalError::kNulByte, true};
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') return {i, LexicalError::kControlCharacter, true};
    const std::size_t length = Utf8SequenceLength(bytes + i, text.size() - i);
    if (length == 0) return {i, LexicalError::kInvalidUtf8, true};
    i += length;
  }
  return {};
}

bool IsValidUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = bytes[i] == 0 ? 0 : Utf8SequenceLength(bytes + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace

class Lexer {
 public:
  Lexer(std::string_view sql, int version, TokenList* out);
  bool Run(std::size_t max_tokens);

 private:
  enum class Quote { kPlain, kEscape, kUnicode, kBits };

  char At(std::size_t position) const { return text_[position]; }
  bool SkipSpace();  // and comments; false: unterminated comment, reported
  void LexOne();
  void Word();
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

Lexer::Lexer(std::string_view sql, int version, TokenList* out) : out_(out), size_(sql.size()), version_(version) {
  // No value is longer than its spelling, so text, end mark, pool and padding for eight-byte reads fit in this.
  const std::size_t needed = 2 * size_ + 64;
  if (out->buffer_.size() < needed) out->buffer_.resize(needed);
  text_ = out->buffer_.data();
  if (size_ > 0) std::memcpy(text_, sql.data(), size_);
  text_[size_] = '\0';
  out->text_size_ = size_;
  out->count_ = 0;
  pool_ = size_ + 1;
}

bool Lexer::Run(std::size_t max_tokens) {
  constexpr std::size_t kSpare = 4;  // kEnd tokens behind the last
  if (out_->tokens_.size() < 64) out_->tokens_.resize(64);
  bool complete = true;
  if (const BadText bad = FindBadText(out_->text()); bad.found) {
    Fail(bad.error, bad.position, bad.position + 1);
  }
  while (!failed_) {
    if (ClassOf(At(position_)) & kSpace) ++position_;  // nearly always there is one space
    const char c = At(position_);
    if (((ClassOf(c) & kSpace) || c == '-' || c == '/') && !SkipSpace()) break;
    if (position_ >= size_) break;
    if (out_->count_ == max_tokens) {
      complete = false;
      break;
    }
    if (out_->count_ + kSpare + 2 > out_->tokens_.size()) out_->tokens_.resize(out_->tokens_.size() * 2);
    begin_ = position_;
    LexOne();
  }
  if (out_->tokens_.size() < out_->count_ + kSpare + 1) out_->tokens_.resize(out_->count_ + kSpare + 1);
  const auto end = static_cast<std::uint32_t>(size_);
  for (std::size_t i = 0; i <= kSpare; ++i) {
    out_->tokens_[out_->count_ + i] = Token{end, end, end, 0, TokenKind::kEnd};
  }
  ++out_->count_;
  return complete;
}

void Lexer::EmitValue(TokenKind kind, std::size_t end, std::size_t value, std::size_t size) {
  out_->tokens_[out_->count_++] = Token{static_cast<std::uint32_t>(begin_), static_cast<std::uint32_t>(end),
                                        static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(size), kind};
  position_ = end;
}

void Lexer::Emit(TokenKind kind, std::size_t end) {
  EmitValue(kind, end, begin_, end - begin_);
}

void Lexer::Fail(LexicalError error, std::size_t begin, std::size_t end) {
  begin_ = begin;
  EmitValue(TokenKind::kError, std::min(end, size_), static_cast<std::size_t>(error), 0);
  failed_ = true;
}

// Line comments end at LF or CR. Comments nest.
bool Lexer::SkipSpace() {
  std::size_t i = position_;
  for (;;) {
    while (ClassOf(At(i)) & kSpace) ++i;
    if (At(i) == '-' && At(i + 1) == '-') {
      while (i < size_ && !(ClassOf(At(i)) & kNewline)) ++i;
      continue;
    }
    if (At(i) != '/' || At(i + 1) != '*') break;
    const std::size_t open = i;
    std::size_t depth = 1;
    i += 2;
    while (depth > 0 && i < size_) {
      if (At(i) == '/' && At(i + 1) == '*') {
        ++depth;
        i += 2;
      } else if (At(i) == '*' && At(i + 1) == '/') {
        --depth;
        i += 2;
      } else {
        ++i;
      }
    }
    if (depth > 0) {
      Fail(LexicalError::kUnterminatedComment, open, size_);
      return false;
    }
  }
  position_ = i;
  return true;
}

void Lexer::LexOne() {
  const char c = At(begin_), next = At(begin_ + 1);
  switch (c) {
    case '(':
      return Emit(TokenKind::kLeftParen, begin_ + 1);
    case ')':
      return Emit(TokenKind::kRightParen, begin_ + 1);
    case '[':
      return Emit(TokenKind::kLeftBracket, begin_ + 1);
    case ']':
      return Emit(TokenKind::kRightBracket, begin_ + 1);
    case ',':
      return Emit(TokenKind::kComma, begin_ + 1);
    case ';':
      return Emit(TokenKind::kSemicolon, begin_ + 1);
    case ':':
      if (next == ':') return Emit(TokenKind::kTypecast, begin_ + 2);
      if (next == '=') return Emit(TokenKind::kColonEquals, begin_ + 2);
      return Emit(TokenKind::kColon, begin_ + 1);
    case '.':
      if (ClassOf(next) & kDigit) return Number();
      if (next == '.') return Emit(TokenKind::kDotDot, begin_ + 2);
      return Emit(TokenKind::kDot, begin_ + 1);
    case '\'':
      return Quoted(begin_, Quote::kPlain, TokenKind::kString, LexicalError::kUnterminatedString);
    case '"':
      return QuotedIdentifier(begin_, false);
    case '$':
      return Dollar();
    case 'e':
    case 'E':
      if (next == '\'') {
        return Quoted(begin_ + 1, Quote::kEscape, TokenKind::kString, LexicalError::kUnterminatedString);
      }
      return Word();
    case 'b':
    case 'B':
      if (next == '\'') {
        return Quoted(begin_ + 1, Quote::kBits, TokenKind::kBitString, LexicalError::kUnterminatedBitString);
      }
      return Word();
    case 'x':
    case 'X':
      if (next == '\'') {
        return Quoted(begin_ + 1, Quote::kBits, TokenKind::kHexString, LexicalError::kUnterminatedHexString);
      }
      return Word();
    case 'n':
    case 'N':
      if (next == '\'') {  // N'…' is the type nchar and a string
        Emit(TokenKind::kKeyword, begin_ + 1);
        out_->tokens_[out_->count_ - 1].keyword = static_cast<std::uint16_t>(Keyword::kNchar);
        return;
      }
      return Word();
    case 'u':
    case 'U':
      if (next == '&' && At(begin_ + 2) == '\'') {
        return Quoted(begin_ + 2, Quote::kUnicode, TokenKind::kString, LexicalError::kUnterminatedString);
      }
      if (next == '&' && At(begin_ + 2) == '"') return QuotedIdentifier(begin_ + 2, true);
      return Word();
    default:
      break;
  }
  const std::uint8_t kind = ClassOf(c);
  if (kind & kIdentStart) return Word();
  if (kind & kDigit) return Number();
  if (kind & kOpChar) return Operator();
  Fail(LexicalError::kUnexpectedCharacter, begin_, begin_ + 1);
}

void Lexer::Word() {
  // Eight bytes at a time; nearly all words end in the first eight. The folded word goes to the pool's end on the way
  // and stays there only if it is needed. Only ASCII is folded.
  std::size_t size = 0;
  std::uint64_t upper = 0, not_in_keyword = 0, high = 0;
  for (;;) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text_ + begin_ + size, 8);
    const WordBytes lanes(bytes);
    const std::uint64_t inside = lanes.Inside();
    const std::uint64_t folded = bytes | (lanes.upper >> 2);
    std::memcpy(text_ + pool_ + size, &folded, 8);
    upper |= lanes.upper & inside;
    not_in_keyword |= lanes.not_in_keyword & inside;
    high |= bytes & WordBytes::kTop & inside;
    size += lanes.Length();
    if (lanes.Length() < 8) break;
  }
  const std::size_t end = begin_ + size;
  bool plain = high == 0;
  if (not_in_keyword == 0 && size <= kLongestKeyword) {
    const Keyword keyword = LookUpKeyword(text_ + begin_, size);
    if (keyword != Keyword::kNotAKeyword) {
      if (version_ >= 18 || InfoOf(keyword).since <= version_) {
        Emit(TokenKind::kKeyword, end);
        out_->tokens_[out_->count_ - 1].keyword = static_cast<std::uint16_t>(keyword);
        return;
      }
      plain = false;
    }
  }
  std::size_t value = begin_;
  if (upper != 0) {
    value = pool_;
    pool_ += size;
  }
  CutName(value, &size);
  EmitValue(TokenKind::kIdentifier, end, value, size);
  out_->tokens_[out_->count_ - 1].is_plain = plain;
}

// Names are cut to 63 bytes, at a character's edge.
void Lexer::CutName(std::size_t value, std::size_t* size) const {
  if (*size <= kNameBytes) return;
  *size = kNameBytes;
  while (*size > 0 && (static_cast<unsigned char>(At(value + *size)) & 0xC0) == 0x80) --*size;
}

// 12, 12.5, .5, 1., 1e5, 1.5e-3; "1..2" is 1 and "..". From PostgreSQL 16 also 0x1F, 0o17, 0b11 and 1_000.
void Lexer::Number() {
  const bool underscores = version_ >= 16;
  const auto digits = [&](std::size_t i, auto is_digit) {
    while (is_digit(At(i)) || (underscores && At(i) == '_' && is_digit(At(i + 1)) && i > begin_)) ++i;
    return i;
  };
  const auto is_decimal = [](char c) { return (ClassOf(c) & kDigit) != 0; };
  const auto finish = [&](TokenKind kind, std::size_t end) {
    if (ClassOf(At(end)) & kIdentStart) {
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

void Lexer::Operator() {
  if (begin_ >= run_end_) {
    std::size_t i = begin_;
    run_last_special_ = run_last_solid_ = 0;
    for (; ClassOf(At(i)) & kOpChar; ++i) {
      const char c = At(i), next = At(i + 1);
      if (i > begin_ && ((c == '/' && next == '*') || (c == '-' && next == '-'))) break;
      if (c != '+' && c != '-') run_last_solid_ = i + 1;
      if (AllowsSignTail(c)) run_last_special_ = i + 1;
    }
    run_end_ = i;
  }
  std::size_t end = run_end_;
  const char last = At(end - 1);
  if (end - begin_ > 1 && (last == '+' || last == '-') && run_last_special_ <= begin_) {
    end = std::max(begin_ + 1, run_last_solid_);
  }
  const std::size_t size = end - begin_;
  const char c = At(begin_), next = At(begin_ + 1);
  TokenKind kind = TokenKind::kOperator;
  if (size == 1) {
    switch (c) {
      case '+':
        kind = TokenKind::kPlus;
        break;
      case '-':
        kind = TokenKind::kMinus;
        break;
      case '*':
        kind = TokenKind::kStar;
        break;
      case '/':
        kind = TokenKind::kSlash;
        break;
      case '%':
        kind = TokenKind::kPercent;
        break;
      case '^':
        kind = TokenKind::kCaret;
        break;
      case '<':
        kind = TokenKind::kLess;
        break;
      case '>':
        kind = TokenKind::kGreater;
        break;
      case '=':
        kind = TokenKind::kEqual;
        break;
      default:
        break;
    }
  } else if (size == 2) {
    if (c == '=' && next == '>') kind = TokenKind::kEqualsGreater;
    if (c == '<' && next == '=') kind = TokenKind::kLessEqual;
    if (c == '>' && next == '=') kind = TokenKind::kGreaterEqual;
    if ((c == '<' && next == '>') || (c == '!' && next == '=')) kind = TokenKind::kNotEqual;
  } else if (size > kNameBytes) {
    return Fail(LexicalError::kOperatorTooLong, begin_, end);
  }
  Emit(kind, end);
}

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
      i += 2;
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
  if (is_identifier) CutName(token.value, &size);
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
      chosen == '\'' || chosen == '"' || (ClassOf(chosen) & kSpace) || chosen == '\v' ||
      (static_cast<unsigned char>(chosen) & 0x80)) {
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

bool Lex(std::string_view sql, int version, std::size_t max_tokens, TokenList* out) {
  return Lexer(sql, version, out).Run(max_tokens);
}

std::string_view TokenList::Value(TokenId id) const {
  const Token& token = tokens_[id];
  if (token.kind == TokenKind::kKeyword) return InfoOf(token.AsKeyword()).word;
  if (token.kind == TokenKind::kNotEqual) return "<>";
  if (token.kind == TokenKind::kError) return {};
  return {buffer_.data() + token.value, token.value_size};
}

std::string_view Describe(LexicalError error) {
  switch (error) {
    case LexicalError::kUnterminatedString:
      return "unterminated quoted string";
    case LexicalError::kUnterminatedQuotedIdentifier:
      return "unterminated quoted identifier";
    case LexicalError::kUnterminatedComment:
      return "unterminated /* comment";
    case LexicalError::kUnterminatedDollarString:
      return "unterminated dollar-quoted string";
    case LexicalError::kUnterminatedBitString:
      return "unterminated bit string literal";
    case LexicalError::kUnterminatedHexString:
      return "unterminated hexadecimal string literal";
    case LexicalError::kEmptyIdentifier:
      return "zero-length delimited identifier";
    case LexicalError::kJunkAfterNumber:
      return "trailing junk after numeric literal";
    case LexicalError::kJunkAfterParameter:
      return "trailing junk after parameter";
    case LexicalError::kInvalidNumber:
      return "invalid number";
    case LexicalError::kParameterTooLarge:
      return "parameter number too large";
    case LexicalError::kOperatorTooLong:
      return "operator too long";
    case LexicalError::kInvalidEscape:
      return "invalid escape sequence";
    case LexicalError::kInvalidUescape:
      return "invalid Unicode escape character";
    case LexicalError::kInvalidUtf8:
      return "the text is not valid UTF-8";
    case LexicalError::kNulByte:
      return "the text holds a NUL byte";
    case LexicalError::kControlCharacter:
      return "the text holds a control character";
    case LexicalError::kUnexpectedCharacter:
      return "unexpected character";
  }
  return "invalid text";
}

}  // namespace toomai::validator
