// The history under weight: what an entry costs beside a bare SQLite insert in the same mode, and how long searches
// take when there are a million entries.
//
//   TOOMAI_BENCH_ENTRIES    another number of entries
//   TOOMAI_BENCH_DIRECTORY  keeps the file there, so that it can be filled in several runs
//   TOOMAI_BENCH_SECONDS    fills for so long at most; run again to go on
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
#include "tests/support/scratch_folder.h"

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
class BareTable {
 public:
  explicit BareTable(const std::string& path) {
    sqlite3_open(path.c_str(), &database_);
    std::string columns, marks;
    for (int i = 0; i < kColumns; ++i) {
      columns += ", c" + std::to_string(i);
      marks += ",?";
    }
    const std::string setup =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY" +
        columns + ")";
    sqlite3_exec(database_, setup.c_str(), nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(database_, ("INSERT INTO t VALUES (NULL" + marks + ")").c_str(), -1, &insert_, nullptr);
  }
  ~BareTable() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }

  void Insert(const HistoryEntry& e) {
    const std::string hash(32, 'h');
    int at = 0;
    for (const std::string* text :
         {&e.kind,           &e.caller,        &e.client,     &e.database,    &e.question,
          &e.language,       &e.sql_generated, &e.sql_run,    &e.source,      &e.verdict,
          &e.rule,           &e.repairs,       &e.paraphrase, &e.tables,      &e.model,
          &e.prompt_version, &e.timings,       &e.error,      &e.fingerprint, &e.schema_fingerprint,
          &e.request_id,     &e.trace_id,      &e.origin,     &e.preview,     &hash}) {
      sqlite3_bind_text(insert_, ++at, text->c_str(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
    }
    for (const std::int64_t whole :
         {std::int64_t{1'700'000'000'000}, e.prompt_tokens, e.completion_tokens, e.rows, e.bytes, std::int64_t{0}}) {
      sqlite3_bind_int64(insert_, ++at, whole);
    }
    for (const double real : {e.confidence, e.cost, e.elapsed_ms}) sqlite3_bind_double(insert_, ++at, real);
    if (at != kColumns || sqlite3_step(insert_) != SQLITE_DONE) std::abort();
    sqlite3_reset(insert_);
  }

 private:
  static constexpr int kColumns = 34;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

template <typename Action>
double Timed(const Action& action) {
  const auto start = Clock::now();
  action();
  return Microseconds(Clock::now() - start);
}

// Bare insert and append by turns, so that whatever disturbs the machine disturbs both.
double CompareAppend(History& history, BareTable& bare, const char* when) {
  constexpr int kSamples = 4000;
  std::vector<double> bare_times, times;
  for (int i = 0; i < kSamples; ++i) {
    const HistoryEntry entry = Entry(i);
    bare_times.push_back(Timed([&] { bare.Insert(entry); }));
    times.push_back(Timed([&] {
      if (!history.Append(Deadline::Never(), entry)) std::abort();
    }));
  }
  const double ratio = Percentile(times, 0.5) / Percentile(bare_times, 0.5);
  std::printf("append, %-26s %10.1f us  p99 %.1f us, p99.9 %.1f us\n", when, Percentile(times, 0.5),
              Percentile(times, 0.99), Percentile(times, 0.999));
  std::printf("bare insert, side by side          %10.1f us  p99 %.1f us, p99.9 %.1f us: %.2f times\n",
              Percentile(bare_times, 0.5), Percentile(bare_times, 0.99), Percentile(bare_times, 0.999), ratio);
  return ratio;
}

void Fill(History& history, int from, int to, Clock::time_point until) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = from + t; i < to && Clock::now() < until; i += 16) {
        if (!history.Append(Deadline::Never(), Entry(i))) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::int64_t Ask(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  sqlite3_stmt* row = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_busy_timeout(database, 5000);
  sqlite3_prepare_v2(database, sql, -1, &row, nullptr);
  const std::int64_t answer = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  sqlite3_finalize(row);
  sqlite3_close(database);
  return answer;
}

// Fills up to `entries` and waits for the index. False when the time was over before.
bool Prepare(History& history, const std::string& path, int entries, Clock::time_point until) {
  const int there = static_cast<int>(history.Health().entries);
  const double took = Timed([&] { Fill(history, there, entries, until); }) / 1e6;
  const auto now = history.Health().entries;
  std::printf("%-34s %10.0f /s  (16 writers, %lld entries)\n", "append throughput",
              static_cast<double>(now - there) / std::max(took, 1e-9), static_cast<long long>(now));
  const auto start = Clock::now();
  while (Clock::now() < until && Ask(path, "SELECT indexed < (SELECT max(id) FROM entries) FROM head") != 0)
    (void)history.Statistics({});  // indexes a bounded number at a time
  std::printf("%-34s %10.1f s, up to %lld\n", "rest of the index", Microseconds(Clock::now() - start) / 1e6,
              static_cast<long long>(Ask(path, "SELECT indexed FROM head")));
  return Clock::now() < until;
}

// As many as people get to.
void ReviewSome(History& history, std::int64_t entries) {
  const std::int64_t step = entries / 300;
  for (std::int64_t i = 1; i < 300; ++i) {
    const std::int64_t id = i * step;
    const auto entry = history.Get(id);
    if (!entry) std::abort();
    // Refused ones cannot be approved.
    const bool approved = i % 3 != 0 && entry->verdict == "accept";
    const ReviewState state = approved ? ReviewState::kApproved : ReviewState::kRejected;
    if (!history.SetReview(Deadline::Never(), id, {state, "bench", "", ""})) std::abort();
  }
}

struct Search {
  const char* name;
  HistoryQuery query;
};

std::vector<Search> Searches(std::int64_t entries) {
  std::vector<Search> searches;
  const auto add = [&](const char* name, const char* text) -> HistoryQuery& {
    searches.push_back({name, {}});
    searches.back().query.text = text;
    return searches.back().query;
  };
  add("newest", "");
  add("newest, last page", "").before_id = 60;
  add("common word", "revenue");
  add("common word, middle", "revenue").before_id = entries / 2;
  add("common word, last pages", "revenue").before_id = 500;
  add("word of every entry", "SELECT");
  add("three words", "average refunds month");
  add("CJK word", "订单");
  add("CJK word of another script", "顧客");
  add("rare word", "4711");
  add("beginning of a word", "reven");
  add("beginning of many words", "4");
  add("common word, one day", "orders").since_ms = 1'700'000'000'000;
  HistoryQuery& filtered = add("word + filters", "orders");
  filtered.database = "erp", filtered.verdict = "reject";
  HistoryQuery& filters = add("filters only", "");
  filters.caller = "ann", filters.verdict = "reject";
  HistoryQuery& deep = add("filters only, middle", "");
  deep.database = "shop", deep.before_id = entries / 2;
  add("state new", "").state = ReviewState::kNew;
  add("state approved", "").state = ReviewState::kApproved;
  add("word + state approved", "revenue").state = ReviewState::kApproved;
  add("word + a caller unknown", "revenue").caller = "nobody";
  add("nothing found", "revenue zebra");
  return searches;
}

double TimeSearches(History& history, std::int64_t entries) {
  std::vector<double> all;
  for (Search& search : Searches(entries)) {
    std::vector<double> times;
    std::size_t found = 0;
    for (int i = 0; i < 100; ++i) {
      times.push_back(Timed([&] {
                        const auto result = history.Search(Deadline::Never(), search.query);
                        found = result ? result->size() : 0;
                      }) /
                      1000);
    }
    all.insert(all.end(), times.begin(), times.end());
    std::printf("search %-27s %10.2f ms  p99 %.2f ms  (%zu found)\n", search.name, Percentile(times, 0.5),
                Percentile(times, 0.99), found);
  }
  return Percentile(all, 0.99);
}

void TimeStatistics(History& history) {
  HistoryQuery recent;
  recent.since_ms = 1'700'000'000'000;
  for (const auto& [name, query] : {std::pair("statistics", HistoryQuery{}), std::pair("statistics, since", recent)}) {
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) times.push_back(Timed([&, q = query] { (void)history.Statistics(q); }) / 1000);
    std::printf("%-34s %10.2f ms  worst %.2f ms\n", name, Percentile(times, 0.5), Percentile(times, 1));
  }
}

const char* Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

}  // namespace

int main() {
  const char* wanted = Setting("TOOMAI_BENCH_ENTRIES");
  const char* kept = Setting("TOOMAI_BENCH_DIRECTORY");
  const char* seconds = Setting("TOOMAI_BENCH_SECONDS");
  const int entries = wanted == nullptr ? 1'000'000 : std::max(1000, std::atoi(wanted));
  const auto until =
      seconds == nullptr ? Clock::time_point::max() : Clock::now() + std::chrono::seconds(std::atoi(seconds));
  InitLog({.level = Level::kError});
  const test::ScratchFolder scratch("bench-history");
  const fs::path directory = kept != nullptr ? fs::path(kept) : scratch;
  fs::create_directories(directory);
  HistoryStoreOptions options;
  options.path = (directory / "history.sqlite").string();
  auto history = OpenSqliteHistory(options);
  if (!history) return 1;

  {
    BareTable bare((directory / "bare.sqlite").string());
    if ((*history)->Health().entries < 10'000) CompareAppend(**history, bare, "p50, new file");
    const double before = MemoryMb();
    if (Prepare(**history, options.path, entries, until)) {
      const double ratio = CompareAppend(**history, bare, "p50, full file");
      while (Ask(options.path, "SELECT indexed < (SELECT max(id) FROM entries) FROM head") != 0)
        (void)(*history)->Statistics({});
      const HistoryHealth health = (*history)->Health();
      ReviewSome(**history, health.entries);
      const double p99 = TimeSearches(**history, health.entries);
      TimeStatistics(**history);
      std::printf("%-34s %10.1f MB, %.0f bytes an entry\n", "file", static_cast<double>(health.bytes) / 1e6,
                  static_cast<double>(health.bytes) / static_cast<double>(health.entries));
      std::printf("%-34s %10.1f MB, %.1f MB before\n", "memory, at most", MemoryMb(), before);
      std::printf("history: append p50 %.2f times a bare insert; search p99 %.2f ms at %lld entries\n", ratio, p99,
                  static_cast<long long>(health.entries));
    } else {
      std::printf("history: not filled yet, run again (TOOMAI_BENCH_SECONDS)\n");
    }
  }
  history->reset();
  return 0;
}
