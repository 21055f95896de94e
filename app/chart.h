// A picture of a result: bars for a label and a number, a line for a time and a number. In the terminal as text, or as
// a self-contained SVG. Which columns and which kind is chosen from the column types; the caller may look at `why` when
// there is nothing to draw.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/types.h"

namespace toomai::app {

struct Chart {
  enum class Kind { kBar, kLine };
  Kind kind = Kind::kBar;
  std::string label_name, value_name;
  std::vector<std::string> labels;
  std::vector<double> values;
  bool cut = false;  // more rows than kMaxBars
};

inline constexpr std::size_t kMaxBars = 50;
inline constexpr std::size_t kMaxPoints = 500;

// nullopt when the result has no number to draw; `why` then says so in one sentence.
std::optional<Chart> ChooseChart(const engine::QueryResult& result, std::string* why);
std::string DrawInTerminal(const Chart& chart, std::size_t width);
std::string DrawSvg(const Chart& chart);

}  // namespace toomai::app
