// The binary from outside, on a real server: what a person or a script sees.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "tests/support/test_cluster.h"

namespace toomai::test {
namespace {

using nlohmann::json;

class CommandLine : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = TestCluster::Get().NewDatabase();
    TestCluster::Get().Sql(
        database_,
        "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text, email text);"
        "INSERT INTO customers VALUES "
        "(1,'Ann','Berlin','ann@example.org'),(2,'Bob','Paris',NULL),(3,'Cem','Berlin','');"
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric(10,2), placed_on "
        "date);"
        "INSERT INTO orders VALUES (1,1,10.50,'2024-01-02'),(2,1,5.00,'2024-02-03'),(3,2,7.25,'2024-02-10');"
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO toomai_reader; ANALYZE");
  }

  void SetUp() override {
    state_ = std::filesystem::temp_directory_path() / ("toomai-cli-" + RandomId());
    std::filesystem::create_directories(state_);
  }
  void TearDown() override { std::filesystem::remove_all(state_); }

  CommandResult Run(std::vector<std::string> arguments, std::string input = "") {
    Command command;
    command.argv = std::move(arguments);
    command.argv.insert(command.argv.begin(), TOOMAI_BINARY);
    command.environment = {"DATABASE_URL=" + TestCluster::Get().Url(database_), "XDG_STATE_HOME=" + state_.string(),
                           "OPENAI_API_KEY", "OPENAI_MODEL", "NO_COLOR=1"};
    command.input = std::move(input);
    const auto done = RunCommand(Deadline::After(std::chrono::seconds(60)), command);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(CommandResult{});
  }

  static std::string database_;
  std::filesystem::path state_;
};

std::string CommandLine::database_;

TEST_F(CommandLine, TheExitStatusSaysWhetherItIsDoneRefusedOrWrong) {
  EXPECT_EQ(Run({"execute", "SELECT count(*) FROM customers"}).status, 0);
  EXPECT_EQ(Run({"execute", "SELECT pg_sleep(1)"}).status, 1);
  EXPECT_EQ(Run({"ask", "the shoe size of the emperor of Atlantis"}).status, 1);
  EXPECT_EQ(Run({"--url", "postgresql://nobody@127.0.0.1:1/x", "execute", "SELECT 1"}).status, 1);
  EXPECT_EQ(Run({"execute", "SELECT nosuch FROM customers"}).status, 2);
  EXPECT_EQ(Run({"execute", "--format", "nosuch", "SELECT 1"}).status, 2);
}

TEST_F(CommandLine, ACorrectionIsOneSelectAlsoWhenNoDatabaseCanBeAsked) {
  ASSERT_EQ(Run({"ask", "how many customers are there?"}).status, 0);
  const auto approve = [&](const std::string& sql) {
    return Run({"--url", "postgresql://nobody@127.0.0.1:1/x", "history", "approve", "1", "--sql", sql});
  };
  const CommandResult refused = approve("DROP TABLE customers");
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.err.find("not allowed"), std::string::npos) << refused.err;
  const CommandResult kept = approve("SELECT count(*) FROM anything");
  EXPECT_EQ(kept.status, 0) << kept.err;
  EXPECT_NE(kept.err.find("unchecked"), std::string::npos) << kept.err;
}

TEST_F(CommandLine, AsksAndShowsWhereTheAnswerComesFrom) {
  const CommandResult done = Run({"ask", "how many customers are there?"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("│     3 │"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("source: grammar"), std::string::npos) << done.out;
}

TEST_F(CommandLine, AnswerIsInTheHistory) {
  ASSERT_EQ(Run({"ask", "how many customers are there?"}).status, 0);
  const CommandResult done = Run({"history", "list", "--json"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("how many customers are there?"), std::string::npos) << done.out;
}

TEST_F(CommandLine, ExecuteGivesExactRowsInEveryFormat) {
  const std::string sql = "SELECT name, email FROM customers ORDER BY id";
  EXPECT_EQ(Run({"execute", sql, "--format", "csv"}).out, "name,email\nAnn,ann@example.org\nBob,\nCem,\"\"\n");
  EXPECT_EQ(Run({"execute", sql, "--format", "ndjson"}).out,
            "{\"name\":\"Ann\",\"email\":\"ann@example.org\"}\n{\"name\":\"Bob\",\"email\":null}\n{\"name\":\"Cem\","
            "\"email\":\"\"}\n");
  const CommandResult sum = Run({"execute", "SELECT sum(total) AS s FROM orders", "--format", "json"});
  ASSERT_EQ(sum.status, 0) << sum.err;
  const json result = json::parse(sum.out);
  EXPECT_EQ(result["rows"][0][0], 22.75);
  EXPECT_EQ(result["truncated"], false);
}

TEST_F(CommandLine, RowsStopAtTheBudgetAndSayHowMany) {
  const json exact =
      json::parse(Run({"execute", "SELECT id FROM customers", "--format", "json", "--max-rows", "3"}).out);
  EXPECT_EQ(exact["row_count"], 3);
  EXPECT_EQ(exact["truncated"], false) << "three rows fit a budget of three";
  const json cut = json::parse(Run({"execute", "SELECT id FROM customers", "--format", "json", "--max-rows", "2"}).out);
  EXPECT_EQ(cut["row_count"], 2);
  EXPECT_EQ(cut["truncated"], true);
}

TEST_F(CommandLine, OptionsThatMayBeRepeatedLeaveTheStatementAlone) {
  const std::string config = (state_ / "c.yaml").string();
  std::ofstream(config) << "execution: {max_rows: 7}\n";
  const std::vector<std::vector<std::string>> ways = {
      {"execute", "-c", config, "SELECT 1 AS one", "-f", "csv"},
      {"execute", "--set", "log.level=off", "SELECT 1 AS one", "-f", "csv"},
      {"execute", "-p", "1", "SELECT $1::int AS one", "-f", "csv"}};
  for (const auto& way : ways) EXPECT_EQ(Run(way).out, "one\n1\n") << way[1];
}

TEST_F(CommandLine, SeveralProblemsStandOnSeveralLines) {
  const std::string config = (state_ / "c.yaml").string();
  std::ofstream(config) << "execution: {max_rows: many}\nnonsense: 1\n";
  const CommandResult done = Run({"execute", "SELECT 1", "-c", config});
  EXPECT_EQ(done.status, 2);
  EXPECT_NE(done.err.find("2 problems:\n  " + config + ":1"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("\n  " + config + ":2"), std::string::npos) << done.err;
}

TEST_F(CommandLine, CheckJudgesByThePolicyOfTheDatabase) {
  const std::string config = (state_ / "c.yaml").string();
  std::ofstream(config) << "databases: [{name: shop, url: \"" << TestCluster::Get().Url(database_)
                        << "\", policy: {denied_relations: [public.customers]}}]\n";
  const std::string sql = "SELECT count(*) FROM customers";
  EXPECT_EQ(Run({"check", "--db", "shop", "-c", config}, sql).status, 1);
  EXPECT_EQ(Run({"check", "--db", "shop", "-c", config}, "SELECT count(*) FROM orders").status, 0);
  std::ofstream(state_ / "p.yaml") << "max_rows: 10\n";
  EXPECT_EQ(Run({"check", "--db", "shop", "-c", config, "--policy", (state_ / "p.yaml").string()}, sql).status, 0);
}

TEST_F(CommandLine, RowsThatAreSaidToBeWrittenAreInTheFile) {
  const std::string file = (state_ / "rows.csv").string();
  for (const int last : {4, 2500}) {
    const CommandResult done = Run({"execute",
                                    "SELECT g, repeat('x', 100) AS p, 1 / (g - " + std::to_string(last + 1) +
                                        ") AS q FROM generate_series(1, 5000) g",
                                    "--all", "-o", file});
    EXPECT_NE(done.status, 0);
    std::ifstream in(file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_NE(done.err.find("only the first " + std::to_string(lines - 1) + " rows were written"), std::string::npos)
        << done.err << lines;
    EXPECT_EQ(text.back(), '\n');
  }
}

TEST_F(CommandLine, ASnippetForAFileIsThatFile) {
  for (const char* client : {"claude-desktop", "cursor", "vscode"}) {
    const CommandResult done = Run({"mcp", "--print-config", client});
    EXPECT_TRUE(json::accept(done.out)) << done.out;
    EXPECT_TRUE(done.err.starts_with("# ")) << done.err;
  }
}

TEST_F(CommandLine, TheDefaultTimeoutIsTheConfiguredOne) {
  const std::string endless = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b";
  const CommandResult done =
      Run({"execute", "--set", "default_timeout=400ms", "--set", "execution.statement_timeout=10m", endless});
  EXPECT_EQ(done.status, 1) << done.err;
}

TEST_F(CommandLine, RefusesWhatWritesAndSaysWhatToDo) {
  const CommandResult done = Run({"execute", "DELETE FROM customers"});
  EXPECT_NE(done.status, 0);
  EXPECT_NE(done.err.find("DELETE"), std::string::npos) << done.err;
  EXPECT_EQ(TestCluster::Get().Sql(database_, "SELECT count(*) FROM customers"), "3");
}

TEST_F(CommandLine, AMisspeltColumnGetsASuggestion) {
  const CommandResult done = Run({"execute", "SELECT nmae FROM customers"});
  EXPECT_NE(done.status, 0);
  EXPECT_NE(done.err.find("name"), std::string::npos) << done.err;
}

TEST_F(CommandLine, BatchAnswersEachLineAndSurvivesBadOnes) {
  const CommandResult done = Run({"generate", "--batch", "--source", "grammar"},
                                 "{\"id\":1,\"question\":\"how many orders are there?\"}\nnot json\n"
                                 "{\"id\":3,\"db\":\"nowhere\",\"question\":\"x\"}\n{\"id\":4,\"question\":\"what is "
                                 "the meaning of gravity?\"}\n");
  EXPECT_EQ(done.status, 0) << done.err;
  std::vector<json> lines;
  for (const std::string& line : Split(done.out, '\n')) {
    if (!line.empty()) lines.push_back(json::parse(line));
  }
  ASSERT_EQ(lines.size(), 4u) << done.out;
  EXPECT_EQ(lines[0]["id"], 1);
  EXPECT_NE(lines[0]["sql"].get<std::string>().find("count(*)"), std::string::npos);
  EXPECT_EQ(lines[0]["source"], "grammar");
  EXPECT_TRUE(lines[1]["sql"].is_null());
  EXPECT_TRUE(lines[2]["sql"].is_null());
  EXPECT_NE(lines[2]["error"].get<std::string>().find("nowhere"), std::string::npos);
  EXPECT_TRUE(lines[3]["sql"].is_null()) << "gravity is not in the database";
  EXPECT_FALSE(lines[3]["reason"].get<std::string>().empty());
}

TEST_F(CommandLine, SchemaLists) {
  const CommandResult done = Run({"schema"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("customers"), std::string::npos);
  const CommandResult table = Run({"schema", "orders"});
  EXPECT_NE(table.out.find("-> customers.id"), std::string::npos) << table.out;
  EXPECT_NE(Run({"schema", "order"}).err.find("did you mean 'orders'?"), std::string::npos);
}

TEST_F(CommandLine, ADeadServerIsOneClearError) {
  const CommandResult done = Run({"--url", "postgresql://nobody@127.0.0.1:1/none", "execute", "SELECT 1"});
  EXPECT_EQ(done.status, 1);
  EXPECT_NE(done.err.find("127.0.0.1"), std::string::npos) << done.err;
}

TEST_F(CommandLine, AReaderWhoLeavesEndsABatchAndAFullDiskIsTold) {
  const auto shell = [&](const std::string& line) {
    Command command;
    command.argv = {"/bin/bash", "-c", "set -o pipefail; " + line, "bash", TOOMAI_BINARY};
    command.environment = {"DATABASE_URL=" + TestCluster::Get().Url(database_), "XDG_STATE_HOME=" + state_.string(),
                           "OPENAI_API_KEY"};
    const auto done = RunCommand(Deadline::After(std::chrono::seconds(60)), command);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(CommandResult{});
  };
  // `yes` never ends; neither would a batch that does not notice.
  shell("yes '{\"id\":1,\"sql\":\"select 1\"}' | $1 check --batch --syntax-only | head -n 1");
  shell(
      "yes '{\"id\":1,\"question\":\"how many customers are there?\"}' | $1 generate --batch --source grammar | head "
      "-n 1");
  for (const std::string words :
       {"execute 'SELECT 1'", "execute 'SELECT 1' -f json", "schema --ddl", "config --example",
        "execute 'SELECT 1' --all", "--help", "ask --help", "--version"}) {
    const CommandResult full = shell("$1 " + words + " > /dev/full");
    EXPECT_EQ(full.status, 1) << words;
    EXPECT_NE(full.err.find("the output could not be written"), std::string::npos) << words << full.err;
    const CommandResult left = shell("$1 " + words + " | true");
    EXPECT_EQ(left.err, "") << words;
  }
}

TEST_F(CommandLine, AMisspeltCommandIsNamed) {
  const CommandResult done = Run({"execut", "SELECT 1"});
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.err, "toomai: there is no command \"execut\"\n  -> did you mean \"execute\"?\n");
  EXPECT_NE(Run({"foo"}).err.find("there is no command \"foo\"\n  -> toomai --help"), std::string::npos);
}

TEST_F(CommandLine, ExportsOfASchemaAreOfTheWholeDatabaseOneAtATime) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"schema", "customers", "--ddl"}, {"schema", "--ddl", "--json"}}) {
    const CommandResult done = Run(words);
    EXPECT_EQ(done.status, 2);
    EXPECT_NE(done.err.find("excludes"), std::string::npos) << done.err;
  }
}

TEST_F(CommandLine, APasswordThatWasNotEncodedIsNotShown) {
  for (const std::string password : {"sEkret%zz", "open@sesame", "some/slash", "two words"}) {
    const std::string url = "postgresql://u:" + password + "@127.0.0.1:1/db";
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"ask", "how many?"}, {"config"}, {"doctor"}, {"history", "list"}}) {
      std::vector<std::string> arguments = {"--url", url};
      arguments.insert(arguments.end(), words.begin(), words.end());
      const CommandResult done = Run(arguments);
      for (const std::string& piece : {password, password.substr(password.find_first_of("%@/ ") + 1)}) {
        EXPECT_TRUE(piece.size() < 4 || (done.out + done.err).find(piece) == std::string::npos)
            << words.front() << ": " << done.out << done.err;
      }
    }
  }
  EXPECT_NE(Run({"--url", "postgresql://u:a@b@127.0.0.1/db", "ask", "how many?"}).err.find("%40 for @"),
            std::string::npos);
}

TEST_F(CommandLine, WrongUsageIsStatusTwo) {
  EXPECT_EQ(Run({"frobnicate"}).status, 2);
  EXPECT_EQ(Run({}).status, 2);
  EXPECT_EQ(Run({"--version"}).status, 0);
  const CommandResult unknown = Run({"ask", "--jobs", "3"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("--jobs"), std::string::npos) << unknown.err;
  EXPECT_NE(Run({"ask"}).err.find("no question was given"), std::string::npos);
  for (const char* id : {"99999999999999999999", "0", "-1", "1x", "1.5"}) {
    const CommandResult done = Run({"history", "approve", "--", id});
    EXPECT_EQ(done.status, 2) << id;
    EXPECT_NE(done.err.find(std::string("'") + id + "' is not the id of an entry"), std::string::npos) << done.err;
  }
  EXPECT_EQ(Run({"history", "approve", "9223372036854775807"}).status, 1) << "an id, of which there is no entry";
}

TEST_F(CommandLine, AQuestionNeedsNoQuotesAndATableMayHaveThem) {
  const CommandResult whole = Run({"generate", "how many customers are there?"});
  EXPECT_EQ(whole.status, 0) << whole.err;
  EXPECT_EQ(Run({"generate", "how", "many", "customers", "are", "there?"}).out, whole.out);
  const CommandResult plain = Run({"schema", "orders"});
  EXPECT_EQ(plain.status, 0) << plain.err;
  for (const char* name : {"\"orders\"", "\"public\".\"orders\""})
    EXPECT_EQ(Run({"schema", name}).out, plain.out) << name;
}

}  // namespace
}  // namespace toomai::test
