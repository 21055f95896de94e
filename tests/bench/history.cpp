// The history under weight: what an entry costs beside a bare SQLite insert in the same mode, and how long searches
// take when there are a million entries (TOOMAI_BENCH_ENTRIES for another number).
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "cache/history_sqlite.h"

namespace {

namespace fs = std::filesystem;
using namespace toomai;
using namespace toomai::cache;
using Clock = std::chrono::steady_clock;

double Microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

double MemoryMb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

HistoryEntry Entry(int i) {
  static const char* const kSubjects[] = {"customers", "orders",    "revenue", "products",
                                          "refunds",   "employees", "订单",    "顧客"};
  static const char* const kShapes[] = {"how many %s were there in week %d?", "top 10 %s by region %d",
                                        "average %s per month since %d"};
  char question[200], sql[400];
  const char* subject = kSubjects[static_cast<unsigned>(i) * 2654435761u % 8];
  std::snprintf(question, sizeof question, kShapes[i % 3], subject, i % 5000);
  std::snprintf(sql, sizeof sql,
                "SELECT count(*) AS n, date_trunc('month', t.created_at) AS month FROM public.%s AS t WHERE t.id = %d "
                "GROUP BY 2 ORDER BY 2 LIMIT 1000",
                i % 2 == 0 ? "orders" : "customers", i);
  HistoryEntry entry;
  entry.kind = "ask", entry.caller = i % 3 == 0 ? "ann" : "bob", entry.client = "cli";
  entry.database = i % 4 == 0 ? "erp" : "shop", entry.question = question, entry.language = "en";
  entry.sql_generated = entry.sql_run = sql, entry.source = "grammar", entry.confidence = 0.9;
  entry.verdict = i % 50 == 0 ? "reject" : "accept", entry.rule = i % 50 == 0 ? "denied-function" : "";
  entry.tables = "public.orders", entry.timings = "{\"linking\":0.4,\"grammar\":0.6,\"executing\":2.1}";
  entry.elapsed_ms = 3.1, entry.rows = 12, entry.bytes = 300, entry.fingerprint = "f00dfeed",
  entry.schema_fingerprint = "cafebabe";
  entry.request_id = "r-0123456789ab";
  return entry;
}

// The same row in a table without anything else, one transaction each, in the same mode: what SQLite itself costs.
double BareInsertP50(const std::string& path, int count) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  std::string columns, marks;
  for (int i = 0; i < 33; ++i) {
    columns += ", c" + std::to_string(i);
    marks += ",?";
  }
  const std::string setup =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE t (id INTEGER PRIMARY KEY" + columns + ")";
  sqlite3_exec(database, setup.c_str(), nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, ("INSERT INTO t VALUES (NULL" + marks + ")").c_str(), -1, &insert, nullptr);
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const HistoryEntry e = Entry(i);
    const std::string hash(32, 'h');
    const auto start = Clock::now();
    int at = 0;
    for (const std::string* text :
         {&e.kind,           &e.caller,        &e.client,     &e.database,    &e.question,
          &e.language,       &e.sql_generated, &e.sql_run,    &e.source,      &e.verdict,
          &e.rule,           &e.repairs,       &e.paraphrase, &e.tables,      &e.model,
          &e.prompt_version, &e.timings,       &e.error,      &e.fingerprint, &e.schema_fingerprint,
          &e.request_id,     &e.trace_id,      &e.origin,     &hash}) {
      sqlite3_bind_text(insert, ++at, text->c_str(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
    }
    for (const std::int64_t whole : {std::int64_t{1'700'000'000'000} + i, e.prompt_tokens, e.completion_tokens, e.rows,
                                     e.bytes, std::int64_t{0}}) {
      sqlite3_bind_int64(insert, ++at, whole);
    }
    for (const double real : {e.confidence, e.cost, e.elapsed_ms}) sqlite3_bind_double(insert, ++at, real);
    sqlite3_step(insert);
    sqlite3_reset(insert);
    times.push_back(Microseconds(Clock::now() - start));
  }
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return Percentile(times, 0.5);
}

std::vector<double> AppendTimes(History& history, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const HistoryEntry entry = Entry(i);
    const auto start = Clock::now();
    if (!history.Append(Deadline::Never(), entry)) std::abort();
    times.push_back(Microseconds(Clock::now() - start));
  }
  return times;
}

void Fill(History& history, int from, int to) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = from + t; i < to; i += 16) {
        if (!history.Append(Deadline::Never(), Entry(i))) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

bool Indexed(const std::string& path) {
  sqlite3* database = nullptr;
  sqlite3_stmt* row = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_prepare_v2(database, "SELECT indexed >= (SELECT max(id) FROM entries) FROM head", -1, &row, nullptr);
  const bool done = sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == 1;
  sqlite3_finalize(row);
  sqlite3_close(database);
  return done;
}

struct Search {
  const char* name;
  HistoryQuery query;
};

std::vector<Search> Searches() {
  std::vector<Search> searches(8);
  searches[0].name = "newest";
  searches[1].name = "common word";
  searches[1].query.text = "revenue";
  searches[2].name = "three words";
  searches[2].query.text = "average refunds month";
  searches[3].name = "CJK word";
  searches[3].query.text = "订单";
  searches[4].name = "rare word";
  searches[4].query.text = "4711";
  searches[5].name = "word + filters";
  searches[5].query.text = "orders", searches[5].query.database = "erp", searches[5].query.verdict = "reject";
  searches[6].name = "filters only";
  searches[6].query.caller = "ann", searches[6].query.verdict = "reject";
  searches[7].name = "nothing found";
  searches[7].query.text = "revenue zebra";
  return searches;
}

}  // namespace

int main() {
  const char* wanted = std::getenv("TOOMAI_BENCH_ENTRIES");
  const int entries = wanted == nullptr ? 1'000'000 : std::max(1000, std::atoi(wanted));
  InitLog({.level = Level::kError});
  const fs::path directory = fs::temp_directory_path() / ("toomai-bench-history-" + std::to_string(getpid()));
  fs::create_directories(directory);
  HistoryStoreOptions options;
  options.path = (directory / "history.sqlite").string();
  auto history = OpenSqliteHistory(options);
  if (!history) return 1;

  constexpr int kSamples = 3000;
  const double bare = BareInsertP50((directory / "bare.sqlite").string(), kSamples);
  const std::vector<double> first = AppendTimes(**history, kSamples);
  std::printf("%-34s %10.1f us\n", "bare insert p50", bare);
  std::printf("%-34s %10.1f us  p99 %.1f us\n", "append p50, empty file", Percentile(first, 0.5),
              Percentile(first, 0.99));

  const auto start = Clock::now();
  Fill(**history, kSamples, entries - kSamples);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%-34s %10.0f /s  (16 writers, %d entries)\n", "append throughput", (entries - 2 * kSamples) / seconds,
              entries);
  const std::vector<double> last = AppendTimes(**history, kSamples);
  std::printf("%-34s %10.1f us  p99 %.1f us\n", "append p50, full file", Percentile(last, 0.5), Percentile(last, 0.99));

  const auto index_start = Clock::now();
  while (!Indexed(options.path)) (void)(*history)->Statistics({});  // indexes a bounded number at a time
  std::printf("%-34s %10.1f s\n", "rest of the index",
              std::chrono::duration<double>(Clock::now() - index_start).count());

  std::vector<double> all;
  for (Search& search : Searches()) {
    std::vector<double> times;
    std::size_t found = 0;
    for (int i = 0; i < 100; ++i) {
      const auto begin = Clock::now();
      const auto result = (*history)->Search(Deadline::Never(), search.query);
      times.push_back(Microseconds(Clock::now() - begin) / 1000);
      found = result ? result->size() : 0;
    }
    all.insert(all.end(), times.begin(), times.end());
    std::printf("search %-27s %10.2f ms  p99 %.2f ms  (%zu found)\n", search.name, Percentile(times, 0.5),
                Percentile(times, 0.99), found);
  }
  const HistoryHealth health = (*history)->Health();
  std::printf("%-34s %10.1f MB, %.0f bytes an entry\n", "file", static_cast<double>(health.bytes) / 1e6,
              static_cast<double>(health.bytes) / static_cast<double>(health.entries));
  std::printf("%-34s %10.1f MB\n", "memory, at most", MemoryMb());
  std::printf("history: append p50 %.2f times a bare insert; search p99 %.2f ms at %lld entries\n",
              Percentile(last, 0.5) / bare, Percentile(all, 0.99), static_cast<long long>(health.entries));
  history->reset();
  fs::remove_all(directory);
  return 0;
}
