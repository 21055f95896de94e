#include "app/cli.h"

#include <cstdio>

namespace toomai::app {

int RunCommandLine(int, char**) {
  std::fputs("toomai: no command yet\n", stderr);
  return 2;
}

}  // namespace toomai::app
