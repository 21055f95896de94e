// POST /mcp: one message, or a batch of them, in; its answer out. See http_endpoint.h.
#include "base/text.h"
#include "mcp/batch.h"
#include "mcp/http_endpoint.h"
#include "mcp/http_words.h"

namespace toomai::mcp {
namespace {

HttpFacts FactsOf(const HttpRequest& request) {
  HttpFacts facts;
  facts.version = OptionalHeader(request, "mcp-protocol-version");
  facts.method = OptionalHeader(request, "mcp-method");
  facts.name = OptionalHeader(request, "mcp-name");
  constexpr std::string_view kParameter = "mcp-param-";
  for (const auto& [name, value] : request.headers) {
    if (name.rfind(kParameter, 0) == 0) facts.parameters[name.substr(kParameter.size())] = value;
  }
  return facts;
}

bool IsJson(const HttpRequest& request) {
  const std::string_view type = request.header("content-type");
  return AsciiLower(Trim(type.substr(0, type.find(';')))) == "application/json";
}

bool IsCompressed(const HttpRequest& request) {
  return request.has("content-encoding") &&
         !EqualsIgnoreAsciiCase(Trim(request.header("content-encoding")), "identity");
}

std::optional<PostOutlet::Accepted> AcceptedBy(const HttpRequest& request) {
  const bool json = Accepts(request, "application/json"), events = Accepts(request, "text/event-stream");
  if (json && events) return PostOutlet::Accepted::kBoth;
  if (json) return PostOutlet::Accepted::kJson;
  if (events) return PostOutlet::Accepted::kEvents;
  return std::nullopt;
}

}  // namespace

// The session that the message belongs to, which `initialize` begins. A message of the handshake era without a session
// stands alone; its sender just cannot be asked anything back.
std::optional<HttpEndpoint::Refusal> HttpEndpoint::JoinSession(const HttpRequest& request, bool begins, Post* post) {
  if (post->facts.version && !begins && !IsHandshakeVersion(*post->facts.version)) {
    return Refusal{400, kInvalidRequest, "this MCP-Protocol-Version is not supported", {}};
  }
  const std::string id(Trim(request.header("mcp-session-id")));
  if (begins) {
    post->session = sessions_.Begin(post->principal.caller.name);
    if (!post->session) return Refusal{503, kInternalError, "too many sessions", {{"Retry-After", "5"}}};
    dispatcher_.hub().AddSession(post->session);
    post->headers.emplace_back("Mcp-Session-Id", post->session->id());
  } else if (!id.empty()) {
    post->session = sessions_.Find(id, post->principal.caller.name);
    if (!post->session) return Refusal{404, kInvalidRequest, "the session has ended: initialize again", {}};
  }
  return std::nullopt;
}

// Limits that depend on what is asked and on how much is going on.
std::optional<HttpEndpoint::Refusal> HttpEndpoint::Crowded(const Message& message, const Principal& principal) {
  if (message.method == "tools/call" || message.method == "resources/read") {
    if (auto refusal = OverRate(principal)) return refusal;
  }
  if (message.method == "subscriptions/listen" && open_streams() >= options_.max_streams) {
    return Refusal{503, kInternalError, "too many streams", {{"Retry-After", "5"}}};
  }
  if (dispatcher_.in_flight() >= options_.max_in_flight) {
    return Refusal{503, kInternalError, "too many calls in flight", {{"Retry-After", "1"}}};
  }
  return std::nullopt;
}

void HttpEndpoint::HandlePost(const HttpRequest& request, const Principal& principal,
                              const std::shared_ptr<HttpReply>& reply) {
  Json id;  // once it is known
  const auto refuse = [&](const Refusal& why) {
    RespondError(*reply, why.status, why.code, why.message, why.headers, id);
  };
  if (!IsJson(request)) return refuse({415, kInvalidRequest, "Content-Type must be application/json", {}});
  if (IsCompressed(request)) return refuse({415, kInvalidRequest, "send the body without Content-Encoding", {}});
  const auto accepted = AcceptedBy(request);
  if (!accepted) {
    return refuse({406, kInvalidRequest, "Accept must allow application/json or text/event-stream", {}});
  }
  const auto refuse_late = [&] { refuse({503, kInternalError, "shutting down", {{"Retry-After", "1"}}}); };

  Post post{principal, *accepted, FactsOf(request), nullptr, {}};
  const auto session = sessions_.Find(std::string(Trim(request.header("mcp-session-id"))), principal.caller.name);
  if (session && IsBatch(request.body, *session)) {
    return draining_ ? refuse_late() : TakeBatch(request.body, session, post, reply);
  }

  auto message = ParseMessage(request.body, dispatcher_.options().limits);
  if (!message) {
    const Json error = MakeError(message.error().id, message.error().error);
    return reply->Respond({400, "application/json", Dump(error), {}});
  }
  id = message->id;
  if (draining_) return refuse_late();
  const bool stateless = Dispatcher::IsStateless(*message, post.facts);
  const bool is_request = message->kind == Message::Kind::kRequest;
  if (!stateless) {
    // What cannot succeed begins no session.
    const bool begins =
        is_request && message->method == "initialize" && Member(message->params, "protocolVersion").is_string();
    if (const auto refusal = JoinSession(request, begins, &post)) return refuse(*refusal);
  }
  if (!is_request) return TakeUnanswered(std::move(*message), post, *reply);
  if (const auto refusal = Crowded(*message, principal)) return refuse(*refusal);
  TakeRequest(std::move(*message), stateless, post, reply);
}

// Notifications, and answers to our own questions.
void HttpEndpoint::TakeUnanswered(Message message, const Post& post, HttpReply& reply) {
  class Nowhere : public Outlet {
    void Notify(const Json&) override {}
    void Finish(const Json&, int) override {}
  };
  if (message.kind == Message::Kind::kResponse && !post.session) {
    return RespondError(reply, 400, kInvalidRequest, "an answer needs its session");
  }
  const auto session = post.session ? post.session : std::make_shared<Session>();
  dispatcher_.Handle({std::move(message), session, post.principal.caller, std::make_shared<Nowhere>(), post.facts});
  reply.Respond({202, "", "", {}});
}

void HttpEndpoint::TakeRequest(Message message, bool stateless, const Post& post,
                               const std::shared_ptr<HttpReply>& reply) {
  const bool alone = post.session == nullptr;
  const auto session = alone ? std::make_shared<Session>() : post.session;
  const auto outlet = std::make_shared<PostOutlet>(reply, post.accepted, post.headers);
  const auto in_flight = dispatcher_.Handle({std::move(message), session, post.principal.caller, outlet, post.facts});
  // In the stateless era leaving is cancelling; in the handshake era a client says so in a message.
  if (in_flight && (stateless || alone)) {
    reply->OnClosed([in_flight] { in_flight->Cancel(); });
  }
}

void HttpEndpoint::TakeBatch(std::string_view body, const std::shared_ptr<Session>& session, const Post& post,
                             const std::shared_ptr<HttpReply>& reply) {
  const auto outlet = std::make_shared<PostOutlet>(reply, post.accepted, post.headers);
  const auto refuse = [&](const Message& message) -> std::optional<RpcError> {
    const auto refusal = Crowded(message, post.principal);
    return refusal ? std::optional(RpcError{refusal->code, refusal->message, {{"retryable", true}}}) : std::nullopt;
  };
  HandleBatch(dispatcher_, body, {session, post.principal.caller, outlet, post.facts, refuse});
}

}  // namespace toomai::mcp
