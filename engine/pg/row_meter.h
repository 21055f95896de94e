// Counts rows, bytes and tokens on their way to the caller, cuts long cells, and says when it is enough. Knows no
// server.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "engine/pg/connection.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {

// libpq's buffer grows to the largest row and never shrinks: a session that has met a giant is closed.
inline constexpr std::size_t kGiantRow = 4u << 20;

// The longest start that fits, and "… [N bytes]" behind it: the mark counts as well, unless it alone is longer.
std::string CutCell(std::string_view text, std::size_t bytes);

// Keeps the rows: the sink behind a collected result.
class ResultCollector : public RowSink {
 public:
  explicit ResultCollector(QueryResult* result) : result_(result) {}
  void OnColumns(const std::vector<ResultColumn>& columns) override { result_->columns = columns; }
  bool OnRow(const CellViews& cells) override;
  // Bytes, truncation, time, and a note about cut cells.
  void Finish(const StreamEnd& end, const Budget& caps);

 private:
  QueryResult* result_;
};

class RowMeter {
 public:
  // `filter` may be null.
  RowMeter(const Budget& caps, RowSink& sink, RowFilter* filter) : caps_(caps), sink_(sink), filter_(filter) {}

  // kStop: this row does not fit (or the sink has enough), and nothing after it will be looked at.
  RowAction Take(const RowView& row);
  RowAction Take(CellViews* row);  // filtered and cut in place

  const StreamEnd& end() const { return end_; }
  std::size_t largest_row() const { return largest_row_; }

 private:
  RowAction Truncated(const char* by);

  const Budget caps_;
  RowSink& sink_;
  RowFilter* const filter_;
  StreamEnd end_;
  CellViews row_;
  std::deque<std::string> cut_;  // stable addresses while the sink looks
  std::size_t largest_row_ = 0;
};

}  // namespace toomai::engine::pg
