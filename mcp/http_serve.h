// Puts the HTTP server, the endpoint and the dispatcher together and runs them until a signal; drains at the end.
#pragma once

#include <functional>
#include <string>

#include "mcp/auth.h"
#include "mcp/dispatcher.h"

namespace toomai::mcp {

class HttpResults;
class ReviewApi;

// `stop_hook`, when given, receives a function that ends the server from any thread (tests).
int ServeHttp(Dispatcher& dispatcher, Authenticator& authenticator, ReviewApi* review, bool handle_signals,
              const std::function<void(const std::string& url)>& ready,
              const std::function<void(std::function<void()> stop)>& stop_hook = {}, HttpResults* results = nullptr);

}  // namespace toomai::mcp
