#include "schema/words.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "schema/stem.h"

namespace toomai::schema {
namespace {

// Latin letters with marks, by code point from U+00C0 to U+017F.
constexpr std::string_view kLatinBase =
    "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTt"
    "UuUuUuUuUuUuWwYyYZzZzZzs";

// Half-width katakana U+FF66..U+FF9D in full width.
constexpr char32_t kFullKana[] = {
    0x30F2, 0x30A1, 0x30A3, 0x30A5, 0x30A7, 0x30A9, 0x30E3, 0x30E5, 0x30E7, 0x30C3, 0x30FC, 0x30A2, 0x30A4, 0x30A6,
    0x30A8, 0x30AA, 0x30AB, 0x30AD, 0x30AF, 0x30B1, 0x30B3, 0x30B5, 0x30B7, 0x30B9, 0x30BB, 0x30BD, 0x30BF, 0x30C1,
    0x30C4, 0x30C6, 0x30C8, 0x30CA, 0x30CB, 0x30CC, 0x30CD, 0x30CE, 0x30CF, 0x30D2, 0x30D5, 0x30D8, 0x30DB, 0x30DE,
    0x30DF, 0x30E0, 0x30E1, 0x30E2, 0x30E4, 0x30E6, 0x30E8, 0x30E9, 0x30EA, 0x30EB, 0x30EC, 0x30ED, 0x30EF, 0x30F3};

char32_t FoldCodePoint(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  if (c == 0x3000 || c == 0x00A0 || (c >= 0x2000 && c <= 0x200A)) return ' ';
  if (c == 0x2018 || c == 0x2019 || c == 0x02BC || c == 0x2032) return '\'';
  if (c == 0x201C || c == 0x201D || c == 0x201E || c == 0x2033) return '"';
  if (c >= 0x2010 && c <= 0x2015) return '-';
  if (c == 0x3001) return ',';
  if (c == 0x3002) return '.';
  if (c >= 0xFF66 && c <= 0xFF9D) return kFullKana[c - 0xFF66];
  if (c >= 0xC0 && c <= 0x17F && c - 0xC0 < kLatinBase.size()) {
    char base = kLatinBase[c - 0xC0];
    if (base != '*' && base != '/') c = static_cast<unsigned char>(base);
  }
  if (c >= 'A' && c <= 'Z') return c + 32;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;  // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

bool IsLetter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c >= 0xC0 && c < 0x2000 && c != 0xD7 && c != 0xF7) || c == '$';
}
bool IsDigit(char32_t c) {
  return c >= '0' && c <= '9';
}
bool IsSpace(char32_t c) {
  return c <= ' ' || c == 0x7F;
}

char32_t ClosingQuote(char32_t c) {
  switch (c) {
    case '"':
      return '"';
    case '\'':
      return '\'';
    case '`':
      return '`';
    case 0x300C:
      return 0x300D;  // 「」
    case 0x300E:
      return 0x300F;  // 『』
    case 0x300A:
      return 0x300B;  // 《》
    case 0x300B:
      return 0;
    default:
      return 0;
  }
}

struct Char {
  char32_t raw, folded;
  std::size_t begin, end;
};

std::vector<Char> Decode(std::string_view text) {
  std::vector<Char> chars;
  chars.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t begin = i;
    char32_t raw = NextCodePoint(text, &i);
    // Curly double quotes keep their direction through folding to '"', which the tokenizer pairs anyway.
    char32_t folded = FoldCodePoint(raw);
    chars.push_back({raw, folded, begin, i});
  }
  return chars;
}

// The closing quote that ends a quotation opened at `i`, or 0. An apostrophe opens one only after a space or a bracket,
// and closes one only before a character that cannot continue a word: "singers' names", "don't" are not quotations.
std::size_t QuotationEnd(const std::vector<Char>& chars, std::size_t i) {
  char32_t close = ClosingQuote(chars[i].folded);
  if (close == 0) return 0;
  bool single = close == '\'' || close == '`';
  if (single && i > 0 && (IsLetter(chars[i - 1].folded) || IsDigit(chars[i - 1].folded))) return 0;
  constexpr std::size_t kLongestQuotation = 160;
  for (std::size_t k = i + 1; k < chars.size() && k - i <= kLongestQuotation; ++k) {
    bool closes = chars[k].folded == close || (close == '`' && chars[k].folded == '\'');
    if (!closes) continue;
    if (single && k + 1 < chars.size() && (IsLetter(chars[k + 1].folded) || IsDigit(chars[k + 1].folded))) continue;
    return k > i + 1 ? k : 0;
  }
  return 0;
}

const std::unordered_set<std::string_view>& Dictionary() {
  static const std::unordered_set<std::string_view> words = {
#define TOOMAI_WORD(word) word,
#include "schema/name_words.inc"
#undef TOOMAI_WORD
  };
  return words;
}

}  // namespace

bool IsKana(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0xFF66 && c <= 0xFF9D);
}

bool IsIdeograph(char32_t c) {
  return IsKana(c) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF) ||
         (c >= 0xAC00 && c <= 0xD7AF) || c == 0x3005 || c == 0x3007;
}

std::string Fold(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
      ++i;
    } else {
      AppendUtf8(FoldCodePoint(NextCodePoint(text, &i)), &out);
    }
  }
  return out;
}

// "50kg", "80k": where the unit begins that is glued to the number in chars[from, to); 0: it is no unit.
static std::size_t UnitBehind(const std::vector<Char>& chars, std::size_t from, std::size_t to) {
  static constexpr std::string_view kUnits[] = {"kg", "km", "cm", "mm", "mg",  "gb",  "mb",  "tb",  "kb", "kwh",
                                                "k",  "bn", "mn", "ml", "eur", "usd", "min", "hrs", "%"};
  std::size_t unit = from;
  while (unit < to && !IsLetter(chars[unit].folded)) ++unit;
  std::string letters;
  for (std::size_t k = unit; k < to; ++k) AppendUtf8(chars[k].folded, &letters);
  return std::find(std::begin(kUnits), std::end(kUnits), letters) != std::end(kUnits) ? unit : 0;
}

std::vector<Token> Tokenize(std::string_view text, std::size_t max_tokens) {
  std::vector<Char> chars = Decode(text);
  std::vector<Token> tokens;
  bool space = true;
  auto emit = [&](TokenKind kind, std::size_t from, std::size_t to) {
    Token token;
    token.kind = kind;
    token.begin = chars[from].begin;
    token.end = chars[to - 1].end;
    token.text = std::string(text.substr(token.begin, token.end - token.begin));
    for (std::size_t k = from; k < to; ++k) AppendUtf8(chars[k].folded, &token.norm);
    token.stem = kind == TokenKind::kWord ? Stem(token.norm) : token.norm;
    token.capital = chars[from].raw >= 'A' && chars[from].raw <= 'Z';
    token.space_before = space;
    space = false;
    tokens.push_back(std::move(token));
  };
  for (std::size_t i = 0; i < chars.size() && tokens.size() < max_tokens;) {
    char32_t c = chars[i].folded;
    if (IsSpace(c)) {
      space = true;
      ++i;
      continue;
    }
    if (std::size_t end = QuotationEnd(chars, i); end != 0) {
      emit(TokenKind::kQuoted, i + 1, end);
      i = end + 1;
      continue;
    }
    if (IsIdeograph(c)) {
      emit(TokenKind::kIdeograph, i, i + 1);
      ++i;
      continue;
    }
    const bool sign = c == '-' && space && i + 1 < chars.size() && IsDigit(chars[i + 1].folded) &&
                      (tokens.empty() || tokens.back().kind != TokenKind::kNumber);
    if (IsDigit(c) || sign) {
      std::size_t k = i + 1;
      bool letters = false;
      while (k < chars.size()) {
        char32_t d = chars[k].folded;
        bool digit_next = k + 1 < chars.size() && IsDigit(chars[k + 1].folded);
        if (IsDigit(d)) {
          ++k;
        } else if ((d == '.' || d == ':' || d == '/' || (d == '-' && k >= i + 4)) && digit_next && !letters) {
          k += 2;
        } else if (d == ',' && k + 3 < chars.size() && IsDigit(chars[k + 1].folded) && IsDigit(chars[k + 2].folded) &&
                   IsDigit(chars[k + 3].folded) && (k + 4 >= chars.size() || !IsDigit(chars[k + 4].folded))) {
          k += 4;
        } else if (IsLetter(d) && d < 0x80) {
          letters = true;
          ++k;
        } else {
          break;
        }
      }
      if (const std::size_t unit = letters ? UnitBehind(chars, i, k) : 0; unit > 0) {
        emit(TokenKind::kNumber, i, unit);
        if (tokens.size() < max_tokens) emit(TokenKind::kWord, unit, k);
      } else {
        emit(letters ? TokenKind::kWord : TokenKind::kNumber, i, k);
      }
      i = k;
      continue;
    }
    if (c == '$' && i + 1 < chars.size() && IsDigit(chars[i + 1].folded)) {  // $20
      ++i;
      continue;
    }
    if (IsLetter(c)) {
      std::size_t k = i + 1;
      while (k < chars.size() && !IsIdeograph(chars[k].folded) &&
             (IsLetter(chars[k].folded) || IsDigit(chars[k].folded))) {
        ++k;
      }
      // "A340-300", "don't", "o'neill": marks inside a word.
      bool contraction = k + 1 < chars.size() && chars[k].folded == '\'' && IsLetter(chars[k + 1].folded);
      if (contraction) {
        std::size_t tail = k + 1;
        while (tail < chars.size() && IsLetter(chars[tail].folded)) ++tail;
        if (tail == k + 2 && chars[k + 1].folded == 's') {
          emit(TokenKind::kWord, i, k);
          if (tokens.size() < max_tokens) {
            emit(TokenKind::kPunctuation, k, tail);
          }
        } else {
          emit(TokenKind::kWord, i, tail);
        }
        i = tail;
        continue;
      }
      emit(TokenKind::kWord, i, k);
      i = k;
      if (i < chars.size() && chars[i].folded == '\'') ++i;  // owners' names
      continue;
    }
    const bool range_mark = c == 0x301C || c == 0x2013;  // 〜, –
    if (c < 0x80 || range_mark) emit(TokenKind::kPunctuation, i, i + 1);
    ++i;
  }
  return tokens;
}

void NameSplitter::AddWord(std::string_view word) {
  if (word.size() < 3 || Dictionary().count(word)) return;
  auto at = std::lower_bound(extra_.begin(), extra_.end(), word);
  if (at == extra_.end() || *at != word) extra_.insert(at, std::string(word));
}

bool NameSplitter::Knows(const std::string& word) const {
  return Dictionary().count(word) != 0 || (word.size() >= 3 && !ExpandAbbreviation(word).empty()) ||
         std::binary_search(extra_.begin(), extra_.end(), word);
}

// Cheapest way to write `run` as known words; the run itself when some part is not a word.
std::vector<std::string> NameSplitter::SplitGlued(const std::string& run) const {
  if (run.size() < 5 || run.size() > 40 || Dictionary().count(run)) return {run};
  std::size_t n = run.size();
  std::vector<double> cost(n + 1, 1e9);
  std::vector<std::size_t> from(n + 1, 0);
  cost[0] = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (cost[i] >= 1e9) continue;
    for (std::size_t k = i + 2; k <= n; ++k) {
      if (i == 0 && k == n) continue;
      std::string part = run.substr(i, k - i);
      if (!Knows(part)) continue;
      double c = cost[i] + 1 + (part.size() == 2 ? 0.7 : part.size() == 3 ? 0.2 : 0);
      if (c < cost[k]) {
        cost[k] = c;
        from[k] = i;
      }
    }
  }
  // "id", "no", "name" may follow a word nobody knows: "makeid", "contid".
  if (cost[n] >= 1e9) {
    for (std::string_view tail : {"name", "code", "date", "type", "id", "no"}) {
      if (run.size() > tail.size() + 2 && run.substr(n - tail.size()) == tail && tail != "no") {
        return {run.substr(0, n - tail.size()), std::string(tail)};
      }
    }
    return {run};
  }
  std::vector<std::string> parts;
  for (std::size_t k = n; k > 0; k = from[k]) parts.push_back(run.substr(from[k], k - from[k]));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string> NameSplitter::Split(std::string_view identifier) const {
  std::vector<std::string> runs;
  std::string run;
  auto flush = [&] {
    if (!run.empty()) runs.push_back(run);
    run.clear();
  };
  std::vector<Char> chars = Decode(identifier);
  auto upper = [&](std::size_t i) { return chars[i].raw >= 'A' && chars[i].raw <= 'Z'; };
  auto lower = [&](std::size_t i) { return chars[i].raw >= 'a' && chars[i].raw <= 'z'; };
  for (std::size_t i = 0; i < chars.size(); ++i) {
    char32_t c = chars[i].folded;
    bool ideograph = IsIdeograph(c);
    if (!ideograph && (c == '_' || c == '$' || !(IsLetter(c) || IsDigit(c)))) {
      flush();
      continue;
    }
    bool boundary =
        i > 0 && ((upper(i) && (lower(i - 1) || (i + 1 < chars.size() && upper(i - 1) && lower(i + 1)))) ||
                  (IsDigit(c) != IsDigit(chars[i - 1].folded)) || (ideograph != IsIdeograph(chars[i - 1].folded)));
    if (boundary) flush();
    AppendUtf8(c, &run);
  }
  flush();
  std::vector<std::string> words;
  for (const std::string& r : runs) {
    for (std::string& part : SplitGlued(r)) words.push_back(std::move(part));
  }
  return words;
}

std::string_view ExpandAbbreviation(std::string_view word) {
  static const std::unordered_map<std::string_view, std::string_view> table = {
#define TOOMAI_ABBREVIATION(short_form, long_form) {short_form, long_form},
#include "schema/abbreviations.inc"
#undef TOOMAI_ABBREVIATION
  };
  auto it = table.find(word);
  return it == table.end() ? std::string_view{} : it->second;
}

}  // namespace toomai::schema
