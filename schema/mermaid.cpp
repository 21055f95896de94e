#include "schema/mermaid.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.h"

namespace toomai::schema {
namespace {

constexpr std::size_t kMaxComment = 80;

bool IsWordByte(unsigned char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Attribute names and types: a letter, then letters, digits, '_'. What does not fit becomes '_'.
std::string Word(std::string_view text) {
  std::string word;
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = NextCodePoint(text, &at);
    if (c < 0x80 && IsWordByte(static_cast<unsigned char>(c))) {
      word += static_cast<char>(c);
    } else if (word.empty() || word.back() != '_') {
      word += '_';
    }
  }
  if (word.empty() || word[0] == '_' || (word[0] >= '0' && word[0] <= '9')) word.insert(0, "c");
  return word;
}

// Inside double quotes, on one line.
std::string Quoted(std::string_view text) {
  std::string inner;
  for (char c : text) {
    bool control = static_cast<unsigned char>(c) < 0x20;
    inner += c == '"' ? '\'' : control ? ' ' : c;
  }
  return "\"" + inner + "\"";
}

std::string EntityName(const Schema& schema, int table) {
  const Table& t = schema.tables[table];
  std::string name = t.on_search_path && schema.FindTable("", t.name) == table ? t.name : t.schema + "." + t.name;
  bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return IsWordByte(c); });
  return plain && !(name[0] >= '0' && name[0] <= '9') ? name : Quoted(name);
}

bool Contains(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string KeyMarks(const Table& table, int column) {
  std::vector<std::string> marks;
  if (Contains(table.primary_key, column)) marks.push_back("PK");
  for (const ForeignKey& key : table.foreign_keys) {
    if (Contains(key.columns, column) && (marks.empty() || marks.back() != "FK")) marks.push_back("FK");
  }
  for (const std::vector<int>& key : table.unique_keys) {
    if (key == std::vector<int>{column}) {
      marks.push_back("UK");
      break;
    }
  }
  return marks.empty() ? "" : " " + Join(marks, ", ");
}

std::string ColumnLine(const Table& table, int place, bool comments) {
  const Column& column = table.columns[place];
  std::string name = Word(column.name);
  std::string line =
      "    " + Word(column.base_type.empty() ? column.type : column.base_type) + " " + name + KeyMarks(table, place);
  std::string note = name == column.name ? "" : column.name;
  if (comments && !column.comment.empty()) note += (note.empty() ? "" : ": ") + column.comment;
  if (!note.empty()) line += " " + Quoted(Ellipsis(note, kMaxComment));
  return line + "\n";
}

// Read from the target: one (or none) of them, many (or one) of these.
std::string Line(const Table& table, const ForeignKey& key) {
  bool optional =
      std::any_of(key.columns.begin(), key.columns.end(), [&](int c) { return !table.columns[c].not_null; });
  std::vector<int> columns = key.columns;
  std::sort(columns.begin(), columns.end());
  auto same = [&](std::vector<int> other) {
    std::sort(other.begin(), other.end());
    return other == columns;
  };
  bool one = same(table.primary_key) || std::any_of(table.unique_keys.begin(), table.unique_keys.end(), same);
  return std::string(optional ? "|o" : "||") + "--" + (one ? "o|" : "o{");
}

}  // namespace

std::string ToMermaid(const Schema& schema, const MermaidOptions& options) {
  std::vector<int> chosen = options.tables;
  if (chosen.empty()) {
    chosen.resize(schema.tables.size());
    std::iota(chosen.begin(), chosen.end(), 0);
  }
  std::set<int> present(chosen.begin(), chosen.end());

  std::string out = "erDiagram\n";
  for (int place : chosen) {
    const Table& table = schema.tables[place];
    out += "  " + EntityName(schema, place);
    if (options.columns && !table.columns.empty()) {
      out += " {\n";
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        out += ColumnLine(table, static_cast<int>(i), options.comments);
      out += "  }";
    }
    out += "\n";
  }
  for (int place : chosen) {
    const Table& table = schema.tables[place];
    for (const ForeignKey& key : table.foreign_keys) {
      if (present.count(key.target_table) == 0) continue;
      std::vector<std::string> names;
      for (int column : key.columns) names.push_back(table.columns[column].name);
      out += "  " + EntityName(schema, key.target_table) + " " + Line(table, key) + " " + EntityName(schema, place) +
             " : " + Quoted(Join(names, ", ")) + "\n";
    }
  }
  return out;
}

}  // namespace toomai::schema
