// The session with PostgreSQL: batches, streaming, errors, deadlines, lost connections.
#include "engine/pg/connection.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "engine/pg/errors.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine::pg {
namespace {

using test::FaultProxy;
using test::TestCluster;

std::string SuperUrl() {
  return TestCluster::Get().Url("postgres", app::PrivatePostgres::kSuperuser);
}

Statement Text(std::string sql, bool ends_group = false) {
  Statement statement;
  statement.sql = std::move(sql);
  statement.ends_group = ends_group;
  return statement;
}

// How many backends run something that contains `mark`.
int Running(Connection& monitor, const std::string& mark) {
  auto rows = monitor.Query(Soon(),
                            "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() "
                            "AND query LIKE '%' || $1 || '%'",
                            {mark});
  return rows ? std::atoi(std::string(rows->at(0, 0)).c_str()) : -1;
}

TEST(PgConnection, ReadsRowsWithParametersAndNulls) {
  auto connection = MustOpen(SuperUrl());
  auto rows = connection->Query(Soon(), "SELECT $1::int + 1 AS n, $2::text AS t, ''::text AS e", {"41", std::nullopt});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->fields.size(), 3u);
  EXPECT_EQ(rows->fields[0].name, "n");
  EXPECT_EQ(rows->fields[0].type_oid, 23u);
  EXPECT_EQ(rows->rows[0][0], "42");
  EXPECT_EQ(rows->rows[0][1], std::nullopt);
  EXPECT_EQ(rows->rows[0][2], "");
  EXPECT_TRUE(connection->usable());
  EXPECT_GE(connection->server_version(), 120000);
  EXPECT_GT(connection->backend_pid(), 0);
}

TEST(PgConnection, RefusesSeveralStatementsInOneText) {
  auto connection = MustOpen(SuperUrl());
  auto rows = connection->Query(Soon(), "SELECT 1; SELECT 2");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().sqlstate, "42601");
  EXPECT_EQ(connection->Query(Soon(), "SELECT 3")->at(0, 0), "3");
}

TEST(PgConnection, RefusesNulBytes) {
  auto connection = MustOpen(SuperUrl());
  EXPECT_EQ(connection->Query(Soon(), std::string("SELECT 1\0; DROP", 15)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(connection->Query(Soon(), "SELECT $1", {std::string("a\0b", 3)}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(connection->usable());
}

TEST(PgConnection, AnErrorSkipsItsGroupOnly) {
  auto connection = MustOpen(SuperUrl());
  int later = 0;
  std::vector<Statement> batch = {Text("BEGIN"), Text("SELECT 1/0"), Text("SELECT 2", true), Text("ROLLBACK", true),
                                  Text("SELECT 3")};
  batch[2].on_row = [&](const RowView&) { return ++later, RowAction::kContinue; };
  batch[4].on_row = [&](const RowView& row) {
    EXPECT_EQ(row[0], "3");
    later += 10;
    return RowAction::kContinue;
  };
  auto done = connection->Run(Soon(), batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().sqlstate, "22012");
  EXPECT_EQ(later, 10);
  EXPECT_TRUE(connection->usable());
}

TEST(PgConnection, StreamsRowByRowInOrderAndStopsWhenTold) {
  auto connection = MustOpen(SuperUrl());
  std::vector<Statement> batch = {Text("BEGIN"), Text("SELECT generate_series(1, 1000000000000)", true),
                                  Text("ROLLBACK")};
  std::int64_t seen = 0, sum = 0;
  batch[1].stream = true;
  batch[1].on_row = [&](const RowView& row) {
    sum += std::atoll(std::string(row[0]).c_str());
    return ++seen == 1000 ? RowAction::kStop : RowAction::kContinue;
  };
  auto done = connection->Run(Soon(), batch);  // all of it would take days
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(seen, 1000);
  EXPECT_EQ(sum, 500500);
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(connection->Query(Soon(), "SELECT 7")->at(0, 0), "7");
}

TEST(PgConnection, FieldsAreToldOnceEvenWithoutRows) {
  auto connection = MustOpen(SuperUrl());
  for (const bool stream : {false, true}) {
    int told = 0;
    std::vector<Statement> batch = {Text("SELECT 1 AS a, 2 AS b WHERE false")};
    batch[0].stream = stream;
    batch[0].on_fields = [&](const std::vector<Field>& fields) { told += static_cast<int>(fields.size()); };
    ASSERT_TRUE(connection->Run(Soon(), batch));
    EXPECT_EQ(told, 2);
  }
}

TEST(PgConnection, DescribesWithoutExecuting) {
  auto connection = MustOpen(SuperUrl());
  std::vector<Field> fields;
  std::vector<Statement> batch = {Text("SELECT pg_sleep(60), 1 AS one, 'x'::varchar(7) AS v"), Text("")};
  batch[0].kind = Statement::Kind::kPrepare;
  batch[1].kind = Statement::Kind::kDescribe;
  batch[1].on_fields = [&](const std::vector<Field>& told) { fields = told; };
  ASSERT_TRUE(connection->Run(Soon(), batch));
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields[1].name, "one");
  EXPECT_EQ(fields[2].type_modifier, 11);
}

TEST(PgConnection, DeadlineCancelsAndTheBackendIsIdleAtOnce) {
  auto connection = MustOpen(SuperUrl());
  auto monitor = MustOpen(SuperUrl());
  const auto start = std::chrono::steady_clock::now();
  auto rows = connection->Query(Deadline::After(milliseconds(150)), "SELECT pg_sleep(30), 'deadline_mark'");
  const double took = MillisecondsSince(start);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(Running(*monitor, "deadline_mark"), 0);  // at the moment of the answer, not 200 ms later
  EXPECT_GE(took, 149);
  EXPECT_LT(took, MillisecondsOfASecond(*monitor));
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(connection->Query(Soon(), "SELECT 1")->at(0, 0), "1");
}

TEST(PgConnection, StopTokenCancelsWithoutPolling) {
  auto connection = MustOpen(SuperUrl());
  std::stop_source source;
  auto stopper = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(milliseconds(100));
    source.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  auto rows = connection->Query(Deadline::Never(source.get_token()), "SELECT pg_sleep(30)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
  const double took = MillisecondsSince(start);
  EXPECT_TRUE(connection->usable());
  EXPECT_LT(took, MillisecondsOfASecond(*connection));
}

TEST(PgConnection, AFullStreamIsAlsoStoppedByItsDeadline) {
  auto connection = MustOpen(SuperUrl());
  std::vector<Statement> batch = {Text("SELECT generate_series(1, 2000000000)")};
  batch[0].stream = true;
  batch[0].on_row = [](const RowView&) { return RowAction::kContinue; };
  auto done = connection->Run(Deadline::After(milliseconds(200)), batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(connection->usable());
}

TEST(PgConnection, ABackendThatIgnoresCancelIsAbandonedAfterTheGrace) {
  auto connection = MustOpen(SuperUrl());
  connection->set_cancel_grace(milliseconds(300));
  // A C loop without interrupt checks: some seconds of work that neither cancel nor terminate can stop.
  auto rows = connection->Query(Deadline::After(milliseconds(100)),
                                "SELECT array_fill(1, ARRAY[40000]) && array_fill(2, ARRAY[40000])");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(connection->abandoned());
  EXPECT_FALSE(connection->usable());
  EXPECT_FALSE(connection->BackendFinished());
  EXPECT_TRUE(Eventually([&] { return connection->BackendFinished(); }, seconds(60)));
}

TEST(PgConnection, TailIsReadBeforeTheNextBatch) {
  auto connection = MustOpen(SuperUrl());
  ASSERT_TRUE(
      connection->Run(Soon(), {Text("SELECT 1")}, {Text("SET application_name = 'left'", true), Text("DISCARD ALL")}));
  EXPECT_FALSE(connection->settled());
  EXPECT_EQ(connection->Query(Soon(), "SHOW application_name")->at(0, 0), "toomai");
  EXPECT_TRUE(connection->usable());
}

TEST(PgConnection, AFailedTailSpoilsTheConnection) {
  auto connection = MustOpen(SuperUrl());
  ASSERT_TRUE(connection->Run(Soon(), {Text("SELECT 1")}, {Text("SELECT 1/0")}));
  EXPECT_FALSE(connection->Query(Soon(), "SELECT 2"));
  EXPECT_FALSE(connection->usable());
}

TEST(PgConnection, AKilledBackendIsOneClearError) {
  auto connection = MustOpen(SuperUrl());
  auto monitor = MustOpen(SuperUrl());
  auto killer = std::async(std::launch::async, [&] {
    EXPECT_TRUE(Eventually([&] { return Running(*monitor, "kill_mark") == 1; }));
    EXPECT_TRUE(
        monitor->Query(Soon(), "SELECT pg_terminate_backend($1::int)", {std::to_string(connection->backend_pid())}));
  });
  auto rows = connection->Query(Soon(), "SELECT pg_sleep(30), 'kill_mark'");
  killer.get();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().sqlstate, "57P01");
  EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(rows.error().retryable);
  EXPECT_FALSE(connection->usable());
  EXPECT_FALSE(connection->Query(Soon(), "SELECT 1"));
}

TEST(PgConnection, ACutNetworkPathIsOneClearError) {
  auto& cluster = TestCluster::Get();
  for (const bool reset : {true, false}) {
    FaultProxy proxy(cluster.port());
    auto connection = MustOpen(cluster.TcpUrl("ecommerce_small", app::kSampleReader, proxy.port()));
    auto cutter = std::async(std::launch::async, [&] {
      std::this_thread::sleep_for(milliseconds(100));
      reset ? proxy.ResetAll() : proxy.CutAll();
    });
    auto rows = connection->Query(Soon(), "SELECT pg_sleep(2)");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable) << rows.error().message;
    EXPECT_TRUE(rows.error().retryable);
    EXPECT_FALSE(connection->usable());
  }
}

TEST(PgConnection, ADeadNetworkEndsWithTheDeadlineAndItsGrace) {
  auto& cluster = TestCluster::Get();
  const auto time_with_grace = [&](milliseconds grace) {
    FaultProxy proxy(cluster.port());
    auto connection = MustOpen(cluster.TcpUrl("ecommerce_small", app::kSampleReader, proxy.port()));
    connection->set_cancel_grace(grace);
    proxy.Freeze();
    const auto start = std::chrono::steady_clock::now();
    auto rows = connection->Query(Deadline::After(milliseconds(200)), "SELECT 1");
    EXPECT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_TRUE(connection->abandoned());
    return MillisecondsSince(start);
  };
  EXPECT_LT(time_with_grace(milliseconds(200)), time_with_grace(milliseconds(1500)));
}

TEST(PgConnection, ARowCutInTheMiddleIsNeverHandedOver) {
  auto& cluster = TestCluster::Get();
  FaultProxy proxy(cluster.port());
  auto connection = MustOpen(cluster.TcpUrl("ecommerce_small", app::kSampleReader, proxy.port()));
  proxy.ResetAfter(50'000);
  std::vector<Statement> batch = {Text("SELECT repeat('x', 1000) FROM generate_series(1, 1000)")};
  int whole = 0;
  batch[0].stream = true;
  batch[0].on_row = [&](const RowView& row) {
    EXPECT_EQ(row[0].size(), 1000u);
    return ++whole, RowAction::kContinue;
  };
  auto done = connection->Run(Soon(), batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(whole, 51);
}

TEST(PgConnection, SlowChunksArriveWhole) {
  auto& cluster = TestCluster::Get();
  FaultProxy proxy(cluster.port());
  auto connection = MustOpen(cluster.TcpUrl("ecommerce_small", app::kSampleReader, proxy.port()));
  proxy.Drip(7, milliseconds(1));
  auto rows = connection->Query(Soon(), "SELECT i, repeat('é', 40) FROM generate_series(1, 20) i");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->rows.size(), 20u);
  EXPECT_EQ(rows->at(19, 0), "20");
}

TEST(PgConnect, SaysWhatIsWrong) {
  auto& cluster = TestCluster::Get();
  const auto error_for = [](DatabaseOptions options) {
    ConnectSettings settings(options);
    auto connection = Connection::Open(Deadline::After(seconds(5)), settings);
    EXPECT_FALSE(connection);
    return connection ? Error() : connection.error();
  };
  auto nobody = error_for(OptionsFor("postgresql://u:hunter2secret@127.0.0.1:1/db"));
  EXPECT_EQ(nobody.code, ErrorCode::kUnavailable);
  EXPECT_TRUE(nobody.retryable);
  EXPECT_EQ(nobody.message.find("hunter2secret"), std::string::npos);

  auto no_database = OptionsFor(SuperUrl());
  no_database.parameters["dbname"] = "no_such_database";
  EXPECT_EQ(error_for(no_database).sqlstate, "3D000");

  auto wrong = OptionsFor(cluster.TcpUrl("ecommerce_small"));
  wrong.password = Secret("wrong-horse-battery");
  auto refused = error_for(wrong);
  EXPECT_EQ(refused.sqlstate, "28P01") << refused.message;
  EXPECT_FALSE(refused.retryable);
  EXPECT_EQ(refused.message.find("wrong-horse"), std::string::npos);

  EXPECT_EQ(error_for(OptionsFor("postgresql://[")).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_for(OptionsFor("host=127.0.0.1 nonsense=1")).code, ErrorCode::kInvalidArgument);
}

TEST(PgConnect, WalksOverAHostThatHangsOrRefuses) {
  auto& cluster = TestCluster::Get();
  FaultProxy dead(cluster.port());
  dead.Freeze();
  auto options = OptionsFor(cluster.TcpUrl("ecommerce_small"));
  auto keywords = ParseConnectionString(options.url);
  ASSERT_TRUE(keywords);
  options.parameters["host"] = "127.0.0.1,127.0.0.2,127.0.0.1";
  options.parameters["hostaddr"] = "127.0.0.1,127.0.0.1,127.0.0.1";
  options.parameters["port"] = "1," + std::to_string(dead.port()) + "," + std::to_string(cluster.port());
  options.pool.connect_timeout = milliseconds(1500);
  ConnectSettings settings(options);
  auto connection = Connection::Open(Soon(), settings);
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ((*connection)->Query(Soon(), "SELECT 1")->at(0, 0), "1");
}

TEST(PgConnect, AHangingServerCostsTheConnectTimeout) {
  FaultProxy dead(TestCluster::Get().port());
  dead.Freeze();
  auto options = OptionsFor(TestCluster::Get().TcpUrl("ecommerce_small", app::kSampleReader, dead.port()));
  const auto time_with = [&](milliseconds timeout) {
    options.pool.connect_timeout = timeout;
    ConnectSettings settings(options);
    const auto start = std::chrono::steady_clock::now();
    auto connection = Connection::Open(Soon(), settings);
    EXPECT_FALSE(connection);
    EXPECT_EQ(connection.error().code, ErrorCode::kUnavailable);
    return MillisecondsSince(start);
  };
  EXPECT_LT(time_with(milliseconds(300)), time_with(milliseconds(1500)));
}

TEST(PgConnect, TurnsStandardConformingStringsOnWhereTheRoleTurnedThemOff) {
  auto& cluster = TestCluster::Get();
  cluster.Sql("postgres",
              "DROP ROLE IF EXISTS odd_strings; CREATE ROLE odd_strings LOGIN; "
              "ALTER ROLE odd_strings SET standard_conforming_strings = off");
  auto connection = MustOpen(cluster.Url("postgres", "odd_strings"));
  EXPECT_TRUE(connection->CheckLexicalSettings());
  EXPECT_EQ(connection->Query(Soon(), "SELECT 'a\\'")->at(0, 0), "a\\");
  ASSERT_TRUE(connection->Query(Soon(), "DISCARD ALL"));
  EXPECT_TRUE(connection->CheckLexicalSettings());
  ASSERT_TRUE(connection->Query(Soon(), "SET standard_conforming_strings = off"));
  EXPECT_FALSE(connection->CheckLexicalSettings());
  cluster.Sql("postgres", "DROP ROLE odd_strings");
}

TEST(PgConnect, TakesPasswordsFromFileAndCommand) {
  auto& cluster = TestCluster::Get();
  auto keywords = ParseConnectionString(cluster.TcpUrl("ecommerce_small"));
  ASSERT_TRUE(keywords);
  const std::string password = keywords->at("password");
  const test::ScratchFolder folder("password");
  const std::string path = (folder / "password").string();
  std::ofstream(path) << password << "\n";
  auto options = OptionsFor("");
  keywords->erase("password");
  options.parameters = *keywords;
  {
    options.password_file = path;
    ConnectSettings settings(options);
    EXPECT_TRUE(Connection::Open(Soon(), settings));
  }
  {
    options.password_file.clear();
    options.password_command = "cat " + path;
    ConnectSettings settings(options);
    EXPECT_TRUE(Connection::Open(Soon(), settings));
    std::ofstream(path) << "rotated\n";
    EXPECT_TRUE(Connection::Open(Soon(), settings));  // inside the ttl: not asked again
    settings.ForgetPassword();
    EXPECT_FALSE(Connection::Open(Soon(), settings));  // asked again: the wrong one now
    std::ofstream(path) << password << "\n";
    EXPECT_TRUE(Connection::Open(Soon(), settings));  // the refusal made it forget
  }
  {
    options.password_command = "exit 3";
    ConnectSettings settings(options);
    auto failed = Connection::Open(Soon(), settings);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("status 3"), std::string::npos) << failed.error().message;
  }
}

TEST(PgErrors, CodeSaysWhatTheCallerCanDo) {
  const auto code = [](const char* state) { return ToError({state, "m", "", "", 0}).code; };
  EXPECT_EQ(code("42P01"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("42501"), ErrorCode::kRejected);
  EXPECT_EQ(code("25006"), ErrorCode::kRejected);
  EXPECT_EQ(code("53300"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("57P03"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("08006"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("40001"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("55P03"), ErrorCode::kBusy);
  EXPECT_EQ(code("22P02"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("ZZ999"), ErrorCode::kInternal);
  EXPECT_FALSE(ToError({"28P01", "m", "", "", 0}).retryable);
  EXPECT_EQ(ToError({"57014", "canceling statement due to statement timeout", "", "", 0}).code,
            ErrorCode::kDeadlineExceeded);
}

TEST(PgErrors, DataIsTakenOutOfMessages) {
  const Error error =
      WithoutData(ToError({"22P02", "invalid input syntax for type integer: \"ann@x.org\"", "", "", 8}));
  EXPECT_EQ(error.message.find("ann@x.org"), std::string::npos);
  EXPECT_EQ(error.sqlstate, "22P02");
  const Error name = WithoutData(ToError({"42703", "column \"x\" does not exist", "", "", 8}));
  EXPECT_NE(name.message.find("column"), std::string::npos);
}

}  // namespace
}  // namespace toomai::engine::pg
