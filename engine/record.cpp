// What the history gets to know of a call.
#include <algorithm>

#include "base/answer_gate.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/bound_text.h"
#include "engine/engine_impl.h"
#include "engine/result_json.h"

namespace toomai::engine {
namespace {

std::string RepairsAsJson(const GeneratedSql& generated) {
  if (generated.repairs.empty()) return "";
  std::vector<Repair> repairs = {{"as-written", generated.as_written, generated.to_run}};
  repairs.insert(repairs.end(), generated.repairs.begin(), generated.repairs.end());
  std::string json = "[";
  for (const Repair& repair : repairs) {
    if (json.size() > 1) json += ",";
    json += "{\"rule\":";
    AppendJsonString(repair.rule, &json);
    json += ",\"before\":";
    AppendJsonString(repair.before, &json);
    json += ",\"after\":";
    AppendJsonString(repair.after, &json);
    json += repair.risky ? ",\"risky\":true}" : "}";
  }
  return json + "]";
}

std::string TimingsAsJson(const std::map<std::string, double>& timings) {
  if (timings.empty()) return "";
  std::string json = "{";
  for (const auto& [stage, ms] : timings) {
    if (json.size() > 1) json += ",";
    AppendJsonString(stage, &json);
    json += ":" + std::to_string(ms);
  }
  return json + "}";
}

// ---- Rows preview ----

constexpr std::size_t kPreviewRows = 10;
constexpr std::size_t kPreviewCellBytes = 200;
constexpr std::size_t kPreviewBytes = 8 * 1024;

void AppendRow(const std::vector<Cell>& row, std::string* json) {
  *json += "[";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) *json += ",";
    if (row[i]) {
      AppendJsonString(Ellipsis(*row[i], kPreviewCellBytes), json);
    } else {
      *json += "null";
    }
  }
  *json += "]";
}

// {"columns": […], "rows": [[…]]}: whole rows, as many of the first as fit. "" when not even the names do.
std::string PreviewAsJson(const QueryResult& result) {
  std::string json = "{\"columns\":[";
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    if (i > 0) json += ",";
    AppendJsonString(Ellipsis(result.columns[i].name, kPreviewCellBytes), &json);
  }
  json += "],\"rows\":[";
  if (json.size() > kPreviewBytes) return "";
  for (std::size_t i = 0; i < std::min(kPreviewRows, result.rows.size()); ++i) {
    std::string row = i > 0 ? "," : "";
    AppendRow(result.rows[i], &row);
    if (json.size() + row.size() > kPreviewBytes) break;
    json += row;
  }
  return json + "]}";
}

// ---- Slow calls ----

// The question itself is in the history, behind its rights; the log gets the statement, whose literals it hides.
void LogSlowCall(const cache::HistoryEntry& entry, std::int64_t id) {
  Log(Level::kWarn, "slow", "a slow call",
      {{"entry", id},
       {"kind", entry.kind},
       {"database", entry.database},
       {"caller", entry.caller},
       {"source", entry.source},
       {"elapsed_ms", entry.elapsed_ms},
       {"stages_ms", entry.timings},
       {"rows", entry.rows},
       {"sql", entry.sql_run}});
}

void NoteRecorded(const cache::HistoryEntry& entry, std::chrono::milliseconds slow_call,
                  const Expected<std::int64_t>& id) {
  const auto slow = static_cast<double>(slow_call.count());
  if (slow > 0 && entry.elapsed_ms >= slow) LogSlowCall(entry, id.value_or(0));
  if (!id) Log(Level::kError, "history", "entry not written", {{"error", id.error().message}});
}

}  // namespace

cache::HistoryEntry EngineImpl::Describe(std::string_view kind, const Question& question,
                                         const GeneratedSql& generated) {
  cache::HistoryEntry entry;
  entry.kind = std::string(kind);
  entry.database = generated.database;
  entry.question = question.text;
  entry.language = generated.language;
  // What a reviewer approves must be what is run again; what a model wrote before mending stands among the repairs.
  entry.sql_generated = generated.to_run.empty()
                            ? generated.as_written
                            : WithValues(generated.to_run, {generated.parameters.begin(), generated.parameters.end()});
  entry.sql_run = generated.sql.value_or("");
  entry.source = std::string(ToString(generated.source));
  entry.confidence = generated.confidence;
  entry.verdict = generated.sql ? "accept" : "refused";
  entry.repairs = RepairsAsJson(generated);
  entry.paraphrase = generated.paraphrase;
  entry.tables = Join(generated.tables, ", ");
  entry.fingerprint = generated.fingerprint;
  entry.model = generated.usage.model;
  entry.prompt_tokens = generated.usage.prompt_tokens;
  entry.completion_tokens = generated.usage.completion_tokens;
  entry.cost = generated.usage.cost;
  entry.timings = TimingsAsJson(generated.timings_ms);
  for (const auto& [stage, ms] : generated.timings_ms) entry.elapsed_ms += ms;
  entry.origin = generated.origin;
  entry.prompt_version = generated.prompt_version;
  if (generated.sql) return entry;
  entry.error = generated.refusal.reason;
  entry.rule = generated.refusal.rule;
  return entry;
}

// A statement that the client wrote itself.
cache::HistoryEntry EngineImpl::ClientEntry(std::string_view kind, const Database& database, const std::string& sql,
                                            const std::vector<std::optional<std::string>>& parameters) {
  cache::HistoryEntry entry;
  entry.kind = std::string(kind);
  entry.source = std::string(ToString(Source::kClient));
  entry.database = database.options().name;
  entry.sql_generated = WithValues(sql, parameters);
  return entry;
}

void EngineImpl::Describe(const validator::ValidatedSql& sql, const Snapshot& snapshot, cache::HistoryEntry* entry) {
  entry->verdict = "accept";
  entry->sql_run = sql.text();
  entry->fingerprint = sql.fingerprint();
  entry->schema_fingerprint = snapshot.schema->fingerprint;
  entry->tables = Join(sql.facts().tables, ", ");
}

void EngineImpl::Describe(const Error& error, cache::HistoryEntry* entry) {
  if (entry->verdict.empty()) entry->verdict = "error";
  entry->error = std::string(ToString(error.code)) + ": " + error.message;
}

void EngineImpl::Describe(const QueryResult& result, cache::HistoryEntry* entry) const {
  entry->sql_run = result.sql;
  entry->rows = static_cast<std::int64_t>(result.rows.size());
  entry->bytes = static_cast<std::int64_t>(result.bytes);
  entry->truncated = result.truncated;
  entry->elapsed_ms += result.elapsed_ms;
  if (options_.history.keep_rows_preview && !result.columns.empty()) entry->preview = PreviewAsJson(result);
}

void EngineImpl::RecordFailure(const Deadline& deadline, const Caller& caller, std::string_view kind,
                               const Question& question, const Error& error) {
  cache::HistoryEntry entry;
  entry.kind = std::string(kind);
  entry.database = question.database;
  entry.question = question.text;
  Describe(error, &entry);
  // The caller hears of the failure itself; that it was not written down is in the log.
  (void)Record(deadline, caller, std::move(entry));
}

void EngineImpl::Sign(const Caller& caller, cache::HistoryEntry* entry) {
  entry->caller = caller.name;
  entry->client = caller.client;
  entry->trace_id = caller.trace_id;
  entry->request_id = CurrentRequestId();
}

// Written before the answer is given. Fails only when the operator requires a history; otherwise a history that cannot
// be written costs a log line, not the answer.
Expected<std::int64_t> EngineImpl::Record(const Deadline& deadline, const Caller& caller, cache::HistoryEntry entry) {
  Sign(caller, &entry);
  auto id = history_->Append(deadline, entry);
  NoteRecorded(entry, options_.history.slow_call, id);
  if (id) return id;
  if (!options_.history.required) return 0;
  return Fail(ErrorCode::kUnavailable, "the history cannot be written, and this server must not answer without it",
              "operator: " + id.error().message);
}

Expected<void> EngineImpl::RecordBeforeAnswer(const Deadline& deadline, const Caller& caller,
                                              cache::HistoryEntry entry) {
  auto gate = options_.history.required ? nullptr : AnswerGate::WhileOthersWait();
  if (!gate) {
    auto id = Record(deadline, caller, std::move(entry));
    return id ? Expected<void>() : Fail(id.error());
  }
  Sign(caller, &entry);
  auto kept = std::make_shared<const cache::HistoryEntry>(std::move(entry));
  history_->AppendLater(deadline, *kept,
                        [kept, slow = options_.history.slow_call, gate = std::move(gate)](const auto& id) {
                          const LogRequestScope scope(kept->request_id, kept->trace_id);  // wherever that is
                          NoteRecorded(*kept, slow, id);
                        });
  return {};
}

}  // namespace toomai::engine
