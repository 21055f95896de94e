// What a server does not take, learned from its refusals: everybody's "OpenAI-compatible" is a little different.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toomai::llm {

struct Quirks {
  enum class Limit { kMaxTokens, kMaxCompletionTokens, kNone };
  enum class Format { kSchema, kObject, kNone };
  enum class SystemRole { kSystem, kDeveloper, kUser };

  Limit limit = Limit::kMaxTokens;
  Format format = Format::kSchema;
  SystemRole system_role = SystemRole::kSystem;
  bool temperature = true, seed = true, samples = true, stream = true, stream_options = true, cache_key = true;

  friend bool operator==(const Quirks&, const Quirks&) = default;
};

// What the server said when it refused a request: error.message, error.param, error.code, error.type.
struct ApiError {
  int status = 0;
  std::string message, param, code, type;
};

// True when the error names something that can be left out or said otherwise, and `quirks` now does so: ask again.
bool Learn(const ApiError& error, Quirks* quirks);
// "max_completion_tokens", "no temperature", ...
std::vector<std::string> Describe(const Quirks& quirks);

}  // namespace toomai::llm
