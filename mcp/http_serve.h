// Puts the HTTP server, the endpoint and the dispatcher together and runs them until a signal; drains at the end.
#pragma once

#include <functional>
#include <string>

#include "mcp/auth.h"
#include "mcp/dispatcher.h"

namespace toomai::mcp {

class HttpResults;
class ReviewApi;

// What the server has beside /mcp.
struct HttpParts {
  ReviewApi* review = nullptr;             // null: no review page
  HttpResults* results = nullptr;          // null: no downloads
  std::function<std::string()> trouble{};  // why no call can be answered now: /readyz; an empty text: ready
};

// `stop_hook`, when given, receives a function that ends the server from any thread (tests).
int ServeHttp(Dispatcher& dispatcher, Authenticator& authenticator, const HttpParts& parts, bool handle_signals,
              const std::function<void(const std::string& url)>& ready,
              const std::function<void(std::function<void()> stop)>& stop_hook = {});

}  // namespace toomai::mcp
