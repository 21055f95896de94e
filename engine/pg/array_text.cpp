#include "engine/pg/array_text.h"

#include <cstdlib>
#include <utility>

#include "base/text.h"

namespace toomai::engine::pg {
namespace {

// "[0:2]={…}" carries its bounds in front.
std::string_view Body(std::string_view text) {
  const auto open = text.find('{');
  if (open == std::string_view::npos || text.empty() || text.back() != '}') return {};
  return text.substr(open + 1, text.size() - open - 2);
}

std::string ReadQuoted(std::string_view body, std::size_t* at) {
  std::string element;
  for (++*at; *at < body.size() && body[*at] != '"'; ++*at) {
    if (body[*at] == '\\' && *at + 1 < body.size()) ++*at;
    element += body[*at];
  }
  if (*at < body.size()) ++*at;
  return element;
}

// An unquoted element, or a nested array kept as it is written.
std::string ReadPlain(std::string_view body, std::size_t* at) {
  const std::size_t begin = *at;
  int depth = 0;
  bool quoted = false;
  for (; *at < body.size(); ++*at) {
    const char c = body[*at];
    if (c == '\\')
      ++*at;
    else if (c == '"')
      quoted = !quoted;
    else if (quoted)
      continue;
    else if (c == '{')
      ++depth;
    else if (c == '}')
      --depth;
    else if (c == ',' && depth <= 0)
      break;
  }
  *at = std::min(*at, body.size());
  return std::string(body.substr(begin, *at - begin));
}

}  // namespace

std::vector<std::optional<std::string>> ParseArray(std::string_view text, std::size_t limit) {
  const std::string_view body = Body(text);
  std::vector<std::optional<std::string>> elements;
  std::size_t at = 0;
  while (at < body.size() && elements.size() < limit) {
    if (body[at] == '"') {
      elements.emplace_back(ReadQuoted(body, &at));
    } else {
      std::string plain = ReadPlain(body, &at);
      if (EqualsIgnoreAsciiCase(plain, "NULL"))
        elements.emplace_back();
      else
        elements.emplace_back(std::move(plain));
    }
    at = std::min(body.find(',', at), body.size() - 1) + 1;
  }
  return elements;
}

std::vector<std::string> ParseTextArray(std::string_view text, std::size_t limit) {
  std::vector<std::string> elements;
  for (auto& element : ParseArray(text, limit)) {
    if (element) elements.push_back(std::move(*element));
  }
  return elements;
}

std::vector<int> ParseIntArray(std::string_view text) {
  std::vector<int> numbers;
  for (std::size_t at = 0; at < text.size();) {
    if ((text[at] < '0' || text[at] > '9') && text[at] != '-') {
      ++at;
      continue;
    }
    numbers.push_back(std::atoi(std::string(text.substr(at, 12)).c_str()));
    while (at < text.size() && text[at] != ',' && text[at] != ' ') ++at;
  }
  return numbers;
}

std::string WriteTextArray(const std::vector<std::string>& elements) {
  std::string text = "{";
  for (const std::string& element : elements) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : element) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + '}';
}

}  // namespace toomai::engine::pg
