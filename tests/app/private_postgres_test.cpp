#include "app/private_postgres.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace toomai::app {
namespace {

using testing::HasSubstr;

TEST(PrivatePostgres, StartsAnswersAndLeavesNothingBehind) {
  std::string directory;
  {
    auto server = PrivatePostgres::Start();
    ASSERT_TRUE(server) << server.error().message;
    directory = (*server)->directory();
    struct stat info {};
    ASSERT_EQ(::stat(directory.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u) << "others must not reach the socket";
    EXPECT_GE((*server)->version(), 12);

    ASSERT_TRUE((*server)->CreateDatabase("a \"b\""));
    auto said = (*server)->RunSql("a \"b\"", "SELECT 1, NULL, upper('é'); SELECT current_database()");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(*said, "1||É\na \"b\"");
    EXPECT_EQ((*server)->RunSql("postgres", "SHOW listen_addresses").value(), "");

    auto bad = (*server)->RunSql("postgres", "SELECT 1;\nSELEC 2; SELECT 3");
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().message, HasSubstr("syntax error"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(PrivatePostgres, StopsAndStartsAgainOnTheSamePort) {
  auto server = PrivatePostgres::Start({.tcp = true});
  ASSERT_TRUE(server) << server.error().message;
  ASSERT_TRUE((*server)->RunSql("postgres", "CREATE ROLE guest LOGIN"));
  ASSERT_TRUE((*server)->SetPassword("guest"));
  int port = (*server)->port();
  EXPECT_NE(port, 0);
  for (auto stop : {&PrivatePostgres::StopImmediate, &PrivatePostgres::StopFast}) {
    ASSERT_TRUE((server->get()->*stop)());
    EXPECT_FALSE((*server)->running());
    EXPECT_FALSE((*server)->RunSql("postgres", "SELECT 1"));
    ASSERT_TRUE((*server)->StartAgain());
    EXPECT_EQ((*server)->port(), port);
    EXPECT_EQ((*server)->RunSql("postgres", "SELECT 1").value(), "1");
  }
  EXPECT_THAT((*server)->TcpUrl("postgres", "guest"), HasSubstr("@127.0.0.1:" + std::to_string(port) + "/postgres"));
  EXPECT_THAT((*server)->TcpUrl("postgres", "guest", 99), HasSubstr("@127.0.0.1:99/"));
}

// The port is open to everybody on this machine, so it must ask who they are.
TEST(PrivatePostgres, ThePortWantsThePassword) {
  auto server = PrivatePostgres::Start({.tcp = true});
  ASSERT_TRUE(server) << server.error().message;
  ASSERT_TRUE((*server)->RunSql("postgres", "CREATE ROLE guest LOGIN"));
  ASSERT_TRUE((*server)->SetPassword("guest"));
  auto connect = [&](const std::string& url) {
    return RunCommand(Deadline::After(std::chrono::seconds(10)), {.argv = {"psql", "-w", "-Atc", "SELECT 1", url}})
        ->status;
  };
  std::string with_password = (*server)->TcpUrl("postgres", "guest");
  EXPECT_EQ(connect(with_password), 0);
  EXPECT_NE(connect("postgresql://guest@" + with_password.substr(with_password.find('@') + 1)), 0);
  EXPECT_NE(connect((*server)->TcpUrl("postgres", "postgres")), 0);
}

TEST(PrivatePostgres, GoesAwayWhenItsOwnerIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  pid_t owner = ::fork();
  if (owner == 0) {
    auto server = PrivatePostgres::Start();
    std::string directory = server ? (*server)->directory() : "";
    if (::write(ends[1], directory.data(), directory.size()) < 0) ::_exit(1);
    ::pause();
  }
  ::close(ends[1]);
  char buffer[512];
  ssize_t got = ::read(ends[0], buffer, sizeof buffer);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  ::close(ends[0]);
  ASSERT_GT(got, 0);
  std::string directory(buffer, got);
  for (int i = 0; i < 300 && std::filesystem::exists(directory); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(PrivatePostgres, SaysWhatToInstall) {
  auto server = PrivatePostgres::Start({.binaries = "/nonexistent"});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(server.error().hint, HasSubstr("apt-get install postgresql"));
}

TEST(PrivatePostgres, ShowsTheServersOwnWordsWhenItDoesNotStart) {
  auto server = PrivatePostgres::Start({.settings = {"no_such_setting = 1"}});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("no_such_setting"));
}

}  // namespace
}  // namespace toomai::app
