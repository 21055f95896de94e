#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "tests/support/scratch_folder.h"

namespace toomai {
namespace {

TEST(ReadFile, TakesSoManyBytesAndNoMore) {
  const test::ScratchFolder folder("file");
  const std::string path = (folder / "f").string();
  std::ofstream(path) << "12345";
  EXPECT_EQ(*ReadFile(path, 5), "12345");
  EXPECT_EQ(ReadFile(path, 4).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(path + "x").error().code, ErrorCode::kNotFound);
  EXPECT_NE(ReadFile(folder.string()).error().message.find("folder"), std::string::npos);
  EXPECT_EQ(*ReadFile("/dev/null"), "");
}

TEST(ReadFile, WaitsForAPipeWhileSomebodyWrites) {
  const test::ScratchFolder folder("file");
  const std::string path = (folder / "pipe").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream pipe(path);
    pipe << "first" << std::flush;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pipe << " and last";
  });
  EXPECT_EQ(*ReadFile(path), "first and last");
  writer.join();
  const auto nobody = ReadFile(path);
  ASSERT_FALSE(nobody) << "this would have waited for ever";
  EXPECT_NE(nobody.error().message.find("pipe"), std::string::npos) << nobody.error().message;
}

}  // namespace
}  // namespace toomai
