// The product's face: everything the MCP server and the command line can ask for. One Engine per process; all methods
// are thread-safe and block until done, cancelled or out of time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/history.h"
#include "cache/schema_store.h"
#include "engine/options.h"
#include "engine/types.h"
#include "schema/schema.h"
#include "validator/validator.h"

namespace toomai::engine {

struct DatabaseInfo {
  std::string name;
  std::string description;
  bool is_default = false;
  std::string state;  // "not connected yet", "ready", "unavailable: …"
  int tables = -1;    // -1: schema not read yet
  std::string server_version;
};

struct Answer {
  GeneratedSql generated;
  std::optional<QueryResult> result;
  std::optional<Error> error;  // execution failed although SQL was made
};

struct CheckResult {
  validator::Verdict verdict;
  std::string sql;  // canonical text when allowed
};

struct PlanReport {
  std::string text;  // the plan as a tree
  double cost = 0, rows = 0, bytes = 0;
  bool analyzed = false;
  double elapsed_ms = 0;
  std::vector<std::string> advice;
};

// A template that can answer questions: written by an operator, or learned from an approved answer.
struct TemplateInfo {
  std::string id, title, description, origin;  // origin: "shop.yaml:3" or "approved answer #42"
  std::string disabled;                        // why it is not used; empty: in use
  bool learned = false;
  bool expose_as_tool = false;
  struct Parameter {
    std::string name, type, description, default_value;
    std::string column{};  // whose values it takes
    std::optional<double> min{}, max{};
    std::vector<std::string> choices{};  // all that it takes, as the operator or the schema says; never from rows
  };
  std::vector<Parameter> parameters;
  std::vector<std::string> examples;  // questions that it answers
};

// Of one database, as its files say it; whether the schema bears it out is not looked at.
struct DeclaredTemplates {
  std::string database;
  std::vector<TemplateInfo> templates;
};

struct TemplateReport {
  std::vector<TemplateInfo> templates;
  std::vector<std::string> problems;  // files that could not be used
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::vector<DatabaseInfo> ListDatabases(const Caller& caller) = 0;
  virtual Expected<schema::SchemaPtr> GetSchema(const Deadline& deadline, const Caller& caller,
                                                const std::string& database, bool refresh = false) = 0;
  // Refusals are values (sql == nullopt); Expected fails only when the call itself could not be served.
  virtual Expected<GeneratedSql> Generate(const Deadline& deadline, const Caller& caller, const Question& question,
                                          const Progress& progress = {}) = 0;
  virtual Expected<QueryResult> Execute(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                        const Progress& progress = {}) = 0;
  // The same, row by row in flat memory; the result's rows stay empty. `every_row`: the row and byte ceilings do not
  // apply, which only the operator at the command line may ask for.
  virtual Expected<QueryResult> Stream(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                       RowConsumer& consumer, bool every_row) = 0;
  virtual Expected<Answer> Ask(const Deadline& deadline, const Caller& caller, const Question& question,
                               const Budget& budget, bool confirm, const Progress& progress = {}) = 0;
  virtual Expected<CheckResult> Check(const Deadline& deadline, const Caller& caller, const std::string& database,
                                      const std::string& sql) = 0;
  virtual Expected<PlanReport> Explain(const Deadline& deadline, const Caller& caller, const std::string& database,
                                       const std::string& sql, bool analyze) = 0;
  virtual cache::History& history() = 0;
  // Schemas of a database as they were, newest first.
  virtual Expected<std::vector<cache::StoredSchema>> OldSchemas(const std::string& database) = 0;
  virtual Expected<TemplateReport> Templates(const Deadline& deadline, const Caller& caller,
                                             const std::string& database) = 0;
  // Of every database that the caller may use, in order. Reads files and waits for no database.
  virtual std::vector<DeclaredTemplates> TemplatesAsDeclared(const Caller& caller) = 0;

  // One page of linked schema text for a question, with scores: `toomai schema --link`.
  virtual Expected<std::string> ExplainLinks(const Deadline& deadline, const Caller& caller,
                                             const std::string& database, const std::string& question) = 0;
  // What would be sent to a model: `--show-prompt`.
  virtual Expected<std::string> ShowPrompt(const Deadline& deadline, const Caller& caller,
                                           const Question& question) = 0;
};

// Connections and files are opened lazily; this never waits. Fails only for options that make no sense.
Expected<std::unique_ptr<Engine>> MakeEngine(Options options);

}  // namespace toomai::engine
