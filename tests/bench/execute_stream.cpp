// A million rows of ten columns to CSV beside psql, and the latency of SELECT 1, below the validator.
//
//   bench_execute_stream [ROWS]     1000000 unless told
//
// Prints a table and, last, "execute_stream: RATIO" (rows per second, ours / psql, medians; the bar is 0.7).
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "app/private_postgres.h"
#include "base/subprocess.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {
struct ExecutorProbe {
  static Expected<StreamEnd> Stream(Executor& executor, const std::string& sql, RowSink& sink) {
    Budget none;
    none.rows = none.bytes = none.cell_bytes = INT64_MAX;
    return executor.StreamText(Deadline::After(std::chrono::minutes(5)), sql, {}, {}, none, sink);
  }
  static Expected<QueryResult> Execute(Executor& executor, const std::string& sql) {
    Budget caps;
    caps.rows = caps.bytes = caps.cell_bytes = 1 << 20;
    return executor.ExecuteText(Deadline::After(std::chrono::seconds(10)), sql, {}, {}, caps);
  }
};
}  // namespace toomai::engine::pg

namespace {

using namespace toomai;
using namespace toomai::engine::pg;
using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}
double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
}
long ResidentKiB() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  statm >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// RFC 4180 into a file, through a buffer of 64 KiB.
class CsvSink : public RowSink {
 public:
  explicit CsvSink(std::FILE* file) : file_(file) { buffer_.reserve(1 << 17); }
  ~CsvSink() override { Flush(); }
  void OnColumns(const std::vector<engine::ResultColumn>& columns) override {
    for (const auto& column : columns) Append(column.name);
    buffer_.back() = '\n';
  }
  bool OnRow(const CellViews& cells) override {
    for (const auto& cell : cells) Append(cell ? *cell : std::string_view());
    buffer_.back() = '\n';
    if (buffer_.size() > (1 << 16)) Flush();
    if ((++rows_ & 0xfff) == 0) peak_kib = std::max(peak_kib, ResidentKiB());
    return true;
  }
  long peak_kib = 0;

 private:
  void Append(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) {
      buffer_ += text;
    } else {
      buffer_ += '"';
      for (const char c : text) {
        if (c == '"') buffer_ += '"';
        buffer_ += c;
      }
      buffer_ += '"';
    }
    buffer_ += ',';
  }
  void Flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), file_);
    buffer_.clear();
  }
  std::FILE* file_;
  std::string buffer_;
  std::int64_t rows_ = 0;
};

void Latency(const char* name, engine::DatabaseOptions options, int threads) {
  options.pool.max = threads;
  Pool pool(options);
  Executor executor(pool, options.execution);
  const int calls = 8000 / threads;
  std::vector<std::vector<double>> took(threads);
  std::vector<std::thread> workers;
  if (!ExecutorProbe::Execute(executor, "SELECT 1")) std::exit(1);
  const auto start = Clock::now();
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        const auto begin = Clock::now();
        if (!ExecutorProbe::Execute(executor, "SELECT 1")) std::exit(1);
        took[t].push_back(Milliseconds(begin));
      }
    });
  }
  for (auto& worker : workers) worker.join();
  const double seconds = Milliseconds(start) / 1000;
  std::vector<double> all;
  for (auto& one : took) all.insert(all.end(), one.begin(), one.end());
  std::printf("  %-34s %8.3f ms median  %8.3f ms p99  %8.0f per s\n", name, Percentile(all, 0.5), Percentile(all, 0.99),
              static_cast<double>(all.size()) / seconds);
}

// The floor: one prepared-free round trip without a transaction around it.
void BareLatency(const engine::DatabaseOptions& options) {
  ConnectSettings settings(options);
  auto connection = Connection::Open(Deadline::After(std::chrono::seconds(5)), settings);
  if (!connection) std::exit(1);
  std::vector<double> all;
  const auto start = Clock::now();
  for (int i = 0; i < 8000; ++i) {
    const auto begin = Clock::now();
    if (!(*connection)->Query(Deadline::After(std::chrono::seconds(5)), "SELECT 1")) std::exit(1);
    all.push_back(Milliseconds(begin));
  }
  std::printf("  %-34s %8.3f ms median  %8.3f ms p99  %8.0f per s\n", "SELECT 1, bare, no transaction",
              Percentile(all, 0.5), Percentile(all, 0.99), 8000 / (Milliseconds(start) / 1000));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string rows = argc > 1 ? argv[1] : "1000000";
  auto server = app::PrivatePostgres::Start({});
  if (!server) return std::fprintf(stderr, "%s\n", server.error().message.c_str()), 1;
  if (auto made = (*server)->RunSql(
          "postgres",
          "CREATE TABLE wide AS SELECT i AS id, 'customer ' || i AS name, i * 1.25 AS amount,"
          " '2024-01-01'::date + i % 700 AS day, now() + i * interval '1 s' AS moment, i % 2 = 0 AS flag, md5(i::text) "
          "AS hash,"
          " i % 97 AS small, NULL::text AS nothing, 'a, \"quoted\" text' AS quoted FROM generate_series(1, " +
              rows + ") i; VACUUM ANALYZE wide");
      !made) {
    return std::fprintf(stderr, "%s\n", made.error().message.c_str()), 1;
  }
  engine::DatabaseOptions options;
  options.name = "bench";
  options.url = (*server)->ConnectionUrl("postgres");
  options.execution.statement_timeout = std::chrono::minutes(5);
  const std::string query = "SELECT * FROM wide";
  std::vector<double> ours, psql;
  long growth = 0;
  {
    Pool pool(options);
    Executor executor(pool, options.execution);
    if (!ExecutorProbe::Execute(executor, "SELECT 1")) return 1;
    for (int round = 0; round < 5; ++round) {
      const long idle = ResidentKiB();
      std::FILE* file = std::fopen("/dev/null", "w");
      const auto start = Clock::now();
      {
        CsvSink sink(file);
        auto end = ExecutorProbe::Stream(executor, query, sink);
        if (!end) return std::fprintf(stderr, "%s\n", end.error().message.c_str()), 1;
        growth = std::max(growth, sink.peak_kib - idle);
      }
      ours.push_back(Milliseconds(start));
      std::fclose(file);
      const auto begin = Clock::now();
      auto done = RunCommand(
          Deadline::After(std::chrono::minutes(5)),
          {.argv = {"/bin/sh", "-c", "psql -XqA --csv -d '" + options.url + "' -c '" + query + "' > /dev/null"}});
      if (!done || done->status != 0) return 1;
      psql.push_back(Milliseconds(begin));
    }
  }
  const double ratio = Percentile(psql, 0.5) / Percentile(ours, 0.5);
  std::printf("%s rows x 10 columns to CSV, medians of %zu\n", rows.c_str(), ours.size());
  std::printf("  toomai executor                    %8.0f ms   (+%.1f MiB over idle)\n", Percentile(ours, 0.5),
              static_cast<double>(growth) / 1024);
  std::printf("  psql --csv                         %8.0f ms\n", Percentile(psql, 0.5));
  BareLatency(options);
  Latency("SELECT 1, executor, 1 in flight", options, 1);
  Latency("SELECT 1, executor, 8 in flight", options, 8);
  std::printf("execute_stream: %.2f\n", ratio);
  return 0;
}
