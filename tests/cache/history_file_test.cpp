// The history in a file: what can happen to files.
#include <sys/mount.h>

#include <fstream>
#include <random>

#include "base/redact.h"
#include "tests/cache/history_fixture.h"

namespace toomai::cache {
namespace {

class HistoryFileTest : public HistoryFixture {
 protected:
  HistoryFileTest() : HistoryFixture(Store::kSqlite) {}
};

TEST_F(HistoryFileTest, NothingIsOpenedBeforeItIsNeeded) {
  History& history = Open();
  EXPECT_TRUE(Find({}).empty());
  EXPECT_EQ(history.ReviewVersion(), 0);
  EXPECT_EQ(history.Health().entries, 0);
  EXPECT_TRUE(history.Health().writable);
  EXPECT_EQ(history.Get(1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(history.SetReview(kSoon, 1, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*history.Statistics({}), "{}");
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(HistoryFileTest, TheFileIsPrivate) {
  Open();
  Add(Entry("q"));
  EXPECT_EQ(fs::status(options_.path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(directory_ / "state").permissions(), fs::perms::owner_all);
}

TEST_F(HistoryFileTest, SecretsNeverReachTheFile) {
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

TEST_F(HistoryFileTest, RetentionBySizeShrinksTheFile) {
  Open();
  std::string words;
  for (int i = 0; i < 400; ++i) words += "word ";
  for (int i = 0; i < 600; ++i) Add(Entry(words + std::to_string(i)));
  history_.reset();
  const auto before = fs::file_size(options_.path);
  options_.max_bytes = static_cast<std::int64_t>(before / 2);
  Open();
  Add(Entry("one more"));
  for (int i = 0; i < 300 && Stranger("SELECT count(*) FROM events WHERE kind = 'prune'") == "0"; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  std::this_thread::sleep_for(milliseconds(300));
  history_.reset();
  EXPECT_LE(fs::file_size(options_.path), before * 6 / 10);
  Open();
  EXPECT_TRUE(Verified().intact);
  EXPECT_GT(history_->Health().entries, 100);
}

// The command line writes an entry and ends.
TEST_F(HistoryFileTest, RetentionComesAlsoToWhoIsSoonGone) {
  Open();
  for (int i = 0; i < 600; ++i) Add(Entry("word " + std::string(1000, 'x') + std::to_string(i)));
  history_.reset();
  options_.max_bytes = static_cast<std::int64_t>(fs::file_size(options_.path) / 2);
  Open();
  Add(Entry("one more"));
  history_.reset();
  EXPECT_NE(Stranger("SELECT count(*) FROM events WHERE kind = 'prune'"), "0");
}

TEST_F(HistoryFileTest, ALockedFileIsWaitedForThenReportedThenUsedAgain) {
  options_.lock_timeout = milliseconds(200);
  Open();
  Add(Entry("before"));
  sqlite3* stranger = nullptr;
  ASSERT_EQ(sqlite3_open(options_.path.c_str(), &stranger), SQLITE_OK);
  sqlite3_busy_timeout(stranger, 2000);
  ASSERT_EQ(sqlite3_exec(stranger, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto refused = history_->Append(kSoon, Entry("during"));
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

TEST_F(HistoryFileTest, ADamagedFileIsReportedNotCrashedOn) {
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

TEST_F(HistoryFileTest, FilesOfOthersAndOfTheFutureAreLeftAlone) {
  fs::create_directories(directory_ / "state");
  Stranger("CREATE TABLE notes(x)");
  Open();
  auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos);
  fs::remove(options_.path);
  Open();
  Add(Entry("x"));
  Stranger("PRAGMA user_version = 99");
  Open();
  refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("version 99"), std::string::npos);
}

TEST_F(HistoryFileTest, AFullDiskIsReportedAndLosesNothingAcknowledged) {
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

TEST_F(HistoryFileTest, AFileFromBeforePreviewsIsMigratedAndStillVerifies) {
  Open();
  Add(Entry("old"));
  history_.reset();
  Stranger(
      "ALTER TABLE entries DROP COLUMN preview; ALTER TABLE head DROP COLUMN summed; DROP TABLE words; PRAGMA "
      "user_version = 2");
  Open();
  Add(Entry("new"));
  EXPECT_EQ(history_->Health().entries, 2);
  EXPECT_TRUE(Verified().intact) << Verified().detail;
}

TEST_F(HistoryFileTest, AFolderThatCannotBeMadeIsAnError) {
  options_.path = "/proc/nowhere/toomai.db";
  Open();
  const auto refused = history_->Append(kSoon, Entry("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(history_->Health().writable);
}

TEST(HistoryOptionsTest, ImpossibleOptionsAreRefused) {
  EXPECT_FALSE(OpenSqliteHistory({}));
  EXPECT_FALSE(OpenSqliteHistory({.path = "x", .synchronous = "maybe"}));
}

}  // namespace
}  // namespace toomai::cache
