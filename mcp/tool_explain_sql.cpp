#include "mcp/questions.h"
#include "mcp/render.h"

namespace toomai::mcp {

Tool MakeExplainSql(const ToolContext& context) {
  Tool tool;
  tool.name = "explain_sql";
  tool.title = "Explain SQL";
  tool.description =
      "Shows the plan PostgreSQL would use for a checked SELECT: cost, expected rows and advice on what makes "
      "it slow. Use it when a statement timed out, was refused as expensive, or is slow. The statement is not "
      "run unless analyze is true and the server allows it.";
  tool.input_schema = R"({"type":"object","properties":{
    "sql":{"type":"string","minLength":1,"maxLength":{sql_bytes},"description":"One SELECT statement"},
    "database":{"type":"string","maxLength":200,"description":"Name from list_databases; left out: the default database"},
    "analyze":{"type":"boolean","default":false,"description":"Run the statement and measure it"}},
    "required":["sql"],"additionalProperties":false})";
  tool.output_schema = R"({"type":"object","properties":{
    "plan":{"type":"string"},"cost":{"type":"number"},"rows":{"type":"number"},"bytes":{"type":"number"},
    "analyzed":{"type":"boolean"},"elapsed_ms":{"type":"number"},"advice":{"type":"array","items":{"type":"string"}}},
    "required":["plan","cost","rows","analyzed"]})";
  tool.run = [engine = context.engine](Call& call) {
    const auto plan = engine->Explain(call.deadline, call.caller, TextArgument(call, "database"),
                                      TextArgument(call, "sql"), FlagArgument(call, "analyze"));
    if (!plan) return Outcome::Complete(ToolError(plan.error()));
    return Outcome::Complete(ToolResult(RenderPlan(*plan)));
  };
  return tool;
}

}  // namespace toomai::mcp
