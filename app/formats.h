// Rows for people and programs: table, JSON, NDJSON, CSV, TSV, Markdown. Writers take rows as they come; only the table
// waits for all of them, since widths must be known.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/result_csv.h"
#include "engine/types.h"

namespace toomai::app {

enum class Format { kTable, kJson, kNdjson, kCsv, kTsv, kMarkdown };
std::optional<Format> ParseFormat(std::string_view word);

// Takes finished text; may be called many times.
using TextSink = std::function<void(std::string_view)>;

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void Begin(const std::vector<engine::ResultColumn>& columns) = 0;
  virtual void Row(const std::vector<engine::Cell>& cells) = 0;
  // `result` gives what is known at the end: truncated, notes. Its rows are ignored.
  virtual void End(const engine::QueryResult& result) = 0;
  // Instead of End, when no more rows will come: those that came are handed on.
  virtual void BreakOff() {}
};

// `colour`: escape codes may be used (a person at a terminal). `width`: of the terminal, 0 for no limit.
std::unique_ptr<RowWriter> MakeRowWriter(Format format, TextSink sink, bool colour = false, std::size_t width = 0);

// A whole result at once.
std::string FormatResult(Format format, const engine::QueryResult& result, bool colour = false, std::size_t width = 0);

// `text` made safe for a terminal: control characters (escape sequences in data!) become visible marks.
std::string TerminalSafe(std::string_view text);

using engine::AppendCsvField;

}  // namespace toomai::app
