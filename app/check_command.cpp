#include "app/check_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/input_lines.h"
#include "app/policy_file.h"
#include "base/file.h"
#include "base/text.h"
#include "schema/catalog_view.h"
#include "schema/json_io.h"
#include "validator/checker.h"
#include "validator/dump.h"
#include "validator/validator.h"

namespace toomai::app {
namespace {

using Json = nlohmann::ordered_json;
using validator::Finding;
using validator::Verdict;

struct CheckOptions {
  std::string file, schema_file, database, policy_file;
  bool batch = false, syntax_only = false, json = false, ast = false, facts = false;
};

// What a run is judged against. The checker refers to the others.
struct Judge {
  validator::Policy policy;
  schema::SchemaPtr schema;
  std::unique_ptr<schema::CatalogView> catalog;
  std::unique_ptr<validator::Checker> checker;
};

Expected<std::string> ReadAll(const std::string& path) {
  if (!path.empty() && path != "-") return ReadFile(path);
  if (isatty(STDIN_FILENO) == 1) std::fputs("toomai: reading standard input; Ctrl-D ends it\n", stderr);
  std::ostringstream text;
  text << std::cin.rdbuf();
  return std::move(text).str();
}

bool IsUrl(const std::string& database) {
  return database.find("://") != std::string::npos;
}

Globals WithUrl(const Globals& globals, const CheckOptions& options) {
  Globals with_url = globals;
  if (IsUrl(options.database)) with_url.database_url = options.database;
  return with_url;
}

Expected<schema::SchemaPtr> ReadSchema(const Globals& globals, const CheckOptions& options) {
  if (!options.schema_file.empty()) {
    auto text = ReadAll(options.schema_file);
    if (!text) return Fail(text.error());
    auto schema = schema::FromJson(*text);
    if (!schema) {
      return Fail(ErrorCode::kInvalidArgument, options.schema_file + " is not a schema: " + schema.error().message,
                  "make one with toomai schema --json");
    }
    schema->Finish();
    return std::make_shared<const schema::Schema>(std::move(*schema));
  }
  auto engine = OpenEngine(WithUrl(globals, options));
  if (!engine) return Fail(engine.error());
  return (*engine)->GetSchema(Deadline::After(std::chrono::minutes(1), StopOnSignals()), LocalCaller(),
                              IsUrl(options.database) ? std::string() : options.database, false);
}

// A database is judged by its own policy, as `toomai execute` would.
Expected<validator::Policy> PolicyOf(const Globals& globals, const CheckOptions& options) {
  if (!options.policy_file.empty()) return LoadPolicyFile(options.policy_file);
  if (options.syntax_only || !options.schema_file.empty()) return validator::Policy();
  auto configured = LoadOptions(WithUrl(globals, options));
  if (!configured) return Fail(configured.error());
  const auto& databases = configured->engine.databases;
  const bool named = !IsUrl(options.database) && !options.database.empty();
  const auto found = std::find_if(databases.begin(), databases.end(), [&](const engine::DatabaseOptions& one) {
    return !named || one.name == options.database;
  });
  return found == databases.end() ? validator::Policy() : found->policy;
}

Expected<std::unique_ptr<Judge>> MakeJudge(const Globals& globals, const CheckOptions& options) {
  auto judge = std::make_unique<Judge>();
  auto policy = PolicyOf(globals, options);
  if (!policy) return Fail(policy.error());
  judge->policy = std::move(*policy);
  if (!options.syntax_only) {
    auto schema = ReadSchema(globals, options);
    if (!schema) return Fail(schema.error());
    judge->schema = std::move(*schema);
    judge->catalog = std::make_unique<schema::CatalogView>(judge->schema);
  }
  judge->checker = std::make_unique<validator::Checker>(judge->catalog.get(), judge->policy);
  return judge;
}

Json ToJson(const validator::ColumnRef& column) {
  return column.schema + "." + column.table + "." + column.column;
}

Json ToJson(const validator::StatementFacts& facts) {
  Json json = {
      {"tables", facts.tables}, {"columns", Json::array()}, {"functions", facts.functions}, {"outputs", Json::array()}};
  for (const auto& column : facts.columns) json["columns"].push_back(ToJson(column));
  for (const auto& output : facts.outputs) {
    Json from = Json::array();
    for (const auto& column : output.lineage) from.push_back(ToJson(column));
    json["outputs"].push_back({{"name", output.name}, {"plain", output.is_plain}, {"from", std::move(from)}});
  }
  for (const auto& [name, count] : {std::pair{"joins", facts.joins},
                                    {"subqueries", facts.subqueries},
                                    {"ctes", facts.ctes},
                                    {"set_operations", facts.set_operations},
                                    {"aggregates", facts.aggregates},
                                    {"windows", facts.windows},
                                    {"depth", facts.depth},
                                    {"max_parameter", facts.max_parameter}}) {
    json[name] = count;
  }
  for (const auto& [name, is] : {std::pair{"limit", facts.has_limit},
                                 {"order", facts.has_order},
                                 {"group", facts.has_group},
                                 {"distinct", facts.distinct}}) {
    json["has_" + std::string(name)] = is;
  }
  return json;
}

// What is known of an allowed statement, for people and for lists of allowed patterns.
Json Known(const validator::ValidatedSql& sql) {
  Json json = ToJson(sql.facts());
  json["fingerprint"] = sql.fingerprint();
  json["normalized"] = sql.normalized();
  return json;
}

Json ToJson(const Finding& finding) {
  Json json = {{"rule", finding.rule}, {"message", finding.message}, {"begin", finding.begin}, {"end", finding.end}};
  if (!finding.hint.empty()) json["hint"] = finding.hint;
  if (!finding.candidates.empty()) json["candidates"] = finding.candidates;
  if (!finding.sqlstate.empty()) json["sqlstate"] = finding.sqlstate;
  return json;
}

// The fields every answer has, in the order scripts may rely on.
Json Answer(const Verdict& verdict, const CheckOptions& options, double milliseconds) {
  Json json = {{"verdict", verdict.allowed ? "accept" : "reject"},
               {"rule", nullptr},
               {"message", nullptr},
               {"sql", nullptr},
               {"limit", nullptr}};
  if (!verdict.findings.empty()) {
    json["rule"] = verdict.findings.front().rule;
    json["message"] = verdict.findings.front().message;
  }
  if (verdict.sql) {
    json["sql"] = verdict.sql->text();
    if (verdict.sql->limit() >= 0) json["limit"] = verdict.sql->limit();
  }
  json["ms"] = milliseconds;
  if (options.facts && verdict.sql) {
    json["facts"] = ToJson(verdict.sql->facts());
    json["fingerprint"] = verdict.sql->fingerprint();
    json["normalized"] = verdict.sql->normalized();
  }
  return json;
}

// Text from statements may be anything; what is not UTF-8 is replaced, never thrown about.
std::string Dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

struct Timed {
  Verdict verdict;
  double milliseconds;
};
Timed Check(const Judge& judge, const std::string& sql, const CheckOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  validator::ValidateOptions how;
  how.facts = options.facts;
  Verdict verdict = validator::Validate(sql, *judge.checker, how);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return {std::move(verdict), took.count()};
}

int CheckOne(const Judge& judge, const std::string& sql, const CheckOptions& options) {
  const std::string tree = options.ast ? validator::DumpTree(sql, judge.policy) : "";
  if (options.ast && !options.json) std::printf("%s\n", tree.c_str());
  const Timed timed = Check(judge, sql, options);
  const Verdict& verdict = timed.verdict;
  if (options.json) {
    Json json = Answer(verdict, options, timed.milliseconds);
    json["kind"] = verdict.statement_kind;
    if (options.ast) json["ast"] = tree;
    for (const Finding& finding : verdict.findings) json["findings"].push_back(ToJson(finding));
    std::printf("%s\n", Dump(json, 2).c_str());
  } else if (!verdict.allowed) {
    for (const Finding& finding : verdict.findings) std::fputs(validator::Render(finding, sql).c_str(), stderr);
  } else {
    std::printf("%s\n", verdict.sql->text().c_str());
    if (options.facts) std::printf("%s\n", Dump(Known(*verdict.sql), 2).c_str());
  }
  return verdict.allowed ? kDone : kFailed;
}

// One row of --batch: its id and text, or what is wrong with the row.
struct Row {
  Json id;
  std::string sql, problem;
};
Row ReadRow(const std::string& line) {
  Row row;
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    row.problem = "not a JSON object";
    return row;
  }
  if (json.contains("id")) row.id = json["id"];
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  if (json.contains("sql_b64")) {
    if (!Base64Decode(text("sql_b64"), &row.sql)) row.problem = "sql_b64 is not base64";
  } else if (json.contains("gen") && json["gen"].is_array()) {  // [[text, times], …]: long statements written short
    for (const Json& part : json["gen"]) {
      if (!part.is_array() || part.size() != 2 || !part[0].is_string() || !part[1].is_number_unsigned()) {
        row.problem = "gen is a list of [text, times]";
        break;
      }
      const std::string piece = part[0].get<std::string>();
      const auto times = part[1].get<std::size_t>();
      constexpr std::size_t kMostBytes = 256u << 20;
      if (!piece.empty() && times > (kMostBytes - std::min(kMostBytes, row.sql.size())) / piece.size()) {
        row.problem = "gen makes too long a statement";
        break;
      }
      for (std::size_t i = 0; i < times; ++i) row.sql += piece;
    }
  } else if (json.contains("sql") && json["sql"].is_string()) {
    row.sql = text("sql");
  } else {
    row.problem = "there is no sql or sql_b64";
  }
  return row;
}

int CheckBatch(const Judge& judge, const CheckOptions& options) {
  const bool is_file = !options.file.empty() && options.file != "-";
  const int input = is_file ? ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (std::error_code error; is_file && std::filesystem::is_directory(options.file, error))
    return Report(Error(ErrorCode::kInvalidArgument, "cannot read " + options.file + ": it is a folder")), kUsage;
  if (input < 0) return Report(Error(ErrorCode::kNotFound, "cannot read " + options.file, "check the path")), kUsage;
  const std::stop_token stop = StopOnSignals();
  InputLines lines(input);
  bool all_allowed = true;
  for (std::string line; lines.Next(stop, &line);) {
    if (Trim(line).empty()) continue;
    const Row row = ReadRow(line);
    Json answer = {{"id", row.id}};
    if (!row.problem.empty()) {
      answer.update(Json{{"verdict", "reject"},
                         {"rule", "invalid-row"},
                         {"message", row.problem},
                         {"sql", nullptr},
                         {"limit", nullptr},
                         {"ms", 0.0}});
      all_allowed = false;
    } else {
      const Timed timed = Check(judge, row.sql, options);
      answer.update(Answer(timed.verdict, options, timed.milliseconds));
      all_allowed = all_allowed && timed.verdict.allowed;
    }
    std::printf("%s\n", Dump(answer).c_str());
    if (std::fflush(stdout) != 0) break;  // nobody reads on
  }
  if (is_file) ::close(input);
  return all_allowed && !stop.stop_requested() ? kDone : kFailed;
}

int RunCheck(const Globals& globals, const CheckOptions& options) {
  // A person who types the statement should not wait for a schema first, and may still leave with Ctrl-C.
  const auto sql = options.batch ? Expected<std::string>() : ReadAll(options.file);
  if (!sql) return Report(sql.error()), kUsage;
  const auto judge = MakeJudge(globals, options);
  if (!judge) return Report(judge.error()), kUsage;
  return options.batch ? CheckBatch(**judge, options) : CheckOne(**judge, *sql, options);
}

}  // namespace

void DefineCheckCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<CheckOptions>();
  command->footer(
      "Exit status: 0 allowed, 1 refused, 2 wrong usage.\n"
      "Example: echo 'SELECT naem FROM customers' | toomai check --db shop\n"
      "         toomai check --batch --schema shop.json < statements.jsonl");
  command->add_option("file", options->file,
                      "file with the statement, or with JSON lines for --batch (default: standard input)");
  auto* schema = command->add_option("--schema", options->schema_file,
                                     "names are looked up in this file (made by toomai schema --json)");
  auto* database = command->add_option("-d,--db", options->database,
                                       "names are looked up in this database: a configured name or a URL");
  command->add_flag("--syntax-only", options->syntax_only, "names are not looked up: is it one read-only query?")
      ->excludes(schema)
      ->excludes(database);
  schema->excludes(database);
  command->add_option("--policy", options->policy_file, "what is allowed and denied: YAML or JSON");
  auto* batch = command->add_flag("--batch", options->batch,
                                  "JSON lines {\"id\",\"sql\"|\"sql_b64\"} in, one verdict a line out");
  command->add_flag("--json", options->json, "the verdict as JSON, with all findings")->excludes(batch);
  command->add_flag("--ast", options->ast, "show the tree as well")->excludes(batch);
  command->add_flag("--facts", options->facts, "show what the statement reads: tables, columns, lineage of its output");
  command->callback([options, &globals, status] { *status = RunCheck(globals, *options); });
}

}  // namespace toomai::app
