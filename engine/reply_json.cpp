#include "engine/reply_json.h"

#include <cstdlib>

#include "base/text.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kMaxItems = 20;

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::optional<std::string> JsonField(std::string_view text, std::string_view key, bool* null) {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; at += key.size()) {
    if (at == 0 || (text[at - 1] != '"' && text[at - 1] != '\'')) continue;
    std::size_t i = at + key.size();
    if (i >= text.size() || text[i] != text[at - 1]) continue;
    ++i;
    while (i < text.size() && IsSpace(text[i])) ++i;
    if (i >= text.size() || text[i] != ':') continue;
    ++i;
    while (i < text.size() && IsSpace(text[i])) ++i;
    if (text.substr(i, 4) == "null") {
      if (null) *null = true;
      return std::nullopt;
    }
    if (i >= text.size()) return std::nullopt;
    const bool triple = text.substr(i, 3) == "\"\"\"";
    const char quote = text[i];
    if (quote != '"' && quote != '\'') return std::nullopt;
    i += triple ? 3 : 1;
    std::string value;
    while (i < text.size()) {
      if (triple ? text.substr(i, 3) == "\"\"\"" : text[i] == quote) return value;
      if (text[i] == '\\' && i + 1 < text.size()) {
        const char c = text[i + 1];
        i += 2;
        if (c == 'n')
          value += '\n';
        else if (c == 't')
          value += '\t';
        else if (c == 'r')
          value += '\r';
        else if (c == 'u' && i + 4 <= text.size()) {
          const std::string hex(text.substr(i, 4));
          AppendUtf8(static_cast<char32_t>(std::strtoul(hex.c_str(), nullptr, 16)), &value);
          i += 4;
        } else {
          value += c;
        }
        continue;
      }
      value += text[i++];
    }
    return std::nullopt;  // the string has no end: a cut reply
  }
  return std::nullopt;
}

std::vector<std::string> JsonList(std::string_view text, std::string_view key) {
  std::vector<std::string> list;
  const std::size_t at = text.find("\"" + std::string(key) + "\"");
  if (at == std::string_view::npos) return list;
  const std::size_t open = text.find('[', at), close = text.find(']', at);
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return list;
  std::string item;
  bool inside = false;
  for (std::size_t i = open + 1; i < close && list.size() < kMaxItems; ++i) {
    if (text[i] == '"') {
      if (inside) list.push_back(item);
      item.clear();
      inside = !inside;
    } else if (inside) {
      item += text[i];
    }
  }
  return list;
}

}  // namespace toomai::engine
