// A fixed list of names with a hash over it: one or two comparisons a look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace toomai::validator {

// Cheap and well mixed. Only for tables whose names we chose, so nobody can flood a slot.
constexpr std::uint32_t NameHash(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash ^ (hash >> 15);
}

// Whether two names are the same; most that are not differ in length or in an end (t1, t2).
inline bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a.front() == b.front() && a.back() == b.back() && a == b));
}

class NameTable {
 public:
  // REQUIRES: `names` outlives the table and has fewer than 65535 entries.
  explicit NameTable(std::span<const std::string_view> names) : names_(names) {
    std::size_t slots = 16;
    while (slots < names.size() * 2) slots *= 2;
    slots_.resize(slots);
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::size_t slot = NameHash(names[i]) & (slots - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
    }
  }

  // The index in the list, or -1.
  int Find(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = NameHash(name) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
      if (names_[slots_[slot] - 1u] == name) return slots_[slot] - 1;
    }
    return -1;
  }
  std::string_view Name(std::size_t i) const { return names_[i]; }

 private:
  std::span<const std::string_view> names_;
  std::vector<std::uint16_t> slots_;
};

}  // namespace toomai::validator
