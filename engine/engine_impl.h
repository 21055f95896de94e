// The Engine's inside, split over engine.cpp (face and access), generate.cpp, from_model.cpp, execute.cpp,
// execute_stream.cpp, execute_ask.cpp and record.cpp.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cache/answers.h"
#include "cache/history.h"
#include "cache/schema_store.h"
#include "engine/database.h"
#include "engine/engine.h"
#include "engine/prompt.h"
#include "engine/rate_limit.h"
#include "engine/reloadable.h"
#include "engine/single_flight.h"
#include "llm/client.h"
#include "schema/aliases.h"
#include "templates/learned.h"

namespace toomai::engine {

// What stays when options change: the stores, and what is remembered of callers.
struct Lasting {
  Lasting(std::unique_ptr<cache::History> opened, const std::string& state_file);

  const std::unique_ptr<cache::History> history;
  cache::SchemaStore schema_store;
  cache::AnswerCache answers;
  RateLimit rate_limit;
  const std::string mask_salt;
};

// Its options never change. A reload makes another one (reloadable.cpp), while calls in flight end on the one they
// began with; what is unchanged is taken over from the one before.
class EngineImpl : public Engine {
 public:
  EngineImpl(Options options, std::shared_ptr<Lasting> lasting, const EngineImpl* before = nullptr,
             const Unchanged& unchanged = {});
  ~EngineImpl() override;
  const Options& options() const { return options_; }
  const std::shared_ptr<Lasting>& lasting() const { return lasting_; }

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
  cache::History& history() override { return *history_; }
  Expected<std::vector<cache::StoredSchema>> OldSchemas(const std::string& database) override {
    return lasting_->schema_store.Old(database);
  }
  Expected<TemplateReport> Templates(const Deadline& deadline, const Caller& caller,
                                     const std::string& database) override;
  std::vector<DeclaredTemplates> TemplatesAsDeclared(const Caller& caller) override;
  Expected<std::string> ExplainLinks(const Deadline& deadline, const Caller& caller, const std::string& database,
                                     const std::string& question) override;
  Expected<std::string> ShowPrompt(const Deadline& deadline, const Caller& caller, const Question& question) override;

 private:
  // What was approved for one database; made anew when a review or the schema changed something.
  struct Learned {
    std::int64_t review_version = -1;
    std::string schema_fingerprint;
    std::shared_ptr<const templates::LearnedTemplates> templates;
    std::shared_ptr<const schema::LearnedAliases> aliases;  // what the askers call tables and columns
    std::shared_ptr<const std::set<std::string>> rejected;  // questions with the fingerprint of what was no answer
    bool Rejects(std::string_view question, const std::string& fingerprint) const;
  };

  // --- engine.cpp ---
  std::shared_ptr<Database> Named(const std::string& name) const;
  // The database by name (empty: the default), if the caller may use it.
  Expected<Database*> Find(const Caller& caller, const std::string& name);
  Expected<Database*> Admit(const Caller& caller, const std::string& name);  // Find and the rate limit

  // --- generate.cpp ---
  struct Attempt;  // one question on its way
  bool FromApproved(Attempt& attempt);
  bool FromTemplate(Attempt& attempt);
  // What is wrong with an argument is the caller's to mend; a statement that is refused is a refusal.
  Expected<bool> FromNamedTemplate(Attempt& attempt);  // template_calls.cpp
  bool FromModel(Attempt& attempt);                    // from_model.cpp, with the next seven
  PromptInput PromptFor(const Attempt& attempt);
  bool FromCache(Attempt& attempt, const std::string& key, const std::string& prompt_version);
  std::optional<GeneratedSql> AskModel(const Deadline& deadline, Attempt& attempt, const PromptInput& prompt,
                                       const templates::GrammarAnswer& rules);
  void SeedBudget();
  static bool Take(Attempt& attempt, const GeneratedSql& generated);
  static void TakeWords(Attempt& attempt, const GeneratedSql& generated);
  void Remember(const Attempt& attempt, const std::string& key, const std::string& prompt_version,
                const GeneratedSql& generated);
  bool FromGrammar(Attempt& attempt);
  bool FromQuestion(Attempt& attempt);  // by each way that is wished for, until one answers
  void Refuse(Attempt& attempt);
  bool MayCompare(const Question& question, bool rows_wanted) const;
  Expected<GeneratedSql> GenerateUnrecorded(const Deadline& deadline, const Caller& caller, const Question& question,
                                            bool rows_wanted, const Progress& progress);
  Learned LearnedFor(Database& database, const Grounding& grounding);
  std::shared_ptr<const std::set<std::string>> RejectedIn(const std::string& database);

  // --- execute.cpp ---
  Expected<validator::ValidatedSql> Validate(const Snapshot& snapshot, const std::string& sql, std::size_t values,
                                             std::int64_t max_rows, std::string* rule = nullptr);
  pg::StatementScope ScopeFor(const Caller& caller, const Database& database, const Snapshot& snapshot,
                              const validator::StatementFacts& facts) const;
  std::optional<QueryResult> FromResultCache(Database& database, const std::string& key);
  Expected<void> PassCostGate(const Deadline& deadline, Database& database, const validator::ValidatedSql& sql,
                              const std::vector<pg::Parameter>& parameters, const pg::StatementScope& scope);
  void ExplainEmpty(const Deadline& deadline, Database& database, const Snapshot& snapshot,
                    const validator::ValidatedSql& sql, const std::vector<pg::Parameter>& parameters,
                    const pg::StatementScope& scope, std::string_view language, QueryResult* result);
  // Everything but the record, as the next: `entry` learns what happened on the way.
  Expected<QueryResult> Run(const Deadline& deadline, const Caller& caller, Database& database,
                            const ExecuteRequest& request, const Progress& progress, cache::HistoryEntry* entry);

  // --- execute_ask.cpp ---
  Expected<PlanReport> PlanOf(const Deadline& deadline, const Caller& caller, Database& database,
                              const std::string& sql, bool analyze, cache::HistoryEntry* entry);

  // --- execute_stream.cpp ---
  // The next rows of a cursor that an earlier call left open.
  Expected<QueryResult> NextPage(const Deadline& deadline, const Caller& caller, Database& database,
                                 const ExecuteRequest& request);

  // --- record.cpp ---
  Expected<std::int64_t> Record(const Deadline& deadline, const Caller& caller, cache::HistoryEntry entry);
  static void Sign(const Caller& caller, cache::HistoryEntry* entry);
  // The same where nobody asks for the id: under load the entry is written together with others, and the answer waits
  // for it without this thread.
  Expected<void> RecordBeforeAnswer(const Deadline& deadline, const Caller& caller, cache::HistoryEntry entry);
  void RecordFailure(const Deadline& deadline, const Caller& caller, std::string_view kind, const Question& question,
                     const Error& error);
  static cache::HistoryEntry ClientEntry(std::string_view kind, const Database& database, const std::string& sql,
                                         const std::vector<std::optional<std::string>>& parameters = {});
  static cache::HistoryEntry Describe(std::string_view kind, const Question& question, const GeneratedSql& generated);
  static void Describe(const validator::ValidatedSql& sql, const Snapshot& snapshot, cache::HistoryEntry* entry);
  static void Describe(const Error& error, cache::HistoryEntry* entry);
  void Describe(const QueryResult& result, cache::HistoryEntry* entry) const;

  const Options options_;
  const std::shared_ptr<Lasting> lasting_;
  cache::History* const history_;
  cache::AnswerCache* const answers_;
  std::vector<std::shared_ptr<Database>> databases_;
  std::shared_ptr<llm::Client> model_;
  SingleFlight<GeneratedSql> model_flights_;
  std::mutex learned_mutex_;
  std::map<std::string, Learned> learned_;  // by database name
};

// The statement named something that is not there (any more): the schema should be read again.
bool NameIsGone(const Error& error);

// Equal for questions that differ in case, spaces and punctuation alone.
std::string NormalizedQuestion(std::string_view question);

// "zh" when there are Han characters and no kana, "ja" with kana, else "en".
std::string GuessLanguage(std::string_view question);

}  // namespace toomai::engine
