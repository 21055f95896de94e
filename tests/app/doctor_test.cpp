#include "app/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_cluster.h"

namespace toomai::app {
namespace {

namespace fs = std::filesystem;
using test::TestCluster;
using Level = Diagnosis::Level;

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() { InitLog({.level = ::toomai::Level::kOff}); }

  ConfigSources With(const std::string& yaml) {
    const std::string path = (directory_ / "c.yaml").string();
    std::ofstream(path) << "state_directory: " << (directory_ / "state").string() << "\n" << yaml;
    ConfigSources sources;
    sources.files = {path};
    return sources;
  }
  static Diagnosis Look(const ConfigSources& sources, const std::string& database = {}) {
    return Diagnose(Deadline::After(std::chrono::seconds(20)), sources, database);
  }
  static const Diagnosis::Row* Find(const Diagnosis& diagnosis, const std::string& part, const std::string& check,
                                    Level level) {
    for (const Diagnosis::Row& row : diagnosis.rows) {
      if (row.part == part && row.check == check && row.level == level) return &row;
    }
    return nullptr;
  }
  static std::string Text(const Diagnosis& diagnosis) {
    std::string text;
    for (const Diagnosis::Row& row : diagnosis.rows)
      text += row.part + " | " + row.check + " | " + row.result + " | " + row.advice + "\n";
    return text;
  }

  const test::ScratchFolder directory_{"doctor"};
};

TEST_F(DoctorTest, AReaderIsHealthy) {
  const Diagnosis diagnosis =
      Look(With("databases:\n  - {name: shop, url: \"" + TestCluster::Get().Url("ecommerce_small") + "\"}\n"));
  EXPECT_TRUE(diagnosis.healthy()) << Text(diagnosis);
  for (const char* check : {"reachable", "version", "latency", "TLS", "clock", "connections", "role", "tables"}) {
    EXPECT_TRUE(Find(diagnosis, "database shop", check, Level::kGood)) << check << "\n" << Text(diagnosis);
  }
  EXPECT_TRUE(Find(diagnosis, "history", "file", Level::kGood));
  ASSERT_EQ(diagnosis.role_sql.size(), 1u);
  EXPECT_NE(diagnosis.role_sql[0].second.find("GRANT SELECT"), std::string::npos);
  EXPECT_FALSE(fs::exists(directory_ / "state"));  // looking makes nothing
}

TEST_F(DoctorTest, ASuperuserIsBadUnlessTheOperatorInsists) {
  const std::string url = TestCluster::Get().Url("ecommerce_small", "postgres");
  const Diagnosis diagnosis = Look(With("databases:\n  - {name: shop, url: \"" + url + "\"}\n"));
  EXPECT_FALSE(diagnosis.healthy());
  const Diagnosis::Row* row = Find(diagnosis, "database shop", "role", Level::kBad);
  ASSERT_TRUE(row) << Text(diagnosis);
  EXPECT_FALSE(row->advice.empty());
  EXPECT_TRUE(Look(With("databases:\n  - {name: shop, url: \"" + url + "\", allow_dangerous_role: true}\n")).healthy());
}

TEST_F(DoctorTest, RulesRolesAndSchemasThatDoNotExistAreSaid) {
  const std::string shop =
      "databases:\n  - name: shop\n    url: \"" + TestCluster::Get().Url("ecommerce_small") + "\"\n";
  const Diagnosis wrong = Look(With(shop + "    statement_role: nosuchrole\n"
                                           "    masks: [{column: public.customers.emial, method: redact}]\n"
                                           "    policy: {search_path: [nosuch], denied_relations: [public.nosuch]}\n"));
  EXPECT_TRUE(Find(wrong, "database shop", "statement role", Level::kBad)) << Text(wrong);
  EXPECT_TRUE(Find(wrong, "database shop", "search path", Level::kBad)) << Text(wrong);
  const Diagnosis::Row* idle = Find(wrong, "database shop", "policy", Level::kWarning);
  ASSERT_TRUE(idle) << Text(wrong);
  EXPECT_NE(idle->result.find("masks: public.customers.emial, denied_relations: public.nosuch"), std::string::npos);
  const Diagnosis empty = Look(With(shop + "    schemas: [nosuch]\n"));
  EXPECT_TRUE(Find(empty, "database shop", "schemas", Level::kBad)) << Text(empty);
  const Diagnosis right = Look(With(shop + "    masks: [{column: public.customers.email, method: redact}]\n"));
  EXPECT_TRUE(right.healthy()) << Text(right);
  EXPECT_FALSE(Find(right, "database shop", "policy", Level::kWarning)) << Text(right);
}

TEST_F(DoctorTest, WhatIsDownIsSaidAndTheRestIsStillLookedAt) {
  const Diagnosis diagnosis =
      Look(With("databases:\n  - {name: gone, host: 127.0.0.1, port: 1, database: x, user: x}\n"
                "  - {name: shop, url: \"" +
                TestCluster::Get().Url("ecommerce_small") +
                "\"}\n"
                "models:\n  - {name: m, base_url: \"http://127.0.0.1:1/v1\", model: m}\n"));
  EXPECT_FALSE(diagnosis.healthy());
  EXPECT_TRUE(Find(diagnosis, "database gone", "reachable", Level::kBad)) << Text(diagnosis);
  EXPECT_TRUE(Find(diagnosis, "database shop", "role", Level::kGood)) << Text(diagnosis);
  EXPECT_TRUE(Find(diagnosis, "model m", "reachable", Level::kBad)) << Text(diagnosis);
  const Diagnosis one = Look(With("databases:\n  - {name: gone, host: 127.0.0.1, port: 1}\n  - {name: shop, url: \"" +
                                  TestCluster::Get().Url("ecommerce_small") + "\"}\n"),
                             "shop");
  EXPECT_TRUE(one.healthy()) << Text(one);
}

TEST_F(DoctorTest, ABadConfigurationIsToldRowByRow) {
  const Diagnosis diagnosis = Look(
      With("execution: {max_row: 1}\ndatabases:\n  - {name: a, host: h, port: x, templates: [missing.yaml]}\n"), "a");
  const auto bad = std::count_if(diagnosis.rows.begin(), diagnosis.rows.end(), [](const auto& row) {
    return row.part == "configuration" && row.level == Level::kBad;
  });
  EXPECT_EQ(bad, 3) << Text(diagnosis);
  const Diagnosis nothing = Look(With(""));
  EXPECT_TRUE(Find(nothing, "configuration", "databases", Level::kBad));
}

TEST_F(DoctorTest, ADamagedHistoryIsBad) {
  fs::create_directories(directory_ / "state");
  const std::string file = (directory_ / "state" / "h.db").string();
  std::ofstream(file) << std::string(8192, 'x');
  const Diagnosis diagnosis =
      Look(With("history: {store: " + file + "}\ndatabases: [{name: a, host: 127.0.0.1, port: 1}]\n"));
  const Diagnosis::Row* row = Find(diagnosis, "history", "file", Level::kBad);
  ASSERT_TRUE(row) << Text(diagnosis);
  EXPECT_NE(row->result.find("corrupt"), std::string::npos) << row->result;
}

}  // namespace
}  // namespace toomai::app
