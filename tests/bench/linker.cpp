// Strict table recall of the linker: all databases of the benchmark pooled as one catalog, alone and among generated
// tables.
//
//   bench_linker --dsn "host=… port=… user=…" --questions questions-dev.jsonl [--tables 10000] [--show]
//
// A question counts when every table of its gold statement is in the text that the budget allows. Prints tables and,
// last, "linker: RECALL" (Spider, pooled, 1,000 tokens).
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

#include "engine/linked_context.h"
#include "engine/mend_scope.h"
#include "llm/tokens.h"
#include "schema/aliases.h"
#include "schema/ddl.h"
#include "schema/linker.h"
#include "tests/bench/bench_databases.h"
#include "validator/parser.h"

namespace {

using namespace toomai;
using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Of this thread alone: what other programs on the machine take is not the linker's.
double CpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Item {
  std::string id, dataset, db, question;
  std::set<std::string> gold;             // "db.table"
  std::set<std::pair<int, int>> columns;  // of its own database's schema
  std::vector<std::string> elements;      // the same as an approved answer names them
};

struct Pool {
  schema::Schema schema;
  schema::ValueIndex values;
  schema::JoinGraph joins;
};

// Tables as enterprises have them: two or three business words each, the usual columns, keys to tables of their own
// schema.
void AddDistractors(std::size_t wanted, std::vector<schema::Table>* tables) {
  static const char* const kWords[] = {
      "order",   "invoice",  "shipment", "carrier", "ledger",    "budget",  "ticket",  "device", "sensor",
      "alert",   "policy",   "claim",    "premium", "agent",     "branch",  "account", "card",   "merchant",
      "refund",  "coupon",   "campaign", "lead",    "session",   "event",   "click",   "page",   "article",
      "author",  "review",   "rating",   "course",  "student",   "teacher", "grade",   "school", "patient",
      "doctor",  "visit",    "drug",     "dose",    "ward",      "bed",     "nurse",   "flight", "gate",
      "crew",    "baggage",  "route",    "vehicle", "driver",    "trip",    "fuel",    "depot",  "contract",
      "vendor",  "supplier", "part",     "stock",   "warehouse", "bin",     "batch",   "recipe", "machine",
      "shift",   "worker",   "payroll",  "tax",     "benefit",   "team",    "project", "task",   "sprint",
      "release", "build",    "host",     "cluster", "node",      "volume",  "song",    "album",  "artist",
      "concert", "venue",    "seat",     "match",   "player",    "league",  "goal",    "city",   "country"};
  static const char* const kTails[] = {"",       "detail", "history", "item",  "log",      "type",
                                       "status", "map",    "summary", "audit", "snapshot", "config"};
  static const char* const kColumns[] = {"name",     "code",  "status",      "created_at", "updated_at", "amount",
                                         "quantity", "type",  "description", "owner",      "start_date", "end_date",
                                         "total",    "price", "country",     "city",       "email",      "phone",
                                         "rank",     "score", "year"};
  std::mt19937 random(7);
  const auto pick = [&](const auto& list) { return std::string(list[random() % (sizeof list / sizeof list[0])]); };
  std::size_t group = 0;
  while (tables->size() < wanted) {
    const std::string name = "corp" + std::to_string(1000 + group++);
    const std::size_t first = tables->size();
    std::set<std::string> used;
    for (int t = 0; t < 40 && tables->size() < wanted; ++t) {
      schema::Table table;
      table.schema = name;
      table.name = pick(kWords) + "_" + pick(kWords);
      if (const std::string tail = pick(kTails); !tail.empty()) table.name += "_" + tail;
      if (!used.insert(table.name).second) continue;
      table.columns.push_back({"id", "bigint", "int8", schema::TypeClass::kInteger});
      table.primary_key = {0};
      std::set<std::string> columns = {"id"};
      for (int c = 0; c < 8; ++c) {
        const std::string column = random() % 3 == 0 ? pick(kWords) + "_" + pick(kColumns) : pick(kColumns);
        if (columns.insert(column).second) table.columns.push_back({column, "text", "text", schema::TypeClass::kText});
      }
      if (tables->size() > first) {
        table.columns.push_back({"parent_id", "bigint", "int8", schema::TypeClass::kInteger});
        table.foreign_keys.push_back({"fk",
                                      {static_cast<int>(table.columns.size()) - 1},
                                      static_cast<int>(first + random() % (tables->size() - first)),
                                      {0}});
      }
      tables->push_back(std::move(table));
    }
  }
}

Pool MakePool(bench::BenchDatabases* databases, const std::set<std::string>& names, std::size_t wanted) {
  Pool pool;
  std::vector<schema::Table> tables;
  std::vector<std::pair<std::string, const bench::BenchDatabase*>> used;
  for (const std::string& name : names) {
    auto database = databases->Get(name);
    if (!database) {
      std::fprintf(stderr, "%s\n", database.error().message.c_str());
      std::exit(1);
    }
    const int offset = static_cast<int>(tables.size());
    for (schema::Table table : (*database)->schema->tables) {
      table.schema = name;
      for (auto& key : table.foreign_keys) key.target_table += offset;
      tables.push_back(std::move(table));
    }
    used.emplace_back(name, *database);
  }
  AddDistractors(wanted, &tables);
  std::vector<std::size_t> order(tables.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(tables[a].schema, tables[a].name) < std::tie(tables[b].schema, tables[b].name);
  });
  std::vector<int> place(tables.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
  for (std::size_t index : order) {
    schema::Table table = std::move(tables[index]);
    for (auto& key : table.foreign_keys) key.target_table = place[static_cast<std::size_t>(key.target_table)];
    pool.schema.tables.push_back(std::move(table));
  }
  pool.schema.Finish();
  std::vector<schema::ColumnValues> values;
  for (const auto& [name, database] : used) {
    for (schema::ColumnValues column : database->raw_values) {
      column.table = pool.schema.FindTable(name, database->schema->tables[static_cast<std::size_t>(column.table)].name);
      values.push_back(std::move(column));
    }
  }
  pool.values = schema::ValueIndex(pool.schema, std::move(values));
  pool.joins = schema::JoinGraph(pool.schema, pool.values);
  return pool;
}

void Measure(const char* title, const Pool& pool, const std::vector<Item>& items, bool show, double* headline) {
  const auto started = Clock::now();
  const schema::Linker linker(pool.schema, &pool.values, &pool.joins);
  const double built = Milliseconds(started);
  std::vector<double> times;
  const std::int64_t budgets[] = {500, 1000, 2000, 4000};
  std::map<std::string, std::vector<int>> right;
  std::map<std::string, int> total;
  double tokens = 0, prompt = 0;
  for (const Item& item : items) {
    const double start = CpuMilliseconds();
    const schema::Links links = linker.Link(item.question);
    times.push_back(CpuMilliseconds() - start);
    ++total[item.dataset];
    right[item.dataset].resize(4);
    for (int b = 0; b < 4; ++b) {
      engine::ContextOptions options;
      options.tokens = budgets[b];
      const engine::LinkedContext context =
          engine::MakeContext(pool.schema, linker, links, &pool.values, &pool.joins, options);
      if (b == 1) tokens += static_cast<double>(context.tokens);
      if (b == 3) prompt += static_cast<double>(context.tokens);
      std::set<std::string> shown;
      for (const auto& table : context.tables) {
        const schema::Table& info = pool.schema.tables[static_cast<std::size_t>(table.table)];
        shown.insert(info.schema + "." + info.name);
      }
      const bool all = std::includes(shown.begin(), shown.end(), item.gold.begin(), item.gold.end());
      right[item.dataset][static_cast<std::size_t>(b)] += all ? 1 : 0;
      if (!all && show && b == 2 && item.dataset == "spider") {
        std::printf("missed %s %s | %s | gold", item.id.c_str(), item.db.c_str(), item.question.c_str());
        for (const std::string& gold : item.gold) std::printf(" %s%s", gold.c_str(), shown.count(gold) ? "" : "(!)");
        std::printf("\n   first:");
        for (std::size_t i = 0; i < std::min<std::size_t>(6, links.tables.size()); ++i) {
          const schema::Table& info = pool.schema.tables[static_cast<std::size_t>(links.tables[i].table)];
          std::printf(" %s.%s=%.1f", info.schema.c_str(), info.name.c_str(), links.tables[i].score);
        }
        std::printf("\n");
      }
    }
  }
  std::sort(times.begin(), times.end());
  std::printf(
      "\n%s: %zu tables; index built in %.0f ms, %.1f MB; a question p50 %.3f ms, p99 %.3f ms of CPU; %.0f tokens on "
      "average "
      "at 1,000\n",
      title, pool.schema.tables.size(), built, static_cast<double>(linker.memory_bytes()) / 1e6,
      times[times.size() / 2], times[times.size() * 99 / 100], tokens / static_cast<double>(items.size()));
  prompt /= static_cast<double>(items.size());
  schema::DdlOptions plain;
  plain.indexes = plain.comments = false;
  const double whole = static_cast<double>(llm::EstimateTokens(schema::ToDdl(pool.schema, plain)));
  std::printf("at 4,000 a question takes %.0f tokens of schema; all CREATE TABLE text takes %.0f: a share of %.3f\n",
              prompt, whole, prompt / whole);
  std::printf("%-20s %6s %8s %8s %8s %8s\n", "strict recall, %", "n", "500", "1000", "2000", "4000");
  for (const auto& [dataset, count] : total) {
    std::printf("%-20s %6d", dataset.c_str(), count);
    for (int r : right[dataset]) std::printf(" %8.1f", 100.0 * r / count);
    std::printf("\n");
    if (headline && dataset == "spider") *headline = 100.0 * right[dataset][1] / count;
  }
}

// Each database alone: its first questions (in an order of chance) are approved, of the others every gold column must
// be among the best 30.
void MeasureColumns(bench::BenchDatabases* databases, const std::vector<Item>& items) {
  constexpr std::size_t kBest = 30;
  std::map<std::string, std::vector<const Item*>> by_database;
  for (const Item& item : items) by_database[item.db].push_back(&item);
  std::printf(
      "\ncolumns among the best 30, strict recall, %% (half of each database's questions are approved first, at most "
      "N)\n");
  std::printf("%-34s %8s %8s %8s %8s %8s\n", "database", "columns", "asked", "N = 0", "10", "50");
  int asked = 0;
  std::map<std::size_t, int> all;
  for (auto& [name, list] : by_database) {
    const bench::BenchDatabase& database = **databases->Get(name);
    const schema::Linker linker(*database.schema, &database.values, &database.joins);
    std::shuffle(list.begin(), list.end(), std::mt19937(11));
    const std::size_t half = list.size() / 2;
    std::map<std::size_t, int> right;
    for (const std::size_t most : {std::size_t{0}, std::size_t{10}, std::size_t{50}}) {
      std::vector<schema::ApprovedUse> uses;
      for (std::size_t i = 0; i < std::min(half, most); ++i) uses.push_back({list[i]->question, list[i]->elements});
      const schema::LearnedAliases learned(*database.schema, uses);
      for (std::size_t i = half; i < list.size(); ++i) {
        const schema::Links links = linker.Link(list[i]->question, uses.empty() ? nullptr : &learned);
        std::set<std::pair<int, int>> shown;
        for (std::size_t c = 0; c < std::min(kBest, links.columns.size()); ++c)
          shown.insert({links.columns[c].table, links.columns[c].column});
        right[most] +=
            std::includes(shown.begin(), shown.end(), list[i]->columns.begin(), list[i]->columns.end()) ? 1 : 0;
      }
      all[most] += right[most];
    }
    const double tested = static_cast<double>(list.size() - half);
    asked += static_cast<int>(list.size() - half);
    std::size_t columns = 0;
    for (const schema::Table& table : database.schema->tables) columns += table.columns.size();
    std::printf("%-34s %8zu %8.0f %8.1f %8.1f %8.1f\n", name.c_str(), columns, tested, 100 * right[0] / tested,
                100 * right[10] / tested, 100 * right[50] / tested);
  }
  std::printf("%-34s %8s %8d %8.1f %8.1f %8.1f\n", "all", "", asked, 100.0 * all[0] / asked, 100.0 * all[10] / asked,
              100.0 * all[50] / asked);
}

std::string SharedData() {
  const char* given = std::getenv("TOOMAI_SHARED");
  return given ? given : TOOMAI_SOURCE_DIR "/../shared";
}

}  // namespace

int main(int argc, char** argv) {
  std::string dsn = "host=127.0.0.1 port=55433 user=bench_ro", path = SharedData() + "/bench-data/questions-dev.jsonl";
  std::size_t tables = 10'000;
  bool show = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--show")
      show = true;
    else if (i + 1 < argc && word == "--dsn")
      dsn = argv[++i];
    else if (i + 1 < argc && word == "--questions")
      path = argv[++i];
    else if (i + 1 < argc && word == "--tables")
      tables = static_cast<std::size_t>(std::atol(argv[++i]));
  }
  bench::BenchDatabases databases(dsn);
  std::vector<Item> items;
  std::set<std::string> names;
  std::ifstream file(path);
  if (!file) {
    std::printf("linker: skipped, no benchmark data at %s\n", path.c_str());
    return 77;
  }
  validator::Tree tree;
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    if (row["rule"] == "refuse" || row["gold"].empty()) continue;
    Item item{row["id"], row["dataset"], row["db"], row["question"], {}};
    names.insert(item.db);
    auto database = databases.Get(item.db);
    if (!database) {
      std::fprintf(stderr, "%s\n", database.error().message.c_str());
      return 1;
    }
    std::string gold = row["gold"][0];
    if (const auto cut = gold.find(';'); cut != std::string::npos) gold.resize(cut);
    for (char& c : gold) {
      if (c == '{' || c == '}') c = ' ';
    }
    validator::ParseError error;
    if (!validator::Parse(gold, {}, &tree, &error)) continue;
    const engine::StatementScopes scopes(tree, *(*database)->schema);
    for (const auto& scope : scopes.scopes()) {
      for (const auto& source : scope.sources) {
        if (source.table >= 0)
          item.gold.insert(item.db + "." + (*database)->schema->tables[static_cast<std::size_t>(source.table)].name);
      }
    }
    const auto table_of = [&](int table) -> const schema::Table& {
      return (*database)->schema->tables[static_cast<std::size_t>(table)];
    };
    for (validator::NodeId id = 0; id < tree.size(); ++id) {
      if (const engine::OutputInfo* column = scopes.BaseOf(id)) item.columns.insert({column->table, column->column});
    }
    for (const auto& [table, column] : item.columns) {
      item.elements.push_back(table_of(table).schema + "." + table_of(table).name);
      item.elements.push_back(item.elements.back() + "." +
                              table_of(table).columns[static_cast<std::size_t>(column)].name);
    }
    if (!item.gold.empty()) items.push_back(std::move(item));
  }
  double headline = 0;
  Measure("pooled", MakePool(&databases, names, 0), items, show, &headline);
  const auto started = Clock::now();
  const Pool large = MakePool(&databases, names, tables);
  std::printf("\n(pooling and joins of %zu tables: %.0f ms)", large.schema.tables.size(), Milliseconds(started));
  Measure("among distractors", large, items, show, nullptr);
  MeasureColumns(&databases, items);
  std::printf("linker: %.1f\n", headline);
}
