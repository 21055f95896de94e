// One stem per English word: Snowball's English stemmer behind a table of irregular forms. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace toomai::schema {

// `word` is folded (lower case). Words with characters outside a-z come back unchanged.
std::string Stem(std::string_view word);

}  // namespace toomai::schema
