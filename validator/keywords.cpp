#include <array>
#include <cstring>

#include "validator/keyword_table.h"

namespace toomai::validator {
namespace {

constexpr KeywordInfo kKeywords[] = {
#define KEYWORD(word, name, category, label, since) {word, KeywordCategory::k##category, label, since},
#include "validator/keywords.def"
#undef KEYWORD
    {"", KeywordCategory::kUnreserved, false, 0},
};
static_assert(std::size(kKeywords) == static_cast<std::size_t>(Keyword::kNotAKeyword) + 1);

}  // namespace

const KeywordInfo& InfoOf(Keyword keyword) {
  return kKeywords[static_cast<std::size_t>(keyword)];
}

Keyword FindKeyword(std::string_view lower_case_word) {
  char padded[kLongestKeyword + 8] = {};
  if (lower_case_word.empty() || lower_case_word.size() > kLongestKeyword) return Keyword::kNotAKeyword;
  for (const char c : lower_case_word) {
    if ((c < 'a' || c > 'z') && c != '_') return Keyword::kNotAKeyword;
  }
  std::memcpy(padded, lower_case_word.data(), lower_case_word.size());
  return LookUpKeyword(padded, lower_case_word.size());
}

}  // namespace toomai::validator
