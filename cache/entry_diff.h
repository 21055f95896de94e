// Two entries side by side: what differs, and the statements word by word. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cache/history.h"

namespace toomai::cache {

struct FieldChange {
  std::string field, before, after;
};
// Fields that tell one run from another; what always differs (id, time, hash) is left out.
std::vector<FieldChange> ChangesBetween(const HistoryEntry& before, const HistoryEntry& after);

struct DiffPart {
  enum class Kind { kSame, kRemoved, kAdded } kind = Kind::kSame;
  std::string text;
};
// Word by word. Texts of more than a few thousand words are given whole, one removed and one added.
std::vector<DiffPart> DiffWords(std::string_view before, std::string_view after);

}  // namespace toomai::cache
