// The HTTP/1.1 server: one network thread, TLS if asked, and a limit on everything a client can make us hold: header
// and body bytes, connections, time to send a request, time to read an answer, unsent bytes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "mcp/http.h"
#include "mcp/options.h"

namespace toomai::mcp {

class HttpServer {
 public:
  HttpServer(const HttpOptions& options, std::size_t max_body_bytes, HttpHandler handler);
  ~HttpServer();

  // Binds and listens; the URL that was bound, without a path.
  Expected<std::string> Listen();
  // The network thread: returns after Stop(), or when SIGTERM or SIGINT came and `on_signal` let it stop.
  void Run(bool handle_signals, std::function<void()> on_signal);

  // From any thread.
  void StopAccepting();
  void Stop();
  void Post(std::function<void()> action);
  // Repeats on the network thread.
  void Every(milliseconds period, std::function<void()> action);
  void After(milliseconds delay, std::function<void()> action);
  std::size_t connections() const;
  std::size_t streams() const;

  struct State;  // for http_server.cpp alone

 private:
  std::shared_ptr<State> state_;
};

}  // namespace toomai::mcp
