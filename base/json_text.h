// JSON texts written by hand, where a tree would only be in the way (log lines, rows).
#pragma once

#include <string>
#include <string_view>

namespace toomai {

// `text` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace toomai
