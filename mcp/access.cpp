#include "mcp/access.h"

#include <algorithm>

namespace toomai::mcp {

bool MayCall(const engine::Caller& caller, std::string_view tool) {
  if (tool.empty() || !caller.tools) return true;
  return std::find(caller.tools->begin(), caller.tools->end(), tool) != caller.tools->end();
}

bool MayUse(const engine::Caller& caller, const Tool& tool) {
  return MayCall(caller, tool.name) &&
         (tool.databases.empty() || std::any_of(tool.databases.begin(), tool.databases.end(),
                                                [&](const std::string& name) { return MaySeeDatabase(caller, name); }));
}

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
