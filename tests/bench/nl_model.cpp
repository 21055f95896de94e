// Asks a model's endpoint the benchmark's questions through the whole pipeline: prompt, client, reading, mending,
// proof, preparing on the live database, and, with several samples, agreement by results. tests/bench/bench_nl_model.py
// drives it.
//
//   bench_nl_model --url http://127.0.0.1:8089/v1 --model dail_gpt4 --dsn "host=… port=… user=…" [--samples N]
//                  [--rounds N] [--dataset spider] --questions FILE --out PREDICTIONS
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/model_pipeline.h"
#include "schema/catalog_view.h"
#include "templates/grammar.h"
#include "tests/bench/bench_databases.h"

namespace {

using namespace toomai;
using namespace std::chrono_literals;

// One database with what the pipeline wants of it.
struct Target {
  bench::BenchDatabase* database = nullptr;
  std::unique_ptr<schema::CatalogView> catalog;
  std::unique_ptr<validator::Checker> checker;
  std::unique_ptr<schema::Linker> linker;
  std::shared_ptr<const templates::GrammarEngine> grammar;

  void Open(bench::BenchDatabase* opened, const validator::Policy& policy) {
    database = opened;
    catalog = std::make_unique<schema::CatalogView>(opened->schema);
    checker = std::make_unique<validator::Checker>(catalog.get(), policy);
    linker = std::make_unique<schema::Linker>(*opened->schema, &opened->values, &opened->joins);
    grammar = templates::GrammarEngine::Build(opened->schema, opened->raw_values);
  }

  // The rules' reading, as the engine takes it for a second opinion.
  std::optional<templates::Reading> Rules(const std::string& question) const {
    const templates::GrammarAnswer answer = grammar->Answer({question, {}, {}});
    if (!answer.refusal.empty() || answer.readings.empty()) return std::nullopt;
    return answer.readings.front();
  }
};

Expected<void> Prepare(bench::BenchDatabase& database, const Deadline& deadline, const std::string& sql) {
  engine::pg::Statement statement;
  statement.sql = sql;
  statement.kind = engine::pg::Statement::Kind::kPrepare;
  return database.connection->Run(deadline, {statement});
}

Expected<engine::QueryResult> Execute(bench::BenchDatabase& database, const Deadline& deadline,
                                      const std::string& sql) {
  engine::QueryResult result;
  engine::pg::Statement begin, query, end;
  begin.sql = "BEGIN READ ONLY";
  begin.ends_group = true;
  query.sql = sql;
  query.ends_group = true;
  query.on_fields = [&](const std::vector<engine::pg::Field>& fields) {
    for (const auto& field : fields) result.columns.push_back({field.name, "", field.type_oid});
  };
  query.on_row = [&](const engine::pg::RowView& row) {
    std::vector<engine::Cell> cells;
    for (int c = 0; c < row.size(); ++c)
      cells.push_back(row.IsNull(c) ? engine::Cell() : engine::Cell(std::string(row[c])));
    result.rows.push_back(std::move(cells));
    return engine::pg::RowAction::kContinue;
  };
  end.sql = "ROLLBACK";
  if (auto ran = database.connection->Run(deadline, {begin, query, end}); !ran) return Fail(ran.error());
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> option = {
      {"dsn", "host=127.0.0.1 port=55433 user=bench_ro"},
      {"questions", TOOMAI_SOURCE_DIR "/../shared/bench-data/questions-dev.jsonl"},
      {"samples", "1"},
      {"rounds", "0"},
      {"compare", "yes"},
      {"dataset", "spider"},
      {"tokens", "4000"}};
  for (int i = 1; i + 1 < argc; i += 2) option[std::string(argv[i]).substr(2)] = argv[i + 1];
  llm::ClientOptions client_options;
  llm::EndpointOptions endpoint;
  endpoint.base_url = option["url"];
  endpoint.model = option["model"];
  client_options.endpoints = {endpoint};
  llm::Client client(client_options);
  bench::BenchDatabases databases(option["dsn"]);
  std::map<std::string, Target> targets;
  validator::Policy policy;
  policy.max_rows = 20000;
  std::ofstream out(option["out"]);
  std::map<std::string, int> repairs;
  std::int64_t prompt_tokens = 0;
  int asked = 0, refused = 0;
  std::ifstream file(option["questions"]);
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    if (row["dataset"] != option["dataset"]) continue;
    Target& target = targets[row["db"]];
    if (!target.database) {
      auto database = databases.Get(row["db"]);
      if (!database) {
        std::fprintf(stderr, "%s\n", database.error().message.c_str());
        return 1;
      }
      target.Open(*database, policy);
    }
    bench::BenchDatabase& database = *target.database;
    engine::ModelJob job;
    job.prompt.schema = database.schema.get();
    job.prompt.linker = target.linker.get();
    job.prompt.values = &database.values;
    job.prompt.joins = &database.joins;
    job.prompt.question = row["question"];
    if (row["evidence"].is_string()) job.prompt.evidence = row["evidence"];
    job.prompt.database = row["db"];
    job.prompt.context.tokens = std::atol(option["tokens"].c_str());
    job.checker = target.checker.get();
    const auto rules = target.Rules(row["question"]);
    if (rules) {
      job.rule_sql = rules->sql;
      job.rule_confidence = rules->confidence;
    }
    job.samples = std::atoi(option["samples"].c_str());
    job.repair_rounds = std::atoi(option["rounds"].c_str());
    job.describe = [&](const Deadline& deadline, const validator::ValidatedSql& sql) {
      return Prepare(database, deadline, sql.text());
    };
    if (option["compare"] == "yes")
      job.execute = [&](const Deadline& deadline, const validator::ValidatedSql& sql) {
        return Execute(database, deadline, sql.text());
      };
    auto answer = engine::GenerateWithModel(Deadline::After(30s), client, job);
    ++asked;
    nlohmann::json prediction = {{"id", row["id"]}, {"sql", nullptr}};
    if (!answer) {
      prediction["error"] = answer.error().message;
    } else {
      prompt_tokens += answer->usage.prompt_tokens;
      if (answer->sql)
        prediction["sql"] = *answer->sql;
      else
        prediction["refusal"] = answer->refusal.reason;
      // As the engine does: a model that gives nothing usable leaves the question to the rules.
      if (!answer->sql && rules) prediction["sql"] = rules->sql;
      prediction["by_rules"] = !answer->sql || answer->source == engine::Source::kGrammar;
      prediction["paraphrase"] = answer->paraphrase;
      prediction["confidence"] = answer->confidence;
      prediction["verified"] = !answer->verified_by.empty();
      prediction["warnings"] = answer->warnings;
      for (const auto& repair : answer->repairs) {
        ++repairs[repair.rule + (repair.risky ? " (risky)" : "")];
        prediction["repairs"].push_back({repair.rule, repair.before, repair.after});
      }
    }
    if (prediction["sql"].is_null()) ++refused;
    out << prediction.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  std::printf("%s: %d asked, %d without a statement, %.0f prompt tokens on average\n", option["model"].c_str(), asked,
              refused, asked ? static_cast<double>(prompt_tokens) / asked : 0.0);
  for (const auto& [rule, count] : repairs) std::printf("  %5d  %s\n", count, rule.c_str());
}
