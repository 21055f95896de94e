#include "mcp/render.h"
#include "mcp/tools.h"

namespace toomai::mcp {

Tool MakeListDatabases(const ToolContext& context) {
  Tool tool;
  tool.name = "list_databases";
  tool.title = "List databases";
  tool.description =
      "Lists the PostgreSQL databases you may query: name, description, state and number of tables. Call it "
      "first when there may be more than one and you do not know which holds the data; every other tool takes "
      "the name as `database` and uses the default one when it is left out. Costs nothing and never waits for a "
      "database.";
  tool.input_schema = R"({"type":"object","properties":{},"additionalProperties":false})";
  tool.output_schema = R"({"type":"object","properties":{
    "databases":{"type":"array","items":{"type":"object","properties":{
      "name":{"type":"string"},"description":{"type":"string"},"default":{"type":"boolean"},
      "state":{"type":"string"},"tables":{"type":"integer"},"server_version":{"type":"string"}},
      "required":["name","default","state"]}},
    "next":{"type":"string"}},"required":["databases"]})";
  tool.run = [engine = context.engine](Call& call) {
    Json databases = Json::array();
    for (const engine::DatabaseInfo& database : engine->ListDatabases(call.caller)) {
      databases.push_back(RenderDatabase(database));
    }
    Json value = {{"databases", databases}};
    value["next"] = databases.empty() ? "No database is configured: set DATABASE_URL or write a configuration file."
                                      : "describe_schema shows the tables of one database.";
    return Outcome::Complete(ToolResult(std::move(value)));
  };
  return tool;
}

}  // namespace toomai::mcp
