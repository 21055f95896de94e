// An estimate of how many tokens a model makes of a text: about 10 % off for English and SQL, without any model's
// table.
#pragma once

#include <cstdint>
#include <string_view>

namespace toomai::llm {

std::int64_t EstimateTokens(std::string_view text);

}  // namespace toomai::llm
