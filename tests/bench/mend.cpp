// Mends statements and asks PostgreSQL whether it takes them.
//
//   bench_mend --dsn "host=… port=… user=…" [--show] < lines.jsonl > mended.jsonl
//
// In: {"id"?, "db", "sql", "question"?} a line; out: the same with "sql" mended, "repairs", "accepted". Last line on
// stderr: "mend: SHARE" of the statements that PostgreSQL prepares after mending.
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/bench/bench_databases.h"

using namespace toomai;

int main(int argc, char** argv) {
  std::string dsn = "host=127.0.0.1 port=55433 user=bench_ro";
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string(argv[i]) == "--dsn") dsn = argv[i + 1];
  }
  bench::BenchDatabases databases(dsn);
  std::map<std::string, int> rules;
  int total = 0, before = 0, accepted = 0, safe = 0;
  for (std::string line; std::getline(std::cin, line);) {
    auto row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_discarded() || !row.contains("sql") || row["sql"].is_null()) {
      std::cout << line << "\n";
      continue;
    }
    auto database = databases.Get(row["db"]);
    if (!database) {
      std::fprintf(stderr, "%s\n", database.error().message.c_str());
      return 1;
    }
    const std::string sql = row["sql"];
    const std::string question = row.value("question", "");
    engine::MendContext context = (*database)->mending();
    context.question = question;
    const engine::Mended mended = engine::Mend(sql, context);
    auto prepares = [&](const std::string& text) -> std::string {
      engine::pg::Statement statement;
      statement.sql = text;
      statement.kind = engine::pg::Statement::Kind::kPrepare;
      auto ran = (*database)->connection->Run(Deadline::After(std::chrono::seconds(10)), {statement});
      return ran ? "" : ran.error().sqlstate + ": " + ran.error().message;
    };
    const std::string error = prepares(mended.sql);
    ++total;
    before += prepares(sql).empty() ? 1 : 0;
    accepted += error.empty() ? 1 : 0;
    row["sql"] = mended.sql;
    row["repairs"] = nlohmann::json::array();
    bool risky = false;
    for (const engine::Repair& repair : mended.repairs) {
      ++rules[repair.rule + (repair.risky ? " (risky)" : "")];
      risky = risky || repair.risky;
      row["repairs"].push_back(
          {{"rule", repair.rule}, {"before", repair.before}, {"after", repair.after}, {"risky", repair.risky}});
    }
    safe += error.empty() && !risky ? 1 : 0;
    row["accepted"] = error.empty();
    if (!error.empty()) row["refused"] = error;
    std::cout << row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  for (const auto& [rule, count] : rules) std::fprintf(stderr, "%6d  %s\n", count, rule.c_str());
  if (total == 0) return 1;
  std::fprintf(stderr,
               "%d statements; accepted before %d (%.1f %%), after %d (%.1f %%), of these %d without a risky change\n",
               total, before, 100.0 * before / total, accepted, 100.0 * accepted / total, safe);
  std::fprintf(stderr, "mend: %.1f\n", 100.0 * accepted / total);
}
