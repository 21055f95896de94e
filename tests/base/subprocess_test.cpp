#include "base/subprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

namespace toomai {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Expected<CommandResult> RunNow(std::vector<std::string> argv, std::string input = "",
                               milliseconds limit = seconds(20)) {
  Command command;
  command.argv = std::move(argv);
  command.input = std::move(input);
  return RunCommand(Deadline::After(limit), command);
}

TEST(Subprocess, GivesStatusOutputAndErrors) {
  auto done = RunNow({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, 3);
  EXPECT_EQ(done->out, "out\n");
  EXPECT_EQ(done->err, "err\n");
  EXPECT_EQ(RunNow({"sh", "-c", "kill -9 $$"})->status, 128 + 9);
}

TEST(Subprocess, ArgumentsAreNotForAShell) {
  EXPECT_EQ(RunNow({"printf", "%s|", "a b", "$HOME", "'; rm x", ""})->out, "a b|$HOME|'; rm x||");
}

// More than any pipe holds, both ways at once.
TEST(Subprocess, InputAndOutputFlowTogether) {
  std::string text(3'000'000, 'x');
  EXPECT_EQ(RunNow({"cat"}, text)->out, text);
  auto deaf = RunNow({"true"}, text);
  ASSERT_TRUE(deaf);
  EXPECT_EQ(deaf->status, 0) << "a child that does not read is no error and no SIGPIPE";
}

TEST(Subprocess, OutputIsLimited) {
  Command command;
  command.argv = {"sh", "-c", "head -c 100000 /dev/zero"};
  for (std::size_t limit : {99'999u, 100'000u, 100'001u}) {
    command.max_output = limit;
    EXPECT_EQ(RunCommand(Deadline::After(seconds(20)), command)->out.size(), std::min<std::size_t>(limit, 100'000));
  }
}

TEST(Subprocess, EnvironmentIsChanged) {
  ::setenv("TOOMAI_TEST_OLD", "old", 1);
  ::setenv("TOOMAI_TEST_GONE", "gone", 1);
  Command command;
  command.argv = {"sh", "-c", "echo $TOOMAI_TEST_OLD,$TOOMAI_TEST_GONE,$TOOMAI_TEST_NEW; pwd"};
  command.environment = {"TOOMAI_TEST_OLD=changed", "TOOMAI_TEST_GONE", "TOOMAI_TEST_NEW=a=b"};
  command.directory = "/";
  EXPECT_EQ(RunCommand(Deadline::After(seconds(20)), command)->out, "changed,,a=b\n/\n");
}

// Whether a script came to its end, as the file says that it then makes.
class EndMark {
 public:
  explicit EndMark(const std::string& name) : file_(testing::TempDir() + name) { ::unlink(file_.c_str()); }
  ~EndMark() { ::unlink(file_.c_str()); }
  const std::string& file() const { return file_; }
  bool set() const { return ::access(file_.c_str(), F_OK) == 0; }

 private:
  const std::string file_;
};

TEST(Subprocess, TheDeadlineKillsTheWholeGroup) {
  const EndMark first("subprocess_test_first"), second("subprocess_test_second");
  const std::string script = "(sleep 20; touch " + first.file() + ") & sleep 20; wait; touch " + second.file();
  auto done = RunNow({"sh", "-c", script}, "", milliseconds(200));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(first.set() || second.set()) << "it was waited for instead of killed";

  std::stop_source source;
  source.request_stop();
  Command command;
  command.argv = {"sleep", "60"};
  EXPECT_EQ(RunCommand(Deadline::Never(source.get_token()), command).error().code, ErrorCode::kCancelled);
}

TEST(Subprocess, TheDeadlineHoldsForAChildThatHasClosedItsOutputs) {
  const EndMark end("subprocess_test_closed");
  auto done = RunNow({"sh", "-c", "exec >&- 2>&-; sleep 20; touch " + end.file()}, "", milliseconds(200));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(end.set()) << "it was waited for instead of killed";
  EXPECT_EQ(RunNow({"sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 7"})->status, 7) << "within its time it may go on";
}

TEST(Subprocess, SaysWhatCannotBeRun) {
  EXPECT_EQ(RunNow({"no-such-program-here"}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(RunNow({"/no/such/file"}).error().message, HasSubstr("No such file"));
  EXPECT_THAT(RunNow({"/etc/passwd"}).error().message, HasSubstr("Permission denied"));
  EXPECT_FALSE(RunNow({}));
}

TEST(Subprocess, StartsInTheBackground) {
  std::string file = testing::TempDir() + "subprocess_test_output";
  ::unlink(file.c_str());
  Command command;
  command.argv = {"sh", "-c", "echo started; sleep 60"};
  command.output_file = file;
  auto pid = StartProcess(command);
  ASSERT_TRUE(pid);
  EXPECT_EQ(::getsid(*pid), *pid) << "Ctrl-C on our terminal must not reach it";
  std::string line;
  for (int i = 0; i < 500 && line.empty(); ++i) {
    ::usleep(10'000);
    std::getline(std::ifstream(file), line);
  }
  EXPECT_EQ(line, "started");
  ::kill(-*pid, SIGKILL);
  ::waitpid(*pid, nullptr, 0);
  ::unlink(file.c_str());
}

}  // namespace
}  // namespace toomai
