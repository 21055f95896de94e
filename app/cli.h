// The command line: picks the command, returns the exit status.
// 0: done, 1: refused or failed as the command says, 2: wrong usage or configuration.
#pragma once

namespace toomai::app {

int RunCommandLine(int argc, char** argv);

}  // namespace toomai::app
