#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "mcp/server.h"

namespace toomai::mcp {
namespace {

TEST(Docs, ToolsPageIsMadeFromTheRegistry) {
  const std::string path = TOOMAI_SOURCE_DIR "/docs/tools.md";
  const std::string expected = ToolsAsMarkdown();
  if (std::getenv("TOOMAI_REWRITE") != nullptr) std::ofstream(path, std::ios::binary) << expected;
  std::ifstream file(path, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(found, expected) << "run with TOOMAI_REWRITE=1 to write docs/tools.md again";
}

}  // namespace
}  // namespace toomai::mcp
