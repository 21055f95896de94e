#include "validator/text_check.h"

#include <algorithm>
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

std::uint64_t Load(const unsigned char* bytes) {
  std::uint64_t chunk;
  std::memcpy(&chunk, bytes, 8);
  return chunk;
}

// The top bit of lanes that may be more than plain ASCII: of bytes with that bit, or below 0x20.
std::uint64_t Suspicious(std::uint64_t chunk) {
  return (chunk | ((chunk - 0x2020202020202020u) & ~chunk)) & 0x8080808080808080u;
}

// How many bytes from the beginning are plain ASCII without control characters, or a few less.
std::size_t PlainBytes(const unsigned char* bytes, std::size_t size) {
  std::size_t i = 0;
  for (; i + 16 <= size; i += 16) {
    if ((Suspicious(Load(bytes + i)) | Suspicious(Load(bytes + i + 8))) != 0) return i;
  }
  if (size < 16) return i;
  // The rest is looked at together with some that came before.
  return (Suspicious(Load(bytes + size - 16)) | Suspicious(Load(bytes + size - 8))) == 0 ? size : i;
}

}  // namespace

BadText FindBadText(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0;;) {
    i += PlainBytes(bytes + i, text.size() - i);
    for (const std::size_t stop = std::min(text.size(), i + 32); i < stop;) {
      const unsigned char c = bytes[i];
      if (c == 0) return {i, LexicalError::kNulByte, true};
      if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f')
        return {i, LexicalError::kControlCharacter, true};
      const std::size_t length = Utf8SequenceLength(bytes + i, text.size() - i);
      if (length == 0) return {i, LexicalError::kInvalidUtf8, true};
      i += length;
    }
    if (i >= text.size()) return {};
  }
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
