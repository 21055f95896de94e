#include "mcp/entry_access.h"

#include <algorithm>

namespace toomai::mcp {

bool MaySeeDatabase(const engine::Caller& caller, const std::string& database) {
  if (!caller.databases) return true;
  return std::find(caller.databases->begin(), caller.databases->end(), database) != caller.databases->end();
}

bool MaySeeEntry(const engine::Caller& caller, const cache::HistoryEntry& entry) {
  return (caller.may_review || entry.caller == caller.name) && MaySeeDatabase(caller, entry.database);
}

std::optional<std::string> SummedDatabase(const engine::Caller& caller, const std::string& wanted) {
  if (!caller.databases) return wanted;
  if (wanted.empty() && !caller.databases->empty()) return caller.databases->front();
  return MaySeeDatabase(caller, wanted) ? std::optional(wanted) : std::nullopt;
}

}  // namespace toomai::mcp
