// The program: one binary, many words. See app/cli.h.
#include "app/cli.h"

int main(int argc, char** argv) {
  return toomai::app::RunCommandLine(argc, argv);
}
