// Entries for people: the list, one of them whole, and two of them side by side.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "app/context.h"
#include "app/formats.h"
#include "app/history_words.h"
#include "app/terminal.h"
#include "base/text.h"
#include "cache/entry_diff.h"
#include "cache/history_json.h"

namespace toomai::app {
namespace {

using cache::HistoryEntry;
using Json = nlohmann::ordered_json;

constexpr std::size_t kQuestionInList = 80;

// ---- one entry ----

void PrintField(const std::string& name, const std::string& value) {
  if (value.empty()) return;
  const std::string padded = name + std::string(14 - std::min<std::size_t>(14, name.size()), ' ');
  std::printf("%s %s\n", Styled(padded, "2").c_str(), TerminalSafe(value).c_str());
}

// {"linking":0.4,"model":812} as "linking 0.4 ms, model 812.0 ms".
std::string Stages(const std::string& timings) {
  const Json stages = Json::parse(timings, nullptr, false);
  if (!stages.is_object()) return timings;
  std::string text;
  for (const auto& [stage, ms] : stages.items()) {
    if (ms.is_number()) text += (text.empty() ? "" : ", ") + stage + " " + ShownMilliseconds(ms.get<double>());
  }
  return text;
}

// One line for each edit: "rule: before -> after"; redacted histories keep the rule alone.
void PrintRepairs(const std::string& repairs) {
  const Json edits = Json::parse(repairs, nullptr, false);
  if (!edits.is_array()) return PrintField("repairs", repairs);
  const auto text = [](const Json& edit, const char* key) {
    return edit.contains(key) && edit[key].is_string() ? edit[key].get<std::string>() : std::string();
  };
  for (const Json& edit : edits) {
    if (!edit.is_object()) continue;
    const std::string before = text(edit, "before"), after = text(edit, "after");
    PrintField("repair", text(edit, "rule") + (before.empty() && after.empty() ? "" : ": " + before + " -> " + after));
  }
}

void PrintPreview(const std::string& preview) {
  const Json kept = Json::parse(preview, nullptr, false);
  if (!kept.is_object() || !kept.contains("columns") || !kept.contains("rows")) return;
  engine::QueryResult rows = TextTable(kept["columns"].get<std::vector<std::string>>());
  for (const Json& row : kept["rows"]) {
    auto& cells = rows.rows.emplace_back();
    for (const Json& cell : row)
      cells.push_back(cell.is_string() ? engine::Cell(cell.get<std::string>()) : std::nullopt);
  }
  std::printf("\n%s\n%s", Styled("First rows, as they were given", "1").c_str(),
              FormatResult(Format::kTable, rows, UseColour(), TerminalWidth()).c_str());
}

std::string Asker(const HistoryEntry& entry) {
  return entry.caller + (entry.client.empty() ? "" : " through " + entry.client);
}

std::string ModelAndTokens(const HistoryEntry& entry) {
  if (entry.model.empty()) return "";
  return entry.model + ", " + std::to_string(entry.prompt_tokens) + " + " + std::to_string(entry.completion_tokens) +
         " tokens";
}

void PrintEntry(const HistoryEntry& entry) {
  PrintField("id", std::to_string(entry.id));
  PrintField("when", LocalTime(entry.at_ms));
  PrintField("who", Asker(entry));
  PrintField("database", entry.database);
  PrintField("kind", entry.kind);
  PrintField("question", entry.question);
  PrintField("read as", entry.paraphrase);
  PrintField("SQL", entry.sql_run.empty() ? entry.sql_generated : entry.sql_run);
  if (entry.sql_generated != entry.sql_run && !entry.sql_run.empty()) PrintField("as written", entry.sql_generated);
  PrintField("source", entry.source + (entry.origin.empty() ? "" : ", " + entry.origin));
  if (entry.confidence > 0)
    PrintField("confidence", std::to_string(static_cast<int>(entry.confidence * 100 + 0.5)) + " %");
  PrintField("verdict", entry.verdict + (entry.rule.empty() ? "" : " (" + entry.rule + ")"));
  PrintField("error", entry.error);
  PrintField("tables", entry.tables);
  PrintRepairs(entry.repairs);
  PrintField("model", ModelAndTokens(entry));
  if (entry.rows >= 0) PrintField("rows", std::to_string(entry.rows) + (entry.truncated ? ", cut" : ""));
  PrintField("time", ShownMilliseconds(entry.elapsed_ms));
  PrintField("stages", Stages(entry.timings));
  PrintField("request", entry.request_id);
  PrintField("trace", entry.trace_id);
  PrintField("state", std::string(cache::ToString(entry.state)));
  if (entry.reviewed_at_ms > 0)
    PrintField("reviewed", LocalTime(entry.reviewed_at_ms) + (entry.reviewer.empty() ? "" : " by " + entry.reviewer));
  PrintField("note", entry.note);
  PrintField("corrected SQL", entry.corrected_sql);
  PrintField("hash", entry.chain_hash);
  PrintPreview(entry.preview);
}

// ---- two entries ----

std::string Painted(const cache::DiffPart& part) {
  const std::string text = TerminalSafe(part.text);
  if (part.kind == cache::DiffPart::Kind::kSame) return text;
  const bool removed = part.kind == cache::DiffPart::Kind::kRemoved;
  // Marks as well as colours: not everybody sees colours, and pipes have none.
  return Styled((removed ? "[-" : "{+") + text + (removed ? "-]" : "+}"), removed ? "31" : "32");
}

std::string AsJson(const std::vector<cache::FieldChange>& changes) {
  auto json = Json::array();
  for (const auto& change : changes)
    json.push_back({{"field", change.field}, {"before", change.before}, {"after", change.after}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int ListHistory(cache::History& history, const HistoryFlags& flags) {
  const auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const auto entries = history.Search(HistoryPatience(), *query);
  if (!entries) return Report(entries.error());
  if (flags.json) {
    for (const HistoryEntry& entry : *entries) std::printf("%s\n", cache::ToJson(entry).c_str());
    return kDone;
  }
  if (entries->empty()) {
    std::fprintf(stderr, "%s\n", history.Health().entries == 0 ? "Nothing was asked yet." : "Nothing found.");
    return kDone;
  }
  engine::QueryResult list = TextTable({"id", "when", "database", "source", "verdict", "state", "question"});
  for (const HistoryEntry& entry : *entries) {
    const std::string what = entry.question.empty() ? entry.sql_run : entry.question;
    list.rows.push_back({std::to_string(entry.id), LocalTime(entry.at_ms), entry.database, entry.source, entry.verdict,
                         std::string(cache::ToString(entry.state)), Ellipsis(OneLine(what), kQuestionInList)});
  }
  std::string text = FormatResult(Format::kTable, list, UseColour(), TerminalWidth());
  if (static_cast<int>(entries->size()) == query->limit)
    text += "Older ones: --before " + std::to_string(entries->back().id) + "\n";
  Page(text);
  return kDone;
}

int ShowHistoryEntry(cache::History& history, const HistoryFlags& flags) {
  const auto entry = history.Get(flags.id);
  if (!entry) return Report(entry.error());
  if (flags.json) {
    std::printf("%s\n", cache::ToJson(*entry).c_str());
  } else {
    PrintEntry(*entry);
  }
  return kDone;
}

int DiffHistory(cache::History& history, const HistoryFlags& flags) {
  const auto before = history.Get(flags.id), after = history.Get(flags.other_id);
  if (!before) return Report(before.error());
  if (!after) return Report(after.error());
  const auto changes = cache::ChangesBetween(*before, *after);
  if (flags.json) {
    std::printf("%s\n", AsJson(changes).c_str());
    return kDone;
  }
  if (changes.empty()) std::printf("The two runs do not differ.\n");
  for (const auto& change : changes) {
    std::string line;
    for (const cache::DiffPart& part : cache::DiffWords(change.before, change.after)) line += Painted(part);
    std::printf("%-18s %s\n", change.field.c_str(), line.c_str());
  }
  return kDone;
}

}  // namespace toomai::app
