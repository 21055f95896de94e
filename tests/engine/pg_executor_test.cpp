// The executor below the validator: settings, caps at N and N + 1, values, errors, cut paths.
#include "engine/pg/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/pg/envelope.h"
#include "engine/pg/row_meter.h"
#include "engine/pg/type_names.h"
#include "llm/tokens.h"
#include "tests/engine/executor_probe.h"
#include "tests/support/fault_proxy.h"

namespace toomai::engine::pg {

namespace {

using test::FaultProxy;
using test::TestCluster;
using ::testing::ElementsAre;

Budget Caps(std::int64_t rows = 1000, std::int64_t bytes = 1 << 20, std::int64_t tokens = 0,
            std::int64_t cell = 1 << 16) {
  Budget budget;
  budget.rows = rows;
  budget.bytes = bytes;
  budget.tokens = tokens;
  budget.cell_bytes = cell;
  return budget;
}

class PgExecutor : public ::testing::Test {
 protected:
  static DatabaseOptions Options() {
    auto options = OptionsFor(TestCluster::Get().Url("postgres", app::PrivatePostgres::kSuperuser));
    options.pool.max = 2;
    options.pool.overflow = 0;
    return options;
  }
  Expected<QueryResult> Run(const std::string& sql, const Budget& caps = Caps(), const StatementScope& scope = {},
                            const std::vector<Parameter>& parameters = {}) {
    return ExecutorProbe::Execute(executor_, Soon(), sql, caps, scope, parameters);
  }
  std::string One(const std::string& sql, const StatementScope& scope = {}) {
    auto result = Run(sql, Caps(), scope);
    if (!result) return "error " + result.error().sqlstate + ": " + result.error().message;
    return result->rows.empty() || !result->rows[0][0] ? "NULL" : *result->rows[0][0];
  }

  DatabaseOptions options_ = Options();
  Pool pool_{options_};
  Executor executor_{pool_, options_.execution};
};

TEST_F(PgExecutor, RunsReadOnlyUnderItsSettings) {
  StatementScope scope;
  scope.request_id = "r-42";
  scope.search_path = {"Odd \"one", "public"};
  scope.claims = {{"app.tenant", "it's \"b\""}};
  EXPECT_EQ(One("SHOW transaction_read_only"), "on");
  EXPECT_EQ(One("SHOW transaction_isolation"), "read committed");
  EXPECT_EQ(One("SHOW lock_timeout"), "2s");
  EXPECT_EQ(One("SHOW work_mem"), "64MB");
  EXPECT_EQ(One("SHOW row_security"), "on");
  EXPECT_EQ(One("SHOW idle_in_transaction_session_timeout"), "1min");
  EXPECT_EQ(One("SHOW application_name", scope), "toomai r-42");
  EXPECT_EQ(One("SHOW search_path", scope), "\"Odd \"\"one\", public, pg_temp");
  EXPECT_EQ(One("SELECT current_setting('app.tenant')", scope), "it's \"b\"");
  scope.role = "toomai_reader";
  EXPECT_EQ(One("SELECT current_user", scope), "toomai_reader");
  EXPECT_EQ(One("SELECT current_user"), "postgres");
  EXPECT_EQ(One("SELECT coalesce(current_setting('app.tenant', true), '')"), "");
  EXPECT_EQ(pool_.stats().opened, 1);
}

TEST_F(PgExecutor, WritesAreRefusedByTheTransaction) {
  for (const char* sql : {"CREATE TABLE made (a int)", "SELECT lo_create(4711) + txid_current()",
                          "CREATE TEMP TABLE t (a int)", "DELETE FROM pg_class", "SELECT 1 FROM pg_class FOR UPDATE"}) {
    Run(sql);
  }
  EXPECT_EQ(One("SELECT count(*) FROM pg_largeobject_metadata"),
            "0");  // rolled back even where READ ONLY lets it through
  EXPECT_EQ(Run("DELETE FROM pg_class").error().code, ErrorCode::kRejected);
  EXPECT_EQ(One("SELECT count(*) FROM pg_class WHERE relname IN ('made', 't')"), "0");
}

TEST_F(PgExecutor, NothingStaysBehindForTheNextCall) {
  Run("SELECT set_config('work_mem', '1MB', false), pg_advisory_lock(7), setseed(0.5)");
  Run("SELECT set_config('statement_timeout', '1', false), 1/0");
  EXPECT_EQ(One("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  EXPECT_EQ(One("SHOW work_mem"), "64MB");
  EXPECT_EQ(One("SHOW application_name"), "toomai");
  EXPECT_EQ(pool_.stats().opened, 1);
}

TEST_F(PgExecutor, AStatementThatLeavesNothingBehindEndsItsTransactionItself) {
  StatementScope scope;
  scope.traces = Lease::Traces::kInTransaction;
  const std::string state =
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'toomai%' AND "
      "state LIKE 'idle in transaction%'";
  const std::string pid = One("SELECT pg_backend_pid()", scope);
  EXPECT_EQ(One("SELECT set_config('work_mem', '1MB', true)", scope), "1MB");
  EXPECT_EQ(One("SHOW work_mem", scope), "64MB");
  EXPECT_EQ(TestCluster::Get().Sql("postgres", state), "0");
  // What failed has to be rolled back afterwards; the session stays good for that.
  EXPECT_EQ(Run("SELECT 1/0", Caps(), scope).error().sqlstate, "22012");
  EXPECT_EQ(Run("SELEC", Caps(), scope).error().sqlstate, "42601");
  EXPECT_EQ(Run("SELECT generate_series(1, 100000)", Caps(10), scope)->rows.size(), 10u);  // the rest is cancelled
  EXPECT_TRUE(Eventually([&] { return TestCluster::Get().Sql("postgres", state) == "0"; }));
  EXPECT_EQ(One("SELECT pg_backend_pid()", scope), pid);
  EXPECT_EQ(pool_.stats().opened, 1);
}

TEST_F(PgExecutor, SortsThatSpillAreLimitedWhereTheRoleMay) {
  options_.execution.temp_file_limit = "8MB";
  options_.execution.work_mem = "64kB";
  Pool pool(options_);
  Executor executor(pool, options_.execution);
  const auto sort = [&](int rows) {
    return ExecutorProbe::Execute(
        executor, Soon(),
        "SELECT count(*) FROM (SELECT repeat('x', 100) || i AS wide FROM generate_series(1, " + std::to_string(rows) +
            ") i ORDER BY wide) sorted",
        Caps());
  };
  EXPECT_TRUE(sort(20'000)) << "2 MB of rows spill, and fit";
  const auto refused = sort(200'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "53400") << refused.error().message;
  EXPECT_TRUE(sort(20'000)) << "the next statement has the whole room";
  EXPECT_EQ(pool.stats().opened, 1);

  // A role that may not set it runs under the server's own limit, and is not refused for that.
  DatabaseOptions reader = options_;
  reader.url = TestCluster::Get().Url("postgres");
  Pool readers(reader);
  Executor reading(readers, reader.execution);
  const auto limit = ExecutorProbe::Execute(reading, Soon(), "SHOW temp_file_limit", Caps());
  ASSERT_TRUE(limit) << limit.error().message;
  EXPECT_EQ(*limit->rows[0][0], "-1");
}

TEST_F(PgExecutor, ClaimsCannotNameServerSettings) {
  StatementScope scope;
  for (const char* key : {"statement_timeout", "role", "", ".x", "a.", "a b.c", "a'.c", "1a.b"}) {
    scope.claims = {{key, "0"}};
    auto result = Run("SELECT 1", Caps(), scope);
    ASSERT_FALSE(result) << key;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(PgExecutor, RowsStopExactlyAtTheCap) {
  for (const std::int64_t cap : {1, 9, 10, 11}) {
    auto result = Run("SELECT generate_series(1, 10)", Caps(cap));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->rows.size(), static_cast<std::size_t>(std::min<std::int64_t>(cap, 10)));
    EXPECT_EQ(result->truncated, cap < 10) << cap;
    EXPECT_EQ(result->truncated_by, cap < 10 ? "rows" : "");
  }
  auto endless = Run("SELECT generate_series(1, 1000000000000)", Caps(10));
  ASSERT_TRUE(endless) << endless.error().message;
  EXPECT_TRUE(endless->truncated);
}

TEST_F(PgExecutor, BytesTokensAndCellsAtTheCapAndBeyond) {
  // Three rows of 10 bytes and one separator each.
  const std::string sql = "SELECT repeat('x', 10) FROM generate_series(1, 3)";
  auto result = Run(sql, Caps(100, 33));
  EXPECT_EQ(result->rows.size(), 3u);
  EXPECT_FALSE(result->truncated);
  EXPECT_EQ(result->bytes, 33u);
  result = Run(sql, Caps(100, 32));
  EXPECT_EQ(result->rows.size(), 2u);
  EXPECT_EQ(result->truncated_by, "bytes");
  const std::int64_t tokens = 3 * (llm::EstimateTokens("xxxxxxxxxx") + 1);
  result = Run(sql, Caps(100, 1000, tokens));
  EXPECT_FALSE(result->truncated);
  result = Run(sql, Caps(100, 1000, tokens - 1));
  EXPECT_EQ(result->rows.size(), 2u);
  EXPECT_EQ(result->truncated_by, "tokens");

  result = Run("SELECT repeat('é', 50)", Caps(100, 1000, 0, 100));
  EXPECT_EQ(result->rows[0][0]->size(), 100u);
  EXPECT_TRUE(result->notes.empty());
  result = Run("SELECT repeat('é', 50) || 'z'", Caps(100, 1000, 0, 100));
  EXPECT_LE(result->rows[0][0]->size(), 100u);
  EXPECT_NE(result->rows[0][0]->find("… [101 bytes]"), std::string::npos);
  EXPECT_THAT(result->notes, ElementsAre(::testing::HasSubstr("1 cell was cut to 100 bytes")));
}

TEST_F(PgExecutor, BudgetsAreWishesWithinCeilings) {
  ExecutionOptions ceilings;
  ceilings.max_rows = 100;
  ceilings.max_tokens = 0;
  Budget wish;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).rows, 100);
  wish.rows = 100;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).rows, 100);
  wish.rows = 101;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).rows, 100);
  wish.rows = 7;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).rows, 7);
  EXPECT_EQ(EffectiveBudget(wish, ceilings).tokens, 0);
  wish.tokens = 50;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).tokens, 50);
  ceilings.max_tokens = 40;
  EXPECT_EQ(EffectiveBudget(wish, ceilings).tokens, 40);
}

TEST_F(PgExecutor, ParametersKeepTheirTypesAndNulls) {
  auto result = Run("SELECT $1::int + 1, $2::text IS NULL, $3::date", Caps(), {}, {"41", std::nullopt, "2024-02-29"});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->rows[0], ElementsAre("42", "t", "2024-02-29"));
  auto injected = Run("SELECT $1::text", Caps(), {}, {"'; DROP TABLE x; --"});
  EXPECT_EQ(injected->rows[0][0], "'; DROP TABLE x; --");
  EXPECT_EQ(Run("SELECT $1::int", Caps(), {}, {"abc"}).error().sqlstate, "22P02");
}

TEST_F(PgExecutor, ColumnsAreNamedAndTypedAsPostgresDoes) {
  const std::string database = TestCluster::Get().NewDatabase();
  TestCluster::Get().Sql(
      database,
      "CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN short AS varchar(5)");
  auto options = Options();
  options.url = TestCluster::Get().Url(database, app::PrivatePostgres::kSuperuser);
  Pool pool(options);
  Executor executor(pool, options.execution);
  const std::string sql =
      "SELECT 1 AS i, 1::numeric(12,2) AS n, 1::numeric(5,-2), 'a'::varchar(10) AS v, 'a'::char(3), "
      "now()::timestamptz(3) AS t,"
      " '1'::bit(4), 'ok'::mood AS m, ARRAY['ok'::mood], ROW(1, 'x')::pair, 'abc'::short, '{}'::jsonb, NULL, "
      "'[1,2)'::int4range";
  const std::vector<std::string> expected = {"integer",
                                             "numeric(12,2)",
                                             "numeric(5,-2)",
                                             "character varying(10)",
                                             "character(3)",
                                             "timestamp(3) with time zone",
                                             "bit(4)",
                                             "public.mood",
                                             "public.mood[]",
                                             "public.pair",
                                             "character varying(5)",
                                             "jsonb",
                                             "text",
                                             "int4range"};
  auto described = ExecutorProbe::Describe(executor, sql);
  ASSERT_TRUE(described) << described.error().message;
  StatementScope scope;
  auto result = ExecutorProbe::Execute(executor, Soon(), sql, Caps(), scope);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->columns.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // format_type leaves the schema out where it is on the search path
    const std::string bare = expected[i].rfind("public.", 0) == 0 ? expected[i].substr(7) : expected[i];
    EXPECT_EQ(result->columns[i].type, bare);
    EXPECT_EQ((*described)[i].type, bare);
  }
  EXPECT_EQ(result->columns[0].name, "i");
  // A type made later is met once as unknown, and then known.
  TestCluster::Get().Sql(database, "CREATE TYPE later AS ENUM ('x')");
  ExecutorProbe::Execute(executor, Soon(), "SELECT 'x'::later", Caps());
  EXPECT_EQ(ExecutorProbe::Execute(executor, Soon(), "SELECT 'x'::later", Caps())->columns[0].type, "later");
}

TEST_F(PgExecutor, DescribeRunsNothing) {
  TestCluster::Get().Sql("postgres",
                         "CREATE OR REPLACE FUNCTION boom() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE "
                         "EXCEPTION ''ran''; END'");
  auto described = ExecutorProbe::Describe(executor_, "SELECT boom() AS b");
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ((*described)[0].name, "b");
  EXPECT_EQ(ExecutorProbe::Describe(executor_, "SELECT nothing FROM nowhere").error().sqlstate, "42P01");
  EXPECT_EQ(pool_.stats().opened, 1);
}

TEST_F(PgExecutor, ErrorsHaveAPositionAndMayHideData) {
  auto unknown = Run("SELECT relname, nonsense FROM pg_class");
  EXPECT_EQ(unknown.error().sqlstate, "42703");
  EXPECT_EQ(unknown.error().position, 17);
  StatementScope hiding;
  hiding.hide_data_in_errors = true;
  auto hidden = Run("SELECT ('ann' || '@x.org')::int", Caps(), hiding);
  EXPECT_EQ(hidden.error().sqlstate, "22P02");
  EXPECT_EQ(hidden.error().message.find("ann@x.org"), std::string::npos);
  EXPECT_NE(Run("SELECT ('ann' || '@x.org')::int").error().message.find("ann@x.org"), std::string::npos);
}

TEST_F(PgExecutor, TimeoutsComeFromTheServerOrTheDeadline) {
  auto options = Options();
  options.execution.statement_timeout = milliseconds(150);
  Pool pool(options);
  Executor executor(pool, options.execution);
  const double second = MillisecondsOfASecond(*MustOpen(TestCluster::Get().Url("postgres")));
  auto start = std::chrono::steady_clock::now();
  auto slow = ExecutorProbe::Execute(executor, Soon(), "SELECT pg_sleep(20)", Caps());
  EXPECT_EQ(slow.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(MillisecondsSince(start), second);
  start = std::chrono::steady_clock::now();
  auto late = ExecutorProbe::Execute(executor_, Deadline::After(milliseconds(120)), "SELECT pg_sleep(20)", Caps());
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(MillisecondsSince(start), second);
  EXPECT_EQ(One("SELECT 1"), "1");
  EXPECT_EQ(pool_.stats().borrowed, 0);
}

TEST_F(PgExecutor, LocksAreNotWaitedForLong) {
  auto options = Options();
  options.execution.lock_timeout = milliseconds(100);
  Pool pool(options);
  Executor executor(pool, options.execution);
  TestCluster::Get().Sql("postgres", "CREATE TABLE IF NOT EXISTS locked (a int)");
  auto owner = MustOpen(options.url);
  ASSERT_TRUE(owner->Query(Soon(), "BEGIN"));
  ASSERT_TRUE(owner->Query(Soon(), "LOCK TABLE locked"));
  auto waited = ExecutorProbe::Execute(executor, Soon(), "SELECT * FROM locked", Caps());
  EXPECT_EQ(waited.error().code, ErrorCode::kBusy);
  EXPECT_EQ(waited.error().sqlstate, "55P03");
}

TEST_F(PgExecutor, TransientFailuresAreRepeatedWhenNothingWasHandedOver) {
  EXPECT_EQ(One("SELECT 1"), "1");
  const std::string pid = One("SELECT pg_backend_pid()");
  TestCluster::Get().Sql("postgres",
                         "SELECT pg_terminate_backend(" + pid + ")");  // no wait: it may die under the next call
  EXPECT_EQ(One("SELECT 2"), "2");
  auto killer = std::async(std::launch::async, [] {
    std::string killed;
    EXPECT_TRUE(Eventually([&] {
      killed = TestCluster::Get().Sql("postgres",
                                      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE "
                                      "'%repeat_mark%' AND state = 'active' AND pid <> pg_backend_pid() AND "
                                      "clock_timestamp() - query_start > interval '0.4 s'");
      return killed.substr(0, 1) == "1";
    }));
  });
  EXPECT_EQ(One("SELECT pg_sleep(20), 'repeat_mark'").substr(0, 11), "error 57P01") << "perhaps it was what ended it";
  killer.get();
}

TEST_F(PgExecutor, AfterAHandedOverRowNothingIsRepeated) {
  FaultProxy proxy(TestCluster::Get().port());
  auto options = Options();
  options.url = TestCluster::Get().TcpUrl("ecommerce_small", app::kSampleReader, proxy.port());
  Pool pool(options);
  Executor executor(pool, options.execution);
  struct Counting : RowSink {
    int columns = 0, rows = 0;
    void OnColumns(const std::vector<ResultColumn>&) override { ++columns; }
    bool OnRow(const CellViews&) override { return ++rows, true; }
  } sink;
  ASSERT_TRUE(ExecutorProbe::Stream(executor, Soon(), "SELECT 1", Caps(), sink));
  sink = {};
  proxy.ResetAfter(100'000);
  auto end =
      ExecutorProbe::Stream(executor, Soon(), "SELECT repeat('x', 1000) FROM generate_series(1, 500)", Caps(), sink);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(sink.columns, 1);
  EXPECT_LT(sink.rows, 120);
  proxy.Heal();
  sink = {};
  EXPECT_TRUE(ExecutorProbe::Stream(executor, Soon(), "SELECT 1", Caps(), sink));
}

// Every step of a call at which the path may break: no wrong row, no hang, no session left behind.
TEST_F(PgExecutor, ThePathMayBreakAtEveryByte) {
  FaultProxy proxy(TestCluster::Get().port());
  auto options = Options();
  options.url = TestCluster::Get().TcpUrl("ecommerce_small", app::kSampleReader, proxy.port());
  options.parameters["application_name"] = "cut_test";
  options.pool.retries = 0;
  options.pool.breaker_failures = 1'000;
  {
    Pool pool(options);
    Executor executor(pool, options.execution);
    int failed = 0;
    for (std::size_t bytes = 1; bytes < 700; bytes += 13) {
      proxy.Heal();
      ASSERT_TRUE(ExecutorProbe::Execute(executor, Soon(), "SELECT 0", Caps()));
      proxy.ResetAfter(bytes);
      auto result = ExecutorProbe::Execute(executor, Deadline::After(seconds(5)),
                                           "SELECT i, 'row ' || i FROM generate_series(1, 20) i", Caps());
      if (!result) {
        ++failed;
        EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << result.error().message;
        continue;
      }
      ASSERT_EQ(result->rows.size(), 20u);
      EXPECT_EQ(result->rows[19][1], "row 20");
    }
    EXPECT_GT(failed, 5);
    proxy.Heal();
    EXPECT_TRUE(ExecutorProbe::Execute(executor, Soon(), "SELECT 0", Caps()));
    EXPECT_EQ(pool.stats().borrowed, 0);
    EXPECT_LE(pool.stats().open(), 2);
  }
  EXPECT_TRUE(Eventually([] {
    return TestCluster::Get()
               .Sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cut_test'")
               .substr(0, 1) == "0";
  }));
}

TEST_F(PgExecutor, ValuesAreWhatPsqlPrints) {
  const std::vector<std::string> expressions = {"0::int2",
                                                "(-32768)::int2",
                                                "2147483647",
                                                "(-9223372036854775808)::int8",
                                                "9223372036854775807",
                                                "'NaN'::numeric",
                                                "'Infinity'::numeric",
                                                "'-Infinity'::float8",
                                                "'NaN'::float4",
                                                "1e-308::float8",
                                                "1.7976931348623157e308::float8",
                                                "3.4028235e38::float4",
                                                "0.1::float4",
                                                "0.1::float8",
                                                "(-0.0)::float8",
                                                "12345678901234567890123456789.123456789012345678901234567890",
                                                "0.00000000000000000001",
                                                "100.00::numeric(10,2)",
                                                "'$-1,234.56'::money",
                                                "''::text",
                                                "' a '::char(5)",
                                                "'tab\t nl\n \"q\" \\ back, comma'",
                                                "'é日本語🐘'",
                                                "E'\\x01\\x1f'",
                                                "true",
                                                "false",
                                                "'infinity'::date",
                                                "'-infinity'::timestamp",
                                                "'0044-03-15 BC'::date",
                                                "'4713-01-01 BC'::date",
                                                "'5874897-12-31'::date",
                                                "'24:00:00'::time",
                                                "'23:59:59.999999+15:59'::timetz",
                                                "'2024-02-29 12:34:56.000001+00'::timestamptz",
                                                "'294276-12-31 23:59:59.999999'::timestamp",
                                                "'1 year -2 mons 3 days -04:05:06.789'::interval",
                                                "'178000000 years'::interval",
                                                "'0'::interval",
                                                "'{}'::int[]",
                                                "ARRAY[1, NULL, 3]",
                                                "ARRAY['a,b', '\"', '', 'NULL', NULL]",
                                                "ARRAY[[1,2],[3,4]]",
                                                "'[2:3]={7,8}'::int[]",
                                                "'empty'::int4range",
                                                "'[1,10)'::int4range",
                                                "'(,)'::tsrange",
                                                "'{[1,2),[5,7)}'::int4multirange",
                                                "'{\"b\": 1.10, \"a\": [null, \"x\"]}'::jsonb",
                                                "'{\"b\": 1.10,  \"a\": 1}'::json",
                                                "'null'::jsonb",
                                                "'\\xdeadBEEF00'::bytea",
                                                "''::bytea",
                                                "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
                                                "B'0101'",
                                                "B''::varbit",
                                                "'192.168.0.1/24'::inet",
                                                "'10.0.0.0/8'::cidr",
                                                "'08:00:2b:01:02:03'::macaddr",
                                                "'(1.5,-2)'::point",
                                                "'((0,0),(1,1))'::box",
                                                "'<(0,0),1>'::circle",
                                                "'<a>&amp;</a>'::xml",
                                                "'a fat cat'::tsvector",
                                                "'fat & rat'::tsquery",
                                                "ROW(1, NULL, 'x y', '(')",
                                                "'$.a[*]'::jsonpath",
                                                "'16/B374D848'::pg_lsn",
                                                "'x'::\"char\"",
                                                "NULL::int"};
  for (const std::string& expression : expressions) {
    std::string psql = TestCluster::Get().Sql("postgres", "SELECT coalesce((" + expression + ")::text, '<null>')");
    if (!psql.empty() && psql.back() == '\n') psql.pop_back();
    auto result = Run("SELECT " + expression);
    ASSERT_TRUE(result) << expression << ": " << result.error().message;
    std::string ours = result->rows[0][0].value_or("<null>");
    // A cast to text drops the padding of character(n), and money and booleans have a text of their own.
    if (expression.find("::char(5)") != std::string::npos) ours.erase(ours.find_last_not_of(' ') + 1);
    if (expression == "true" || expression == "false") ours = ours == "t" ? "true" : "false";
    EXPECT_EQ(ours, psql) << expression;
  }
}

TEST_F(PgExecutor, NullAndEmptyDiffer) {
  auto result = Run("SELECT NULL::text, ''::text");
  EXPECT_EQ(result->rows[0][0], std::nullopt);
  EXPECT_EQ(result->rows[0][1], "");
}

TEST(PgRowMeter, CutsAtCodePoints) {
  EXPECT_EQ(CutCell("éééééééééééééééééééé", 20).substr(0, 4), "éé");
  EXPECT_EQ(CutCell("long", 1), "… [4 bytes]");
}

}  // namespace
}  // namespace toomai::engine::pg
