// Everything, oldest first, as JSON lines or CSV.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "app/context.h"
#include "app/formats.h"
#include "app/history_words.h"
#include "cache/history_json.h"

namespace toomai::app {
namespace {

using cache::HistoryEntry;

constexpr int kPage = 1000;  // entries read at a time

std::string CsvHeader() {
  return "id,at,kind,caller,client,database,question,sql_run,sql_generated,source,confidence,verdict,rule,model,"
         "prompt_tokens,completion_tokens,cost,elapsed_ms,rows,error,state,reviewer,note,corrected_sql,hash\r\n";
}

std::string CsvLine(const HistoryEntry& e) {
  char confidence[32], cost[32], elapsed[32];
  std::snprintf(confidence, sizeof confidence, "%.4g", e.confidence);
  std::snprintf(cost, sizeof cost, "%.6g", e.cost);
  std::snprintf(elapsed, sizeof elapsed, "%.3f", e.elapsed_ms);
  std::string line;
  for (const std::string& field : {std::to_string(e.id),
                                   cache::Iso8601(e.at_ms),
                                   e.kind,
                                   e.caller,
                                   e.client,
                                   e.database,
                                   e.question,
                                   e.sql_run,
                                   e.sql_generated,
                                   e.source,
                                   std::string(confidence),
                                   e.verdict,
                                   e.rule,
                                   e.model,
                                   std::to_string(e.prompt_tokens),
                                   std::to_string(e.completion_tokens),
                                   std::string(cost),
                                   std::string(elapsed),
                                   e.rows < 0 ? std::string() : std::to_string(e.rows),
                                   e.error,
                                   std::string(cache::ToString(e.state)),
                                   e.reviewer,
                                   e.note,
                                   e.corrected_sql,
                                   e.chain_hash}) {
    if (!line.empty()) line += ',';
    // A spreadsheet would run a field that starts like a formula.
    const bool formula = !field.empty() && std::string_view("=+-@").find(field.front()) != std::string_view::npos;
    if (!field.empty()) AppendCsvField(engine::Cell(formula ? "'" + field : field), ',', &line);
  }
  return line + "\r\n";
}

}  // namespace

int ExportHistory(cache::History& history, const HistoryFlags& flags) {
  auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const bool csv = flags.format == "csv";
  std::ofstream file;
  if (!flags.output.empty()) file.open(flags.output, std::ios::binary | std::ios::trunc);
  std::ostream& out = flags.output.empty() ? std::cout : file;
  if (!out) return Report(Error(ErrorCode::kInvalidArgument, "cannot write '" + flags.output + "'"));
  if (csv) out << CsvHeader();
  query->oldest_first = true;
  query->limit = kPage;
  std::int64_t count = 0;
  while (true) {
    const auto entries = history.Search(HistoryPatience(), *query);
    if (!entries) return Report(entries.error());
    for (const HistoryEntry& entry : *entries) out << (csv ? CsvLine(entry) : cache::ToJson(entry) + "\n");
    count += static_cast<std::int64_t>(entries->size());
    if (!out) return Report(Error(ErrorCode::kUnavailable, "the export could not be written"));
    if (static_cast<int>(entries->size()) < kPage) break;
    query->after_id = entries->back().id;
  }
  out.flush();
  if (!flags.output.empty()) std::fprintf(stderr, "%lld entries exported.\n", static_cast<long long>(count));
  return kDone;
}

}  // namespace toomai::app
