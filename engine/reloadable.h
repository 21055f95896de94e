// An engine whose options can change while it works. Each call runs to its end on the options it began with; the next
// one sees the new ones. What is unchanged keeps its connections, cursors and budgets; what changed begins anew, and
// the old ends with the last call that uses it. Thread-safe; reloads come one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace toomai::engine {

class EngineImpl;

// What new options have in common with those before.
struct Unchanged {
  std::set<std::string> databases{};  // names: every option of theirs, and of generation, is the same
  bool models = false;                // the models and what they may cost
};

class ReloadableEngine : public Engine {
 public:
  explicit ReloadableEngine(std::shared_ptr<EngineImpl> engine);
  ~ReloadableEngine() override;

  // Where history and state are kept stays as it was at the start, whatever `options` say.
  void Reload(Options options, const Unchanged& unchanged);

  std::vector<DatabaseInfo> ListDatabases(const Caller& caller) override;
  Expected<schema::SchemaPtr> GetSchema(const Deadline& deadline, const Caller& caller, const std::string& database,
                                        bool refresh) override;
  Expected<GeneratedSql> Generate(const Deadline& deadline, const Caller& caller, const Question& question,
                                  const Progress& progress) override;
  Expected<QueryResult> Execute(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                const Progress& progress) override;
  Expected<QueryResult> Stream(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                               RowConsumer& consumer, bool every_row) override;
  Expected<Answer> Ask(const Deadline& deadline, const Caller& caller, const Question& question, const Budget& budget,
                       bool confirm, const Progress& progress) override;
  Expected<CheckResult> Check(const Deadline& deadline, const Caller& caller, const std::string& database,
                              const std::string& sql) override;
  Expected<PlanReport> Explain(const Deadline& deadline, const Caller& caller, const std::string& database,
                               const std::string& sql, bool analyze) override;
  cache::History& history() override;
  Expected<std::vector<cache::StoredSchema>> OldSchemas(const std::string& database) override;
  std::vector<DeclaredTemplates> TemplatesAsDeclared(const Caller& caller) override;
  Expected<TemplateReport> Templates(const Deadline& deadline, const Caller& caller,
                                     const std::string& database) override;
  Expected<std::string> ExplainLinks(const Deadline& deadline, const Caller& caller, const std::string& database,
                                     const std::string& question) override;
  Expected<std::string> ShowPrompt(const Deadline& deadline, const Caller& caller, const Question& question) override;

 private:
  std::shared_ptr<EngineImpl> Current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<EngineImpl> engine_;
};

// Like MakeEngine.
Expected<std::unique_ptr<ReloadableEngine>> MakeReloadableEngine(Options options);

}  // namespace toomai::engine
