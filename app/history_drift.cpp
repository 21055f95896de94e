#include "app/history_drift.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/formats.h"
#include "engine/drift.h"

namespace toomai::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::minutes kPatience{10};

std::string AsJson(const engine::DriftReport& report) {
  Json broken = Json::array();
  for (const engine::DriftItem& item : report.broken) {
    broken.push_back({{"id", item.id},
                      {"question", item.question},
                      {"sql", item.sql},
                      {"broken", item.broken},
                      {"renames", item.renames},
                      {"suggested_sql", item.suggested_sql}});
  }
  const Json json = {{"database", report.database}, {"approved", report.approved}, {"broken", broken}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PrintLine(const char* name, const std::string& value) {
  if (!value.empty()) std::printf("  %-14s %s\n", name, TerminalSafe(value).c_str());
}

void Print(const engine::DriftReport& report) {
  std::printf("%lld approved answers of %s looked at, %zu broken.\n", static_cast<long long>(report.approved),
              TerminalSafe(report.database).c_str(), report.broken.size());
  for (const engine::DriftItem& item : report.broken) {
    std::printf("\n#%lld %s\n", static_cast<long long>(item.id), TerminalSafe(item.question).c_str());
    PrintLine("SQL", item.sql);
    PrintLine("broken", item.broken);
    for (const std::string& rename : item.renames) PrintLine("likely", rename);
    PrintLine("suggested SQL", item.suggested_sql);
    if (!item.suggested_sql.empty())
      PrintLine("to accept", "toomai history approve " + std::to_string(item.id) + " --sql '…the suggested SQL…'");
  }
}

}  // namespace

int ShowDrift(engine::Engine& engine, const std::string& database, bool as_json) {
  const Deadline deadline = Deadline::After(kPatience, StopOnSignals());
  const auto report = engine::FindDrift(deadline, engine, LocalCaller(), database);
  if (!report) return Report(report.error());
  if (as_json) {
    std::printf("%s\n", AsJson(*report).c_str());
  } else {
    Print(*report);
  }
  return report->broken.empty() ? kDone : kFailed;
}

}  // namespace toomai::app
