// One HTTP call, inside a deadline and stoppable from another thread. Connections are kept and used again. Redirects
// are not followed: the key must not travel to another host. libcurl is initialised at the first call, not at start.
// Thread-safe; each call has a connection of its own while it lasts.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"

namespace toomai::llm {

struct HttpRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::chrono::milliseconds timeout{60'000};  // for the whole call
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds stall_timeout{30'000};  // between two pieces of a body that has begun
  std::size_t max_bytes = 4 << 20;
  std::string proxy, ca_file;
  bool tls_verify = true;
  // Called with each piece of a 200 reply that is a stream of events, as it comes; false ends the call (not an error).
  // Null, or another reply: the body is collected.
  std::function<bool(std::string_view)> on_event_data;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of several
  std::string body;
  bool ended_by_reader = false;
};

class Http {
 public:
  Http();
  ~Http();

  // Any status is a response; errors are: kUnavailable (no connection, broken, too slow, too large),
  // kDeadlineExceeded, kCancelled.
  Expected<HttpResponse> Send(const Deadline& deadline, const HttpRequest& request);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

bool IsEventStream(const HttpResponse& response);
// "https://user:secret@host:443/v1/x?key=…" -> "host:443"; for messages.
std::string HostOf(std::string_view url);
// Seconds since 1970 of an HTTP date, -1 if it is none.
long long ParseHttpDate(const std::string& text);

}  // namespace toomai::llm
