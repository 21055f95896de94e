#include "engine/result_csv.h"

namespace toomai::engine {

void AppendCsvField(const Cell& cell, char separator, std::string* out) {
  if (!cell) return;
  const std::string& text = *cell;
  const char special[] = {separator, '"', '\n', '\r', '\0'};
  const bool quote =
      text.empty() || text.find_first_of(special) != std::string::npos || text.front() == ' ' || text.back() == ' ';
  if (!quote) {
    *out += text;
    return;
  }
  *out += '"';
  for (const char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

}  // namespace toomai::engine
