// Findings for people: message, the line, a caret below what is wrong, what to do. And in one line for a model.
#include <algorithm>
#include <string>

#include "validator/validator.h"

namespace toomai::validator {
namespace {

constexpr std::size_t kWidest = 100;  // columns of source shown; longer lines are cut around the caret

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// Broken UTF-8 counts as one character a byte.
CodePoint Decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t bytes = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (at + bytes > text.size()) return {lead, 1};
  char32_t value = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {lead, 1};
    value = (value << 6) | (byte(at + i) & 0x3F);
  }
  return {value, bytes};
}

// Columns on a terminal: two for East Asian wide forms, none for combining marks.
std::size_t Width(char32_t c) {
  if ((c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200D || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F)) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                    (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

// The line as it may be shown: control characters cannot move the cursor.
struct Shown {
  std::string text, marks;
};
Shown ShowLine(std::string_view line, std::size_t begin, std::size_t end) {
  // A window of the line around the caret.
  std::size_t from = 0;
  if (line.size() > kWidest && begin > kWidest / 2) {
    from = std::min(begin - kWidest / 2, line.size() - 1);
    while (from > 0 && (static_cast<unsigned char>(line[from]) & 0xC0) == 0x80) --from;
  }
  Shown shown;
  std::size_t used = 0;
  if (from > 0) {
    shown.text = "…";
    shown.marks = " ";
  }
  std::size_t i = from;
  while (i < line.size() && used < kWidest) {
    const CodePoint c = Decode(line, i);
    const bool control = c.value < 0x20 || c.value == 0x7F || (c.bytes == 1 && c.value >= 0x80) ||
                         (c.value >= 0x80 && c.value < 0xA0) || c.value == 0x2028 || c.value == 0x2029 ||
                         (c.value >= 0x202A && c.value <= 0x202E);
    const std::size_t width = control ? 1 : Width(c.value);
    if (control)
      shown.text += c.value == '\t' ? " " : "�";
    else
      shown.text += line.substr(i, c.bytes);
    const bool marked = i >= begin && i < std::max(end, begin + 1);
    shown.marks.append(width, marked ? '^' : ' ');
    used += width;
    i += c.bytes;
  }
  if (i < line.size()) shown.text += "…";
  if (begin >= line.size()) shown.marks += '^';
  while (!shown.marks.empty() && shown.marks.back() == ' ') shown.marks.pop_back();
  return shown;
}

}  // namespace

std::string Render(const Finding& finding, std::string_view sql) {
  const std::size_t begin = std::min(finding.begin, sql.size()),
                    end = std::min(std::max(finding.end, begin), sql.size());
  const std::size_t before = begin == 0 ? std::string_view::npos : sql.rfind('\n', begin - 1);
  const std::size_t line_begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t line_end = std::min(sql.find('\n', begin), sql.size());
  const auto line_number = std::count(sql.begin(), sql.begin() + static_cast<std::ptrdiff_t>(begin), '\n') + 1;
  std::size_t column = 1;
  for (std::size_t i = line_begin; i < begin; i += Decode(sql, i).bytes) ++column;

  const Shown shown =
      ShowLine(sql.substr(line_begin, line_end - line_begin), begin - line_begin, std::min(end, line_end) - line_begin);
  const std::string number = std::to_string(line_number);
  const std::string margin(number.size() + 1, ' ');
  std::string out = finding.rule + ": " + finding.message + "\n";
  out += margin + "at line " + number + ", column " + std::to_string(column) + "\n";
  out += number + " | " + shown.text + "\n";
  out += margin + "| " + shown.marks + "\n";
  if (!finding.hint.empty()) out += margin + "= " + finding.hint + "\n";
  return out;
}

std::string RenderForModel(const Finding& finding, std::string_view sql) {
  const std::size_t begin = std::min(finding.begin, sql.size()),
                    end = std::min(std::max(finding.end, begin), sql.size());
  std::size_t size = std::min<std::size_t>(end - begin, 80);
  while (size > 0 && begin + size < end && (static_cast<unsigned char>(sql[begin + size]) & 0xC0) == 0x80) --size;
  std::string where(sql.substr(begin, size));
  for (char& c : where) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  std::string out = finding.rule + ": " + finding.message;
  if (!where.empty()) out += " (at: " + where + ")";
  if (!finding.hint.empty()) out += ". " + finding.hint;
  if (finding.candidates.size() > 1) {
    out += " Candidates: ";
    for (std::size_t i = 0; i < finding.candidates.size(); ++i) out += (i == 0 ? "" : ", ") + finding.candidates[i];
  }
  return out;
}

}  // namespace toomai::validator
