// One suite for both stores: the fixture opens a history in a fresh SQLite file or a fresh PostgreSQL database.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "cache/history_sqlite.h"
#include "engine/pg/history_postgres.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_cluster.h"

namespace toomai::cache {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

inline const Deadline kSoon = Deadline::After(std::chrono::minutes(20));

// sqlite3 itself, for what a stranger does to the file.
inline std::string SqliteSays(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_busy_timeout(database, 5000);
  std::string result;
  char* error = nullptr;
  const auto collect = [](void* out, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i) *static_cast<std::string*>(out) += values[i] == nullptr ? "NULL" : values[i];
    return 0;
  };
  if (sqlite3_exec(database, sql.c_str(), collect, &result, &error) != SQLITE_OK)
    result = std::string("error: ") + error;
  sqlite3_free(error);
  sqlite3_close(database);
  return result;
}

inline HistoryEntry Entry(const std::string& question, const std::string& sql = "SELECT 1 LIMIT 1") {
  HistoryEntry entry;
  entry.kind = "ask";
  entry.caller = "local";
  entry.database = "shop";
  entry.question = question;
  entry.sql_run = sql;
  entry.source = "grammar";
  entry.verdict = "accept";
  entry.confidence = 0.9;
  return entry;
}

enum class Store { kSqlite, kPostgres };

inline Expected<std::unique_ptr<History>> OpenHistory(const HistoryStoreOptions& options) {
  if (engine::pg::IsPostgresUrl(options.path)) return engine::pg::OpenPostgresHistory(options);
  return OpenSqliteHistory(options);
}

class HistoryFixture : public testing::Test {
 protected:
  explicit HistoryFixture(Store store) : store_(store) {
    InitLog({.level = Level::kOff});
    Anew();
  }
  ~HistoryFixture() override {
    history_.reset();
    Drop();
  }

  // An empty place for a history.
  void Anew() {
    history_.reset();
    Drop();
    if (store_ == Store::kSqlite) {
      options_.path = (directory_ / "state" / "toomai.db").string();
    } else {
      database_ = test::TestCluster::Get().NewDatabase();
      options_.path = test::TestCluster::Get().Url(database_, app::PrivatePostgres::kSuperuser);
      test::TestCluster::Get().Sql(database_, "ALTER DATABASE " + database_ + " SET search_path = toomai");
    }
  }
  History& Open() {
    history_.reset();
    auto opened = OpenHistory(options_);
    EXPECT_TRUE(opened) << opened.error().message;
    history_ = std::move(*opened);
    return *history_;
  }
  // What a stranger does to the tables, or finds in them.
  std::string Stranger(const std::string& sql) {
    if (store_ == Store::kSqlite) return SqliteSays(options_.path, sql);
    return test::TestCluster::Get().Sql(database_, sql);
  }
  std::int64_t Add(const HistoryEntry& entry) {
    const auto id = history_->Append(kSoon, entry);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(0);
  }
  std::vector<std::int64_t> Find(const HistoryQuery& query) {
    std::vector<std::int64_t> ids;
    const auto found = history_->Search(kSoon, query);
    EXPECT_TRUE(found) << found.error().message;
    if (found) {
      for (const HistoryEntry& entry : *found) ids.push_back(entry.id);
    }
    return ids;
  }
  std::vector<std::int64_t> FindText(const std::string& text) {
    HistoryQuery query;
    query.text = text;
    return Find(query);
  }
  // SQLite's index follows the entries; PostgreSQL's comes with them.
  void WaitUntilIndexed() {
    if (store_ == Store::kPostgres) return;
    for (int i = 0; i < 500 && Stranger("SELECT indexed >= (SELECT max(id) FROM entries) FROM head") != "1"; ++i)
      std::this_thread::sleep_for(milliseconds(20));
  }
  VerifyReport Verified() {
    const auto report = history_->Verify(kSoon);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(VerifyReport{});
  }

  const Store store_;
  const test::ScratchFolder directory_{"history"};
  HistoryStoreOptions options_;
  std::string database_;
  std::unique_ptr<History> history_;

 private:
  void Drop() {
    fs::remove_all(directory_ / "state");
    if (!database_.empty()) test::TestCluster::Get().DropDatabase(database_);
    database_.clear();
  }
};

}  // namespace toomai::cache
