#include "mcp/answer.h"

#include "mcp/questions.h"

namespace toomai::mcp {
namespace {

void AddRows(const engine::QueryResult& result, ResponseMode mode, Json* value) {
  value->update(mode == ResponseMode::kSummary ? RenderSummary(result) : RenderRows(result));
  if (!result.truncated) return;
  (*value)["next"] = result.cursor.empty() ? "There are more rows: ask for fewer, or aggregate."
                                           : "There are more rows: call execute with this cursor.";
}

Json RenderAnswer(const engine::Answer& answer, ResponseMode mode) {
  Json value = RenderGenerated(answer.generated, mode);
  if (answer.result) {
    AddRows(*answer.result, mode, &value);
  } else if (answer.error) {
    value["status"] = "failed";
    value["error"] = RenderError(*answer.error);
    value["next"] = "Mend the SQL and call execute.";
  } else if (answer.generated.sql) {
    value["next"] = "Nothing was run: pass sql to execute for the rows.";
  } else {
    value["next"] =
        "Write one SELECT by refusal.rules from refusal.schema_context and call execute, or ask the person to "
        "name the table or column.";
  }
  return value;
}

// The plan in short, for those who asked for everything. A statement with parameters is planned per call, not here.
void AddPlan(engine::Engine* engine, Call& call, const engine::GeneratedSql& generated, Json* value) {
  if (!generated.sql || !generated.parameters.empty()) return;
  const auto plan = engine->Explain(call.deadline, call.caller, generated.database, *generated.sql, false);
  if (plan) (*value)["plan"] = RenderPlan(*plan);
}

engine::ExecuteRequest RequestOf(const engine::GeneratedSql& generated) {
  engine::ExecuteRequest request;
  request.database = generated.database;
  request.sql = generated.parameters.empty() && !generated.as_written.empty() ? generated.as_written : *generated.sql;
  for (const std::string& value : generated.parameters) request.parameters.emplace_back(value);
  return request;
}

}  // namespace

const char* const kAnswerSchema = R"({"type":"object","properties":{
    "status":{"type":"string","enum":["ok","refused","failed"]},"database":{"type":"string"},"sql":{"type":"string"},
    "source":{"type":"string"},"confidence":{"type":"number"},"paraphrase":{"type":"string"},"origin":{"type":"string"},
    "tables":{"type":"array"},"parameters":{"type":"array"},"repairs":{"type":"array"},"alternatives":{"type":"array"},
    "age_s":{"type":"number"},"language":{"type":"string"},"reading":{"type":"array"},"verified_by":{"type":"string"},"usage":{"type":"object"},
    "assumptions":{"type":"array","items":{"type":"string"}},"warnings":{"type":"array","items":{"type":"string"}},
    "columns":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"type":{"type":"string"}},"required":["name","type"]}},
    "rows":{"type":"array","items":{"type":"array"}},"row_count":{"type":"integer"},"truncated":{"type":"boolean"},"truncated_by":{"type":"string"},
    "cursor":{"type":"string"},"csv":{"type":"string"},"notes":{"type":"array","items":{"type":"string"}},"refusal":{"type":"object"},
    "error":{"type":"object"},"plan":{"type":"object"},"history_id":{"type":"integer"},"next":{"type":"string"}},
    "required":["status","database","confidence"]})";

Outcome AnswerOutcome(const ToolContext& context, Call& call, const engine::Answer& answer, ResponseMode mode) {
  if (answer.error && answer.error->code == ErrorCode::kNotConfirmed) {
    if (auto question = AskToRunDearly(call, *answer.error)) return *question;
  }
  Json value = RenderAnswer(answer, mode);
  if (mode == ResponseMode::kFull) AddPlan(context.engine, call, answer.generated, &value);
  if (!answer.result || !answer.result->truncated) return Outcome::Complete(ToolResult(std::move(value)));
  const std::string uri = context.links->Offer(call.caller, RequestOf(answer.generated));
  return Outcome::Complete(ToolResultWithCsv(std::move(value), uri, call.version));
}

}  // namespace toomai::mcp
