// The command line: picks the command, returns the exit status.
// 0: done, 1: refused or failed as the command says, 2: wrong usage or configuration.
#pragma once

namespace toomai::app {

inline constexpr const char* kVersion = "0.1.0";

int RunCommandLine(int argc, char** argv);

}  // namespace toomai::app
