#include "mcp/http_serve.h"

#include <cstdio>

#include "base/log.h"
#include "mcp/http_endpoint.h"
#include "mcp/http_server.h"
#include "mcp/review_api.h"

namespace toomai::mcp {
namespace {

constexpr milliseconds kSweep{30'000};  // unused sessions are ended this often
constexpr milliseconds kDrainStep{20};

// New requests are refused, subscriptions end with a result, running calls may finish until the time is up; then they
// are cancelled, given a moment to say so, and the server stops.
class Drain : public std::enable_shared_from_this<Drain> {
 public:
  Drain(HttpServer& server, HttpEndpoint& endpoint, Dispatcher& dispatcher)
      : server_(server), endpoint_(endpoint), dispatcher_(dispatcher) {}

  void Begin() {
    if (began_.exchange(true)) return;
    Log(Level::kInfo, "http", "draining", {{"in_flight", static_cast<std::int64_t>(dispatcher_.in_flight())}});
    endpoint_.SetDraining();
    server_.StopAccepting();
    dispatcher_.hub().Close();
    until_ = std::chrono::steady_clock::now() + dispatcher_.options().http.drain_timeout;
    Wait();
  }

 private:
  void Wait() {
    const bool late = std::chrono::steady_clock::now() >= until_;
    if (dispatcher_.in_flight() > 0 && !(late && cancelled_)) {
      if (late) {
        cancelled_ = true;
        dispatcher_.CancelAll(kShuttingDown);
        until_ = std::chrono::steady_clock::now() + std::chrono::seconds(2);
      }
      server_.After(kDrainStep, [self = shared_from_this()] { self->Wait(); });
      return;
    }
    // Answers that were just posted get one more turn to leave.
    server_.After(kDrainStep, [self = shared_from_this()] { self->server_.Stop(); });
  }

  HttpServer& server_;
  HttpEndpoint& endpoint_;
  Dispatcher& dispatcher_;
  std::atomic<bool> began_ = false;
  bool cancelled_ = false;
  std::chrono::steady_clock::time_point until_;
};

}  // namespace

int ServeHttp(Dispatcher& dispatcher, Authenticator& authenticator, const HttpParts& parts, bool handle_signals,
              const std::function<void(const std::string& url)>& ready,
              const std::function<void(std::function<void()> stop)>& stop_hook) {
  HttpEndpoint endpoint(dispatcher, authenticator, parts.review, parts.results);
  HttpServer server(dispatcher.options().http, dispatcher.options().limits.bytes,
                    [&endpoint](HttpRequest request, std::shared_ptr<HttpReply> reply) {
                      endpoint.Handle(std::move(request), std::move(reply));
                    });
  if (parts.trouble) endpoint.trouble = parts.trouble;
  endpoint.open_streams = [&server] { return server.streams(); };
  endpoint.on_network_thread = [&server](std::function<void()> action) { server.Post(std::move(action)); };
  const auto url = server.Listen();
  if (!url) {
    std::fprintf(stderr, "toomai: %s\n%s\n", url.error().message.c_str(), url.error().hint.c_str());
    return 1;
  }
  server.Every(kSweep, [&endpoint] { endpoint.sessions().EndUnused(); });
  const auto drain = std::make_shared<Drain>(server, endpoint, dispatcher);
  if (stop_hook) stop_hook([&server, drain] { server.Post([drain] { drain->Begin(); }); });
  authenticator.RefreshKeys([] {});  // so that the first token need not wait
  if (ready) ready(*url);
  server.Run(handle_signals, [drain] { drain->Begin(); });
  authenticator.Stop();
  dispatcher.CancelAll();
  dispatcher.Drain();
  return 0;
}

}  // namespace toomai::mcp
