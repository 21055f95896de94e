// Is this word a keyword? A hash table made by the compiler, for the lexer's inner loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "validator/token.h"

namespace toomai::validator {

inline constexpr std::size_t kLongestKeyword = 17;  // current_timestamp

namespace keyword_table {

// Letters in one case: 'A'..'Z' become 'a'..'z' and '_' becomes DEL, which no word can hold, so nothing is confused.
inline constexpr std::uint64_t kOneCase = 0x2020202020202020u;
inline constexpr std::size_t kBuckets = 2048;

struct Entry {
  std::uint64_t first = 0, second = 0;  // bytes 0-7 and 8-15 in one case, zero-padded
  std::uint16_t size = 0;               // 0: free
  std::uint16_t keyword = 0;
};

constexpr std::size_t Bucket(std::uint64_t first, std::uint64_t second, std::size_t size) {
  const std::uint64_t mixed = (first ^ (second * 0x9E3779B97F4A7C15u) ^ size) * 0xD6E8FEB86659FD93u;
  return static_cast<std::size_t>(mixed >> 53);
}

constexpr std::uint64_t Pack(std::string_view word, std::size_t from) {
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < 8 && from + i < word.size(); ++i) {
    packed |= static_cast<std::uint64_t>(static_cast<unsigned char>(word[from + i]) | 0x20u) << (8 * i);
  }
  return packed;
}

constexpr std::array<Entry, kBuckets> MakeTable() {
  constexpr std::string_view words[] = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  std::array<Entry, kBuckets> table{};
  std::uint16_t id = 0;
  for (const std::string_view word : words) {
    const std::uint64_t first = Pack(word, 0), second = Pack(word, 8);
    std::size_t bucket = Bucket(first, second, word.size());
    while (table[bucket].size != 0) bucket = (bucket + 1) % kBuckets;
    table[bucket] = {first, second, static_cast<std::uint16_t>(word.size()), id++};
  }
  return table;
}

inline constexpr std::array<Entry, kBuckets> kTable = MakeTable();

inline std::uint64_t Load(const char* bytes, std::size_t count) {
  std::uint64_t packed = 0;
  std::memcpy(&packed, bytes, 8);
  if (count < 8) packed &= (std::uint64_t{1} << (8 * count)) - 1;
  return packed | (count < 8 ? kOneCase & ((std::uint64_t{1} << (8 * count)) - 1) : kOneCase);
}

}  // namespace keyword_table

// REQUIRES: 1 <= size <= kLongestKeyword, only letters and '_', and 16 readable bytes at `word` (24 from size 16 on).
inline Keyword LookUpKeyword(const char* word, std::size_t size) {
  namespace t = keyword_table;
  const std::uint64_t first = t::Load(word, size);
  const std::uint64_t second = size > 8 ? t::Load(word + 8, size - 8) : 0;
  for (std::size_t bucket = t::Bucket(first, second, size);; bucket = (bucket + 1) % t::kBuckets) {
    const t::Entry& entry = t::kTable[bucket];
    if (entry.size == 0) return Keyword::kNotAKeyword;
    if (entry.first != first || entry.second != second || entry.size != size) continue;
    // Only one keyword is longer than the two packed words, by one letter.
    if (size > 16 && (word[16] | 0x20) != 'p') continue;
    return static_cast<Keyword>(entry.keyword);
  }
}

}  // namespace toomai::validator
