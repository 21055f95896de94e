// What a caller may do, whichever door it comes through. Tools: each resource and each call of the review page names
// the tool that does the same, and is for those who may call that tool. The history: reviewers see everything of their
// databases, others their own entries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/history.h"
#include "engine/types.h"
#include "mcp/registry.h"

namespace toomai::mcp {

// Whether the token lets `tool` be called; "": what needs no tool.
bool MayCall(const engine::Caller& caller, std::string_view tool);

// Whether there is a database of the tool's that the caller may use.
bool MayUse(const engine::Caller& caller, const Tool& tool);

bool MaySeeDatabase(const engine::Caller& caller, const std::string& database);
bool MaySeeEntry(const engine::Caller& caller, const cache::HistoryEntry& entry);

// The database that sums are made for, when not everything may be summed: the wanted one or the first allowed one;
// nullopt when the wanted one is not allowed, "" for all.
std::optional<std::string> SummedDatabase(const engine::Caller& caller, const std::string& wanted);

}  // namespace toomai::mcp
