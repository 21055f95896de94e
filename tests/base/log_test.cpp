#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <time.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/support/scratch_folder.h"

namespace toomai {
namespace {

namespace fs = std::filesystem;

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { InitLog({.level = Level::kWarn}); }
  LogOptions Json() const { return {.format = LogOptions::Format::kJson, .file = file()}; }
  std::string file() const { return (directory_ / "toomai.log").string(); }
  std::vector<std::string> Lines() const {
    std::ifstream in(file());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  nlohmann::json Last() const { return nlohmann::json::parse(Lines().back()); }

  const test::ScratchFolder directory_{"log"};
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
  InitLog(Json());
  Log(Level::kInfo, "pool", "opened \"it\"\nnow",
      {{"database", std::string("shop")}, {"n", std::int64_t{3}}, {"ms", 1.5}, {"ok", true}});
  const nlohmann::json line = Last();
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["module"], "pool");
  EXPECT_EQ(line["message"], "opened \"it\"\nnow");
  EXPECT_EQ(line["database"], "shop");
  EXPECT_EQ(line["n"], 3);
  EXPECT_EQ(line["ms"], 1.5);
  EXPECT_EQ(line["ok"], true);
  EXPECT_EQ(line["ts"].get<std::string>().size(), 24u);
  EXPECT_FALSE(line.contains("request_id"));
}

TEST_F(LogTest, HostileBytesStayInsideTheirField) {
  InitLog(Json());
  Log(Level::kInfo, "m", "x", {{"q", std::string("a\xFF\x00\x1b[31m\",\"level\":\"error", 24)}});
  EXPECT_EQ(Last()["level"], "info");
  LogOptions console = Json();
  console.format = LogOptions::Format::kConsole;
  InitLog(console);
  Log(Level::kInfo, "m", "first\n00:00:00.000 ERROR m: forged", {{"q", std::string("v\nforged")}});
  EXPECT_EQ(Lines().size(), 2u);
}

TEST_F(LogTest, LevelsPerModuleChangeWhileRunning) {
  LogOptions options = Json();
  options.modules = {{"pool", Level::kDebug}, {"http", Level::kOff}};
  InitLog(options);
  EXPECT_TRUE(LogEnabled(Level::kDebug, "pool"));
  EXPECT_FALSE(LogEnabled(Level::kDebug, "other"));
  EXPECT_FALSE(LogEnabled(Level::kError, "http"));
  SetLogLevels(Level::kError, {});
  EXPECT_FALSE(LogEnabled(Level::kWarn, "pool"));
  EXPECT_TRUE(LogEnabled(Level::kError, "http"));
  EXPECT_FALSE(LogEnabled(Level::kOff, "http"));
}

TEST_F(LogTest, RequestIdsNestAndBelongToAThread) {
  InitLog(Json());
  const LogRequestScope outer("r1");
  {
    const LogRequestScope inner("r2");
    Log(Level::kInfo, "m", "x");
    EXPECT_EQ(Last()["request_id"], "r2");
  }
  EXPECT_EQ(CurrentRequestId(), "r1");
  {
    const LogRequestScope traced("r3", "4bf92f3577b34da6a3ce929d0e0e4736");
    Log(Level::kInfo, "m", "x");
    EXPECT_EQ(Last()["request_id"], "r3");
    EXPECT_EQ(Last()["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  }
  Log(Level::kInfo, "m", "x");
  EXPECT_FALSE(Last().contains("trace_id"));
  std::thread([] { EXPECT_EQ(CurrentRequestId(), ""); }).join();
}

TEST_F(LogTest, SecretsAndLiteralsDoNotReachTheFile) {
  RegisterSecret("planted-s3cret");
  InitLog(Json());
  Log(Level::kWarn, "db", "cannot reach postgresql://u:pa55word@h/db with planted-s3cret",
      {{"dsn", std::string("host=h password='two words' user=u")},
       {"sql", std::string("SELECT 'planted literal', 12345 FROM t1")}});
  std::stringstream all;
  all << std::ifstream(file()).rdbuf();
  for (const char* planted : {"pa55word", "planted", "two words", "12345"}) {
    EXPECT_EQ(all.str().find(planted), std::string::npos) << planted << " in " << all.str();
  }
  EXPECT_EQ(Last()["sql"], "SELECT ?, ? FROM t1");
  LogOptions open = Json();
  open.redact_sql_literals = false;
  InitLog(open);
  Log(Level::kInfo, "db", "x", {{"sql", std::string("SELECT 12345")}});
  EXPECT_EQ(Last()["sql"], "SELECT 12345");
}

TEST_F(LogTest, RotatesBySizeAndKeepsTheNumberAsked) {
  LogOptions options = Json();
  options.max_file_bytes = 2000;
  options.max_files = 2;
  InitLog(options);
  for (int i = 0; i < 100; ++i) Log(Level::kInfo, "m", std::string(100, 'x'));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    ++files;
    EXPECT_LE(entry.file_size(), 2000u);
  }
  EXPECT_EQ(files, 3u);  // the live one and two old ones
}

TEST_F(LogTest, RemovesRotatedFilesThatAreTooOld) {
  const fs::path old = directory_ / "toomai.1.log";
  const fs::path young = directory_ / "toomai.2.log";
  std::ofstream(old) << "old\n";
  std::ofstream(young) << "young\n";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  InitLog(Json());
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
}

TEST_F(LogTest, AFileThatGrowsOldIsPutAside) {
  std::ofstream(file()) << "yesterday\n";
  fs::last_write_time(file(), fs::file_time_type::clock::now() - std::chrono::hours(25));
  LogOptions options = Json();
  InitLog(options);
  EXPECT_TRUE(fs::exists(directory_ / "toomai.1.log"));
  Log(Level::kInfo, "m", "today");
  InitLog(options);  // a restart on the same day goes on with the same file
  Log(Level::kInfo, "m", "later");
  EXPECT_EQ(Lines().size(), 2u);

  options.max_file_age = std::chrono::milliseconds(20);
  InitLog(options);
  Log(Level::kInfo, "m", "last line");
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  Log(Level::kInfo, "m", "first line of the next file");
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_EQ(Last()["message"], "first line of the next file");
  EXPECT_TRUE(fs::exists(directory_ / "toomai.2.log"));
}

TEST_F(LogTest, TheAgeOfAFileIsThatOfItsFirstLineAcrossRestarts) {
  LogOptions options = Json();
  options.max_file_age = std::chrono::milliseconds(300);
  const auto begun = std::chrono::steady_clock::now();
  InitLog(options);
  struct statx facts {};
  ASSERT_EQ(statx(AT_FDCWD, file().c_str(), 0, STATX_BTIME, &facts), 0);
  if ((facts.stx_mask & STATX_BTIME) == 0) GTEST_SKIP() << "the file system knows no birth of files";
  while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(400)) {
    InitLog(options);
    Log(Level::kInfo, "m", "a line of a short run");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(fs::exists(directory_ / "toomai.1.log")) << "no run is as long as a file may be old, all of them are";
}

TEST_F(LogTest, AFileThatCannotBeBegunAnewIsGoneOnWith) {
  const fs::path folder = directory_ / "logs", moved = directory_ / "moved";
  LogOptions options = Json();
  options.file = (folder / "toomai.log").string();
  options.max_file_age = std::chrono::milliseconds(20);
  InitLog(options);
  Log(Level::kInfo, "m", "before");
  fs::rename(folder, moved);
  std::ofstream(folder) << "a file in the place of the folder\n";
  const auto wait_and_log = [&](const char* line) {
    std::this_thread::sleep_for(options.max_file_age * 2);
    Log(Level::kInfo, "m", line);
  };
  wait_and_log("one without a folder");
  wait_and_log("another without a folder");
  std::ostringstream all;
  for (const auto& entry : fs::directory_iterator(moved)) all << std::ifstream(entry.path()).rdbuf();
  EXPECT_NE(all.str().find("before"), std::string::npos) << all.str();
  EXPECT_NE(all.str().find("one without"), std::string::npos) << all.str();
  EXPECT_NE(all.str().find("another without"), std::string::npos) << all.str();
  fs::remove(folder);
  fs::create_directory(folder);
  wait_and_log("the folder is back");
  std::ostringstream now;
  now << std::ifstream(options.file).rdbuf();
  EXPECT_NE(now.str().find("the folder is back"), std::string::npos) << now.str();
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsNotFatal) {
  testing::internal::CaptureStderr();
  InitLog({.format = LogOptions::Format::kJson, .file = "/proc/nowhere/toomai.log"});
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot be opened"), std::string::npos);
}

struct RedactCase {
  const char* text;
  const char* shown;
};

TEST(Redact, HidesSecretsByShape) {
  const RedactCase cases[] = {
      {"postgresql://u:pw@h:5432/d?sslmode=require", "postgresql://u:[hidden]@h:5432/d?sslmode=require"},
      {"postgres://u:p/w@x@h/d", "postgres://u:[hidden]@h/d"},
      {"http://h:8080/path?mail=a@b", "http://h:8080/path?mail=a@b"},
      {"https://h/x?api_key=abc&y=1", "https://h/x?api_key=[hidden]&y=1"},
      {"host=h PASSWORD = abc user=u", "host=h PASSWORD = [hidden] user=u"},
      {"password='a b\\'c' x", "password='[hidden]' x"},
      {"{\"token\": \"abc\", \"n\": 1}", "{\"token\": \"[hidden]\", \"n\": 1}"},
      {"TEST_DB_PASSWORD=abc", "TEST_DB_PASSWORD=[hidden]"},
      {"Authorization: Bearer abcdefgh12345\r\nHost: h", "Authorization: [hidden]\r\nHost: h"},
      {"sent Bearer abcdefgh12345 there", "sent Bearer [hidden] there"},
      {"key sk-abcdefghijklmnop1234 bad", "key [hidden] bad"},
      {"eyJhbGciOi.eyJzdWIi.c2ln", "[hidden]"},
      {"unexpected token: ;", "unexpected token: ;"},
      {"prompt_tokens=120 password_env_var=X", "prompt_tokens=120 password_env_var=X"},
      {"password authentication failed for user \"u\"", "password authentication failed for user \"u\""},
      {"password=", "password="},
      {"", ""},
  };
  for (const RedactCase& one : cases) {
    EXPECT_EQ(Redact(one.text), one.shown) << one.text;
    EXPECT_EQ(Redact(Redact(one.text)), one.shown) << "twice: " << one.text;
  }
}

TEST(Redact, RegisteredSecretsGoWholeAndShortOnesAreIgnored) {
  RegisterSecret("abc");
  RegisterSecret("longsecret");
  RegisterSecret("longsecret-and-more");
  EXPECT_EQ(Redact("abc longsecret-and-more longsecret"), "abc [hidden] [hidden]");
}

TEST(Redact, ThePasswordOfAUrlGoesHoweverItWasWrittenAndRead) {
  RegisterUrlPassword("postgresql://u:sEkret%zz@host/db");
  EXPECT_EQ(Redact("invalid percent-encoded token: \"sEkret%zz\""), "invalid percent-encoded token: \"[hidden]\"");
  RegisterUrlPassword("postgres://u:open@sesame/now@127.0.0.1:1/db");
  EXPECT_EQ(Redact("no host \"sesame/now@127.0.0.1\""), "no host \"[hidden]/now@127.0.0.1\"");
  RegisterUrlPassword("postgresql://u:two words@h/db?options=a@b");
  EXPECT_EQ(Redact("u:two words@h"), "u:[hidden]@h");
  for (const char* without : {"postgresql://host:5432/database1", "postgresql://host:5432/database2?user=me@here",
                              "postgresql://user@host:5432/database3", "http://u:webpassword@h/", "host=h port=5432"}) {
    RegisterUrlPassword(without);
  }
  const std::string harmless = "host 5432 database1 database2 database3 user webpassword";
  EXPECT_EQ(Redact(harmless), harmless);
}

// Seconds that this thread has worked, whoever else works on the machine.
double Worked() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The least of a few: the first meets cold caches.
double SecondsToRedact(const std::string& text) {
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double begin = Worked();
    EXPECT_FALSE(Redact(text).empty());
    least = std::min(least, Worked() - begin);
  }
  return least;
}

// Whoever may send a text must not choose how long it takes: 64 times the text takes about 64 times as long; with the
// square of the length it would be 4,096 times.
TEST(Redact, TakesTimeByTheLengthOfTheTextAlone) {
  RegisterSecret("hunter2!");
  for (const std::string piece :
       {"://",         "postgres://", "postgres://a", "x://y@",          "s-",        "sk-a ",
        "e.",          "eyJ.",        "eyJ-",         "eyJ.a.b ",        "password=", "password=& ",
        "password=\"", "password  ",  "bearer ",      "authorization: ", "hunter2!",  "a\"'",
        "\\",          "k: "}) {
    std::string small, large;
    while (small.size() < 4'000) small += piece;
    while (large.size() < 64 * small.size()) large += piece;
    EXPECT_LT(SecondsToRedact(large), 600 * SecondsToRedact(small)) << piece;
  }
}

TEST(Redact, SqlLiterals) {
  const RedactCase cases[] = {
      {"SELECT a1, 'it''s', 1.5e-7 FROM t2 WHERE x=-3", "SELECT a1, ?, ? FROM t2 WHERE x=-?"},
      {"SELECT E'a\\'b', \"Q'1\", $$x$$, $t$y'$t$, $1", "SELECT E?, \"Q'1\", ?, ?, $1"},
      {"SELECT 1 -- mail a@b\n, /* x /* y */ z */ 2", "SELECT ?  \n,   ?"},
      {"'open", "?"},
      {"/* open", " "},
  };
  for (const RedactCase& one : cases) EXPECT_EQ(RedactSqlLiterals(one.text), one.shown) << one.text;
}

}  // namespace
}  // namespace toomai
