#include "validator/text_check.h"

#include <cstdint>
#include <cstring>

namespace toomai::validator {
namespace {

// Length of the well-formed UTF-8 sequence at `bytes`, 0 if there is none.
std::size_t Utf8SequenceLength(const unsigned char* bytes, std::size_t available) {
  const unsigned char lead = bytes[0];
  const auto continues = [&](std::size_t i) { return i < available && (bytes[i] & 0xC0) == 0x80; };
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && bytes[1] < 0xA0) return 0;  // overlong
    if (lead == 0xED && bytes[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && bytes[1] < 0x90) return 0;
    if (lead == 0xF4 && bytes[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

// Plain ASCII goes by eight bytes at a time.
BadText FindBadText(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {
      std::uint64_t chunk;
      std::memcpy(&chunk, bytes + i, 8);
      // A byte is suspicious when its top bit is set or it is below 0x20.
      const std::uint64_t below_space = (chunk - 0x2020202020202020u) & ~chunk;
      if (((chunk | below_space) & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    const unsigned char c = bytes[i];
    if (c == 0) return {i, LexicalError::kNulByte, true};
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') return {i, LexicalError::kControlCharacter, true};
    const std::size_t length = Utf8SequenceLength(bytes + i, text.size() - i);
    if (length == 0) return {i, LexicalError::kInvalidUtf8, true};
    i += length;
  }
  return {};
}

bool IsValidUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = bytes[i] == 0 ? 0 : Utf8SequenceLength(bytes + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace toomai::validator
