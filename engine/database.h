// One configured database at run time: its connections, what it looks like, and what generation needs to know of it.
//
// Nothing happens at construction. The schema is read on first use by one caller while others wait for it (single
// flight), looked at again in the background when it is older than its time to live, and marked stale when PostgreSQL
// says that a name does not exist. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/schema_store.h"
#include "engine/mask_scope.h"
#include "engine/options.h"
#include "engine/pg/cursors.h"
#include "engine/pg/executor.h"
#include "engine/pg/pool.h"
#include "engine/result_cache.h"
#include "schema/catalog_view.h"
#include "schema/join_graph.h"
#include "schema/linker.h"
#include "schema/schema.h"
#include "schema/value_index.h"
#include "schema/values.h"
#include "templates/grammar.h"
#include "templates/operator_templates.h"
#include "validator/checker.h"

namespace toomai::engine {

// A schema snapshot, the validator's view of it, and what the operator's rules mean in it.
struct Snapshot {
  schema::SchemaPtr schema;
  std::shared_ptr<const schema::CatalogView> catalog;
  std::shared_ptr<const validator::Checker> checker;  // of the catalog, with the policy and row cap of the database
  MaskScope masks;

  const validator::Policy& policy() const { return checker->policy(); }
  // By the operator's policy.
  bool MayRead(const schema::Table& table) const;
  bool MayRead(const schema::Table& table, const schema::Column& column) const;
  // Values of masked and denied columns, and of tables whose rows depend on who asks, stay out of prompts, the value
  // index and paraphrases.
  bool MayShowValues(const schema::Table& table, const schema::Column& column) const;
};

// What turns questions into SQL, made from one snapshot and the values of its columns.
struct Grounding {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<schema::ColumnValues> values;
  schema::ValueIndex value_index;
  schema::JoinGraph joins;
  std::unique_ptr<const schema::Linker> linker;
  templates::Glossary glossary;
  std::string glossary_version;  // changes with its file
  std::shared_ptr<const templates::GrammarEngine> grammar;
  std::shared_ptr<const templates::OperatorTemplates> templates;
  std::vector<std::string> problems;  // files that could not be used, for people: doctor and `toomai templates`
};

// Masks and denials that fit nothing in this schema, as "masks: public.customers.emial".
std::vector<std::string> IdleRules(const DatabaseOptions& options, const schema::Schema& schema);

class Database {
 public:
  using OnSchemaChange = std::function<void(const std::string& database)>;
  Database(DatabaseOptions options, const GenerationOptions& generation, cache::SchemaStore* store,
           OnSchemaChange on_schema_change = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const DatabaseOptions& options() const { return options_; }
  pg::Pool& pool() { return *pool_; }
  pg::Executor& executor() { return *executor_; }
  pg::Cursors& cursors() { return *cursors_; }
  ResultCache& results() { return results_; }

  Expected<std::shared_ptr<const Snapshot>> GetSnapshot(const Deadline& deadline, bool refresh = false);
  Expected<std::shared_ptr<const Grounding>> GetGrounding(const Deadline& deadline);
  // The next GetSnapshot reads the catalog again: a statement failed because a table or column is not there.
  void MarkStale();

  // "not connected yet", "ready", "unavailable: …": for people.
  std::string State() const;
  // The current snapshot if there is one; never waits.
  std::shared_ptr<const Snapshot> PeekSnapshot() const;

 private:
  Expected<std::shared_ptr<const Snapshot>> Load(const Deadline& deadline);
  Expected<std::shared_ptr<const Grounding>> Ground(const Deadline& deadline, std::shared_ptr<const Snapshot> snapshot);
  std::shared_ptr<const Snapshot> FromStore();
  std::shared_ptr<const Snapshot> MakeSnapshot(schema::Schema schema);
  void NoteIdleRules(const schema::Schema& schema);
  static void ApplyRules(const Snapshot& snapshot, schema::Schema* schema);
  void ProbeRole(pg::Connection& connection, const Deadline& deadline);
  void LoadWords(Grounding* grounding) const;  // glossary and templates
  void RefreshInBackground();
  std::string StoreKey() const;

  const DatabaseOptions options_;
  const GenerationOptions generation_;
  cache::SchemaStore* store_;  // may be null
  const OnSchemaChange on_schema_change_;
  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<pg::Executor> executor_;
  std::unique_ptr<pg::Cursors> cursors_;
  ResultCache results_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Grounding> grounding_;
  std::chrono::steady_clock::time_point looked_at_{};
  bool loading_ = false, grounding_now_ = false, stale_ = false;
  std::string last_error_;
  std::string role_danger_;  // what the login role could do beyond reading; empty: nothing, or not probed yet
  std::string idle_rules_;   // masks and denials that fit nothing in the snapshot
  bool role_probed_ = false;
  std::jthread background_;
};

}  // namespace toomai::engine
