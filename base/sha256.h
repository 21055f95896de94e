// SHA-256 (FIPS 180-4): names content and chains history entries. Not a password hash.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace toomai {

class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // The 32 bytes; the object is spent afterwards.
  std::string Finish();

 private:
  void Block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> pending_;
  std::uint64_t length_ = 0;
};

// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace toomai
