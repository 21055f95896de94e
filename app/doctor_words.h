// doctor's look at the operator's words of a database: do glossary and templates fit its schema, and which templates
// are no tools although they should be?
#pragma once

#include <vector>

#include "app/doctor.h"
#include "app/options.h"
#include "base/deadline.h"
#include "mcp/template_tool_plan.h"

namespace toomai::app {

mcp::TemplateToolPlan PlannedTools(const AppOptions& options);

// Nothing for a database without such files, or one that does not answer, which is told elsewhere.
std::vector<Diagnosis::Row> LookAtWords(const Deadline& deadline, const AppOptions& options,
                                        const engine::DatabaseOptions& database, const mcp::TemplateToolPlan& tools);

}  // namespace toomai::app
