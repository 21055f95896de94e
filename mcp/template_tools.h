// The operator's templates as tools of their own: those with `tool: true`, with typed arguments. They come and go with
// the template files and the schema; clients are told.
//
// The look at the schema, which says which of them work, is made in the background at the first list of tools, for
// which that list waits a little.
#pragma once

#include <functional>
#include <memory>

#include "base/deadline.h"
#include "mcp/hub.h"
#include "mcp/template_tool_plan.h"
#include "mcp/tools.h"

namespace toomai::mcp {

// The tool for a template that works in these databases.
Tool MakeTemplateTool(const ToolContext& context, TemplateTool working);

// Keeps the registry's further tools. Made after the dispatcher and gone before it; thread-safe.
class TemplateTools {
 public:
  TemplateTools(Registry* registry, const ToolContext& context, Hub& hub);
  ~TemplateTools();
  TemplateTools(const TemplateTools&) = delete;
  TemplateTools& operator=(const TemplateTools&) = delete;

  // To be called when files or a schema have changed; may outlive this. Does nothing before the first list of tools.
  std::function<void()> look_again() const;

 private:
  class Looker;
  const std::shared_ptr<Looker> looker_;
};

}  // namespace toomai::mcp
