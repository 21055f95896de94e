#include "cache/entry_diff.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxWords = 2000;  // the table below has the square of it

// Words, single marks, and runs of blanks: together they are the text.
std::vector<std::string_view> Pieces(std::string_view text) {
  const auto kind = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isspace(byte) != 0 ? 1 : std::isalnum(byte) != 0 || c == '_' || byte >= 0x80 ? 2 : 0;
  };
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin + 1;
    while (end < text.size() && kind(text[begin]) != 0 && kind(text[end]) == kind(text[begin])) ++end;
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

void Append(DiffPart::Kind kind, std::string_view text, std::vector<DiffPart>* parts) {
  if (text.empty()) return;
  if (parts->empty() || parts->back().kind != kind) parts->push_back({kind, ""});
  parts->back().text += text;
}

std::string Number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

std::vector<FieldChange> ChangesBetween(const HistoryEntry& before, const HistoryEntry& after) {
  std::vector<FieldChange> changes;
  const auto compare = [&](const char* field, const std::string& a, const std::string& b) {
    if (a != b) changes.push_back({field, a, b});
  };
  const auto count = [](std::int64_t number) { return number < 0 ? std::string() : std::to_string(number); };
  compare("database", before.database, after.database);
  compare("question", before.question, after.question);
  compare("source", before.source, after.source);
  compare("origin", before.origin, after.origin);
  compare("model", before.model, after.model);
  compare("prompt_version", before.prompt_version, after.prompt_version);
  compare("confidence", Number(before.confidence), Number(after.confidence));
  compare("verdict", before.verdict, after.verdict);
  compare("rule", before.rule, after.rule);
  compare("error", before.error, after.error);
  compare("sql", before.sql_run, after.sql_run);
  compare("tables", before.tables, after.tables);
  compare("schema_fingerprint", before.schema_fingerprint, after.schema_fingerprint);
  compare("rows", count(before.rows), count(after.rows));
  compare("elapsed_ms", Number(before.elapsed_ms), Number(after.elapsed_ms));
  compare("cost", Number(before.cost), Number(after.cost));
  compare("state", std::string(ToString(before.state)), std::string(ToString(after.state)));
  return changes;
}

std::vector<DiffPart> DiffWords(std::string_view before, std::string_view after) {
  const auto a = Pieces(before), b = Pieces(after);
  std::vector<DiffPart> parts;
  if (a.size() > kMaxWords || b.size() > kMaxWords) {
    Append(before == after ? DiffPart::Kind::kSame : DiffPart::Kind::kRemoved, before, &parts);
    if (before != after) Append(DiffPart::Kind::kAdded, after, &parts);
    return parts;
  }
  // The longest common subsequence of the rests: longest[i][j] is that of a[i…] and b[j…].
  const std::size_t width = b.size() + 1;
  std::vector<std::uint16_t> longest((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      const auto next = static_cast<std::uint16_t>(longest[(i + 1) * width + j + 1] + 1);
      longest[i * width + j] = a[i] == b[j] ? next : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      Append(DiffPart::Kind::kSame, a[i], &parts);
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      Append(DiffPart::Kind::kRemoved, a[i++], &parts);
    } else {
      Append(DiffPart::Kind::kAdded, b[j++], &parts);
    }
  }
  return parts;
}

}  // namespace toomai::cache
