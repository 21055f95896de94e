#include "cache/history_json.h"

#include <nlohmann/json.hpp>

namespace toomai::cache {
namespace {

using Json = nlohmann::ordered_json;

void Put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

// Fields that hold JSON themselves.
void PutJson(Json& json, const char* key, const std::string& text) {
  if (text.empty()) return;
  Json inner = Json::parse(text, nullptr, false);
  json[key] = inner.is_discarded() ? Json(text) : std::move(inner);
}

}  // namespace

std::string ToJson(const HistoryEntry& entry) {
  Json json;
  json["id"] = entry.id;
  json["at"] = Iso8601(entry.at_ms);
  Put(json, "kind", entry.kind);
  Put(json, "caller", entry.caller);
  Put(json, "client", entry.client);
  Put(json, "database", entry.database);
  Put(json, "question", entry.question);
  Put(json, "language", entry.language);
  Put(json, "sql_generated", entry.sql_generated);
  Put(json, "sql_run", entry.sql_run);
  Put(json, "source", entry.source);
  json["confidence"] = entry.confidence;
  Put(json, "verdict", entry.verdict);
  Put(json, "rule", entry.rule);
  PutJson(json, "repairs", entry.repairs);
  Put(json, "paraphrase", entry.paraphrase);
  Put(json, "tables", entry.tables);
  Put(json, "model", entry.model);
  Put(json, "prompt_version", entry.prompt_version);
  if (entry.prompt_tokens + entry.completion_tokens > 0) {
    json["prompt_tokens"] = entry.prompt_tokens;
    json["completion_tokens"] = entry.completion_tokens;
    json["cost"] = entry.cost;
  }
  PutJson(json, "timings_ms", entry.timings);
  json["elapsed_ms"] = entry.elapsed_ms;
  if (entry.rows >= 0) json["rows"] = entry.rows;
  if (entry.bytes >= 0) json["bytes"] = entry.bytes;
  if (entry.truncated) json["truncated"] = true;
  Put(json, "error", entry.error);
  Put(json, "fingerprint", entry.fingerprint);
  Put(json, "schema_fingerprint", entry.schema_fingerprint);
  Put(json, "request_id", entry.request_id);
  Put(json, "trace_id", entry.trace_id);
  Put(json, "origin", entry.origin);
  PutJson(json, "preview", entry.preview);
  json["state"] = ToString(entry.state);
  Put(json, "reviewer", entry.reviewer);
  Put(json, "note", entry.note);
  Put(json, "corrected_sql", entry.corrected_sql);
  if (entry.reviewed_at_ms > 0) json["reviewed_at"] = Iso8601(entry.reviewed_at_ms);
  Put(json, "hash", entry.chain_hash);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toomai::cache
