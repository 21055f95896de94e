// `toomai history` and `toomai config` through the binary: what scripts see.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cache/history_sqlite.h"
#include "tests/support/scratch_folder.h"

namespace toomai::app {
namespace {

namespace fs = std::filesystem;
using cache::HistoryEntry;

struct Outcome {
  int status = -1;
  std::string out;
};

class HistoryCommandTest : public testing::Test {
 protected:
  HistoryCommandTest() {
    auto history = cache::OpenSqliteHistory({.path = file_});
    for (int i = 1; i <= 3; ++i) {
      HistoryEntry entry;
      entry.kind = "ask", entry.database = i == 3 ? "erp" : "shop", entry.source = "grammar", entry.verdict = "accept";
      entry.question = i == 2 ? "=cmd|' /C calc'!A0, \"quoted\"\nline" : "question " + std::to_string(i);
      entry.sql_run = "SELECT " + std::to_string(i) + " LIMIT 1";
      EXPECT_TRUE((*history)->Append(Deadline::Never(), entry));
    }
  }

  Outcome Run(const std::string& arguments) const {
    const std::string command = "env -i PATH=/usr/bin:/bin HOME=" + directory_.string() + " " + TOOMAI_BINARY +
                                " --set history.store=" + file_ + " " + arguments + " 2>&1";
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.out.append(buffer, got);
    outcome.status = WEXITSTATUS(pclose(pipe));
    return outcome;
  }

  const test::ScratchFolder directory_{"history-command"};
  const std::string file_ = (directory_ / "h.sqlite").string();
};

TEST_F(HistoryCommandTest, ListSearchAndShow) {
  const Outcome list = Run("history list --db shop --json");
  EXPECT_EQ(list.status, 0) << list.out;
  EXPECT_EQ(nlohmann::json::parse(list.out.substr(0, list.out.find('\n')))["id"], 2);
  const Outcome table = Run("history search question --db erp");
  EXPECT_NE(table.out.find("question 3"), std::string::npos) << table.out;
  EXPECT_EQ(table.out.find('\x1b'), std::string::npos);  // no colours in a pipe
  EXPECT_EQ(nlohmann::json::parse(Run("history show 1 --json").out)["sql_run"], "SELECT 1 LIMIT 1");
  EXPECT_EQ(Run("history show 99").status, 1);
  EXPECT_EQ(Run("history list --since yesterday").status, 2);
  EXPECT_EQ(Run("history list --state fine").status, 2);
}

TEST_F(HistoryCommandTest, ReviewsAreKept) {
  const Outcome approved = Run("history approve 1 --note 'as agreed' --reviewer ann --sql 'SELECT 7' --json");
  EXPECT_EQ(approved.status, 0) << approved.out;
  const auto entry = nlohmann::json::parse(Run("history show 1 --json").out);
  EXPECT_EQ(entry["state"], "approved");
  EXPECT_EQ(entry["reviewer"], "ann");
  EXPECT_EQ(entry["corrected_sql"], "SELECT 7");
  EXPECT_EQ(Run("history reject 1").status, 0);
  EXPECT_EQ(nlohmann::json::parse(Run("history list --state rejected --json").out)["id"], 1);
  EXPECT_EQ(Run("history reject 99").status, 1);
}

TEST_F(HistoryCommandTest, VerifyTellsTamperingAndARemadeHistory) {
  const Outcome good = Run("history verify");
  EXPECT_EQ(good.status, 0) << good.out;
  const std::string head = good.out.substr(good.out.find("head ") + 5);
  EXPECT_EQ(Run("history verify --head " + head.substr(0, head.find('\n'))).status, 0);
  EXPECT_EQ(Run("history verify --head 3:00ff").status, 1);
  ASSERT_EQ(std::system(("sqlite3 " + file_ + " \"UPDATE entries SET question = 'x' WHERE id = 2\"").c_str()), 0);
  const auto bad = Run("history verify --json");
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(nlohmann::json::parse(bad.out)["first_broken"], 2);
}

TEST_F(HistoryCommandTest, ExportsAreInOrderAndSafeToOpen) {
  const Outcome jsonl = Run("history export");
  EXPECT_EQ(nlohmann::json::parse(jsonl.out.substr(0, jsonl.out.find('\n')))["id"], 1);
  EXPECT_NE(jsonl.out.find("\"hash\":\""), std::string::npos);
  const std::string target = (directory_ / "out.csv").string();
  EXPECT_EQ(Run("history export --format csv -o " + target).status, 0);
  std::ifstream in(target, std::ios::binary);
  const std::string csv((std::istreambuf_iterator<char>(in)), {});
  EXPECT_TRUE(csv.starts_with("id,at,kind,"));
  EXPECT_NE(csv.find("\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\nline\""), std::string::npos) << csv;
}

TEST_F(HistoryCommandTest, StatisticsAsTextAndJson) {
  EXPECT_EQ(nlohmann::json::parse(Run("history stats --json").out)["totals"]["calls"], 3);
  EXPECT_NE(Run("history stats").out.find("By source"), std::string::npos);
}

TEST_F(HistoryCommandTest, ConfigShowsOriginsAndChecks) {
  const Outcome shown = Run("config");
  EXPECT_NE(shown.out.find("--set history.store"), std::string::npos) << shown.out;
  EXPECT_EQ(Run("config --check").status, 0);
  const Outcome bad = Run("--set execution.max_rowz=1 config --check");
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.out.find("did you mean 'max_rows'?"), std::string::npos) << bad.out;
}

}  // namespace
}  // namespace toomai::app
