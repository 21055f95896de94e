#include "engine/pg/check_values.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace toomai::engine::pg {
namespace {

bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) {
  return IsWordStart(c) || (c >= '0' && c <= '9') || c == '$';
}

// 'it''s', and E'…' with backslashes (PostgreSQL prints E'' for those).
std::string ReadString(std::string_view text, std::size_t* at, bool escapes) {
  std::string value;
  for (++*at; *at < text.size(); ++*at) {
    if (escapes && text[*at] == '\\' && *at + 1 < text.size())
      ++*at;
    else if (text[*at] == '\'') {
      if (*at + 1 >= text.size() || text[*at + 1] != '\'') break;
      ++*at;
    }
    value += text[*at];
  }
  if (*at < text.size()) ++*at;
  return value;
}

// Jumps over a cast: "::text", "::character varying[]", "::public.mood", "::\"Odd\"", "::bpchar(3)".
void SkipCast(std::string_view text, std::size_t* at) {
  constexpr std::array<std::string_view, 6> kSecondWords = {"varying", "precision", "with", "without", "time", "zone"};
  while (*at < text.size()) {
    if (IsWordPart(text[*at]) || text[*at] == '.')
      ++*at;
    else if (text[*at] == '"')
      *at = std::min(text.find('"', *at + 1), text.size() - 1) + 1;
    else if (text.substr(*at, 2) == "[]")
      *at += 2;
    else if (text[*at] == '(')
      *at = std::min(text.find(')', *at), text.size() - 1) + 1;
    else if (text[*at] == ' ' && std::any_of(kSecondWords.begin(), kSecondWords.end(), [&](std::string_view word) {
               return text.substr(*at + 1, word.size()) == word;
             }))
      ++*at;
    else
      break;
  }
}

}  // namespace

std::vector<std::string> ValuesOfCheck(std::string_view definition) {
  constexpr std::array<std::string_view, 7> kAllowed = {"CHECK", "ANY", "ARRAY", "OR", "IS", "NULL", "VALUE"};
  std::vector<std::string> values;
  std::string column;  // one name only: CHECK (a = 'x' OR b = 'y') says nothing about either
  for (std::size_t at = 0; at < definition.size();) {
    const char c = definition[at];
    if (c == '\'' || (c == 'E' && definition.substr(at, 2) == "E'")) {
      at += c == 'E' ? 1 : 0;
      values.push_back(ReadString(definition, &at, c == 'E'));
    } else if (definition.substr(at, 2) == "::") {
      at += 2;
      SkipCast(definition, &at);
    } else if (c == '"' || IsWordStart(c)) {
      std::size_t end = at + 1;
      if (c == '"')
        end = std::min(definition.find('"', end), definition.size() - 1) + 1;
      else
        while (end < definition.size() && IsWordPart(definition[end])) ++end;
      const std::string word(definition.substr(at, end - at));
      at = end;
      if (std::find(kAllowed.begin(), kAllowed.end(), word) != kAllowed.end()) continue;
      if (!column.empty() && column != word) return {};
      column = word;
    } else if (c == ' ' || c == '(' || c == ')' || c == '[' || c == ']' || c == ',') {
      ++at;
    } else if (c == '=' && at > 0 && definition[at - 1] == ' ') {
      ++at;
    } else {
      return {};
    }
  }
  return values;
}

}  // namespace toomai::engine::pg
