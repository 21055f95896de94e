// How far a word goes: letters, digits, '_', '$' and every byte from 0x80, looked at many at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace toomai::validator {

#ifdef __SSE2__

// Sixteen bytes, by the vector unit that every x86-64 has.
class WordBytes {
 public:
  static constexpr std::size_t kMost = 16;

  explicit WordBytes(const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i capital = Among(bytes, 'A', 26);
    folded_ = _mm_or_si128(bytes, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
    const __m128i mark =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('$')));
    const __m128i part =
        _mm_or_si128(_mm_or_si128(Among(folded_, 'a', 26), Among(bytes, '0', 10)), _mm_or_si128(mark, bytes));
    const unsigned outside = ~Bits(part);
    length_ = static_cast<unsigned>(std::countr_zero(outside | 1u << kMost));
    const unsigned inside = (1u << length_) - 1;
    capitals_ = Bits(capital) & inside;
    high_ = Bits(bytes) & inside;
  }
  // Bytes before the first that is not part of the word.
  std::size_t Length() const { return length_; }
  bool HasCapitals() const { return capitals_ != 0; }
  bool HasHigh() const { return high_ != 0; }
  // All bytes, capitals of ASCII as small letters.
  void StoreFolded(char* out) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(out), folded_); }

 private:
  // The lanes that hold one of `count` bytes from `first` on: they are moved to the lowest numbers there are.
  static __m128i Among(__m128i bytes, char first, int count) {
    const __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8(static_cast<char>(0x80 - first)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + count)));
  }
  // The top bit of each lane.
  static unsigned Bits(__m128i lanes) { return static_cast<unsigned>(_mm_movemask_epi8(lanes)); }

  __m128i folded_;
  unsigned length_, capitals_, high_;
};

#else

// Eight bytes. The top bit of each lane is the answer for its byte; no sum carries into the next lane, because its
// terms have seven bits.
class WordBytes {
 public:
  static constexpr std::size_t kMost = 8;

  explicit WordBytes(const char* at) {
    std::uint64_t bytes;
    std::memcpy(&bytes, at, 8);
    const std::uint64_t top = bytes & kTop, low = bytes & ~kTop;
    const std::uint64_t capital = Between(low, 'A', 'Z') & ~top;
    const std::uint64_t letter = Between(low | Lanes(0x20), 'a', 'z') | Equal(low, '_');
    const std::uint64_t outside = ~(letter | Between(low, '0', '9') | Equal(low, '$') | top) & kTop;
    const std::uint64_t inside = outside == 0 ? ~std::uint64_t{0} : (outside & -outside) - 1;
    length_ = outside == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(outside)) / 8;
    folded_ = bytes | capital >> 2;
    capitals_ = capital & inside;
    high_ = top & inside;
  }
  std::size_t Length() const { return length_; }
  bool HasCapitals() const { return capitals_ != 0; }
  bool HasHigh() const { return high_ != 0; }
  void StoreFolded(char* out) const { std::memcpy(out, &folded_, 8); }

 private:
  static constexpr std::uint64_t kTop = 0x8080808080808080u;
  static constexpr std::uint64_t Lanes(int c) { return 0x0101010101010101u * static_cast<std::uint64_t>(c); }
  static constexpr std::uint64_t Between(std::uint64_t x, int low, int high) {
    return (x + Lanes(0x80 - low)) & ~(x + Lanes(0x7F - high)) & kTop;
  }
  static constexpr std::uint64_t Equal(std::uint64_t x, int c) { return ~((x ^ Lanes(c)) + Lanes(0x7F)) & kTop; }

  std::uint64_t folded_, capitals_, high_;
  std::size_t length_;
};

#endif

}  // namespace toomai::validator
