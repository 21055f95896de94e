// The tools, in the order in which clients list them: harmless first. Each lives in tool_<name>.cpp and is a dozen
// lines over the Engine.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/write.h"
#include "mcp/hub.h"
#include "mcp/options.h"
#include "mcp/registry.h"
#include "mcp/result_links.h"

namespace toomai::mcp {

// How the engine's word that a schema has changed reaches those who listen.
class SchemaWatch {
 public:
  // Before anything can change.
  void OnChange(std::function<void(const std::string& database)> action) { action_ = std::move(action); }
  void Changed(const std::string& database) const {
    if (action_) action_(database);
  }

 private:
  std::function<void(const std::string&)> action_;
};

// What tools, resources and prompts work with; lives as long as the registry.
struct ToolContext {
  engine::Engine* engine = nullptr;
  engine::Writer* writer = nullptr;  // null: nothing may be changed, and no tool says so
  ServerOptions options;
  std::shared_ptr<SchemaWatch> watch = std::make_shared<SchemaWatch>();
  std::shared_ptr<ResultLinks> links = std::make_shared<ResultLinks>();

  Expected<schema::SchemaPtr> GetSchema(const Call& call, const std::string& database) const;
  // What a call without a database means; empty: there is none for this caller.
  std::string DefaultDatabase(const engine::Caller& caller) const;
};

// What clients are told of limits: those of each database (the defaults when there is none), and the loosest of all.
std::vector<StatementLimits> AllStatementLimits(const ServerOptions& options);
StatementLimits LoosestOf(const std::vector<StatementLimits>& all);

Tool MakeListDatabases(const ToolContext& context);
Tool MakeDescribeSchema(const ToolContext& context);
Tool MakeGenerateSql(const ToolContext& context);
Tool MakeExecute(const ToolContext& context);
Tool MakeAsk(const ToolContext& context);
Tool MakeCheckSql(const ToolContext& context);
Tool MakeExplainSql(const ToolContext& context);
Tool MakeQueryHistory(const ToolContext& context);

// Those that AddWriteTools may add.
inline constexpr std::array<const char*, 3> kWriteTools{"insert_rows", "update_rows", "delete_rows"};

void AddTools(Registry* registry, const ToolContext& context);
void AddWriteTools(Registry* registry, const ToolContext& context);  // none when nothing may be changed
void AddResources(Registry* registry, const ToolContext& context);
void AddPrompts(Registry* registry, const ToolContext& context);

// Instructions for the client's model, the same in both eras.
std::string Instructions(const ToolContext& context);

// A changed schema is told to those who listen: the list of resources, and each resource of that database.
void TellOfSchemaChanges(const ToolContext& context, Hub& hub, std::function<void()> also = {});

// The product's registry.
void FillRegistry(Registry* registry, const ToolContext& context);

}  // namespace toomai::mcp
