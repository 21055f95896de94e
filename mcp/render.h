// Engine values as tool results: compact JSON that holds everything a model needs, and the same JSON as text. Text from
// the database stays inside string values. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "cache/history.h"
#include "engine/drift.h"
#include "engine/engine.h"
#include "mcp/json.h"

namespace toomai::mcp {

inline constexpr std::size_t kMaxErrorChars = 4000;

// What a client may read of an error: without secrets, and where a server could not be reached without its address,
// which is for the log alone.
std::string ClientMessage(const Error& error);
// The same of a state or of an entry of the history: "unavailable: …".
std::string ClientMessage(const std::string& written_down);
// {"code", "reason", "suggestion", "sqlstate", "position", "retryable"}, by ClientMessage.
Json RenderError(const Error& error);

// {"content": [the same as text], "structuredContent": value}
Json ToolResult(Json value);
// isError with RenderError and, where known, the field.
Json ToolError(const Error& error, const std::string& field = {});

// How much of an answer is sent: the statement alone; rows with what is needed to trust them; the shape of the rows and
// the first few; or everything that is known.
enum class ResponseMode { kSqlOnly, kRows, kSummary, kFull };
ResponseMode ParseResponseMode(std::string_view word);  // kRows for anything else

Json RenderGenerated(const engine::GeneratedSql& generated, ResponseMode mode = ResponseMode::kFull);
// Columns once, rows as arrays: integers up to 2^53 and floats as numbers, numeric and bigger integers as strings with
// PostgreSQL's own digits, NULL as null, everything else as text.
Json RenderRows(const engine::QueryResult& result);
// RenderRows with the first few rows only, and in each column's entry nulls, distinct, min and max of all fetched.
Json RenderSummary(const engine::QueryResult& result);
Json RenderPlan(const engine::PlanReport& plan);
Json RenderDrift(const engine::DriftReport& report);
Json RenderDatabase(const engine::DatabaseInfo& database);
// `full` adds timings, repairs, tokens and the like.
Json RenderEntry(const cache::HistoryEntry& entry, bool full);
Json RenderFinding(const validator::Finding& finding, const std::string& sql);

// 2026-11-20T17:40:08Z
std::string IsoTime(std::int64_t unix_ms);

}  // namespace toomai::mcp
