#include "app/formats.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/result_json.h"

namespace toomai::app {
namespace {

using engine::Cell;
using engine::QueryResult;
using engine::ResultColumn;

std::string Pad(std::string_view text, std::size_t width, bool right) {
  const std::size_t used = DisplayWidth(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

// Cuts to `width` display columns, the last one an ellipsis.
std::string CutToWidth(std::string_view text, std::size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string cut;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    NextCodePoint(text, &i);
    if (DisplayWidth(cut) + DisplayWidth(text.substr(start, i - start)) + 1 > width) break;
    cut += text.substr(start, i - start);
  }
  return cut + "…";
}

std::string RowCount(const QueryResult& result, std::size_t rows) {
  std::string line = "(" + std::to_string(rows) + (rows == 1 ? " row" : " rows");
  if (result.truncated) line += ", cut at the limit of " + (result.truncated_by.empty() ? "rows" : result.truncated_by);
  return line + ")\n";
}

class TableWriter : public RowWriter {
 public:
  TableWriter(TextSink sink, bool colour, std::size_t width) : sink_(std::move(sink)), colour_(colour), width_(width) {}

  void Begin(const std::vector<ResultColumn>& columns) override { columns_ = columns; }
  void Row(const std::vector<Cell>& cells) override { rows_.push_back(cells); }

  void End(const QueryResult& result) override {
    std::vector<std::size_t> widths = Widths();
    std::string out;
    Line(&out, "┌", "┬", "┐", widths);
    out += "│";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string name = Pad(CutToWidth(TerminalSafe(columns_[i].name), widths[i]), widths[i], IsRight(i));
      out += " " + (colour_ ? "\033[1m" + name + "\033[0m" : name) + " │";
    }
    out += "\n";
    Line(&out, "├", "┼", "┤", widths);
    for (const auto& row : rows_) {
      out += "│";
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const bool null = i >= row.size() || !row[i];
        const std::string text = null ? "∅" : CutToWidth(TerminalSafe(*row[i]), widths[i]);
        const std::string padded = Pad(text, widths[i], IsRight(i));
        out += " " + (null && colour_ ? "\033[2m" + padded + "\033[0m" : padded) + " │";
      }
      out += "\n";
      if (out.size() > 64 * 1024) Flush(&out);
    }
    Line(&out, "└", "┴", "┘", widths);
    out += RowCount(result, rows_.size());
    for (const std::string& note : result.notes) out += "note: " + TerminalSafe(note) + "\n";
    Flush(&out);
  }

 private:
  bool IsRight(std::size_t i) const { return engine::IsNumericOid(columns_[i].type_oid); }

  std::vector<std::size_t> Widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      std::size_t width = DisplayWidth(TerminalSafe(columns_[i].name));
      for (const auto& row : rows_) {
        width = std::max(width, i < row.size() && row[i] ? DisplayWidth(TerminalSafe(*row[i])) : 1);
      }
      widths.push_back(std::max<std::size_t>(width, 1));
    }
    if (width_ > 0) Shrink(&widths);
    return widths;
  }

  // The widest columns give way until the table fits, but none below a readable width.
  void Shrink(std::vector<std::size_t>* widths) const {
    constexpr std::size_t kReadable = 8;
    const auto total = [&] {
      std::size_t sum = 1;
      for (const std::size_t w : *widths) sum += w + 3;
      return sum;
    };
    while (!widths->empty() && total() > width_) {
      auto widest = std::max_element(widths->begin(), widths->end());
      if (*widest <= kReadable) return;
      --*widest;
    }
  }

  static void Line(std::string* out, const char* left, const char* middle, const char* right,
                   const std::vector<std::size_t>& widths) {
    *out += left;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) *out += middle;
      for (std::size_t k = 0; k < widths[i] + 2; ++k) *out += "─";
    }
    *out += right;
    *out += "\n";
  }

  void Flush(std::string* out) {
    sink_(*out);
    out->clear();
  }

  TextSink sink_;
  bool colour_;
  std::size_t width_;
  std::vector<ResultColumn> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Formats whose rows are written as they come share the buffering.
class StreamingWriter : public RowWriter {
 public:
  explicit StreamingWriter(TextSink sink) : sink_(std::move(sink)) {}

  void BreakOff() override { Flush(); }

 protected:
  void FlushIfLarge() {
    if (buffer_.size() >= 32 * 1024) Flush();
  }
  void Flush() {
    if (!buffer_.empty()) sink_(buffer_);
    buffer_.clear();
  }
  std::string buffer_;
  std::vector<ResultColumn> columns_;

 private:
  TextSink sink_;
};

class JsonWriter : public StreamingWriter {
 public:
  using StreamingWriter::StreamingWriter;
  void Begin(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    buffer_ += "{\"columns\":[";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      buffer_ += i > 0 ? ",{\"name\":" : "{\"name\":";
      engine::AppendJsonString(columns[i].name, &buffer_);
      buffer_ += ",\"type\":";
      engine::AppendJsonString(columns[i].type, &buffer_);
      buffer_ += "}";
    }
    buffer_ += "],\"rows\":[";
  }
  void Row(const std::vector<Cell>& cells) override {
    if (rows_++ > 0) buffer_ += ",";
    engine::AppendJsonRow(cells, columns_, &buffer_);
    FlushIfLarge();
  }
  void End(const QueryResult& result) override {
    buffer_ += "],\"row_count\":" + std::to_string(rows_);
    buffer_ += result.truncated ? ",\"truncated\":true" : ",\"truncated\":false";
    if (!result.notes.empty()) {
      buffer_ += ",\"notes\":[";
      for (std::size_t i = 0; i < result.notes.size(); ++i) {
        if (i > 0) buffer_ += ",";
        engine::AppendJsonString(result.notes[i], &buffer_);
      }
      buffer_ += "]";
    }
    buffer_ += "}\n";
    Flush();
  }

 private:
  std::size_t rows_ = 0;
};

// One object a row, keys in column order; a repeated column name gets a number so that no value is lost.
class NdjsonWriter : public StreamingWriter {
 public:
  using StreamingWriter::StreamingWriter;
  void Begin(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    std::vector<std::string> used;
    for (const ResultColumn& column : columns) {
      std::string key = column.name;
      for (int n = 2; std::find(used.begin(), used.end(), key) != used.end(); ++n)
        key = column.name + "_" + std::to_string(n);
      used.push_back(key);
      std::string text;
      engine::AppendJsonString(key, &text);
      keys_.push_back(text + ":");
    }
  }
  void Row(const std::vector<Cell>& cells) override {
    buffer_ += "{";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) buffer_ += ",";
      buffer_ += keys_[i];
      engine::AppendJsonCell(cells[i], columns_[i].type_oid, &buffer_);
    }
    buffer_ += "}\n";
    FlushIfLarge();
  }
  void End(const QueryResult&) override { Flush(); }

 private:
  std::vector<std::string> keys_;
};

class SeparatedWriter : public StreamingWriter {
 public:
  SeparatedWriter(TextSink sink, char separator) : StreamingWriter(std::move(sink)), separator_(separator) {}
  void Begin(const std::vector<ResultColumn>& columns) override {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) buffer_ += separator_;
      AppendCsvField(columns[i].name, separator_, &buffer_);
    }
    buffer_ += "\n";
  }
  void Row(const std::vector<Cell>& cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) buffer_ += separator_;
      AppendCsvField(cells[i], separator_, &buffer_);
    }
    buffer_ += "\n";
    FlushIfLarge();
  }
  void End(const QueryResult&) override { Flush(); }

 private:
  char separator_;
};

class MarkdownWriter : public StreamingWriter {
 public:
  using StreamingWriter::StreamingWriter;
  void Begin(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    buffer_ += "|";
    for (const ResultColumn& column : columns) buffer_ += " " + Escape(column.name) + " |";
    buffer_ += "\n|";
    for (const ResultColumn& column : columns) buffer_ += engine::IsNumericOid(column.type_oid) ? " ---: |" : " --- |";
    buffer_ += "\n";
  }
  void Row(const std::vector<Cell>& cells) override {
    buffer_ += "|";
    for (const Cell& cell : cells) buffer_ += " " + (cell ? Escape(*cell) : std::string("*null*")) + " |";
    buffer_ += "\n";
    ++rows_;
    FlushIfLarge();
  }
  void End(const QueryResult& result) override {
    buffer_ += "\n" + RowCount(result, rows_);
    for (const std::string& note : result.notes) buffer_ += "\n> " + Escape(note) + "\n";
    Flush();
  }

 private:
  static std::string Escape(std::string_view text) {
    std::string out;
    for (const char c : CleanUtf8(text)) {
      if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '[' || c == ']') out += '\\';
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '\n':
          out += "<br>";
          break;
        case '\r':
          break;
        default:
          out += c;
      }
    }
    return out;
  }
  std::size_t rows_ = 0;
};

}  // namespace

std::optional<Format> ParseFormat(std::string_view word) {
  if (word == "table") return Format::kTable;
  if (word == "json") return Format::kJson;
  if (word == "ndjson" || word == "jsonl") return Format::kNdjson;
  if (word == "csv") return Format::kCsv;
  if (word == "tsv") return Format::kTsv;
  if (word == "markdown" || word == "md") return Format::kMarkdown;
  return std::nullopt;
}

std::unique_ptr<RowWriter> MakeRowWriter(Format format, TextSink sink, bool colour, std::size_t width) {
  switch (format) {
    case Format::kTable:
      return std::make_unique<TableWriter>(std::move(sink), colour, width);
    case Format::kJson:
      return std::make_unique<JsonWriter>(std::move(sink));
    case Format::kNdjson:
      return std::make_unique<NdjsonWriter>(std::move(sink));
    case Format::kCsv:
      return std::make_unique<SeparatedWriter>(std::move(sink), ',');
    case Format::kTsv:
      return std::make_unique<SeparatedWriter>(std::move(sink), '\t');
    case Format::kMarkdown:
      return std::make_unique<MarkdownWriter>(std::move(sink));
  }
  return nullptr;
}

std::string FormatResult(Format format, const QueryResult& result, bool colour, std::size_t width) {
  std::string out;
  auto writer = MakeRowWriter(
      format, [&out](std::string_view text) { out += text; }, colour, width);
  writer->Begin(result.columns);
  for (const auto& row : result.rows) writer->Row(row);
  writer->End(result);
  return out;
}

std::string TerminalSafe(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t c = NextCodePoint(text, &i);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (c == '\n') {
      out += "⏎";
    } else if (c == '\t') {
      out += " ";
    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFFFD || bidi) {
      out += "�";
    } else {
      out += text.substr(start, i - start);
    }
  }
  return out;
}

}  // namespace toomai::app
