#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/log.h"
#include "base/redact.h"
#include "cache/history_json.h"
#include "cache/history_sqlite.h"

namespace toomai::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const Deadline kSoon = Deadline::After(milliseconds(60'000));

// sqlite3 itself, for what a stranger does to the file.
std::string Sql(const std::string& path, const std::string& sql) {
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

HistoryEntry Entry(const std::string& question, const std::string& sql = "SELECT 1 LIMIT 1") {
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

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    InitLog({.level = Level::kOff});
    options_.path = (directory_ / "state" / "toomai.db").string();
  }
  ~HistoryTest() override {
    history_.reset();
    fs::remove_all(directory_);
  }
  History& Open() {
    history_.reset();
    auto opened = OpenSqliteHistory(options_);
    EXPECT_TRUE(opened);
    history_ = std::move(*opened);
    return *history_;
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
  void WaitUntilIndexed() {
    for (int i = 0; i < 200 && Sql(options_.path, "SELECT indexed >= (SELECT max(id) FROM entries) FROM head") != "1";
         ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  VerifyReport Verified() {
    const auto report = history_->Verify(kSoon);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(VerifyReport{});
  }

  const fs::path directory_ = fs::temp_directory_path() / ("toomai-history-" + std::to_string(getpid()));
  HistoryStoreOptions options_;
  std::unique_ptr<History> history_;
};

TEST_F(HistoryTest, NothingIsOpenedBeforeItIsNeeded) {
  History& history = Open();
  EXPECT_TRUE(Find({}).empty());
  EXPECT_EQ(history.ReviewVersion(), 0);
  EXPECT_EQ(history.Health().entries, 0);
  EXPECT_TRUE(history.Health().writable);
  EXPECT_EQ(history.Get(1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(history.SetReview(kSoon, 1, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*history.Statistics({}), "{}");
  EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(HistoryTest, EveryFieldComesBack) {
  Open();
  HistoryEntry entry = Entry("how many customers?", "SELECT count(*) FROM customers LIMIT 1000");
  entry.at_ms = 1'700'000'000'123;
  entry.client = "cli", entry.language = "en", entry.sql_generated = "select count(*) from customers";
  entry.rule = "r", entry.repairs = "[]", entry.paraphrase = "p", entry.tables = "public.customers";
  entry.model = "m", entry.prompt_version = "v1", entry.prompt_tokens = 1234567890123, entry.completion_tokens = 5;
  entry.cost = 0.1, entry.timings = "{\"link\":1.5}", entry.elapsed_ms = 12.25, entry.rows = 1, entry.bytes = 8;
  entry.truncated = true, entry.error = "e", entry.fingerprint = "f", entry.schema_fingerprint = "sf";
  entry.request_id = "rq", entry.trace_id = "tr", entry.origin = "o";
  const std::int64_t id = Add(entry);
  const HistoryEntry back = *history_->Get(id);
  EXPECT_EQ(back.state, ReviewState::kNew);
  EXPECT_EQ(back.chain_hash.size(), 64u);
  entry.id = id;
  entry.chain_hash = back.chain_hash;
  EXPECT_EQ(ToJson(back), ToJson(entry));
  EXPECT_EQ(nlohmann::json::parse(ToJson(back))["timings_ms"]["link"], 1.5);
}

TEST_F(HistoryTest, TheFileIsPrivate) {
  Open();
  Add(Entry("q"));
  EXPECT_EQ(fs::status(options_.path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(directory_ / "state").permissions(), fs::perms::owner_all);
}

TEST_F(HistoryTest, TextIsFoundInAnyScriptBeforeAndAfterIndexing) {
  Open();
  const std::int64_t english = Add(Entry("Top customers by revenue in 2024?", "SELECT c.name FROM customers AS c"));
  const std::int64_t chinese = Add(Entry("每个城市的订单数量是多少", "SELECT 1"));
  const std::int64_t japanese = Add(Entry("東京の顧客は何人ですか", "SELECT 2"));
  const std::int64_t accent = Add(Entry("Événements par région", "SELECT customer_id FROM orders"));
  using Ids = std::vector<std::int64_t>;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(FindText("revenue"), Ids{english});
    EXPECT_EQ(FindText("cust reven"), Ids{english});
    EXPECT_EQ(FindText("订单"), Ids{chinese});
    EXPECT_EQ(FindText("顧客"), Ids{japanese});
    EXPECT_EQ(FindText("东京"), Ids{});
    EXPECT_EQ(FindText("customer_id"), Ids{accent});
    EXPECT_EQ(FindText("c.name FROM"), Ids{english});
    EXPECT_EQ(FindText("revenue nothing"), Ids{});
    EXPECT_EQ(FindText(""), (Ids{accent, japanese, chinese, english}));
    WaitUntilIndexed();
  }
  EXPECT_EQ(FindText("evenements"), Ids{accent});
}

TEST_F(HistoryTest, HostileSearchTextIsOnlyText) {
  Open();
  Add(Entry("plain question"));
  WaitUntilIndexed();
  for (const char* text : {"\"", "'", "AND", "OR NOT", "NEAR(a b)", "question:*", "a* \"b", "-x", "^", "()", "%_",
                           "\xFF\xFE", "*", "tags : x", "{sql}", "\x01"}) {
    HistoryQuery query;
    query.text = text;
    EXPECT_TRUE(history_->Search(kSoon, query)) << text;
  }
  EXPECT_EQ(FindText("'plain\" (question)").size(), 1u);
  EXPECT_EQ(FindText("plain OR").size(), 0u);
}

TEST_F(HistoryTest, FiltersAndPaging) {
  Open();
  for (int i = 0; i < 40; ++i) {
    HistoryEntry entry = Entry("question " + std::to_string(i));
    entry.database = i % 2 == 0 ? "shop" : "erp";
    entry.source = i % 4 == 0 ? "model" : "grammar";
    entry.verdict = i % 10 == 0 ? "reject" : "accept";
    entry.caller = i < 20 ? "ann" : "bob";
    entry.at_ms = 1'700'000'000'000 + i * 86'400'000LL;
    Add(entry);
  }
  for (int round = 0; round < 2; ++round) {
    HistoryQuery query;
    query.database = "erp";
    query.limit = 7;
    auto page = Find(query);
    ASSERT_EQ(page.size(), 7u);
    EXPECT_EQ(page.front(), 40);
    query.before_id = page.back();
    page = Find(query);
    EXPECT_EQ(page.front(), 26);
    HistoryQuery several;
    several.database = "shop", several.source = "model", several.verdict = "accept", several.caller = "bob";
    EXPECT_EQ(Find(several), (std::vector<std::int64_t>{37, 33, 29, 25}));
    several.text = "question 28";
    EXPECT_EQ(Find(several), (std::vector<std::int64_t>{29}));
    HistoryQuery times;
    times.since_ms = 1'700'000'000'000 + 38 * 86'400'000LL;
    EXPECT_EQ(Find(times), (std::vector<std::int64_t>{40, 39}));
    times.since_ms = 0;
    times.until_ms = 1'700'000'000'000 + 2 * 86'400'000LL;
    times.text = "question";
    EXPECT_EQ(Find(times), (std::vector<std::int64_t>{2, 1}));
    WaitUntilIndexed();
  }
}

TEST_F(HistoryTest, ReviewsChangeTheStateAndTheVersion) {
  History& history = Open();
  const std::int64_t first = Add(Entry("first"));
  const std::int64_t second = Add(Entry("second"));
  const std::int64_t before = history.ReviewVersion();
  auto reviewed = history.SetReview(kSoon, first, {ReviewState::kApproved, "ann", "good", "SELECT 42 LIMIT 1"});
  ASSERT_TRUE(reviewed) << reviewed.error().message;
  EXPECT_EQ(reviewed->state, ReviewState::kApproved);
  EXPECT_EQ(reviewed->reviewer, "ann");
  EXPECT_GT(reviewed->reviewed_at_ms, 0);
  EXPECT_GT(history.ReviewVersion(), before);
  const auto approved = history.Approved("shop");
  ASSERT_EQ(approved->size(), 1u);
  EXPECT_EQ(approved->front().sql_run, "SELECT 42 LIMIT 1");
  EXPECT_TRUE(history.Approved("erp")->empty());

  HistoryQuery fresh;
  fresh.state = ReviewState::kNew;
  EXPECT_EQ(Find(fresh), std::vector<std::int64_t>{second});
  HistoryQuery good;
  good.state = ReviewState::kApproved;
  good.text = "first";
  EXPECT_EQ(Find(good), std::vector<std::int64_t>{first});

  ASSERT_TRUE(history.SetReview(kSoon, first, {ReviewState::kRejected, "bob", "wrong", ""}));
  EXPECT_TRUE(history.Approved("shop")->empty());
  EXPECT_EQ(history.Get(first)->note, "wrong");
  EXPECT_EQ(history.SetReview(kSoon, 999, {}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Verified().intact);
  EXPECT_EQ(Verified().checked, 4);
}

TEST_F(HistoryTest, VerifyFindsTheFirstBreak) {
  struct Tampering {
    const char* what;
    const char* sql;
    std::int64_t first_broken;
  };
  const Tampering cases[] = {
      {"a changed question", "UPDATE entries SET question = 'x' WHERE id = 3", 3},
      {"a changed number", "UPDATE entries SET rows = 7 WHERE id = 4", 4},
      {"an emptied field", "UPDATE entries SET caller = '', client = 'local' WHERE id = 2", 2},
      {"a deleted entry", "DELETE FROM entries WHERE id = 3", 3},
      {"a deleted newest entry", "DELETE FROM entries WHERE id = 5", 5},
      {"a deleted review", "DELETE FROM events WHERE id = 6", 6},
      {"a changed review", "UPDATE events SET state = 'approved', reviewer = 'eve' WHERE id = 6", 6},
      {"a changed state", "UPDATE review_state SET state = 'approved'", 1},
      {"a forgotten state", "DELETE FROM review_state", 1},
      {"a forged prune",
       "DELETE FROM entries WHERE id <= 2; INSERT INTO events SELECT 7, 0, 'prune', 2, '', '', "
       "'{\"kept_digest\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}', '', zeroblob(32)",
       3},
  };
  for (const Tampering& one : cases) {
    Open();
    for (int i = 1; i <= 5; ++i) Add(Entry("question " + std::to_string(i)));
    ASSERT_TRUE(history_->SetReview(kSoon, 1, {ReviewState::kRejected, "ann", "", ""}));
    ASSERT_TRUE(Verified().intact);
    ASSERT_EQ(Sql(options_.path, one.sql), "") << one.what;
    const VerifyReport report = Verified();
    EXPECT_FALSE(report.intact) << one.what;
    EXPECT_EQ(report.first_broken, one.first_broken) << one.what << ": " << report.detail;
    EXPECT_FALSE(report.detail.empty());
    history_.reset();
    fs::remove_all(directory_);
  }
}

TEST_F(HistoryTest, SecretsNeverReachTheFile) {
  options_.jsonl_file = (directory_ / "log.jsonl").string();
  RegisterSecret("planted-s3cret-value");
  Open();
  HistoryEntry entry = Entry("connect with planted-s3cret-value", "SELECT 'Bearer abcdefghijklmnop'");
  entry.error = "cannot reach postgresql://u:pl4nted@h/d";
  const std::int64_t id = Add(entry);
  ASSERT_TRUE(history_->SetReview(kSoon, id, {ReviewState::kNeedsWork, "ann", "use planted-s3cret-value", ""}));
  WaitUntilIndexed();
  history_.reset();
  for (const auto& file : fs::recursive_directory_iterator(directory_)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const char* planted : {"planted-s3cret", "pl4nted", "abcdefghijklmnop"}) {
      EXPECT_EQ(bytes.find(planted), std::string::npos) << planted << " in " << file.path();
    }
  }
}

TEST_F(HistoryTest, LiteralsGoWhenAsked) {
  options_.redact_literals = true;
  Open();
  HistoryEntry entry = Entry("orders over 500 by 'Ann'", "SELECT a1 FROM t WHERE n > 500 AND c = 'Ann' LIMIT 10");
  entry.repairs = R"([{"rule":"cast","before":"'Ann'","after":"'Bob'"}])";
  const HistoryEntry back = *history_->Get(Add(entry));
  EXPECT_EQ(back.question, "orders over ? by ?");
  EXPECT_EQ(back.sql_run, "SELECT a1 FROM t WHERE n > ? AND c = ? LIMIT ?");
  EXPECT_EQ(back.repairs, R"([{"rule":"cast"}])");
  EXPECT_TRUE(Verified().intact);
}

TEST_F(HistoryTest, HostileTextIsBoundedAndValid) {
  Open();
  HistoryEntry entry = Entry(std::string("a\0b\x1b[31m\xFF", 9) + std::string(1'000'000, 'x'));
  const HistoryEntry back = *history_->Get(Add(entry));
  EXPECT_LE(back.question.size(), 256u * 1024 + 64);
  EXPECT_EQ(back.question.find('\x1b'), std::string::npos);
  EXPECT_EQ(back.question.find('\0'), std::string::npos);
  EXPECT_TRUE(Verified().intact);
}

TEST_F(HistoryTest, JsonlHasOneLinePerCallAndRotates) {
  options_.jsonl_file = (directory_ / "log.jsonl").string();
  options_.jsonl_max_bytes = 2000;
  options_.jsonl_max_files = 2;
  Open();
  for (int i = 0; i < 30; ++i) Add(Entry("question\nnumber " + std::to_string(i)));
  std::ifstream in(options_.jsonl_file);
  std::string line, last;
  while (std::getline(in, line)) last = line;
  EXPECT_EQ(nlohmann::json::parse(last)["question"], "question\nnumber 29");
  EXPECT_TRUE(fs::exists(options_.jsonl_file + ".2"));
  EXPECT_FALSE(fs::exists(options_.jsonl_file + ".3"));
  EXPECT_LE(fs::file_size(options_.jsonl_file + ".1"), 2000u);
}

TEST_F(HistoryTest, StatisticsCountEverything) {
  Open();
  for (int i = 0; i < 10; ++i) {
    HistoryEntry entry = Entry("q" + std::to_string(i));
    entry.source = i < 7 ? "grammar" : "model";
    entry.verdict = i < 8 ? "accept" : "reject";
    entry.rule = i < 8 ? "" : "denied-function";
    entry.tables = "public.a, public.b";
    entry.elapsed_ms = i;
    entry.cost = i * 0.5;
    Add(entry);
  }
  ASSERT_TRUE(history_->SetReview(kSoon, 1, {ReviewState::kApproved, "a", "", ""}));
  const auto statistics = nlohmann::json::parse(*history_->Statistics({}));
  EXPECT_EQ(statistics["totals"]["calls"], 10);
  EXPECT_EQ(statistics["by_source"][0],
            (nlohmann::json{{"source", "grammar"}, {"calls", 7}, {"tokens", 0}, {"cost", 10.5}, {"mean_ms", 3.0}}));
  EXPECT_EQ(statistics["refusals_by_rule"][0]["calls"], 2);
  EXPECT_EQ(statistics["per_day"].size(), 1u);
  EXPECT_EQ(statistics["slowest"][0]["id"], 10);
  EXPECT_EQ(statistics["failing_tables"][0]["table"], "public.a");
  EXPECT_EQ(statistics["by_state"][0]["state"], "approved");
  EXPECT_EQ(statistics["by_state"][0]["calls"], 1);
  HistoryQuery model;
  model.source = "model";
  EXPECT_EQ(nlohmann::json::parse(*history_->Statistics(model))["totals"]["calls"], 3);
}

TEST_F(HistoryTest, RetentionByAgeKeepsTheApprovedAndTheChain) {
  const std::int64_t now = std::time(nullptr) * 1000LL;
  Open();
  for (int i = 0; i < 100; ++i) {
    HistoryEntry entry = Entry("question " + std::to_string(i));
    entry.at_ms = i < 60 ? now - 10 * 86'400'000LL : now;
    Add(entry);
  }
  ASSERT_TRUE(history_->SetReview(kSoon, 10, {ReviewState::kApproved, "ann", "", ""}));
  ASSERT_TRUE(history_->SetReview(kSoon, 11, {ReviewState::kRejected, "ann", "", ""}));
  options_.max_age_days = 5;
  for (int round = 0; round < 2; ++round) {
    Open();
    Add(Entry("one more"));
    for (int i = 0; i < 300 && Sql(options_.path, "SELECT count(*) FROM entries WHERE id BETWEEN 1 AND 60") != "1";
         ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    WaitUntilIndexed();
    EXPECT_TRUE(history_->Get(10));
    EXPECT_FALSE(history_->Get(11));
    EXPECT_EQ(FindText("question").size(), 41u);
    EXPECT_EQ(history_->Health().entries, 41 + round + 1);
    const VerifyReport report = Verified();
    EXPECT_TRUE(report.intact) << report.detail;
    // What was approved may go once it is rejected.
    if (round == 0) {
      ASSERT_EQ(Sql(options_.path, "UPDATE entries SET question = 'forged' WHERE id = 10"), "");
      EXPECT_FALSE(Verified().intact);
      ASSERT_EQ(Sql(options_.path, "UPDATE entries SET question = 'question 9' WHERE id = 10"), "");
    }
  }
  const auto statistics = nlohmann::json::parse(*history_->Statistics({}));
  EXPECT_EQ(statistics["totals"]["calls"], 102);  // sums outlive the entries
}

TEST_F(HistoryTest, RetentionBySizeShrinksTheFile) {
  Open();
  std::string words;
  for (int i = 0; i < 400; ++i) words += "word ";
  for (int i = 0; i < 600; ++i) Add(Entry(words + std::to_string(i)));
  history_.reset();
  const auto before = fs::file_size(options_.path);
  options_.max_bytes = static_cast<std::int64_t>(before / 2);
  Open();
  Add(Entry("one more"));
  for (int i = 0; i < 300 && Sql(options_.path, "SELECT count(*) FROM events WHERE kind = 'prune'") == "0"; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  std::this_thread::sleep_for(milliseconds(300));
  history_.reset();
  EXPECT_LE(fs::file_size(options_.path), before * 6 / 10);
  Open();
  EXPECT_TRUE(Verified().intact);
  EXPECT_GT(history_->Health().entries, 100);
}

// ---- Trouble ----

TEST_F(HistoryTest, ALockedFileIsWaitedForThenReportedThenUsedAgain) {
  options_.lock_timeout = milliseconds(200);
  Open();
  Add(Entry("before"));
  sqlite3* stranger = nullptr;
  ASSERT_EQ(sqlite3_open(options_.path.c_str(), &stranger), SQLITE_OK);
  sqlite3_busy_timeout(stranger, 2000);
  ASSERT_EQ(sqlite3_exec(stranger, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto start = std::chrono::steady_clock::now();
  const auto refused = history_->Append(kSoon, Entry("during"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1500));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("locked"), std::string::npos);
  EXPECT_FALSE(history_->Health().writable);
  EXPECT_TRUE(history_->Health().state.starts_with("locked"));
  EXPECT_EQ(FindText("before").size(), 1u);  // readers do not mind
  sqlite3_exec(stranger, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(stranger);
  Add(Entry("after"));
  EXPECT_TRUE(history_->Health().writable);
  EXPECT_EQ(Find({}).size(), 2u);
}

TEST_F(HistoryTest, ACancelledCallIsStillKept) {
  Open();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(history_->Append(Deadline::Never(stop.get_token()), Entry("cancelled")));
  EXPECT_TRUE(history_->Append(Deadline::After(milliseconds(-1)), Entry("too late")));
}

TEST_F(HistoryTest, ADamagedFileIsReportedNotCrashedOn) {
  Open();
  for (int i = 0; i < 200; ++i) Add(Entry("question " + std::to_string(i)));
  history_.reset();
  std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
  std::mt19937 random(7);
  for (int i = 0; i < 4000; ++i) {
    file.seekp(100 + static_cast<int>(random() % (fs::file_size(options_.path) - 100)));
    file.put(static_cast<char>(random()));
  }
  file.close();
  Open();
  (void)history_->Search(kSoon, {});
  (void)history_->Verify(kSoon);
  (void)history_->Append(kSoon, Entry("x"));
  history_.reset();
  std::ofstream(options_.path, std::ios::trunc) << "this is not a database, but a text that somebody saved here";
  fs::remove(options_.path + "-wal");
  fs::remove(options_.path + "-shm");
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("move the file away"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(history_->Health().state.starts_with("corrupt")) << history_->Health().state;
  // Moving it away is enough; nothing has to be started anew.
  fs::rename(options_.path, options_.path + ".bad");
  Add(Entry("new life"));
  EXPECT_TRUE(history_->Health().writable);
}

TEST_F(HistoryTest, FilesOfOthersAndOfTheFutureAreLeftAlone) {
  fs::create_directories(directory_ / "state");
  Sql(options_.path, "CREATE TABLE notes(x)");
  Open();
  auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos);
  fs::remove(options_.path);
  Open();
  Add(Entry("x"));
  Sql(options_.path, "PRAGMA user_version = 99");
  Open();
  refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("version 99"), std::string::npos);
}

TEST_F(HistoryTest, AFullDiskIsReportedAndLosesNothingAcknowledged) {
  fs::create_directories(directory_ / "state");
  if (mount("tmpfs", (directory_ / "state").c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here";
  }
  Open();
  std::int64_t acknowledged = 0;
  Expected<std::int64_t> last = 0;
  for (int i = 0; i < 2000; ++i) {
    last = history_->Append(kSoon, Entry(std::string(4000, 'x')));
    if (!last) break;
    ++acknowledged;
  }
  EXPECT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(history_->Health().state.starts_with("disk full")) << history_->Health().state;
  HistoryQuery all;
  all.limit = 10'000;
  EXPECT_EQ(static_cast<std::int64_t>(Find(all).size()), acknowledged);
  EXPECT_TRUE(Verified().intact);
  mount("tmpfs", (directory_ / "state").c_str(), "tmpfs", MS_REMOUNT, "size=16m");
  Add(Entry("room again"));
  EXPECT_TRUE(history_->Health().writable);
  EXPECT_TRUE(Verified().intact);
  history_.reset();
  umount2((directory_ / "state").c_str(), MNT_DETACH);
}

TEST_F(HistoryTest, AFolderThatCannotBeMadeIsAnError) {
  options_.path = "/proc/nowhere/toomai.db";
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(history_->Health().writable);
}

// ---- Many at once ----

TEST_F(HistoryTest, SixtyFourWritersAndReadersAndASecondProcess) {
  Open();
  Add(Entry("first"));
  // The second process writes and reads too.
  const pid_t child = fork();
  if (child == 0) {
    auto other = OpenSqliteHistory(options_);
    int trouble = 0;
    for (int i = 0; i < 100; ++i) {
      if (!(*other)->Append(kSoon, Entry("other process"))) ++trouble;
      if (!(*other)->Search(kSoon, {})) ++trouble;
    }
    other->reset();
    _exit(trouble == 0 ? 0 : 1);
  }
  std::atomic<int> trouble{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto id = history_->Append(kSoon, Entry("thread " + std::to_string(t) + " number " + std::to_string(i)));
        if (!id) ++trouble;
        if (id && !history_->Get(*id)) ++trouble;
        HistoryQuery query;
        query.text = "thread " + std::to_string(t);
        query.limit = 5;
        if (!history_->Search(kSoon, query)) ++trouble;
        if (id && i % 10 == 0 && !history_->SetReview(kSoon, *id, {ReviewState::kApproved, "r", "", ""})) ++trouble;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(trouble, 0);
  EXPECT_EQ(history_->Health().entries, 1 + 100 + 64 * 20);
  EXPECT_EQ(history_->Approved("shop")->size(), 64u * 2);
  EXPECT_TRUE(Verified().intact) << Verified().detail;
}

// A child writes as fast as it can and reports each acknowledged id through a pipe, until it is killed.
TEST_F(HistoryTest, KillingTheProcessLosesNothingAcknowledged) {
  std::mt19937 random(42);
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      auto history = OpenSqliteHistory(options_);
      std::vector<std::thread> writers;
      for (int t = 0; t < 4; ++t) {
        writers.emplace_back([&] {
          while (true) {
            const auto id = (*history)->Append(kSoon, Entry("under load"));
            if (id && write(pipes[1], &*id, sizeof *id) != sizeof *id) _exit(3);
            if (id && *id % 50 == 0) (void)(*history)->SetReview(kSoon, *id, {ReviewState::kApproved, "r", "", ""});
          }
        });
      }
      for (std::thread& writer : writers) writer.join();
    }
    close(pipes[1]);
    std::this_thread::sleep_for(milliseconds(5 + random() % 60));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::int64_t id = 0;
    std::vector<std::int64_t> ids;
    while (read(pipes[0], &id, sizeof id) == sizeof id) ids.push_back(id);
    close(pipes[0]);
    acknowledged += static_cast<std::int64_t>(ids.size());
    Open();
    for (const std::int64_t one : ids) ASSERT_TRUE(history_->Get(one)) << one;
    const VerifyReport report = Verified();
    ASSERT_TRUE(report.intact) << report.detail;
    history_.reset();
  }
  EXPECT_GT(acknowledged, 100);
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
  EXPECT_EQ(Sql(options_.path, "PRAGMA integrity_check"), "ok");
}

TEST(HistoryOptionsTest, ImpossibleOptionsAreRefused) {
  EXPECT_FALSE(OpenSqliteHistory({}));
  EXPECT_FALSE(OpenSqliteHistory({.path = "x", .synchronous = "maybe"}));
}

TEST(ReviewStateTest, WordsRoundTrip) {
  for (const ReviewState state :
       {ReviewState::kNew, ReviewState::kApproved, ReviewState::kRejected, ReviewState::kNeedsWork}) {
    EXPECT_EQ(ParseReviewState(ToString(state)), state);
  }
  EXPECT_FALSE(ParseReviewState("fine"));
}

}  // namespace
}  // namespace toomai::cache
