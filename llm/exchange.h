// One HTTP exchange with an endpoint, and what its outcome says of what may be done next: the same again, another
// endpoint, or nothing. Error texts name the endpoint and never hold its key. Any thread.
#pragma once

#include <chrono>
#include <optional>

#include "base/deadline.h"
#include "base/error.h"
#include "llm/http.h"
#include "llm/message.h"
#include "llm/options.h"
#include "llm/wire.h"

namespace toomai::llm {

inline constexpr std::string_view kOverflowHint =
    "The prompt is longer than the model's window: shrink it and ask again.";

// What became of one HTTP exchange, and what may be done next.
struct Outcome {
  Expected<Reply> reply = Fail(ErrorCode::kInternal, "not asked");
  bool healthy = false;              // the server answered as a server should, even if it refused
  bool retry = false;                // the same again may succeed
  bool elsewhere = true;             // another endpoint may succeed
  std::optional<milliseconds> wait;  // that the server asked for
  ApiError api;                      // set when the server refused with a status
  int calls = 0;                     // requests that were sent
};

// Chat completions.
Outcome Exchange(const Deadline& deadline, Http& http, const EndpointOptions& options, const WireRequest& wire);
// GET /models, which costs no tokens.
Expected<std::vector<std::string>> ListModels(const Deadline& deadline, Http& http, const EndpointOptions& options);

}  // namespace toomai::llm
