#include "mcp/server.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "base/log.h"
#include "mcp/history_look.h"
#include "mcp/http_results.h"
#include "mcp/http_serve.h"
#include "mcp/review_api.h"
#include "mcp/stdio.h"
#include "mcp/template_tools.h"
#include "mcp/tools.h"

namespace toomai::mcp {
void DatabasesNotice::Tell(bool came_or_went) {
  const std::lock_guard lock(mutex_);
  if (publish_) publish_(came_or_went);
}

void DatabasesNotice::SchemaChanged(const std::string& database) {
  const std::lock_guard lock(mutex_);
  if (schema_changed_) schema_changed_(database);
}

// The notice reaches this dispatcher's clients for as long as the scope lives.
class NoticeScope {
 public:
  NoticeScope(DatabasesNotice* notice, Dispatcher& dispatcher, std::shared_ptr<SchemaWatch> watch,
              std::function<void()> look_again)
      : notice_(notice) {
    Set(
        [&dispatcher, look_again = std::move(look_again)](bool came_or_went) {
          if (came_or_went) dispatcher.hub().Publish(Hub::Change::kResources);
          look_again();
        },
        [watch = std::move(watch)](const std::string& database) { watch->Changed(database); });
  }
  ~NoticeScope() { Set(nullptr, nullptr); }

 private:
  void Set(std::function<void(bool)> publish, std::function<void(const std::string&)> schema_changed) {
    if (notice_ == nullptr) return;
    const std::lock_guard lock(notice_->mutex_);
    notice_->publish_ = std::move(publish);
    notice_->schema_changed_ = std::move(schema_changed);
  }
  DatabasesNotice* notice_;
};

int RunMcpStdio(engine::Engine& engine, const ServerOptions& options, DatabasesNotice* databases_changed,
                engine::Writer* writer) {
  ToolContext context;
  context.engine = &engine;
  context.writer = writer;
  context.options = options;
  Registry registry;
  FillRegistry(&registry, context);
  Dispatcher dispatcher(registry, options);
  const TemplateTools templates(&registry, context, dispatcher.hub());
  TellOfSchemaChanges(context, dispatcher.hub(), templates.look_again());
  const NoticeScope notice(databases_changed, dispatcher, context.watch, templates.look_again());
  StdioOptions stdio;
  stdio.caller.may_review = true;  // whoever starts the process owns its history
  return ServeStdio(dispatcher, stdio);
}

int RunMcpHttp(engine::Engine& engine, const ServerOptions& options,
               const std::function<void(const std::string&)>& ready, DatabasesNotice* databases_changed,
               engine::Writer* writer, const std::stop_token& stop) {
  Authenticator authenticator(options.http);
  if (const auto fit = authenticator.Check(); !fit) {
    std::fprintf(stderr, "toomai: %s\n%s%s", fit.error().message.c_str(), fit.error().hint.c_str(),
                 fit.error().hint.empty() ? "" : "\n");
    return 2;
  }
  ToolContext context;
  context.engine = &engine;
  context.writer = writer;
  context.options = options;
  Registry registry;
  FillRegistry(&registry, context);
  Dispatcher dispatcher(registry, options);
  const TemplateTools templates(&registry, context, dispatcher.hub());
  TellOfSchemaChanges(context, dispatcher.hub(), templates.look_again());
  const NoticeScope notice(databases_changed, dispatcher, context.watch, templates.look_again());
  ReviewApi review(engine, dispatcher);
  HttpResults results(engine, dispatcher, context.links);
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  const auto hook = [&](std::function<void()> end) {
    if (stop.stop_possible()) on_stop.emplace(stop, std::move(end));
  };
  HistoryLook history(engine);
  return ServeHttp(dispatcher, authenticator,
                   {options.http.review_page ? &review : nullptr, &results, [&] { return history.Trouble(); }},
                   !stop.stop_possible(), ready, hook);
}

}  // namespace toomai::mcp
