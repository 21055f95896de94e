// The program: one binary, many words. See app/cli.h.
#include <cstdio>
#include <exception>

#include "app/cli.h"

int main(int argc, char** argv) {
  try {
    return toomai::app::RunCommandLine(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "toomai: %s\n  -> this is a defect of toomai: please report it with what you did\n",
                 error.what());
    return 1;
  }
}
