// Statements that run and may still be wrong: warnings for the reader, never a reason to refuse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/mend.h"

namespace toomai::engine {

// One sentence each. `sql` must parse; else there is nothing to say.
std::vector<std::string> LintStatement(std::string_view sql, const MendContext& context);

}  // namespace toomai::engine
