#include "mcp/http_endpoint.h"

#include <algorithm>
#include <atomic>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/trace_context.h"
#include "mcp/review_api.h"

namespace toomai::mcp {
namespace {

// One POST's answer: JSON unless something has to be said first, then a stream of events.
class PostOutlet : public Outlet {
 public:
  PostOutlet(std::shared_ptr<HttpReply> reply, bool may_stream, HttpHeaders headers, bool stream_at_once)
      : reply_(std::move(reply)), may_stream_(may_stream), headers_(std::move(headers)) {
    if (stream_at_once && may_stream_) Begin();
  }

  void Notify(const Json& message) override {
    if (!may_stream_) return;
    std::lock_guard<std::mutex> lock(mutex_);
    Begin();
    reply_->SendEvent(Dump(message));
  }

  void Finish(const Json& message, int status) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (streaming_) {
      if (!message.is_null()) reply_->SendEvent(Dump(message));
      reply_->EndStream();
      return;
    }
    HttpResponse response;
    // A cancelled call of a client that still listens: it asked for no answer, but HTTP owes it an end.
    response.status = message.is_null() ? 202 : status;
    if (!message.is_null()) response.body = Dump(message);
    response.headers = headers_;
    reply_->Respond(std::move(response));
  }

  bool closed() const override { return reply_->closed(); }

 private:
  void Begin() {
    if (streaming_) return;
    streaming_ = true;
    reply_->BeginStream(headers_);
  }

  const std::shared_ptr<HttpReply> reply_;
  const bool may_stream_;
  const HttpHeaders headers_;
  std::mutex mutex_;
  bool streaming_ = false;
};

// A GET stream for notices of a handshake-era session; lives until one side closes it.
class StreamOutlet : public Outlet {
 public:
  StreamOutlet(std::shared_ptr<HttpReply> reply, const HttpHeaders& headers) : reply_(std::move(reply)) {
    reply_->BeginStream(headers);
  }
  void Notify(const Json& message) override { reply_->SendEvent(Dump(message)); }
  void Finish(const Json&, int) override { reply_->EndStream(); }
  bool closed() const override { return reply_->closed(); }

 private:
  const std::shared_ptr<HttpReply> reply_;
};

void RespondText(HttpReply& reply, int status, const std::string& text, HttpHeaders headers = {}) {
  reply.Respond({status, "text/plain; charset=utf-8", text + "\n", std::move(headers)});
}

void RespondError(HttpReply& reply, int status, int code, const std::string& message, HttpHeaders headers = {}) {
  reply.Respond({status, "application/json", Dump(MakeError(nullptr, {code, message, nullptr})), std::move(headers)});
}

// "[::1]:8080" -> "[::1]", "localhost:80" -> "localhost"
std::string HostName(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return AsciiLower(host.substr(0, colon));
}

bool IsLoopbackName(const std::string& name) {
  return name == "localhost" || name == "[::1]" || name == "::1" || name.rfind("127.", 0) == 0;
}

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return EqualsIgnoreAsciiCase(one, item); });
}

std::optional<std::string> Optional(const HttpRequest& request, const std::string& name) {
  if (!request.has(name)) return std::nullopt;
  return std::string(Trim(request.header(name)));
}

HttpFacts FactsOf(const HttpRequest& request) {
  HttpFacts facts;
  facts.version = Optional(request, "mcp-protocol-version");
  facts.method = Optional(request, "mcp-method");
  facts.name = Optional(request, "mcp-name");
  constexpr std::string_view kParameter = "mcp-param-";
  for (const auto& [name, value] : request.headers) {
    if (name.rfind(kParameter, 0) == 0) facts.parameters[name.substr(kParameter.size())] = value;
  }
  return facts;
}

bool Accepts(const HttpRequest& request, std::string_view type) {
  if (!request.has("accept")) return true;
  const std::string accept = AsciiLower(request.header("accept"));
  const std::string any = std::string(type.substr(0, type.find('/'))) + "/*";
  return accept.find(type) != std::string::npos || accept.find("*/*") != std::string::npos ||
         accept.find(any) != std::string::npos;
}

}  // namespace

HttpEndpoint::HttpEndpoint(Dispatcher& dispatcher, Authenticator& authenticator, ReviewApi* review)
    : dispatcher_(dispatcher),
      authenticator_(authenticator),
      review_(review),
      options_(dispatcher.options().http),
      sessions_(options_.max_sessions, options_.session_timeout) {}

HttpEndpoint::~HttpEndpoint() = default;

// Against DNS rebinding: a page of another site can make a browser call us, but under that site's name.
bool HttpEndpoint::HostAllowed(const HttpRequest& request) const {
  const std::string_view host = Trim(request.header("host"));
  const std::string name = HostName(host);
  if (Contains(options_.allowed_hosts, host) || Contains(options_.allowed_hosts, name)) return true;
  const bool loopback = IsLoopbackName(AsciiLower(options_.address));
  if (loopback) return IsLoopbackName(name);
  return options_.allowed_hosts.empty() || name == AsciiLower(options_.address);
}

bool HttpEndpoint::OriginAllowed(const HttpRequest& request) const {
  if (!request.has("origin")) return true;
  const std::string_view origin = Trim(request.header("origin"));
  if (Contains(options_.allowed_origins, origin)) return true;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = origin.substr(scheme + 3);
  if (IsLoopbackName(AsciiLower(options_.address))) return IsLoopbackName(HostName(authority));
  // Our own page, on a name that the operator vouches for or behind a token.
  const bool same = EqualsIgnoreAsciiCase(authority, Trim(request.header("host")));
  return same && (!options_.allowed_hosts.empty() || authenticator_.required());
}

std::string HttpEndpoint::BaseUrl(const HttpRequest& request) const {
  const std::string& resource = options_.oauth.resource;
  if (const std::size_t scheme = resource.find("://"); scheme != std::string::npos) {
    return resource.substr(0, resource.find('/', scheme + 3));
  }
  const bool secure = !options_.certificate_file.empty();
  return std::string(secure ? "https://" : "http://") + std::string(Trim(request.header("host")));
}

void HttpEndpoint::HandlePublic(const HttpRequest& request, HttpReply& reply) {
  if (request.path == "/healthz") return RespondText(reply, 200, "ok");
  if (request.path == "/readyz") {
    if (draining_) return RespondText(reply, 503, "draining");
    return RespondText(reply, 200, "ready");
  }
  const Json metadata = authenticator_.ResourceMetadata(BaseUrl(request));
  if (metadata.is_null()) return RespondText(reply, 404, "not found");
  reply.Respond({200, "application/json", Dump(metadata), {{"Access-Control-Allow-Origin", "*"}}});
}

void HttpEndpoint::HandleMetrics(const HttpRequest& request, HttpReply& reply) {
  bool allowed = request.from_loopback && !authenticator_.required();
  if (!allowed) {
    const auto principal = authenticator_.Authenticate(request.header("authorization"), BaseUrl(request));
    if (!principal)
      return RespondText(reply, principal.error().status, principal.error().message,
                         {{"WWW-Authenticate", principal.error().challenge}});
    allowed = principal->may_read_metrics;
  }
  if (!allowed) return RespondText(reply, 403, "this token may not read metrics");
  reply.Respond({200, "text/plain; version=0.0.4; charset=utf-8", MetricsText(), {}});
}

void HttpEndpoint::Handle(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const bool is_metadata = request.path.rfind("/.well-known/oauth-protected-resource", 0) == 0;
  const bool is_public = request.path == "/healthz" || request.path == "/readyz" || is_metadata;
  const bool is_mcp = request.path == "/mcp" || request.path == "/mcp/";
  const bool is_metrics = request.path == "/metrics";
  const bool is_review = review_ != nullptr && (request.path == "/" || request.path.rfind("/api/", 0) == 0);
  if (!is_public && !is_mcp && !is_metrics && !is_review) return RespondText(*reply, 404, "not found");
  if (is_public || is_metrics) {
    if (request.method != "GET" && request.method != "HEAD")
      return RespondText(*reply, 405, "use GET", {{"Allow", "GET"}});
    if (is_public) return HandlePublic(request, *reply);
  }
  if (!HostAllowed(request)) return RespondError(*reply, 403, kInvalidRequest, "this Host is not allowed");
  if (!OriginAllowed(request)) return RespondError(*reply, 403, kInvalidRequest, "this Origin is not allowed");
  if (is_metrics) return HandleMetrics(request, *reply);
  // The page itself holds no data; its script asks for a token.
  if (is_review && request.path == "/") return review_->RespondPage(*reply);

  auto principal = authenticator_.Authenticate(request.header("authorization"), BaseUrl(request));
  if (!principal) {
    GetCounter("toomai_http_refused_total", "Requests refused at the door",
               {{"why", principal.error().status == 403 ? "scope" : "token"}})
        .Add();
    return RespondError(*reply, principal.error().status, kInvalidRequest, principal.error().message,
                        {{"WWW-Authenticate", principal.error().challenge}});
  }
  principal->caller.trace_id = TraceIdOf(request.header("traceparent"));
  if (is_review) return review_->Handle(std::move(request), principal->caller, std::move(reply));
  if (request.method == "POST") return HandlePost(request, *principal, reply);
  if (request.method == "GET") return HandleGet(request, *principal, reply);
  if (request.method == "DELETE") return HandleDelete(request, *principal, *reply);
  RespondText(*reply, 405, "use POST", {{"Allow", "POST, GET, DELETE"}});
}

void HttpEndpoint::HandlePost(const HttpRequest& request, const Principal& principal,
                              const std::shared_ptr<HttpReply>& reply) {
  const std::string type =
      AsciiLower(Trim(request.header("content-type").substr(0, request.header("content-type").find(';'))));
  if (type != "application/json")
    return RespondError(*reply, 415, kInvalidRequest, "Content-Type must be application/json");
  const bool may_stream = Accepts(request, "text/event-stream");
  if (!may_stream && !Accepts(request, "application/json")) {
    return RespondError(*reply, 406, kInvalidRequest, "Accept must allow application/json or text/event-stream");
  }
  if (draining_) return RespondError(*reply, 503, kInternalError, "shutting down", {{"Retry-After", "1"}});

  auto message = ParseMessage(request.body, dispatcher_.options().limits);
  if (!message) {
    reply->Respond({400, "application/json", Dump(MakeError(message.error().id, message.error().error)), {}});
    return;
  }
  const HttpFacts facts = FactsOf(request);
  const bool stateless = Dispatcher::IsStateless(*message, facts);
  const bool is_request = message->kind == Message::Kind::kRequest;
  const bool begins = !stateless && is_request && message->method == "initialize";

  std::shared_ptr<Session> session;
  HttpHeaders headers;
  const std::string session_id(Trim(request.header("mcp-session-id")));
  if (!stateless) {
    if (facts.version && !begins && !IsHandshakeVersion(*facts.version)) {
      return RespondError(*reply, 400, kInvalidRequest, "this MCP-Protocol-Version is not supported");
    }
    if (begins) {
      session = sessions_.Begin(principal.caller.name);
      if (!session) return RespondError(*reply, 503, kInternalError, "too many sessions", {{"Retry-After", "5"}});
      dispatcher_.hub().AddSession(session);
      headers.emplace_back("Mcp-Session-Id", session->id());
    } else if (!session_id.empty()) {
      session = sessions_.Find(session_id, principal.caller.name);
      if (!session) return RespondError(*reply, 404, kInvalidRequest, "the session has ended: initialize again");
    }
  }
  // A request without a session stands alone; it just cannot be asked anything back.
  const bool alone = session == nullptr;
  if (alone) session = std::make_shared<Session>();

  if (!is_request) {
    if (message->kind == Message::Kind::kResponse && alone) {
      return RespondError(*reply, 400, kInvalidRequest, "an answer needs its session");
    }
    dispatcher_.Handle({std::move(*message), session, principal.caller,
                        std::make_shared<PostOutlet>(reply, false, headers, false), facts});
    reply->Respond({202, "", "", {}});
    return;
  }
  if (message->method == "tools/call") {
    const auto allowed = rate_limit_.Take(principal.caller.name, principal.calls_per_minute);
    if (!allowed) return RespondError(*reply, 429, kInternalError, allowed.error().message, {{"Retry-After", "1"}});
  }
  const bool listens = message->method == "subscriptions/listen";
  if (listens && open_streams() >= options_.max_streams) {
    return RespondError(*reply, 503, kInternalError, "too many streams", {{"Retry-After", "5"}});
  }
  if (dispatcher_.in_flight() >= options_.max_in_flight) {
    return RespondError(*reply, 503, kInternalError, "too many calls in flight", {{"Retry-After", "1"}});
  }
  const auto outlet = std::make_shared<PostOutlet>(reply, may_stream, headers, false);
  const auto in_flight = dispatcher_.Handle({std::move(*message), session, principal.caller, outlet, facts});
  // In the stateless era leaving is cancelling; in the handshake era a client says so in a message.
  if (in_flight && (stateless || alone)) {
    reply->OnClosed([in_flight] { in_flight->Cancel(); });
  }
}

void HttpEndpoint::HandleGet(const HttpRequest& request, const Principal& principal,
                             const std::shared_ptr<HttpReply>& reply) {
  const std::string session_id(Trim(request.header("mcp-session-id")));
  const auto version = Optional(request, "mcp-protocol-version");
  if (session_id.empty() || (version && *version >= kStatelessVersion)) {
    return RespondText(*reply, 405, "POST a JSON-RPC message here", {{"Allow", "POST"}});
  }
  if (!Accepts(request, "text/event-stream")) return RespondText(*reply, 406, "Accept must allow text/event-stream");
  const auto session = sessions_.Find(session_id, principal.caller.name);
  if (!session) return RespondText(*reply, 404, "the session has ended");
  if (open_streams() >= options_.max_streams)
    return RespondText(*reply, 503, "too many streams", {{"Retry-After", "5"}});
  const auto outlet = std::make_shared<StreamOutlet>(reply, HttpHeaders{{"Mcp-Session-Id", session_id}});
  session->SetStream(outlet);
  // The session refers to the stream weakly; the reply keeps it until the client leaves.
  reply->OnClosed([outlet] {});
}

void HttpEndpoint::HandleDelete(const HttpRequest& request, const Principal& principal, HttpReply& reply) {
  const std::string session_id(Trim(request.header("mcp-session-id")));
  const auto version = Optional(request, "mcp-protocol-version");
  if (session_id.empty() || (version && *version >= kStatelessVersion)) {
    return RespondText(reply, 405, "there is no session to end", {{"Allow", "POST"}});
  }
  if (!sessions_.End(session_id, principal.caller.name)) return RespondText(reply, 404, "the session has ended");
  reply.Respond({204, "", "", {}});
}

}  // namespace toomai::mcp
