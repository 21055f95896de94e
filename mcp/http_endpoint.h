// What HTTP requests mean: /mcp in both eras, the health and metrics pages, the protected resource metadata, the review
// page. Checks Host, Origin and authorization before anything else. Handle() runs on the network thread and never
// blocks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/rate_limit.h"
#include "mcp/auth.h"
#include "mcp/dispatcher.h"
#include "mcp/http.h"
#include "mcp/http_outlets.h"
#include "mcp/http_sessions.h"

namespace toomai::mcp {

class HttpResults;
class ReviewApi;

class HttpEndpoint {
 public:
  // `review` and `results` may be null: no review page, no downloads.
  HttpEndpoint(Dispatcher& dispatcher, Authenticator& authenticator, ReviewApi* review, HttpResults* results);
  ~HttpEndpoint();

  void Handle(HttpRequest request, std::shared_ptr<HttpReply> reply);
  HttpSessions& sessions() { return sessions_; }
  void SetDraining() { draining_ = true; }
  // Why no call can be answered now; an empty text: they can.
  std::function<std::string()> trouble = [] { return std::string(); };
  // False before the limit of open streams; kept by the transport.
  std::function<std::size_t()> open_streams = [] { return std::size_t{0}; };
  // Runs an action on the network thread; kept by the transport.
  std::function<void(std::function<void()>)> on_network_thread = [](const std::function<void()>& action) { action(); };

 private:
  bool HostAllowed(const HttpRequest& request) const;
  bool OriginAllowed(const HttpRequest& request) const;
  std::string BaseUrl(const HttpRequest& request) const;

  bool AnswerPreflight(const HttpRequest& request, HttpReply& reply, bool is_public) const;
  void Admit(HttpRequest request, std::shared_ptr<HttpReply> reply, bool may_refresh);
  void Serve(HttpRequest request, const Principal& principal, std::shared_ptr<HttpReply> reply);
  void HandlePublic(const HttpRequest& request, HttpReply& reply);
  // Why a request is not let through.
  struct Refusal {
    int status, code;
    std::string message;
    HttpHeaders headers;
  };
  // What is known of one POST beside its message.
  struct Post {
    const Principal& principal;
    PostOutlet::Accepted accepted;
    HttpFacts facts;
    std::shared_ptr<Session> session;  // null: the message stands alone
    HttpHeaders headers;               // for its answer
  };
  void HandlePost(const HttpRequest& request, const Principal& principal, const std::shared_ptr<HttpReply>& reply);
  std::optional<Refusal> JoinSession(const HttpRequest& request, bool begins, Post* post);
  std::optional<Refusal> OverRate(const Principal& principal);
  std::optional<Refusal> Crowded(const Message& message, const Principal& principal);
  void TakeUnanswered(Message message, const Post& post, HttpReply& reply);
  void TakeRequest(Message message, bool stateless, const Post& post, const std::shared_ptr<HttpReply>& reply);
  void TakeBatch(std::string_view body, const std::shared_ptr<Session>& session, const Post& post,
                 const std::shared_ptr<HttpReply>& reply);
  void HandleGet(const HttpRequest& request, const Principal& principal, const std::shared_ptr<HttpReply>& reply);
  void HandleDelete(const HttpRequest& request, const Principal& principal, HttpReply& reply);

  Dispatcher& dispatcher_;
  Authenticator& authenticator_;
  ReviewApi* review_;
  HttpResults* results_;
  const HttpOptions& options_;
  HttpSessions sessions_;
  engine::RateLimit rate_limit_;
  std::atomic<bool> draining_ = false;
};

}  // namespace toomai::mcp
