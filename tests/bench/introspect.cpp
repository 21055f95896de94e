// How long one introspection takes beside psql fetching the rows of the same queries.
//
//   bench_introspect [TABLES [COLUMNS]]     2000 x 12 unless told
//
// Prints a table and, last, "introspect: RATIO" (ours / psql, medians; the bar is 3).
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "app/private_postgres.h"
#include "base/subprocess.h"
#include "engine/pg/introspect.h"

namespace {

using namespace toomai;
using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}
double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}
long PeakKiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void Replace(std::string* text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

template <typename T>
T Must(Expected<T> value) {
  if (value) return std::move(*value);
  std::fprintf(stderr, "%s\n", value.error().message.c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const int tables = argc > 1 ? std::atoi(argv[1]) : 2000, columns = argc > 2 ? std::atoi(argv[2]) : 12;
  app::PrivatePostgresOptions server_options;
  server_options.settings = {"autovacuum = off", "shared_buffers = 256MB", "max_locks_per_transaction = 1024"};
  auto server = Must(app::PrivatePostgres::Start(server_options));
  if (auto made = server->CreateDatabase("wide"); !made) return 1;

  std::string ddl;
  for (int t = 0; t < tables; ++t) {
    ddl += "CREATE TABLE t" + std::to_string(t) + " (id int PRIMARY KEY, parent int" +
           (t > 0 ? " REFERENCES t" + std::to_string(t / 2) : std::string());
    for (int c = 2; c < columns; ++c)
      ddl += ", c" + std::to_string(c) + (c % 3 == 0 ? " numeric(12,2) DEFAULT 0" : " text");
    ddl += "); COMMENT ON COLUMN t" + std::to_string(t) + ".c2 IS 'a comment';\n";
    if (t % 500 == 499 || t + 1 == tables) {
      if (auto done = server->RunSql("wide", ddl); !done)
        return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
      ddl.clear();
    }
  }
  if (auto done = server->RunSql("wide",
                                 "INSERT INTO t0 (id) VALUES (1); VACUUM ANALYZE pg_class, pg_attribute, "
                                 "pg_constraint, pg_type, pg_index, pg_description, pg_depend; ANALYZE");
      !done)
    return 1;

  engine::DatabaseOptions options;
  options.url = server->ConnectionUrl("wide");
  engine::pg::ConnectSettings settings(options);
  auto connection = Must(engine::pg::Connection::Open(Deadline::After(std::chrono::seconds(5)), settings));

  std::string script;
  for (std::string query : engine::pg::IntrospectionQueries()) {
    Replace(&query, "$1", "NULL");
    script += query + ";\n";
  }
  const std::string path = server->directory() + "/queries.sql";
  std::ofstream(path) << script;
  const auto run_psql = [&](const std::string& arguments) {
    const auto start = Clock::now();
    auto done = Must(
        RunCommand(Deadline::After(std::chrono::minutes(2)),
                   {.argv = {"/bin/sh", "-c", "psql -XqAt -d '" + options.url + "' " + arguments + " > /dev/null"}}));
    if (done.status != 0) std::fprintf(stderr, "%s\n", done.err.c_str()), std::exit(1);
    return Milliseconds(start);
  };

  const long before = PeakKiB();
  std::vector<double> ours, psql, plain;
  std::size_t seen = 0;
  for (int round = 0; round < 7; ++round) {
    const auto start = Clock::now();
    auto schema = Must(engine::pg::Introspect(*connection, Deadline::After(std::chrono::minutes(2))));
    ours.push_back(Milliseconds(start));
    seen = schema.tables.size();
    psql.push_back(run_psql("-f " + path));
    plain.push_back(
        run_psql("-c 'SELECT * FROM pg_class' -c 'SELECT * FROM pg_attribute' -c 'SELECT * FROM pg_constraint'"
                 " -c 'SELECT * FROM pg_type' -c 'SELECT * FROM pg_index' -c 'SELECT * FROM pg_description'"
                 " -c 'SELECT * FROM pg_attrdef' -c 'SELECT * FROM pg_proc' -c 'SELECT * FROM pg_stats'"));
  }
  std::printf("%zu tables x %d columns, medians of %zu\n", seen, columns, ours.size());
  std::printf("  toomai introspection          %8.1f ms   (peak memory +%ld MiB)\n", Median(ours),
              (PeakKiB() - before) / 1024);
  std::printf("  psql, the same queries        %8.1f ms   (with its start)\n", Median(psql));
  std::printf("  psql, the catalogs as they are%8.1f ms\n", Median(plain));
  std::printf("introspect: %.2f\n", Median(ours) / Median(psql));
  return 0;
}
