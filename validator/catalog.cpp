#include "validator/catalog.h"

#include "validator/name_table.h"

namespace toomai::validator {
namespace {

constexpr std::size_t kIndexFrom = 8;  // fewer columns are found quicker by looking at each

}  // namespace

void CatalogTable::IndexColumns() {
  slots_.clear();
  if (columns.size() < kIndexFrom || columns.size() > 0xFFFE) return;
  std::size_t size = 16;
  while (size < columns.size() * 2) size *= 2;
  slots_.resize(size);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t slot = NameHash(columns[i].name) & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = static_cast<std::uint16_t>(i + 1);
  }
}

int CatalogTable::FindColumn(std::string_view column) const {
  if (slots_.empty()) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (SameName(columns[i].name, column)) return static_cast<int>(i);
    }
    return -1;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = NameHash(column) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const int i = slots_[slot] - 1;
    if (SameName(columns[static_cast<std::size_t>(i)].name, column)) return i;
  }
  return -1;
}

}  // namespace toomai::validator
