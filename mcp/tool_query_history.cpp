#include "engine/drift.h"
#include "mcp/access.h"
#include "mcp/questions.h"
#include "mcp/render.h"

namespace toomai::mcp {
namespace {

cache::HistoryQuery QueryFrom(const Call& call) {
  cache::HistoryQuery query;
  query.text = TextArgument(call, "text");
  query.database = TextArgument(call, "database");
  query.source = TextArgument(call, "source");
  query.verdict = TextArgument(call, "verdict");
  query.state = cache::ParseReviewState(TextArgument(call, "state"));
  query.before_id = IntegerArgument(call, "before_id", 0);
  query.limit = static_cast<int>(IntegerArgument(call, "limit", 20));
  // Who may not review sees their own questions alone.
  if (!call.caller.may_review) query.caller = call.caller.name;
  return query;
}

Outcome ShowOne(const ToolContext& context, Call& call, std::int64_t id) {
  const auto entry = context.engine->history().Get(id);
  if (!entry) return Outcome::Complete(ToolError(entry.error(), "id"));
  if (!MaySeeEntry(call.caller, *entry)) {
    return Outcome::Complete(ToolError({ErrorCode::kNotFound, "there is no entry " + std::to_string(id)}, "id"));
  }
  return Outcome::Complete(ToolResult({{"entries", Json::array({RenderEntry(*entry, true)})}, {"truncated", false}}));
}

Outcome ShowDrift(const ToolContext& context, Call& call) {
  if (!call.caller.may_review) {
    return Outcome::Complete(ToolError({ErrorCode::kRejected, "the drift report is for callers who may review"}));
  }
  const auto report = engine::FindDrift(call.deadline, *context.engine, call.caller, TextArgument(call, "database"));
  if (!report) return Outcome::Complete(ToolError(report.error(), "database"));
  return Outcome::Complete(
      ToolResult({{"entries", Json::array()}, {"truncated", false}, {"drift", RenderDrift(*report)}}));
}

Outcome List(const ToolContext& context, Call& call) {
  const cache::HistoryQuery query = QueryFrom(call);
  const auto found = context.engine->history().Search(call.deadline, query);
  if (!found) return Outcome::Complete(ToolError(found.error()));
  Json entries = Json::array();
  std::size_t used = 0;
  bool truncated = found->size() == static_cast<std::size_t>(query.limit);
  for (const cache::HistoryEntry& entry : *found) {
    if (!MaySeeEntry(call.caller, entry)) continue;
    Json shown = RenderEntry(entry, false);
    used += Dump(shown).size();
    if (used > static_cast<std::size_t>(context.options.max_result_bytes) && !entries.empty()) {
      truncated = true;
      break;
    }
    entries.push_back(std::move(shown));
  }
  Json value = {{"entries", entries}, {"truncated", truncated}};
  if (truncated && !entries.empty()) {
    value["next"] = "query_history with before_id " + Dump(entries.back()["id"]) + " for older entries";
  }
  return Outcome::Complete(ToolResult(std::move(value)));
}

}  // namespace

Tool MakeQueryHistory(const ToolContext& context) {
  Tool tool;
  tool.name = "query_history";
  tool.title = "Query history";
  tool.description =
      "Finds earlier questions with their SQL, verdict and review state, newest first: by words, database, "
      "state or id. Use it to reuse SQL that a person approved, or to see what was asked. Callers without the "
      "right to review see their own questions alone.";
  tool.input_schema = R"({"type":"object","properties":{
    "text":{"type":"string","maxLength":400,"description":"Words to find in questions and SQL"},
    "id":{"type":"integer","minimum":1,"maximum":9007199254740991,"description":"Show this one entry with all its details"},
    "database":{"type":"string","maxLength":200,"description":"Only this database"},
    "state":{"type":"string","enum":["new","approved","rejected","needs_work"],"description":"Only entries in this review state"},
    "source":{"type":"string","enum":["approved","template","model","grammar","cache","client"],"description":"Only SQL made this way"},
    "verdict":{"type":"string","enum":["accept","reject","refused","error"],"description":"Only entries that ended this way"},
    "drift":{"type":"boolean","default":false,"description":"Instead of entries: approved answers that the schema of today refuses, with the likely renames and the statement to approve"},
    "limit":{"type":"integer","minimum":1,"maximum":100,"default":20,"description":"Entries to return at most"},
    "before_id":{"type":"integer","minimum":1,"maximum":9007199254740991,"description":"Only entries older than this one, to page back"}},
    "additionalProperties":false})";
  tool.output_schema = R"({"type":"object","properties":{
    "entries":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"at":{"type":"string"},
      "kind":{"type":"string"},"question":{"type":"string"},"sql":{"type":"string"},"state":{"type":"string"}},"required":["id","at","state"]}},
    "truncated":{"type":"boolean"},"next":{"type":"string"},
    "drift":{"type":"object","properties":{"database":{"type":"string"},"approved":{"type":"integer"},
      "broken":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"question":{"type":"string"},
        "sql":{"type":"string"},"broken":{"type":"string"},"renames":{"type":"array","items":{"type":"string"}},
        "suggested_sql":{"type":"string"}},"required":["id","question","sql","broken"]}}},"required":["database","approved","broken"]}},"required":["entries","truncated"]})";
  tool.run = [context](Call& call) {
    if (const std::int64_t id = IntegerArgument(call, "id", 0); id > 0) return ShowOne(context, call, id);
    if (FlagArgument(call, "drift")) return ShowDrift(context, call);
    return List(context, call);
  };
  return tool;
}

}  // namespace toomai::mcp
