#include "engine/pg/row_meter.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::engine::pg {

std::int64_t EstimateTokens(std::string_view text) {
  std::int64_t ascii = 0, others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      ++ascii;
    else if ((byte & 0xc0) != 0x80)
      ++others;  // the first byte of a character
  }
  return (ascii + 3) / 4 + others;
}

std::string CutCell(std::string_view text, std::size_t bytes) {
  const std::string mark = "… [" + std::to_string(text.size()) + " bytes]";
  std::string cut(CutAtCodePoint(text, bytes > mark.size() ? bytes - mark.size() : 0));
  return cut + mark;
}

RowAction RowMeter::Truncated(const char* by) {
  end_.truncated = true;
  end_.truncated_by = by;
  return RowAction::kStop;
}

RowAction RowMeter::Take(const RowView& row) {
  if (end_.rows >= caps_.rows) return Truncated("rows");
  cells_.clear();
  cut_.clear();
  std::size_t bytes = 0, as_sent = 0;
  std::int64_t tokens = 0;
  for (int i = 0; i < row.size(); ++i) {
    if (row.IsNull(i)) {
      cells_.emplace_back();
      bytes += 1;
      continue;
    }
    std::string_view cell = row[i];
    as_sent += cell.size();
    if (cell.size() > static_cast<std::size_t>(caps_.cell_bytes)) {
      cell = cut_.emplace_back(CutCell(cell, static_cast<std::size_t>(caps_.cell_bytes)));
    }
    bytes += cell.size() + 1;
    if (caps_.tokens > 0) tokens += EstimateTokens(cell) + 1;
    cells_.emplace_back(cell);
  }
  largest_row_ = std::max(largest_row_, as_sent);
  if (end_.bytes + bytes > static_cast<std::size_t>(caps_.bytes)) return Truncated("bytes");
  if (caps_.tokens > 0 && end_.tokens + tokens > caps_.tokens) return Truncated("tokens");
  end_.bytes += bytes;
  end_.tokens += tokens;
  end_.cells_cut += static_cast<std::int64_t>(cut_.size());
  ++end_.rows;
  return sink_.OnRow(cells_) ? RowAction::kContinue : Truncated("sink");
}

}  // namespace toomai::engine::pg
