#include "engine/reloadable.h"

#include <utility>

#include "engine/engine_impl.h"

namespace toomai::engine {

ReloadableEngine::ReloadableEngine(std::shared_ptr<EngineImpl> engine) : engine_(std::move(engine)) {}
ReloadableEngine::~ReloadableEngine() = default;

std::shared_ptr<EngineImpl> ReloadableEngine::Current() const {
  const std::lock_guard lock(mutex_);
  return engine_;
}

void ReloadableEngine::Reload(Options options, const Unchanged& unchanged) {
  const std::shared_ptr<EngineImpl> before = Current();
  options.history = before->options().history;
  options.state_directory = before->options().state_directory;
  auto next = std::make_shared<EngineImpl>(std::move(options), before->lasting(), before.get(), unchanged);
  const std::lock_guard lock(mutex_);
  engine_ = std::move(next);
}

std::vector<DatabaseInfo> ReloadableEngine::ListDatabases(const Caller& caller) {
  return Current()->ListDatabases(caller);
}

Expected<schema::SchemaPtr> ReloadableEngine::GetSchema(const Deadline& deadline, const Caller& caller,
                                                        const std::string& database, bool refresh) {
  return Current()->GetSchema(deadline, caller, database, refresh);
}

Expected<GeneratedSql> ReloadableEngine::Generate(const Deadline& deadline, const Caller& caller,
                                                  const Question& question, const Progress& progress) {
  return Current()->Generate(deadline, caller, question, progress);
}

Expected<QueryResult> ReloadableEngine::Execute(const Deadline& deadline, const Caller& caller,
                                                const ExecuteRequest& request, const Progress& progress) {
  return Current()->Execute(deadline, caller, request, progress);
}

Expected<QueryResult> ReloadableEngine::Stream(const Deadline& deadline, const Caller& caller,
                                               const ExecuteRequest& request, RowConsumer& consumer, bool every_row) {
  return Current()->Stream(deadline, caller, request, consumer, every_row);
}

Expected<Answer> ReloadableEngine::Ask(const Deadline& deadline, const Caller& caller, const Question& question,
                                       const Budget& budget, bool confirm, const Progress& progress) {
  return Current()->Ask(deadline, caller, question, budget, confirm, progress);
}

Expected<CheckResult> ReloadableEngine::Check(const Deadline& deadline, const Caller& caller,
                                              const std::string& database, const std::string& sql) {
  return Current()->Check(deadline, caller, database, sql);
}

Expected<PlanReport> ReloadableEngine::Explain(const Deadline& deadline, const Caller& caller,
                                               const std::string& database, const std::string& sql, bool analyze) {
  return Current()->Explain(deadline, caller, database, sql, analyze);
}

cache::History& ReloadableEngine::history() {
  return Current()->history();
}

Expected<std::vector<cache::StoredSchema>> ReloadableEngine::OldSchemas(const std::string& database) {
  return Current()->OldSchemas(database);
}

Expected<TemplateReport> ReloadableEngine::Templates(const Deadline& deadline, const Caller& caller,
                                                     const std::string& database) {
  return Current()->Templates(deadline, caller, database);
}

std::vector<DeclaredTemplates> ReloadableEngine::TemplatesAsDeclared(const Caller& caller) {
  return Current()->TemplatesAsDeclared(caller);
}

Expected<std::string> ReloadableEngine::ExplainLinks(const Deadline& deadline, const Caller& caller,
                                                     const std::string& database, const std::string& question) {
  return Current()->ExplainLinks(deadline, caller, database, question);
}

Expected<std::string> ReloadableEngine::ShowPrompt(const Deadline& deadline, const Caller& caller,
                                                   const Question& question) {
  return Current()->ShowPrompt(deadline, caller, question);
}

}  // namespace toomai::engine
