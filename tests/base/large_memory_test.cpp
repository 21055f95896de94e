#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include "base/sanitized.h"

namespace toomai {
namespace {

// What the kernel knows of the memory at this address; "hg": huge pages are asked for. Empty: it does not say.
std::string FlagsAt(const void* memory) {
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      const auto address = reinterpret_cast<std::uintptr_t>(memory);
      here = begin <= address && address < end;
    }
    if (here && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST(LargeMemory, AsksForHugePagesFromFourMegabytesOn) {
#if TOOMAI_SANITIZED
  GTEST_SKIP() << "a sanitizer has its own memory";
#endif
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) GTEST_SKIP() << "no huge pages on this system";
  constexpr std::size_t kFourMegabytes = std::size_t{4} << 20;
  const std::vector<char> smaller(kFourMegabytes - 1), large(kFourMegabytes), larger(kFourMegabytes + 1);
  EXPECT_EQ(FlagsAt(smaller.data()).find(" hg "), std::string::npos);
  EXPECT_NE(FlagsAt(large.data()).find(" hg "), std::string::npos) << FlagsAt(large.data());
  EXPECT_NE(FlagsAt(larger.data()).find(" hg "), std::string::npos) << FlagsAt(larger.data());
}

TEST(LargeMemory, WhatCannotBeHadIsRefusedAsEver) {
  volatile std::size_t half_of_all = PTRDIFF_MAX, all = SIZE_MAX;
  EXPECT_THROW(::operator delete(::operator new(half_of_all)), std::bad_alloc);
  EXPECT_THROW(::operator delete(::operator new(all)), std::bad_alloc);
}

TEST(LargeMemory, GrowsWithItsBytes) {
  std::string text;
  for (int i = 0; i < 3'000'000; ++i) text += static_cast<char>('a' + i % 26), text += "b";
  ASSERT_EQ(text.size(), 6'000'000u);
  for (int i = 0; i < 3'000'000; ++i) ASSERT_EQ(text[2 * i], 'a' + i % 26);
}

}  // namespace
}  // namespace toomai
