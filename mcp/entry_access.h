// Who may see what of the history: reviewers everything of their databases, others their own entries.
#pragma once

#include <optional>
#include <string>

#include "cache/history.h"
#include "engine/types.h"

namespace toomai::mcp {

bool MaySeeDatabase(const engine::Caller& caller, const std::string& database);
bool MaySeeEntry(const engine::Caller& caller, const cache::HistoryEntry& entry);

// The database that sums are made for, when not everything may be summed: the wanted one or the first allowed one;
// nullopt when the wanted one is not allowed, "" for all.
std::optional<std::string> SummedDatabase(const engine::Caller& caller, const std::string& wanted);

}  // namespace toomai::mcp
