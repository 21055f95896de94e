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
// hold, so nothing is confused. The length goes in too: it tells the one longer keyword from what it begins with.
struct Key {
  std::uint64_t first = 0, second = 0;
  std::uint32_t size = 0;

  constexpr std::uint64_t Hash() const { return (first ^ (second * 0x9E3779B97F4A7C15u) ^ size) * 0xD6E8FEB86659FD93u; }
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
  std::array<Key, kWords + 1> keys{};  // the last matches nothing
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
    table.keys[id] = {Pack(words[id], 0), Pack(words[id], 8), static_cast<std::uint32_t>(words[id].size())};
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

// Eight bytes in one case, those from `count` on cleared.
inline std::uint64_t Load(const char* bytes, std::size_t count) {
  std::uint64_t packed = 0;
  std::memcpy(&packed, bytes, 8);
  packed |= 0x2020202020202020u;
  return count < 8 ? packed & ((std::uint64_t{1} << (8 * count)) - 1) : packed;
}

}  // namespace keyword_table

// The keyword with this spelling in any case, or kNotAKeyword. REQUIRES: size > 0, and 16 readable bytes at `word`.
inline Keyword LookUpKeyword(const char* word, std::size_t size) {
  namespace t = keyword_table;
  const t::Key key{t::Load(word, size), t::Load(word + 8, size > 8 ? size - 8 : 0), static_cast<std::uint32_t>(size)};
  const std::uint64_t hash = key.Hash();
  const std::uint16_t id = t::kTable.slots[t::SlotOf(hash, t::kTable.displacements[t::GroupOf(hash)])];
  const t::Key& found = t::kTable.keys[id];
  const std::uint64_t differs = (found.first ^ key.first) | (found.second ^ key.second) | (found.size ^ key.size);
  if (size == kLongestKeyword && (word[16] | 0x20) != 'p') return Keyword::kNotAKeyword;
  return differs == 0 ? static_cast<Keyword>(id) : Keyword::kNotAKeyword;
}

}  // namespace toomai::validator
