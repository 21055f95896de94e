#include "engine/pg/row_meter.h"

#include <algorithm>

#include "base/text.h"
#include "llm/tokens.h"

namespace toomai::engine::pg {

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
  row_.clear();
  std::size_t as_sent = 0;
  for (int i = 0; i < row.size(); ++i) {
    if (row.IsNull(i))
      row_.emplace_back();
    else
      as_sent += row_.emplace_back(row[i])->size();
  }
  largest_row_ = std::max(largest_row_, as_sent);
  return Take(&row_);
}

RowAction RowMeter::Take(CellViews* row) {
  if (end_.rows >= caps_.rows) return Truncated("rows");
  if (filter_ != nullptr) filter_->Apply(row);
  cut_.clear();
  std::size_t bytes = row->size();
  std::int64_t tokens = 0;
  for (std::optional<std::string_view>& cell : *row) {
    if (!cell) continue;
    if (cell->size() > static_cast<std::size_t>(caps_.cell_bytes))
      cell = cut_.emplace_back(CutCell(*cell, static_cast<std::size_t>(caps_.cell_bytes)));
    bytes += cell->size();
    if (caps_.tokens > 0) tokens += llm::EstimateTokens(*cell) + 1;
  }
  if (end_.bytes + bytes > static_cast<std::size_t>(caps_.bytes)) return Truncated("bytes");
  if (caps_.tokens > 0 && end_.tokens + tokens > caps_.tokens) return Truncated("tokens");
  end_.bytes += bytes;
  end_.tokens += tokens;
  end_.cells_cut += static_cast<std::int64_t>(cut_.size());
  ++end_.rows;
  return sink_.OnRow(*row) ? RowAction::kContinue : Truncated("sink");
}

bool ResultCollector::OnRow(const CellViews& cells) {
  auto& row = result_->rows.emplace_back();
  row.reserve(cells.size());
  for (const auto& cell : cells) row.emplace_back(cell ? Cell(std::string(*cell)) : Cell());
  return true;
}

void ResultCollector::Finish(const StreamEnd& end, const Budget& caps) {
  result_->bytes = end.bytes;
  result_->truncated = end.truncated;
  result_->truncated_by = end.truncated_by;
  result_->elapsed_ms = end.elapsed_ms;
  if (end.cells_cut == 0) return;
  result_->notes.push_back(std::to_string(end.cells_cut) + (end.cells_cut == 1 ? " cell was" : " cells were") +
                           " cut to " + std::to_string(caps.cell_bytes) + " bytes; each says how long it is");
}

}  // namespace toomai::engine::pg
