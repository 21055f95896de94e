// The grammar engine by itself.
//
//   bench_nl_grammar --dsn "host=… port=… user=…" --questions FILE --out FILE [--glossary FILE]
//       answers JSONL {"id","db","question"} and writes {"id","sql","confidence","features"} for nl_calibrate.py
//   bench_nl_grammar --dsn … --db NAME --ask "question" [--glossary FILE]
//       prints how each word was read, the statement and its confidence
//   bench_nl_grammar [--tables 1000]
//       times questions on a schema of so many tables; the last line is `nl-grammar: p50 in ms`
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "engine/pg/values.h"
#include "templates/grammar.h"
#include "tests/bench/bench_databases.h"

namespace {

using namespace toomai;
using Json = nlohmann::json;
using EnginePtr = std::shared_ptr<const templates::GrammarEngine>;

// Tables of everyday names in numbered areas ("billing 7 invoice"), each with a key to the one before.
schema::SchemaPtr ManyTables(int count) {
  static const char* const kThings[] = {"customer", "invoice",  "payment",  "product", "shipment",
                                        "supplier", "contract", "employee", "visit",   "ticket"};
  auto made = std::make_shared<schema::Schema>();
  made->search_path = {"public"};
  auto column = [](const char* name, schema::TypeClass type) {
    schema::Column c;
    c.name = name;
    c.type_class = type;
    return c;
  };
  for (int t = 0; t < count; ++t) {
    schema::Table table;
    table.schema = "public";
    char name[64];
    std::snprintf(name, sizeof name, "area%04d_%s", t / 10, kThings[t % 10]);
    table.name = name;
    table.columns = {column("id", schema::TypeClass::kInteger),
                     column("name", schema::TypeClass::kText),
                     column("city", schema::TypeClass::kText),
                     column("amount", schema::TypeClass::kNumeric),
                     column("created_at", schema::TypeClass::kTimestamp),
                     column("parent_id", schema::TypeClass::kInteger)};
    table.primary_key = {0};
    if (t % 10 != 0) table.foreign_keys = {{"parent", {5}, t - 1, {0}}};
    made->tables.push_back(std::move(table));
  }
  made->Finish();
  return made;
}

// Of this thread's own work, so that what else the machine does is not counted.
double CpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

int TimeOn(int tables) {
  const auto built = std::chrono::steady_clock::now();
  const EnginePtr engine = templates::GrammarEngine::Build(ManyTables(tables), {});
  const double build_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - built).count();
  const std::vector<std::string> questions = {"How many customers are there?",
                                              "List the names of suppliers in Paris",
                                              "What is the average amount of invoices per city?",
                                              "Which employee has the highest amount?",
                                              "Show the top 5 products by amount",
                                              "Which customers have no invoices?",
                                              "What is the total amount of payments last month?",
                                              "tickets created after 2020 with an amount between 10 and 20"};
  std::vector<double> times;
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    for (const std::string& question : questions) {
      templates::GrammarInput input;
      input.question = question;
      const double start = CpuMs();
      engine->Answer(input);
      times.push_back(CpuMs() - start);
    }
  }
  std::sort(times.begin(), times.end());
  const double p50 = times[times.size() / 2], p99 = times[times.size() * 99 / 100];
  std::printf("%d tables: index built in %.0f ms; answer p50 %.3f ms, p99 %.3f ms\n", tables, build_ms, p50, p99);
  std::printf("nl-grammar: %.3f\n", p50);
  return 0;
}

Expected<EnginePtr> EngineOf(bench::BenchDatabases& databases, const std::string& name, const char* glossary_path) {
  templates::Glossary glossary;
  if (glossary_path != nullptr) {
    const auto text = ReadFile(glossary_path);
    auto loaded = text ? templates::ParseGlossary(*text, glossary_path) : Fail(text.error());
    if (!loaded) return Fail(loaded.error());
    glossary = std::move(*loaded);
  }
  auto database = databases.Get(name);
  if (!database) return Fail(database.error());
  engine::pg::ValueOptions options;
  options.scan = true;
  auto values = engine::pg::CollectValues(*(*database)->connection, Deadline::After(std::chrono::seconds(60)),
                                          *(*database)->schema, options);
  if (!values) return Fail(values.error());
  templates::GrammarOptions grammar;
  grammar.low = 0;
  return templates::GrammarEngine::Build((*database)->schema, std::move(*values), std::move(glossary), grammar);
}

int AnswerAll(const std::string& dsn, const char* questions, const char* out_path, const char* glossary) {
  bench::BenchDatabases databases(dsn);
  std::map<std::string, EnginePtr> engines;
  std::ifstream in(questions);
  std::ofstream out(out_path);
  std::string line;
  while (std::getline(in, line)) {
    const Json row = Json::parse(line);
    const std::string db = row["db"], question = row["question"];
    if (!engines.count(db)) {
      auto engine = EngineOf(databases, db, glossary);
      if (!engine) {
        std::fprintf(stderr, "%s: %s\n", db.c_str(), engine.error().message.c_str());
        return 1;
      }
      engines[db] = *engine;
    }
    templates::GrammarInput input;
    input.question = question;
    const std::string evidence = row.value("evidence", Json()).is_string() ? row["evidence"].get<std::string>() : "";
    input.evidence = evidence;
    const templates::GrammarAnswer answer = engines[db]->Answer(input);
    Json answered = {{"id", row["id"]}, {"sql", nullptr}, {"confidence", 0}};
    if (!answer.readings.empty()) {
      const templates::Reading& best = answer.readings.front();
      answered["features"] = best.features;
      if (answer.refusal.empty()) answered["sql"] = best.sql, answered["confidence"] = best.confidence;
    }
    out << answered.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  return 0;
}

int Ask(const std::string& dsn, const char* db, const char* question, const char* glossary) {
  bench::BenchDatabases databases(dsn);
  auto engine = EngineOf(databases, db, glossary);
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  templates::GrammarInput input;
  input.question = question;
  const templates::GrammarAnswer answer = (*engine)->Answer(input);
  for (const std::string& problem : (*engine)->problems()) std::printf("%s\n", problem.c_str());
  for (const templates::WordReading& word : answer.words)
    std::printf("%-24s %s\n", word.text.c_str(), word.meaning.c_str());
  for (const templates::Reading& reading : answer.readings)
    std::printf("%.2f  %s\n", reading.confidence, reading.sql.c_str());
  if (!answer.refusal.empty()) std::printf("%s\n", answer.refusal.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, const char*> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  const char* glossary = given.count("--glossary") ? given["--glossary"] : nullptr;
  if (given.count("--questions") && given.count("--out"))
    return AnswerAll(given.count("--dsn") ? given["--dsn"] : "", given["--questions"], given["--out"], glossary);
  if (given.count("--ask") && given.count("--db"))
    return Ask(given.count("--dsn") ? given["--dsn"] : "", given["--db"], given["--ask"], glossary);
  return TimeOn(given.count("--tables") ? std::max(1, std::atoi(given["--tables"])) : 1000);
}
