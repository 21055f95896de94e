// SQL by the client's own model (protocol: sampling), for clients that declare it and operators that allow it. Asked
// only when nothing else knew an answer; what comes back is text like any other: read as a model's reply, then checked.
#pragma once

#include <optional>

#include "mcp/call.h"
#include "mcp/tools.h"

namespace toomai::mcp {

// The question to the client's model, or nullopt: not allowed, not offered, asked before, or there is an answer
// already.
std::optional<Outcome> AskClientModel(const Call& call, const ServerOptions& options,
                                      const engine::GeneratedSql& generated);
// True in the round that follows the question.
bool ClientModelWasAsked(const Call& call);
// What its answer comes to: checked SQL, or a refusal that says why not.
Expected<engine::GeneratedSql> GeneratedByClient(engine::Engine& engine, const Call& call);

}  // namespace toomai::mcp
