#include "mcp/http_endpoint.h"

#include <algorithm>
#include <cctype>

#include "base/log.h"
#include "base/loopback.h"
#include "base/metrics.h"
#include "base/text.h"
#include "base/trace_context.h"
#include "mcp/http_outlets.h"
#include "mcp/http_results.h"
#include "mcp/http_words.h"
#include "mcp/review_api.h"

namespace toomai::mcp {
namespace {

// "[::1]:8080" -> "[::1]", "localhost:80" -> "localhost"
std::string HostName(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return AsciiLower(host.substr(0, colon));
}

// What may stand in a Host header, so that it can be quoted in ours.
bool IsHostText(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '-' || c == '_' || c == '[' || c == ']';
  });
}

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return EqualsIgnoreAsciiCase(one, item); });
}

bool IsMcp(const HttpRequest& request) {
  return request.path == "/mcp" || request.path == "/mcp/";
}
bool IsMetrics(const HttpRequest& request) {
  return request.path == "/metrics";
}
bool IsRead(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

HttpEndpoint::HttpEndpoint(Dispatcher& dispatcher, Authenticator& authenticator, ReviewApi* review,
                           HttpResults* results)
    : dispatcher_(dispatcher),
      authenticator_(authenticator),
      review_(review),
      results_(results),
      options_(dispatcher.options().http),
      sessions_(options_.max_sessions, options_.session_timeout) {}

HttpEndpoint::~HttpEndpoint() = default;

// Against DNS rebinding: a page of another site can make a browser call us, but under that site's name.
bool HttpEndpoint::HostAllowed(const HttpRequest& request) const {
  const std::string_view host = Trim(request.header("host"));
  const std::string name = HostName(host);
  if (Contains(options_.allowed_hosts, host) || Contains(options_.allowed_hosts, name)) return true;
  const bool loopback = IsLoopback(AsciiLower(options_.address));
  if (loopback) return IsLoopback(name);
  return options_.allowed_hosts.empty() || name == AsciiLower(options_.address);
}

bool HttpEndpoint::OriginAllowed(const HttpRequest& request) const {
  if (!request.has("origin")) return true;
  const std::string_view origin = Trim(request.header("origin"));
  if (Contains(options_.allowed_origins, origin)) return true;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = origin.substr(scheme + 3);
  if (IsLoopback(AsciiLower(options_.address))) return IsLoopback(HostName(authority));
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
  const std::string_view host = Trim(request.header("host"));
  return std::string(secure ? "https://" : "http://") + (IsHostText(host) ? std::string(host) : options_.address);
}

void HttpEndpoint::HandlePublic(const HttpRequest& request, HttpReply& reply) {
  if (request.path == "/healthz") return RespondText(reply, 200, "ok");
  if (request.path == "/readyz") {
    const std::string why = draining_ ? "draining" : trouble();
    return RespondText(reply, why.empty() ? 200 : 503, why.empty() ? "ready" : why);
  }
  const Json metadata = authenticator_.ResourceMetadata(BaseUrl(request));
  if (metadata.is_null()) return RespondText(reply, 404, "not found");
  reply.Respond({200, "application/json", Dump(metadata), {{"Access-Control-Allow-Origin", "*"}}});
}

// Browsers ask before they send what a page could not send by itself. Only origins that may call us are told yes.
bool HttpEndpoint::AnswerPreflight(const HttpRequest& request, HttpReply& reply, bool is_public) const {
  if (request.method != "OPTIONS") return false;
  HttpHeaders headers = {{"Allow", is_public ? "GET, OPTIONS" : "POST, GET, DELETE, OPTIONS"}};
  if (request.has("access-control-request-method")) {
    const std::string wanted(request.header("access-control-request-headers"));
    headers.emplace_back("Access-Control-Allow-Methods", "POST, GET, DELETE");
    headers.emplace_back("Access-Control-Allow-Headers", wanted.empty() ? "Content-Type" : wanted);
    headers.emplace_back("Access-Control-Max-Age", "7200");
    if (is_public) headers.emplace_back("Access-Control-Allow-Origin", "*");
  }
  reply.Respond({204, "", "", std::move(headers)});
  return true;
}

void HttpEndpoint::Handle(HttpRequest request, std::shared_ptr<HttpReply> reply) {
  const bool is_metadata = request.path.rfind("/.well-known/oauth-protected-resource", 0) == 0;
  const bool is_public = request.path == "/healthz" || request.path == "/readyz" || is_metadata;
  const bool is_review = review_ != nullptr && (request.path == "/" || request.path.rfind("/api/", 0) == 0);
  const bool is_result = results_ != nullptr && HttpResults::Serves(request);
  if (!is_public && !IsMcp(request) && !IsMetrics(request) && !is_review && !is_result)
    return RespondText(*reply, 404, "not found");
  if (is_public) {
    if (AnswerPreflight(request, *reply, true)) return;
    if (!IsRead(request)) return RespondText(*reply, 405, "use GET", {{"Allow", "GET"}});
    return HandlePublic(request, *reply);
  }
  if (!HostAllowed(request)) return RespondError(*reply, 403, kInvalidRequest, "this Host is not allowed");
  if (!OriginAllowed(request)) return RespondError(*reply, 403, kInvalidRequest, "this Origin is not allowed");
  if (request.has("origin")) reply = WithCors(std::move(reply), std::string(Trim(request.header("origin"))));
  if (AnswerPreflight(request, *reply, false)) return;
  if (IsMetrics(request) && !IsRead(request)) return RespondText(*reply, 405, "use GET", {{"Allow", "GET"}});
  // The page itself holds no data; its script asks for a token.
  if (is_review && request.path == "/") {
    if (!IsRead(request)) return RespondText(*reply, 405, "use GET", {{"Allow", "GET"}});
    return review_->RespondPage(*reply);
  }
  Admit(std::move(request), std::move(reply), true);
}

// A token by a key that we have not met is looked at once more when the issuer has been asked.
void HttpEndpoint::Admit(HttpRequest request, std::shared_ptr<HttpReply> reply, bool may_refresh) {
  auto principal = authenticator_.Authenticate(request.header("authorization"), BaseUrl(request));
  if (principal) {
    principal->caller.trace_id = TraceIdOf(request.header("traceparent"));
    return Serve(std::move(request), *principal, std::move(reply));
  }
  const AuthFailure& failure = principal.error();
  if (may_refresh && failure.newer_keys_may_help) {
    const auto held = std::make_shared<HttpRequest>(std::move(request));
    const bool waits = authenticator_.RefreshKeys(
        [this, held, reply] { on_network_thread([this, held, reply] { Admit(std::move(*held), reply, false); }); });
    if (waits) return;
  }
  GetCounter("toomai_http_refused_total", "Requests refused at the door",
             {{"why", failure.status == 403   ? "scope"
                      : failure.status == 401 ? "token"
                                              : "keys"}})
      .Add();
  HttpHeaders headers;
  if (!failure.challenge.empty()) headers.emplace_back("WWW-Authenticate", failure.challenge);
  if (failure.status == 503) headers.emplace_back("Retry-After", "5");
  RespondError(*reply, failure.status, kInvalidRequest, failure.message, std::move(headers));
}

// Each call that may reach a database counts, whichever door it comes through.
std::optional<HttpEndpoint::Refusal> HttpEndpoint::OverRate(const Principal& principal) {
  const auto allowed = rate_limit_.Take(principal.caller.name, principal.calls_per_minute);
  if (allowed) return std::nullopt;
  const int wait_s = (60 + principal.calls_per_minute - 1) / principal.calls_per_minute;  // until there is one more
  return Refusal{429, kInternalError, allowed.error().message, {{"Retry-After", std::to_string(wait_s)}}};
}

void HttpEndpoint::Serve(HttpRequest request, const Principal& principal, std::shared_ptr<HttpReply> reply) {
  if (IsMetrics(request)) {
    // Without tokens, "own token or loopback" comes down to loopback.
    const bool allowed = principal.may_read_metrics && (authenticator_.required() || request.from_loopback);
    if (!allowed) return RespondText(*reply, 403, "this token may not read metrics");
    return reply->Respond({200, "text/plain; version=0.0.4; charset=utf-8", MetricsText(), {}});
  }
  const bool is_result = results_ != nullptr && HttpResults::Serves(request);
  const bool is_review = !is_result && !IsMcp(request);
  if (draining_ && (is_result || is_review)) return RespondText(*reply, 503, "shutting down", {{"Retry-After", "1"}});
  if (is_result || (is_review && ReviewApi::ReachesDatabase(request))) {
    if (const auto refusal = OverRate(principal))
      return RespondError(*reply, refusal->status, refusal->code, refusal->message, refusal->headers);
  }
  if (is_result) return results_->Handle(request, principal.caller, reply);
  if (is_review) return review_->Handle(std::move(request), principal.caller, std::move(reply));
  if (request.method == "POST") return HandlePost(request, principal, reply);
  if (request.method == "GET") return HandleGet(request, principal, reply);
  if (request.method == "DELETE") return HandleDelete(request, principal, *reply);
  RespondText(*reply, 405, "use POST", {{"Allow", "POST, GET, DELETE"}});
}

void HttpEndpoint::HandleGet(const HttpRequest& request, const Principal& principal,
                             const std::shared_ptr<HttpReply>& reply) {
  const std::string session_id(Trim(request.header("mcp-session-id")));
  const auto version = OptionalHeader(request, "mcp-protocol-version");
  if (session_id.empty() || (version && *version >= kStatelessVersion)) {
    return RespondText(*reply, 405, "POST a JSON-RPC message here", {{"Allow", "POST"}});
  }
  if (!Accepts(request, "text/event-stream")) return RespondText(*reply, 406, "Accept must allow text/event-stream");
  const auto session = sessions_.Find(session_id, principal.caller.name);
  if (!session) return RespondText(*reply, 404, "the session has ended");
  if (open_streams() >= options_.max_streams)
    return RespondText(*reply, 503, "too many streams", {{"Retry-After", "5"}});
  const auto outlet = std::make_shared<StreamOutlet>(reply, HttpHeaders{{"Mcp-Session-Id", session_id}});
  session->AddStream(outlet);
  // The session refers to the stream weakly; the reply keeps it until the client leaves.
  reply->OnClosed([outlet] {});
}

void HttpEndpoint::HandleDelete(const HttpRequest& request, const Principal& principal, HttpReply& reply) {
  const std::string session_id(Trim(request.header("mcp-session-id")));
  const auto version = OptionalHeader(request, "mcp-protocol-version");
  if (session_id.empty() || (version && *version >= kStatelessVersion)) {
    return RespondText(reply, 405, "there is no session to end", {{"Allow", "POST"}});
  }
  if (!sessions_.End(session_id, principal.caller.name)) return RespondText(reply, 404, "the session has ended");
  reply.Respond({204, "", "", {}});
}

}  // namespace toomai::mcp
