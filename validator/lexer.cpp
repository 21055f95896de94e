#include "validator/lexer.h"

#include <array>

#include "validator/lexer_impl.h"
#include "validator/text_check.h"

namespace toomai::validator {
namespace {

// An operator that ends in + or - must hold one of these, or the tail is cut off: so that "1=-1" and "a*-b" read well.
constexpr bool AllowsSignTail(char c) {
  return c == '~' || c == '!' || c == '@' || c == '#' || c == '^' || c == '&' || c == '|' || c == '`' || c == '?' ||
         c == '%';
}

}  // namespace

Lexer::Lexer(std::string_view sql, int version, TokenList* out)
    : Lexer((std::copy(sql.begin(), sql.end(), out->Reserve(sql.size())), sql.size()), version, out) {}

Lexer::Lexer(std::size_t size, int version, TokenList* out)
    : out_(out), text_(out->buffer_.get()), size_(size), version_(version), pool_(size + 1) {
  std::memset(text_ + size_, 0, 16);  // the end mark, and what a word is read with at once
  out->text_size_ = size_;
  out->count_ = 0;
  if (out_->tokens_.size() < 64) out_->tokens_.resize(64);
}

bool Lexer::Run(std::size_t max_tokens) {
  constexpr std::size_t kSpare = 4;  // kEnd tokens behind the last
  bool complete = true;
  if (const BadText bad = FindBadText(out_->text()); bad.found) {
    Fail(bad.error, bad.position, bad.position + 1);
  }
  while (!failed_) {
    if (!SkipToToken()) break;
    if (out_->count_ == max_tokens) {
      complete = false;
      break;
    }
    // Room for two: U&'…' and what is wrong with its UESCAPE.
    if (out_->count_ + 2 + kSpare + 1 > out_->tokens_.size()) out_->tokens_.resize(out_->tokens_.size() * 2);
    begin_ = position_;
    LexOne();
  }
  const auto end = static_cast<std::uint32_t>(size_);
  for (std::size_t i = 0; i <= kSpare; ++i) {
    out_->tokens_[out_->count_ + i] = Token{end, end, end, 0, TokenKind::kEnd};
  }
  ++out_->count_;
  return complete;
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
  const std::uint8_t kind = ClassOf(c);
  if (kind & kIdentStart) return Word();
  if (const TokenKind single = SingleOf(c, next); single != TokenKind::kEnd) {
    // A row of semicolons is one: so many empty statements say no more than one.
    if (c == ';' && out_->count_ > 0 && out_->tokens_[out_->count_ - 1].kind == TokenKind::kSemicolon) {
      while (At(position_) == ';') ++position_;
      return;
    }
    return Emit(single, begin_ + 1);
  }
  if (kind & kDigit) return Number();
  if (kind & kOpChar) return Operator();
  switch (c) {
    case '.':
      if (ClassOf(next) & kDigit) return Number();
      return next == '.' ? Emit(TokenKind::kDotDot, begin_ + 2) : Emit(TokenKind::kDot, begin_ + 1);
    case '\'':
      return Quoted(begin_, Quote::kPlain, TokenKind::kString, LexicalError::kUnterminatedString);
    case '"':
      return QuotedIdentifier(begin_, false);
    case ':':
      if (next == ':') return Emit(TokenKind::kTypecast, begin_ + 2);
      return next == '=' ? Emit(TokenKind::kColonEquals, begin_ + 2) : Emit(TokenKind::kColon, begin_ + 1);
    case '$':
      return Dollar();
    default:
      return Fail(LexicalError::kUnexpectedCharacter, begin_, begin_ + 1);
  }
}

bool Lexer::LexAlone() {
  out_->count_ = 0;
  begin_ = position_;
  LexOne();
  return !failed_;
}

bool Lexer::Prefixed(char letter, char quote) {
  if (quote == '&') {
    const char inner = At(begin_ + 2);
    if (letter != 'u' || (inner != '\'' && inner != '"')) return false;
    if (inner == '"') {
      QuotedIdentifier(begin_ + 2, true);
    } else {
      Quoted(begin_ + 2, Quote::kUnicode, TokenKind::kString, LexicalError::kUnterminatedString);
    }
    return true;
  }
  switch (letter) {
    case 'e':
      Quoted(begin_ + 1, Quote::kEscape, TokenKind::kString, LexicalError::kUnterminatedString);
      return true;
    case 'b':
      Quoted(begin_ + 1, Quote::kBits, TokenKind::kBitString, LexicalError::kUnterminatedBitString);
      return true;
    case 'x':
      Quoted(begin_ + 1, Quote::kBits, TokenKind::kHexString, LexicalError::kUnterminatedHexString);
      return true;
    case 'n':  // N'…' is the type nchar and a string
      Emit(TokenKind::kKeyword, begin_ + 1);
      out_->tokens_[out_->count_ - 1].keyword = static_cast<std::uint16_t>(Keyword::kNchar);
      return true;
    default:
      return false;
  }
}

// Whether a word is a keyword, and whether it has capitals, nobody can foretell: so nothing here branches on it.
void Lexer::Word() {
  // Nearly all words end in the first step. The folded word goes to the pool's end on the way and stays there only if
  // it is needed. Only ASCII is folded.
  char* const folded = text_ + pool_;
  const char* const word = text_ + begin_;
  std::size_t size = 0;
  bool capitals = false, high = false;
  for (;;) {
    const WordBytes bytes(word + size);
    bytes.StoreFolded(folded + size);
    capitals |= bytes.HasCapitals();
    high |= bytes.HasHigh();
    size += bytes.Length();
    if (bytes.Length() < WordBytes::kMost) break;
  }
  const std::size_t begin = begin_, end = begin + size;
  if (size == 1 && (word[1] == '\'' || word[1] == '&') && Prefixed(folded[0], word[1])) return;

  const Keyword found = size <= kLongestKeyword ? LookUpKeyword(word, size) : Keyword::kNotAKeyword;
  const bool known = found != Keyword::kNotAKeyword;
  const bool counts = known && InfoOf(found).since <= version_;
  const std::size_t value = capitals ? pool_ : begin;
  pool_ += capitals ? size : 0;
  if (size > kNameBytes) CutName(value, &size);
  Token token{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(value),
              static_cast<std::uint32_t>(size), counts ? TokenKind::kKeyword : TokenKind::kIdentifier};
  token.is_plain = !high && !known;
  token.keyword = static_cast<std::uint16_t>(counts ? found : Keyword::kNotAKeyword);
  out_->tokens_[out_->count_++] = token;
  position_ = end;
}

// Names are cut to 63 bytes, at a character's edge.
void Lexer::CutName(std::size_t value, std::size_t* size) const {
  if (*size <= kNameBytes) return;
  *size = kNameBytes;
  while ((static_cast<unsigned char>(At(value + *size)) & 0xC0) == 0x80) --*size;  // no character has 63 bytes
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
    if (kSingles[static_cast<unsigned char>(c)] != TokenKind::kEnd) kind = kSingles[static_cast<unsigned char>(c)];
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

bool Lex(std::string_view sql, int version, std::size_t max_tokens, TokenList* out) {
  return Lexer(sql, version, out).Run(max_tokens);
}

}  // namespace toomai::validator
