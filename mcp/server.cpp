#include "mcp/server.h"

#include "mcp/stdio.h"
#include "mcp/tools.h"

namespace toomai::mcp {
namespace {

// A changed schema is told to those who listen.
void Connect(const ToolContext& context, Dispatcher& dispatcher) {
  context.watch->OnChange([&dispatcher](const std::string& database) {
    dispatcher.hub().Publish(Hub::Change::kResources);
    dispatcher.hub().Publish(Hub::Change::kResource, "toomai://" + PercentEncode(database) + "/schema");
  });
}

}  // namespace

int RunMcpStdio(engine::Engine& engine, const ServerOptions& options) {
  ToolContext context;
  context.engine = &engine;
  context.options = options;
  Registry registry;
  FillRegistry(&registry, context);
  Dispatcher dispatcher(registry, options);
  Connect(context, dispatcher);
  StdioOptions stdio;
  stdio.caller.may_review = true;  // whoever starts the process owns its history
  return ServeStdio(dispatcher, stdio);
}

}  // namespace toomai::mcp
