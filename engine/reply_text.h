// The plain text of a model's reply: reasoning out, typography made plain, words found without looking at case. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace toomai::engine {

// Reasoning blocks out: <think>…</think>, [THINK], harmony channels. An opener without its end takes the rest with it.
std::string WithoutReasoning(std::string_view text);
// Typography that copies of SQL pick up: markdown escapes, curly quotes, entities, zero-width and full-width characters
// (the last outside quotes only).
std::string PlainTypography(std::string_view sql);
// Is there such typography outside text constants? Then a statement may parse and still mean another thing.
bool HasOddTypography(std::string_view sql);
// Does it say, in one of the languages that we know, that there is no answer?
bool SoundsLikeRefusal(std::string_view text);

// The first place of an ASCII word, whatever its case; npos when there is none.
std::size_t FindIgnoreCase(std::string_view text, std::string_view lower_word, std::size_t from = 0);
bool IsWordByte(char c);  // letters, digits, underscores, everything beyond ASCII

}  // namespace toomai::engine
