// The history as a whole: is it intact, and what does it tell?
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/context.h"
#include "app/formats.h"
#include "app/history_words.h"
#include "app/terminal.h"
#include "base/text.h"

namespace toomai::app {
namespace {

constexpr std::size_t kDaysShown = 14;

// "ID:HASH" as it was noted, against the row of today; "" when they are the same.
std::string DifferenceTo(const std::string& noted, cache::History& history) {
  const std::size_t colon = noted.find(':');
  const std::int64_t id = std::atoll(noted.c_str());
  const auto now = history.HashAt(id);
  if (colon != std::string::npos && now && *now == noted.substr(colon + 1)) return "";
  return "row " + std::to_string(id) +
         " is not the one that was noted: " + (now ? "the history was made anew" : "it is gone");
}

std::string ShownCell(const nlohmann::json& value) {
  if (value.is_string()) return Ellipsis(OneLine(value.get<std::string>()), 60);
  if (!value.is_number_float()) return value.dump();
  char number[32];
  std::snprintf(number, sizeof number, "%.2f", value.get<double>());
  return number;
}

// A section: its key, its title, and the columns worth showing.
struct Section {
  const char *key, *title;
  std::vector<const char*> columns;
};

std::string ShownSection(const Section& section, const nlohmann::json& rows) {
  if (!rows.is_array() || rows.empty()) return "";
  std::vector<std::string> names;
  for (const char* column : section.columns) {
    if (rows.front().contains(column)) names.emplace_back(column);
  }
  engine::QueryResult table = TextTable(names);
  for (const auto& row : rows) {
    if (std::string_view(section.key) == "per_day" && table.rows.size() == kDaysShown) break;
    auto& cells = table.rows.emplace_back();
    for (const std::string& name : names) cells.emplace_back(ShownCell(row[name]));
  }
  return Styled(section.title, "1") + "\n" + FormatResult(Format::kTable, table, UseColour(), TerminalWidth()) + "\n";
}

}  // namespace

int VerifyHistory(cache::History& history, const HistoryFlags& flags) {
  const auto report = [&] {
    ProgressLine progress;
    progress.Update("checking the history");
    return history.Verify(HistoryPatience());
  }();
  if (!report) return Report(report.error());
  std::string detail = report->detail;
  if (report->intact && !flags.expected_head.empty()) detail = DifferenceTo(flags.expected_head, history);
  const bool intact = report->intact && detail.empty();
  const std::string head = std::to_string(report->head_id) + ":" + report->head_hash;
  if (flags.json) {
    const nlohmann::ordered_json json = {{"intact", intact},
                                         {"checked", report->checked},
                                         {"first_broken", report->first_broken},
                                         {"detail", detail},
                                         {"head", head}};
    std::printf("%s\n", json.dump().c_str());
  } else if (intact) {
    std::printf("%s %lld rows checked.\nhead %s\n", Styled("The history is intact.", "32").c_str(),
                static_cast<long long>(report->checked), head.c_str());
  } else {
    std::printf("%s %s.\n", Styled("The history is broken:", "31").c_str(), detail.c_str());
  }
  return intact ? kDone : kFailed;
}

int ShowHistoryStatistics(cache::History& history, const HistoryFlags& flags) {
  const auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const auto statistics = history.Statistics(*query);
  if (!statistics) return Report(statistics.error());
  if (flags.json) {
    std::printf("%s\n", statistics->c_str());
    return kDone;
  }
  const auto json = nlohmann::json::parse(*statistics, nullptr, false);
  if (!json.is_object() || json.empty()) {
    std::printf("Nothing was asked yet.\n");
    return kDone;
  }
  const Section kSections[] = {
      {"per_day", "Per day, newest first (UTC)", {"day", "calls", "mean_ms", "tokens", "cost"}},
      {"by_source", "By source", {"source", "calls", "mean_ms", "tokens", "cost"}},
      {"by_verdict", "By verdict", {"verdict", "calls", "mean_ms"}},
      {"by_state", "By review", {"state", "calls"}},
      {"by_caller", "By caller", {"caller", "calls", "mean_ms", "tokens", "cost"}},
      {"refusals_by_rule", "Refusals by rule", {"rule", "calls"}},
      {"failing_tables", "Tables in refusals and failures", {"table", "calls"}},
      {"slowest", "Slowest of the newest", {"id", "elapsed_ms", "database", "source", "question"}},
      {"most_expensive", "Most expensive of the newest", {"id", "cost", "tokens", "database", "question"}}};
  std::string text;
  for (const Section& section : kSections)
    text += ShownSection(section, json.value(section.key, nlohmann::json::array()));
  Page(text);
  return kDone;
}

}  // namespace toomai::app
