// Is this word a keyword? A perfect hash made by the compiler, for the lexer's inner loop: one probe, one comparison,
// no branch that depends on the word.
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

inline constexpr std::size_t kWords = static_cast<std::size_t>(Keyword::kNotAKeyword);
inline constexpr std::size_t kSlots = 1024, kGroups = 256;

// The first sixteen bytes in one case, zero-padded: 'A'..'Z' become 'a'..'z' and '_' becomes DEL, which no word can
// hold, so nothing is confused.
struct Key {
  std::uint64_t first = 0, second = 0;

  constexpr std::uint64_t Hash() const { return (first ^ (second * 0x9E3779B97F4A7C15u)) * 0xFF51AFD7ED558CCDu; }
};
constexpr std::size_t GroupOf(std::uint64_t hash) {
  return static_cast<std::size_t>(hash >> 56);
}
constexpr std::size_t SlotOf(std::uint64_t hash, std::uint16_t displacement) {
  return static_cast<std::size_t>((hash >> 24) ^ ((hash >> 40) * displacement)) % kSlots;
}

constexpr std::uint64_t Pack(std::string_view word, std::size_t from) {
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < 8 && from + i < word.size(); ++i) {
    packed |= static_cast<std::uint64_t>(static_cast<unsigned char>(word[from + i]) | 0x20u) << (8 * i);
  }
  return packed;
}

struct Table {
  std::array<Key, kWords + 1> keys{};  // the last, of no bytes, matches nothing
  std::array<std::uint16_t, kSlots> slots{};
  std::array<std::uint16_t, kGroups> displacements{};
  bool complete = true;
};

// Hash and displace: the words of one group look for a displacement that puts them all into free slots, the largest
// groups first.
constexpr Table MakeTable() {
  constexpr std::string_view words[] = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  Table table;
  std::array<std::array<std::uint16_t, 16>, kGroups> groups{};
  std::array<std::size_t, kGroups> sizes{};
  for (std::size_t id = 0; id < kWords; ++id) {
    table.keys[id] = {Pack(words[id], 0), Pack(words[id], 8)};
    const std::size_t group = GroupOf(table.keys[id].Hash());
    groups[group][sizes[group]++] = static_cast<std::uint16_t>(id);
  }
  for (std::uint16_t& slot : table.slots) slot = kWords;
  for (std::size_t size = 16; size > 0; --size) {
    for (std::size_t group = 0; group < kGroups; ++group) {
      if (sizes[group] != size) continue;
      bool placed = false;
      for (std::uint16_t displacement = 1; displacement < 4096 && !placed; ++displacement) {
        std::size_t done = 0;
        for (; done < size; ++done) {
          std::uint16_t& slot = table.slots[SlotOf(table.keys[groups[group][done]].Hash(), displacement)];
          if (slot != kWords) break;
          slot = groups[group][done];
        }
        placed = done == size;
        table.displacements[group] = displacement;
        while (!placed && done-- > 0)
          table.slots[SlotOf(table.keys[groups[group][done]].Hash(), displacement)] = kWords;
      }
      table.complete = table.complete && placed;
    }
  }
  return table;
}

inline constexpr Table kTable = MakeTable();
static_assert(kTable.complete, "no displacement suits some group: change a factor of the hash");

// What is kept of a word's first sixteen bytes, by its length.
constexpr std::array<Key, kLongestKeyword + 1> MakeMasks() {
  std::array<Key, kLongestKeyword + 1> masks{};
  for (std::size_t size = 0; size <= kLongestKeyword; ++size) {
    for (std::size_t i = 0; i < size && i < 16; ++i) {
      (i < 8 ? masks[size].first : masks[size].second) |= std::uint64_t{0xFF} << (8 * (i % 8));
    }
  }
  return masks;
}
inline constexpr std::array<Key, kLongestKeyword + 1> kMasks = MakeMasks();

// Eight bytes in one case.
inline std::uint64_t Load(const char* bytes) {
  std::uint64_t packed = 0;
  std::memcpy(&packed, bytes, 8);
  return packed | 0x2020202020202020u;
}

}  // namespace keyword_table

// The keyword with this spelling in any case, or kNotAKeyword. REQUIRES: 0 < size <= kLongestKeyword, and 17 readable
// bytes at `word`.
inline Keyword LookUpKeyword(const char* word, std::size_t size) {
  namespace t = keyword_table;
  const t::Key key{t::Load(word) & t::kMasks[size].first, t::Load(word + 8) & t::kMasks[size].second};
  const std::uint64_t hash = key.Hash();
  const std::uint16_t id = t::kTable.slots[t::SlotOf(hash, t::kTable.displacements[t::GroupOf(hash)])];
  const t::Key& found = t::kTable.keys[id];
  if (((found.first ^ key.first) | (found.second ^ key.second)) != 0) return Keyword::kNotAKeyword;
  // One keyword has a byte more than a key.
  if (static_cast<Keyword>(id) == Keyword::kCurrentTimestamp)
    return size == kLongestKeyword && (word[16] | 0x20) == 'p' ? Keyword::kCurrentTimestamp : Keyword::kNotAKeyword;
  return static_cast<Keyword>(id);
}

}  // namespace toomai::validator
