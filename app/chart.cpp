#include "app/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "app/formats.h"
#include "base/text.h"
#include "engine/result_json.h"

namespace toomai::app {
namespace {

bool IsTime(std::uint32_t oid) {
  return oid == 1082 || oid == 1114 || oid == 1184;
}  // date, timestamp, timestamptz

std::optional<double> Number(const engine::Cell& cell) {
  if (!cell) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(cell->c_str(), &end);
  if (end == cell->c_str() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string Shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text,
                std::fabs(value - std::round(value)) < 1e-9 && std::fabs(value) < 1e15 ? "%.0f" : "%.4g", value);
  return text;
}

std::string XmlEscape(std::string_view text) {
  std::string out;
  for (const char c : TerminalSafe(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The smallest of 1, 2, 5 times a power of ten that is not below `value`: a scale that reads well.
double NiceCeiling(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0, 10.0}) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

std::string Bars(const Chart& chart, std::size_t width) {
  std::size_t label_width = 1, value_width = 1;
  double most = 0;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    label_width = std::max(label_width, std::min<std::size_t>(30, DisplayWidth(TerminalSafe(chart.labels[i]))));
    value_width = std::max(value_width, Shown(chart.values[i]).size());
    most = std::max(most, std::fabs(chart.values[i]));
  }
  const std::size_t room =
      std::max<std::size_t>(10, width > label_width + value_width + 4 ? width - label_width - value_width - 4 : 10);
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string out;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    std::string label(TerminalSafe(chart.labels[i]));
    while (DisplayWidth(label) > label_width) label = CutAtCodePoint(label, label.size() - 1);
    label += std::string(label_width - DisplayWidth(label), ' ');
    const auto eighths = static_cast<std::size_t>(
        most > 0 ? std::lround(std::fabs(chart.values[i]) / most * 8.0 * static_cast<double>(room)) : 0);
    std::string bar;
    for (std::size_t k = 0; k < eighths / 8; ++k) bar += "█";
    bar += kEighths[eighths % 8];
    out += label + " │" + bar + " " + Shown(chart.values[i]) + "\n";
  }
  return out;
}

std::string Line(const Chart& chart, std::size_t width) {
  constexpr std::size_t kRows = 12;
  const auto [low_it, high_it] = std::minmax_element(chart.values.begin(), chart.values.end());
  const double high = *high_it, low = std::min(0.0, *low_it);
  const double span = high > low ? high - low : 1;
  const std::size_t axis = std::max(Shown(high).size(), Shown(low).size());
  const std::size_t room = std::max<std::size_t>(10, width > axis + 3 ? width - axis - 3 : 10);
  const std::size_t columns = std::min(room, std::max<std::size_t>(chart.values.size(), 2));
  std::vector<std::string> grid(kRows, std::string(columns, ' '));
  for (std::size_t x = 0; x < columns; ++x) {
    const std::size_t i = chart.values.size() == 1 ? 0 : x * (chart.values.size() - 1) / (columns - 1);
    const auto y = static_cast<std::size_t>(std::lround((chart.values[i] - low) / span * (kRows - 1)));
    grid[kRows - 1 - y][x] = '*';
  }
  std::string out;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::string mark = row == 0 ? Shown(high) : row == kRows - 1 ? Shown(low) : "";
    mark = std::string(axis - mark.size(), ' ') + mark;
    std::string dots;
    for (const char c : grid[row]) dots += c == '*' ? "•" : " ";
    out += mark + " ┤" + dots + "\n";
  }
  const std::string first = TerminalSafe(chart.labels.front()), last = TerminalSafe(chart.labels.back());
  const std::size_t gap = columns > first.size() + last.size() ? columns - first.size() - last.size() : 1;
  return out + std::string(axis + 2, ' ') + first + std::string(gap, ' ') + last + "\n";
}

}  // namespace

std::optional<Chart> ChooseChart(const engine::QueryResult& result, std::string* why) {
  int label = -1, value = -1;
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    const std::uint32_t oid = result.columns[i].type_oid;
    if (IsTime(oid) && (label < 0 || !IsTime(result.columns[static_cast<std::size_t>(label)].type_oid)))
      label = static_cast<int>(i);
    if (!IsTime(oid) && !engine::IsNumericOid(oid) && label < 0) label = static_cast<int>(i);
  }
  // The last number is the measure: SELECT year, region, sum(total).
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    if (static_cast<int>(i) != label && engine::IsNumericOid(result.columns[i].type_oid)) value = static_cast<int>(i);
  }
  if (value < 0) {
    *why = "there is no column of numbers to draw";
    return std::nullopt;
  }
  if (label < 0) label = value == 0 ? -1 : 0;  // SELECT year, count(*): the first number is the label
  Chart chart;
  const bool by_time = label >= 0 && IsTime(result.columns[static_cast<std::size_t>(label)].type_oid);
  chart.kind = by_time && result.rows.size() > 2 ? Chart::Kind::kLine : Chart::Kind::kBar;
  chart.label_name = label >= 0 ? result.columns[static_cast<std::size_t>(label)].name : "row";
  chart.value_name = result.columns[static_cast<std::size_t>(value)].name;
  const std::size_t most = chart.kind == Chart::Kind::kBar ? kMaxBars : kMaxPoints;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const auto number = Number(result.rows[i][static_cast<std::size_t>(value)]);
    if (!number) continue;
    if (chart.values.size() == most) {
      chart.cut = true;
      break;
    }
    const engine::Cell name =
        label >= 0 ? result.rows[i][static_cast<std::size_t>(label)] : engine::Cell(std::to_string(i + 1));
    chart.labels.push_back(name.value_or("∅"));
    chart.values.push_back(*number);
  }
  if (chart.values.empty()) {
    *why = "there are no rows to draw";
    return std::nullopt;
  }
  return chart;
}

std::string DrawInTerminal(const Chart& chart, std::size_t width) {
  if (width == 0) width = 80;
  std::string out = TerminalSafe(chart.value_name) + " by " + TerminalSafe(chart.label_name) + "\n";
  out += chart.kind == Chart::Kind::kBar ? Bars(chart, width) : Line(chart, width);
  if (chart.cut) out += "(only the first " + std::to_string(chart.values.size()) + " rows are drawn)\n";
  return out;
}

std::string DrawSvg(const Chart& chart) {
  constexpr double kWidth = 800, kLeft = 160, kRight = 60, kTop = 50;
  const bool bars = chart.kind == Chart::Kind::kBar;
  const double height = bars ? kTop + 24.0 * static_cast<double>(chart.values.size()) + 20 : 400;
  double most = 0, least = 0;
  for (const double v : chart.values) {
    most = std::max(most, v);
    least = std::min(least, v);
  }
  const double top = NiceCeiling(most), bottom = least < 0 ? -NiceCeiling(-least) : 0;
  char line[512];
  std::snprintf(line, sizeof line,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
                "font-size=\"12\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                kWidth, height);
  std::string out = line;
  out += "<text x=\"20\" y=\"26\" font-size=\"16\">" + XmlEscape(chart.value_name + " by " + chart.label_name) +
         "</text>\n";
  const double span = kWidth - kLeft - kRight;
  std::string points;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    const double share = (chart.values[i] - bottom) / (top - bottom);
    if (bars) {
      const double y = kTop + 24.0 * static_cast<double>(i), zero = (0 - bottom) / (top - bottom);
      const double from = std::min(share, zero), to = std::max(share, zero);
      std::snprintf(line, sizeof line, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"18\" fill=\"#3b6ea5\"/>\n",
                    kLeft + from * span, y, (to - from) * span);
      out += line;
      std::snprintf(line, sizeof line, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", kLeft - 8, y + 13);
      out += line + XmlEscape(Ellipsis(chart.labels[i], 60)) + "</text>\n";
      std::snprintf(line, sizeof line, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", kLeft + to * span + 6, y + 13,
                    Shown(chart.values[i]).c_str());
      out += line;
    } else {
      const double x =
          kLeft +
          (chart.values.size() > 1 ? static_cast<double>(i) / static_cast<double>(chart.values.size() - 1) : 0.5) *
              span;
      std::snprintf(line, sizeof line, "%.1f,%.1f ", x, height - 40 - share * (height - 40 - kTop));
      points += line;
    }
  }
  if (!bars) {
    out += "<polyline fill=\"none\" stroke=\"#3b6ea5\" stroke-width=\"2\" points=\"" + points + "\"/>\n";
    std::snprintf(line, sizeof line,
                  "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text><text x=\"%.1f\" y=\"%.1f\" "
                  "text-anchor=\"end\">%s</text>\n",
                  kLeft - 8, kTop + 4, Shown(top).c_str(), kLeft - 8, height - 36, Shown(bottom).c_str());
    out += line;
    std::snprintf(line, sizeof line, "<text x=\"%.1f\" y=\"%.1f\">", kLeft, height - 16);
    out += line + XmlEscape(chart.labels.front()) + "</text>\n";
    std::snprintf(line, sizeof line, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", kWidth - kRight, height - 16);
    out += line + XmlEscape(chart.labels.back()) + "</text>\n";
  }
  return out + "</svg>\n";
}

}  // namespace toomai::app
