// HTTP as the rest of the protocol layer sees it: a plain request, and a reply that may be one response, a stream of
// events, or a long body. Only http_server.cpp knows the library behind it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::mcp {

struct HttpRequest {
  std::string method;                          // "POST"
  std::string path;                            // "/mcp", without the query
  std::string query;                           // after '?', not decoded
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined with ", "
  std::string body;
  bool from_loopback = false;

  std::string_view header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
  bool has(const std::string& name) const { return headers.count(name) > 0; }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  HttpHeaders headers;
};

// The other half of one exchange. Thread-safe; what comes after the end, or after the client has gone, is dropped.
class HttpReply {
 public:
  virtual ~HttpReply() = default;
  virtual void Respond(HttpResponse response) = 0;
  // Server-sent events: begin, any number of events, end.
  virtual void BeginStream(HttpHeaders headers) = 0;
  virtual void SendEvent(std::string data) = 0;
  // A body of unknown length: `head` without one, any number of pieces, and EndStream(); or Abort(), when what was sent
  // must not pass for the whole.
  virtual void BeginBody(HttpResponse head) = 0;
  virtual void SendPiece(std::string piece) = 0;
  virtual std::size_t unsent() const = 0;  // bytes of pieces that the client has not taken yet, about
  virtual void Abort() = 0;
  virtual void EndStream() = 0;
  virtual bool closed() const = 0;
  // Called once, on the network thread, when the client leaves before the end.
  virtual void OnClosed(std::function<void()> action) = 0;
};

// Called on the network thread: must not block.
using HttpHandler = std::function<void(HttpRequest request, std::shared_ptr<HttpReply> reply)>;

}  // namespace toomai::mcp
