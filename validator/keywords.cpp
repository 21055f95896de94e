#include <cstring>

#include "validator/keyword_table.h"

namespace toomai::validator {

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
