// What a statement does, as one sentence in English, Chinese or Japanese, made from its tree: so that somebody who does
// not read SQL can check it. Deterministic; works for anybody's SQL. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/schema.h"

namespace toomai::engine {

// `language`: "en", "zh", "ja"; others mean "en". Empty when the statement does not parse.
std::string Paraphrase(std::string_view sql, const schema::Schema& schema, std::string_view language);

}  // namespace toomai::engine
