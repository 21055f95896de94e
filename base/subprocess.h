// Running another program: fork and exec, never a shell. Output is captured, the deadline is kept, and the child does
// not outlive the caller.
//
//   auto done = RunCommand(deadline, {.argv = {"/usr/bin/psql", "-X", "-c", "SELECT 1"}});
//   if (!done) ...                // could not be started, or the deadline came first (it was killed)
//   if (done->status != 0) ...    // it ran and said no: done->err
//
// Thread-safe. Nothing between fork and exec allocates or locks, so it may be used in a program with threads.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"

namespace toomai {

struct UserIds {
  uid_t uid = 0;
  gid_t gid = 0;
};

struct Command {
  std::vector<std::string> argv;         // argv[0]: a path, or a name that is looked up in PATH
  std::vector<std::string> environment;  // on top of ours: "NAME=value" sets, "NAME" removes
  std::string input;                     // what it reads on standard input
  std::string directory;                 // working directory; empty: ours
  std::optional<UserIds> run_as;         // give up root before exec
  std::string output_file;               // StartProcess: standard output and error are appended here
  std::size_t max_output = 8u << 20;     // bytes kept of each of out and err; the rest is read and dropped
};

struct CommandResult {
  int status = -1;  // exit status; 128 + signal when a signal ended it
  std::string out, err;
};

// Runs to the end. Its whole process group is killed when the deadline comes or the calling thread dies.
Expected<CommandResult> RunCommand(const Deadline& deadline, const Command& command);

// Starts and returns at once; a session of its own, so that a Ctrl-C on our terminal does not reach it. Whoever calls
// must reap it (waitpid).
Expected<pid_t> StartProcess(const Command& command);

// The file in PATH, or empty.
std::string FindInPath(std::string_view program);

}  // namespace toomai
