#include "mcp/questions.h"
#include "mcp/render.h"

namespace toomai::mcp {

Tool MakeCheckSql(const ToolContext& context) {
  Tool tool;
  tool.name = "check_sql";
  tool.title = "Check SQL";
  tool.description =
      "Says whether execute would accept a statement, without running it: one read-only SELECT, names that "
      "exist, functions that are allowed. execute makes the same checks, so use this only when the SQL shall "
      "not run yet. Gives the SQL as it would be sent, or the rule, the place and the nearest names.";
  tool.input_schema = R"({"type":"object","properties":{
    "sql":{"type":"string","minLength":1,"maxLength":{sql_bytes},"description":"The statement to check"},
    "database":{"type":"string","maxLength":200,"description":"Name from list_databases; left out: the default database"}},
    "required":["sql"],"additionalProperties":false})";
  tool.output_schema = R"({"type":"object","properties":{
    "allowed":{"type":"boolean"},"sql":{"type":"string"},"tables":{"type":"array","items":{"type":"string"}},
    "findings":{"type":"array","items":{"type":"object","properties":{"rule":{"type":"string"},"message":{"type":"string"},
      "hint":{"type":"string"},"candidates":{"type":"array","items":{"type":"string"}},"position":{"type":"integer"}},
      "required":["rule","message"]}}},"required":["allowed","findings"]})";
  tool.run = [engine = context.engine](Call& call) {
    const std::string sql = TextArgument(call, "sql");
    const auto check = engine->Check(call.deadline, call.caller, TextArgument(call, "database"), sql);
    if (!check) return Outcome::Complete(ToolError(check.error()));
    Json findings = Json::array();
    for (const validator::Finding& finding : check->verdict.findings) findings.push_back(RenderFinding(finding, sql));
    Json value = {{"allowed", check->verdict.allowed}};
    if (check->verdict.allowed) value["sql"] = check->sql;
    if (check->verdict.sql) value["tables"] = check->verdict.sql->facts().tables;
    value["findings"] = std::move(findings);
    return Outcome::Complete(ToolResult(std::move(value)));
  };
  return tool;
}

}  // namespace toomai::mcp
