// Which of the operator's templates become tools of their own, and why others do not. Decided by their files alone, so
// that a database that is down shifts nothing. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace toomai::mcp {

// Names of the tools that are always there, and of those that the operator may open.
std::vector<std::string> BuiltInToolNames();
// Arguments that each of these tools has beside those of its template.
const std::vector<std::string>& OwnArguments();

struct TemplateTool {
  engine::TemplateInfo info;
  std::vector<std::string> databases;  // whose files declare it
};

struct RefusedTool {
  std::string database, id, reason;
};

struct TemplateToolPlan {
  std::vector<TemplateTool> tools;  // in the order of the files
  std::vector<RefusedTool> refused;
};

// `most`: server.template_tools.
TemplateToolPlan PlanTemplateTools(const std::vector<engine::DeclaredTemplates>& declared, std::size_t most);

}  // namespace toomai::mcp
