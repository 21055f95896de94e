// An answer of the engine as the result of a tool: what `ask` and the operator's own tools give.
#pragma once

#include "engine/engine.h"
#include "mcp/call.h"
#include "mcp/render.h"
#include "mcp/tools.h"

namespace toomai::mcp {

// JSON schema of the result.
extern const char* const kAnswerSchema;

// The rows with what is needed to trust them, or why there are none; a statement that needs somebody's agreement
// becomes the question for it, where the client can be asked.
Outcome AnswerOutcome(const ToolContext& context, Call& call, const engine::Answer& answer,
                      ResponseMode mode = ResponseMode::kRows);

}  // namespace toomai::mcp
