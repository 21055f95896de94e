#include "app/demo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/sample_databases.h"
#include "base/subprocess.h"
#include "tests/support/test_cluster.h"

namespace toomai::app {
namespace {

using testing::HasSubstr;

std::string Psql(const std::string& url, const std::string& sql) {
  Command psql;
  psql.argv = {"psql", "-XAtc", sql, url};
  auto done = RunCommand(Deadline::After(std::chrono::seconds(20)), psql);
  return done ? done->out + done->err : done.error().message;
}

TEST(Demo, ShowsWhatIsThereAndAsks) {
  std::string printed, directory_url;
  std::set<std::string> languages;
  DemoOptions options;
  options.databases = {"ecommerce_small", "social_medium"};
  DemoHooks hooks;
  hooks.print = [&](std::string_view text) { printed += text; };
  hooks.connect = [&](const std::vector<DemoDatabase>& databases) -> Expected<void> {
    EXPECT_EQ(databases.size(), 2u);
    directory_url = databases.at(0).url;
    EXPECT_EQ(Psql(directory_url, "SELECT count(*) FROM customers"), "120\n");
    EXPECT_THAT(Psql(directory_url, "DELETE FROM order_items"), HasSubstr("permission denied"));
    return {};
  };
  hooks.ask = [&](const DemoQuestion& question) -> Expected<std::string> {
    languages.insert(question.language);
    if (question.text.find("top 10") != std::string::npos)
      return Fail(ErrorCode::kRejected, "I refuse", "ask differently");
    return "answer to " + question.text;
  };
  auto done = RunDemo(options, hooks);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(printed,
              HasSubstr("database         tables  views  rows   what it is\n  ecommerce_small  5       1      11"));
  EXPECT_THAT(printed, HasSubstr("answer to How many customers are there?\n"));
  EXPECT_THAT(printed, HasSubstr("I refuse\nask differently\n"));
  EXPECT_EQ(languages, (std::set<std::string>{"en", "zh", "ja"}));
  EXPECT_THAT(Psql(directory_url, "SELECT 1"), HasSubstr("No such file")) << "nothing stays";
}

TEST(Demo, ServesInsteadOfAsking) {
  DemoOptions options;
  options.databases = {"ecommerce_small"};
  options.serve = true;
  bool served = false, asked = false;
  DemoHooks hooks;
  hooks.print = [](std::string_view) {};
  hooks.ask = [&](const DemoQuestion&) -> Expected<std::string> {
    asked = true;
    return "";
  };
  hooks.serve = [&](const std::vector<DemoDatabase>&) -> Expected<void> {
    served = true;
    return {};
  };
  ASSERT_TRUE(RunDemo(options, hooks));
  EXPECT_TRUE(served);
  EXPECT_FALSE(asked);
}

TEST(Demo, StopsWhenTold) {
  std::stop_source source;
  DemoOptions options;
  options.databases = {"ecommerce_small"};
  options.keep = true;
  options.stop = source.get_token();
  DemoHooks hooks;
  std::string printed;
  hooks.print = [&](std::string_view text) {
    printed += text;
    if (printed.find("Ctrl-C") != std::string::npos) source.request_stop();
  };
  EXPECT_TRUE(RunDemo(options, hooks));
  EXPECT_THAT(printed, HasSubstr("postgresql://toomai_reader@/ecommerce_small"));

  auto stopped = RunDemo(options, hooks);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST(Demo, NamesTheSamplesWhenAskedForAnother) {
  DemoOptions options;
  options.databases = {"chinook"};
  DemoHooks hooks;
  hooks.print = [](std::string_view) {};
  auto done = RunDemo(options, hooks);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("ecommerce_small, social_medium, erp_large"));
}

// What the databases promise (fixtures/databases/README.md).
TEST(SampleDatabases, HoldWhatTheyPromise) {
  auto& cluster = test::TestCluster::Get();
  EXPECT_EQ(cluster.Sql("ecommerce_small", "SELECT count(*) FROM customers"), "120");
  EXPECT_EQ(cluster.Sql("social_medium", "SELECT count(*) FROM posts"), "1200");
  EXPECT_EQ(cluster.Sql("erp_large", "SELECT count(*) FROM sales_orders"), "6000");
  // "Last month" has at least ten buyers on any day of the year.
  EXPECT_GE(std::stoi(cluster.Sql(
                "ecommerce_small",
                "SELECT count(DISTINCT customer_id) FROM orders WHERE ordered_at >= "
                "date_trunc('month', now()) - interval '1 month' AND ordered_at < date_trunc('month', now())")),
            10);
  for (const SampleDatabase& sample : SampleDatabases()) {
    EXPECT_EQ(cluster.Sql(sample.name,
                          "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN "
                          "('r', 'p', 'v', 'm') AND (relowner <> 'toomai_owner'::regrole OR NOT "
                          "has_table_privilege('toomai_reader', oid, 'SELECT') OR has_table_privilege('toomai_reader', "
                          "oid, 'INSERT')) AND NOT relispartition"),
              "0")
        << sample.name;
  }
  EXPECT_EQ(
      cluster.Sql("ecommerce_small", "SELECT count(*) FROM orders WHERE ordered_at > now() OR shipped_at < ordered_at"),
      "0");
  EXPECT_EQ(cluster.Sql("social_medium", "SELECT count(*) FROM posts WHERE created_at > now() OR edited_at > now()"),
            "0");
  EXPECT_EQ(
      cluster.Sql("erp_large",
                  "SELECT count(*) FROM sales_orders WHERE order_date > current_date OR shipped_date > current_date"),
      "0");
}

// Every gold statement of fixtures/questions gives rows.
TEST(SampleQuestions, GoldStatementsGiveRows) {
  auto& cluster = test::TestCluster::Get();
  int answerable = 0, unanswerable = 0;
  for (const SampleDatabase& sample : SampleDatabases()) {
    std::ifstream file(std::string(TOOMAI_SOURCE_DIR) + "/fixtures/questions/" + std::string(sample.name) + ".jsonl");
    std::string sql;
    for (std::string line; std::getline(file, line);) {
      auto question = nlohmann::json::parse(line);
      for (const char* language : {"en", "zh", "ja"}) EXPECT_FALSE(question.at(language).get<std::string>().empty());
      ++(question.at("gold").is_null() ? unanswerable : answerable);
      if (question["gold"].is_null()) continue;
      std::string id = question.at("id").get<std::string>();
      sql += "SELECT '" + id + "' WHERE NOT EXISTS (" + question["gold"].get<std::string>() + ");\n";
    }
    EXPECT_EQ(cluster.Sql(sample.name, sql), "") << "these give no rows";
  }
  EXPECT_EQ(answerable, 100);
  EXPECT_EQ(unanswerable, 15);
}

TEST(SampleDatabases, CopiesBelongToTheTest) {
  auto& cluster = test::TestCluster::Get();
  std::string mine = cluster.NewDatabase("ecommerce_small");
  cluster.Sql(mine, "DELETE FROM order_items");
  EXPECT_NE(cluster.Sql("ecommerce_small", "SELECT count(*) FROM order_items"), "0");
  cluster.DropDatabase(mine);
}

}  // namespace
}  // namespace toomai::app
