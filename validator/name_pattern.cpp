#include "validator/name_pattern.h"

#include <algorithm>
#include <string>

namespace toomai::validator {
namespace {

// '*' stands for any text. Patterns are the operator's and short, so the simple way will do.
bool Matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

DottedName SplitLast(std::string_view text) {
  std::size_t dot = std::string_view::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '.' && !quoted) dot = i;
  }
  std::string_view head = dot == std::string_view::npos ? std::string_view() : text.substr(0, dot);
  std::string_view last = dot == std::string_view::npos ? text : text.substr(dot + 1);
  if (last.size() >= 2 && last.front() == '"' && last.back() == '"') last = last.substr(1, last.size() - 2);
  return {head, last};
}

std::string_view TakeItem(std::string_view* list) {
  std::size_t end = 0;
  bool quoted = false;
  for (int depth = 0; end < list->size() && (quoted || depth > 0 || (*list)[end] != ','); ++end) {
    const char c = (*list)[end];
    if (c == '"') quoted = !quoted;
    if (!quoted) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  std::string_view item = list->substr(0, end);
  list->remove_prefix(std::min(end + 1, list->size()));
  while (item.starts_with(' ')) item.remove_prefix(1);
  while (item.ends_with(' ')) item.remove_suffix(1);
  return item;
}

bool PartMatches(std::string_view pattern, std::string_view name) {
  if (Matches(pattern, name)) return true;
  std::string folded(pattern);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return folded != pattern && Matches(folded, name);
}

bool RelationMatches(std::string_view pattern, std::string_view schema, std::string_view name) {
  const DottedName parts = SplitLast(pattern);
  if (!PartMatches(parts.last, name)) return false;
  return parts.head.empty() || PartMatches(SplitLast(parts.head).last, schema);
}

bool ColumnMatches(std::string_view pattern, std::string_view schema, std::string_view table, std::string_view column) {
  const DottedName parts = SplitLast(pattern);
  return PartMatches(parts.last, column) && (parts.head.empty() || RelationMatches(parts.head, schema, table));
}

}  // namespace toomai::validator
