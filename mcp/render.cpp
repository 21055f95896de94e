#include "mcp/render.h"

#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "engine/result_json.h"
#include "engine/result_summary.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxShapeChars = 80;  // of a smallest or largest value

void PutText(Json* object, const char* key, const std::string& value) {
  if (!value.empty()) (*object)[key] = value;
}

void PutList(Json* object, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) (*object)[key] = values;
}

double Rounded(double value, double places) {
  return std::round(value * places) / places;
}

Json RenderAlternatives(const std::vector<engine::Alternative>& alternatives) {
  Json list = Json::array();
  for (const engine::Alternative& one : alternatives) {
    list.push_back({{"reading", list.size() + 1},
                    {"paraphrase", one.paraphrase},
                    {"sql", one.sql},
                    {"confidence", Rounded(one.confidence, 1000)}});
  }
  return list;
}

Json RenderRefusal(const engine::Refusal& refusal) {
  Json json = {{"reason", refusal.reason}};
  PutList(&json, "unknown_words", refusal.unknown_words);
  if (!refusal.readings.empty()) json["readings"] = RenderAlternatives(refusal.readings);
  PutList(&json, "matched_values", refusal.matched_values);
  PutText(&json, "schema_context", refusal.schema_context);
  PutList(&json, "rules", refusal.rules);
  return json;
}

// The number that `text` writes, when JSON readers keep all of it.
template <typename Number>
std::optional<Number> ExactNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_integral_v<Number>) {
    constexpr Number kMost = Number{1} << 53;  // what a double counts to
    if (number > kMost || number < -kMost) return std::nullopt;
  } else if (!std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

// numeric is always a string: readers that make it a double would lose digits, if only the zeros of 1.50.
Json RenderCell(const engine::Cell& cell, std::uint32_t type_oid) {
  if (!cell) return nullptr;
  if (engine::IsBoolOid(type_oid) && (*cell == "t" || *cell == "f")) return *cell == "t";
  if (engine::IsIntegerOid(type_oid)) {
    if (const auto number = ExactNumber<std::int64_t>(*cell)) return *number;
  }
  if (engine::IsFloatOid(type_oid)) {
    if (const auto number = ExactNumber<double>(*cell)) return *number;
  }
  return CleanUtf8(*cell);
}

// How the statement came about, and what else it might have been.
void AddProvenance(const engine::GeneratedSql& generated, Json* json) {
  PutText(json, "verified_by", generated.verified_by);
  PutList(json, "tables", generated.tables);
  for (const engine::Repair& repair : generated.repairs) {
    Json one = {{"rule", repair.rule}, {"before", repair.before}, {"after", repair.after}};
    if (repair.risky) one["please_check"] = true;
    (*json)["repairs"].push_back(std::move(one));
  }
  if (!generated.alternatives.empty()) (*json)["alternatives"] = RenderAlternatives(generated.alternatives);
  PutText(json, "language", generated.language);
  for (const engine::ReadPart& part : generated.reading) {
    Json one = {{"words", CleanUtf8(part.text)}, {"read_as", CleanUtf8(part.meaning)}, {"rule", part.rule}};
    if (!part.sql.empty()) one["sql"] = CleanUtf8(part.sql);
    (*json)["reading"].push_back(std::move(one));
  }
  if (generated.usage.calls == 0) return;
  (*json)["usage"] = {{"model", generated.usage.model},
                      {"prompt_tokens", generated.usage.prompt_tokens},
                      {"completion_tokens", generated.usage.completion_tokens},
                      {"cost", Rounded(generated.usage.cost, 1e6)}};
}

// What could not be reached is told before the first colon; what comes after names its address.
std::string WithoutAddress(const std::string& message) {
  return message.substr(0, message.find(':'));
}

// JSON text of the history's own making, as JSON; anything else as text.
Json Embedded(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

}  // namespace

std::string IsoTime(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Json ToolResult(Json value) {
  Json content = {{{"type", "text"}, {"text", Dump(value)}}};
  return {{"content", std::move(content)}, {"structuredContent", std::move(value)}};
}

std::string ClientMessage(const Error& error) {
  const bool names_host = error.code == ErrorCode::kUnavailable;
  const std::string message = names_host ? WithoutAddress(error.message) : error.message;
  return Ellipsis(Redact(CleanUtf8(message)), kMaxErrorChars / 2);
}

std::string ClientMessage(const std::string& written_down) {
  constexpr std::string_view kUnavailable = "unavailable: ";
  if (!written_down.starts_with(kUnavailable)) return Redact(written_down);
  return std::string(kUnavailable) + Redact(WithoutAddress(written_down.substr(kUnavailable.size())));
}

Json RenderError(const Error& error) {
  Json body = {{"code", std::string(ToString(error.code))}, {"reason", ClientMessage(error)}};
  if (!error.hint.empty()) body["suggestion"] = Ellipsis(Redact(CleanUtf8(error.hint)), kMaxErrorChars / 4);
  if (!error.sqlstate.empty()) body["sqlstate"] = error.sqlstate;
  if (error.position > 0) body["position"] = error.position;
  if (error.retryable) body["retryable"] = true;
  return body;
}

Json ToolError(const Error& error, const std::string& field) {
  Json body = RenderError(error);
  if (!field.empty()) body["field"] = field;
  return {{"content", {{{"type", "text"}, {"text", Dump({{"error", std::move(body)}})}}}}, {"isError", true}};
}

ResponseMode ParseResponseMode(std::string_view word) {
  if (word == "sql_only") return ResponseMode::kSqlOnly;
  if (word == "summary") return ResponseMode::kSummary;
  return word == "full" ? ResponseMode::kFull : ResponseMode::kRows;
}

Json RenderGenerated(const engine::GeneratedSql& generated, ResponseMode mode) {
  Json json = {{"status", generated.sql ? "ok" : "refused"}, {"database", generated.database}};
  if (generated.sql) {
    json["sql"] = *generated.sql;
    json["source"] = std::string(ToString(generated.source));
  }
  json["confidence"] = Rounded(generated.confidence, 1000);
  PutText(&json, "paraphrase", generated.paraphrase);
  PutList(&json, "assumptions", generated.assumptions);
  PutList(&json, "warnings", generated.warnings);
  PutText(&json, "origin", generated.origin);
  PutList(&json, "parameters", generated.parameters);
  if (generated.history_id > 0) json["history_id"] = generated.history_id;
  if (!generated.sql) json["refusal"] = RenderRefusal(generated.refusal);
  if (mode == ResponseMode::kFull) AddProvenance(generated, &json);
  return json;
}

Json RenderRows(const engine::QueryResult& result) {
  Json columns = Json::array(), rows = Json::array();
  for (const engine::ResultColumn& column : result.columns) {
    Json one = {{"name", column.name}, {"type", column.type}};
    if (column.masked) one["masked"] = true;
    columns.push_back(std::move(one));
  }
  for (const auto& cells : result.rows) {
    Json row = Json::array();
    for (std::size_t i = 0; i < cells.size(); ++i) row.push_back(RenderCell(cells[i], result.columns[i].type_oid));
    rows.push_back(std::move(row));
  }
  Json json = {{"columns", std::move(columns)}, {"rows", std::move(rows)}};
  json["row_count"] = result.rows.size();
  json["truncated"] = result.truncated;
  PutText(&json, "truncated_by", result.truncated_by);
  if (result.age_s >= 0) json["age_s"] = Rounded(result.age_s, 10);
  PutText(&json, "cursor", result.cursor);
  PutList(&json, "notes", result.notes);
  return json;
}

Json RenderSummary(const engine::QueryResult& result) {
  engine::QueryResult head = result;
  if (head.rows.size() > engine::kSummaryRows) head.rows.resize(engine::kSummaryRows);
  Json json = RenderRows(head);
  json["row_count"] = result.rows.size();
  const auto shapes = engine::Summarize(result);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Json& column = json["columns"][i];
    column["nulls"] = shapes[i].nulls;
    column["distinct"] = shapes[i].distinct;
    if (shapes[i].least) column["min"] = Ellipsis(CleanUtf8(*shapes[i].least), kMaxShapeChars);
    if (shapes[i].most) column["max"] = Ellipsis(CleanUtf8(*shapes[i].most), kMaxShapeChars);
  }
  return json;
}

Json RenderPlan(const engine::PlanReport& plan) {
  Json json = {{"plan", plan.text},
               {"cost", Rounded(plan.cost, 100)},
               {"rows", std::round(plan.rows)},
               {"analyzed", plan.analyzed}};
  if (plan.bytes > 0) json["bytes"] = std::round(plan.bytes);
  if (plan.analyzed) json["elapsed_ms"] = Rounded(plan.elapsed_ms, 1000);
  PutList(&json, "advice", plan.advice);
  return json;
}

Json RenderDatabase(const engine::DatabaseInfo& database) {
  Json json = {{"name", database.name}};
  PutText(&json, "description", database.description);
  json["default"] = database.is_default;
  json["state"] = ClientMessage(database.state);
  if (database.tables >= 0) json["tables"] = database.tables;
  PutText(&json, "server_version", database.server_version);
  return json;
}

Json RenderEntry(const cache::HistoryEntry& entry, bool full) {
  Json json = {{"id", entry.id}, {"at", IsoTime(entry.at_ms)}, {"kind", entry.kind}, {"database", entry.database}};
  PutText(&json, "question", entry.question);
  const std::string& sql = entry.sql_run.empty() ? entry.sql_generated : entry.sql_run;
  PutText(&json, "sql", full ? sql : Ellipsis(sql, 2000));
  PutText(&json, "source", entry.source);
  PutText(&json, "verdict", entry.verdict);
  PutText(&json, "rule", entry.rule);
  json["state"] = std::string(ToString(entry.state));
  PutText(&json, "corrected_sql", entry.corrected_sql);
  PutText(&json, "note", entry.note);
  PutText(&json, "error", ClientMessage(entry.error));
  if (entry.rows >= 0) json["rows"] = entry.rows;
  json["elapsed_ms"] = Rounded(entry.elapsed_ms, 10);
  PutText(&json, "caller", entry.caller);
  if (!full) return json;
  if (entry.sql_generated != sql) PutText(&json, "sql_generated", entry.sql_generated);
  PutText(&json, "client", entry.client);
  PutText(&json, "language", entry.language);
  json["confidence"] = Rounded(entry.confidence, 1000);
  PutText(&json, "paraphrase", entry.paraphrase);
  PutText(&json, "origin", entry.origin);
  PutText(&json, "tables", entry.tables);
  if (!entry.repairs.empty()) json["repairs"] = Embedded(entry.repairs);
  if (!entry.timings.empty()) json["timings_ms"] = Embedded(entry.timings);
  PutText(&json, "model", entry.model);
  PutText(&json, "prompt_version", entry.prompt_version);
  if (entry.prompt_tokens > 0 || entry.completion_tokens > 0) {
    json["prompt_tokens"] = entry.prompt_tokens;
    json["completion_tokens"] = entry.completion_tokens;
    json["cost"] = Rounded(entry.cost, 1e6);
  }
  if (entry.bytes >= 0) json["bytes"] = entry.bytes;
  json["truncated"] = entry.truncated;
  PutText(&json, "fingerprint", entry.fingerprint);
  PutText(&json, "schema_fingerprint", entry.schema_fingerprint);
  PutText(&json, "request_id", entry.request_id);
  PutText(&json, "trace_id", entry.trace_id);
  if (!entry.preview.empty()) json["preview"] = Embedded(entry.preview);
  PutText(&json, "reviewer", entry.reviewer);
  if (entry.reviewed_at_ms > 0) json["reviewed_at"] = IsoTime(entry.reviewed_at_ms);
  return json;
}

Json RenderDrift(const engine::DriftReport& report) {
  Json broken = Json::array();
  for (const engine::DriftItem& item : report.broken) {
    Json shown = {{"id", item.id}, {"question", item.question}, {"sql", item.sql}, {"broken", item.broken}};
    PutList(&shown, "renames", item.renames);
    PutText(&shown, "suggested_sql", item.suggested_sql);
    broken.push_back(std::move(shown));
  }
  return {{"database", report.database}, {"approved", report.approved}, {"broken", std::move(broken)}};
}

Json RenderFinding(const validator::Finding& finding, const std::string& sql) {
  Json json = {{"rule", finding.rule}, {"message", finding.message}};
  PutText(&json, "hint", finding.hint);
  PutList(&json, "candidates", finding.candidates);
  PutText(&json, "sqlstate", finding.sqlstate);
  if (finding.begin < finding.end && finding.end <= sql.size()) {
    json["position"] = CountCodePoints(std::string_view(sql).substr(0, finding.begin)) + 1;
    json["text"] = Ellipsis(std::string_view(sql).substr(finding.begin, finding.end - finding.begin), 200);
  }
  return json;
}

}  // namespace toomai::mcp
