#include "llm/exchange.h"

#include <algorithm>
#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "llm/retry.h"

namespace toomai::llm {
namespace {

constexpr std::size_t kMessageBytes = 300;  // of a server's error message in ours

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
      out += static_cast<char>(c);
    else if ((c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~')
      out += static_cast<char>(c);
    else {
      out += '%';
      out += "0123456789ABCDEF"[c >> 4];
      out += "0123456789ABCDEF"[c & 15];
    }
  }
  return out;
}

HttpRequest MakeHttp(const EndpointOptions& options, std::string_view path) {
  HttpRequest http;
  http.url = options.base_url;
  while (!http.url.empty() && http.url.back() == '/') http.url.pop_back();
  // A base that already names the operation is taken as it is (some gateways document it so).
  if (http.url.size() < path.size() || http.url.compare(http.url.size() - path.size(), path.size(), path) != 0)
    http.url += path;
  char separator = http.url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : options.query_params) {
    http.url += separator + PercentEncode(name) + "=" + PercentEncode(value);
    separator = '&';
  }
  http.headers = {"Content-Type: application/json", "Accept: application/json", "User-Agent: toomai"};
  if (!options.api_key.empty()) {
    http.headers.push_back(options.auth_header + ": " + options.auth_scheme + (options.auth_scheme.empty() ? "" : " ") +
                           options.api_key.Reveal());
  }
  for (const auto& [name, value] : options.extra_headers) http.headers.push_back(name + ": " + value);
  http.timeout = options.timeout;
  http.connect_timeout = options.connect_timeout;
  http.stall_timeout = options.stall_timeout;
  http.max_bytes = options.max_reply_bytes;
  http.proxy = options.proxy;
  http.ca_file = options.ca_file;
  http.tls_verify = options.tls_verify;
  return http;
}

// A server's own words, without our key (some servers echo it), short and printable.
std::string Said(const EndpointOptions& options, std::string text) {
  const std::string& key = options.api_key.Reveal();
  for (std::size_t at; !key.empty() && (at = text.find(key)) != std::string::npos;)
    text.replace(at, key.size(), "[hidden]");
  text = Redact(CleanUtf8(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return Ellipsis(Trim(text), kMessageBytes);
}

bool SaysOverflow(const ApiError& api) {
  const std::string text = AsciiLower(api.message);
  return api.code == "context_length_exceeded" || text.find("context length") != std::string::npos ||
         text.find("context window") != std::string::npos || text.find("prompt is too long") != std::string::npos;
}

Outcome Refused(const EndpointOptions& options, const HttpResponse& response) {
  Outcome outcome;
  outcome.api = ReadError(response.status, response.body);
  const ApiError& api = outcome.api;
  const std::string who = "Model endpoint '" + options.name + "' (" + HostOf(options.base_url) + ")";
  const std::string said = ": " + Said(options, api.message);
  outcome.wait = AskedWait(response.headers, response.status, static_cast<std::int64_t>(std::time(nullptr)));
  const int status = response.status;
  if (status == 401 || status == 403) {
    outcome.reply = Fail(ErrorCode::kRejected, who + " refused the key (HTTP " + std::to_string(status) + ")" + said,
                         "Check the API key and that it may use model '" + options.model + "'.");
  } else if (status == 404) {
    outcome.reply = Fail(ErrorCode::kInvalidArgument, who + " does not know the path or the model (HTTP 404)" + said,
                         "Check base_url and the model's name '" + options.model + "'.");
  } else if (status == 429 && (api.code == "insufficient_quota" || api.type == "insufficient_quota")) {
    outcome.healthy = true;
    outcome.reply = Fail(ErrorCode::kRejected, who + " says that the account's quota is used up" + said,
                         "Look at the provider's billing page.");
  } else if (status == 429) {
    outcome.healthy = outcome.retry = true;
    outcome.reply = Fail(ErrorCode::kBusy, who + " limits the rate of calls (HTTP 429)" + said,
                         "Wait and ask again, or configure a second endpoint.");
  } else if (status == 408 || status == 409 || status == 425 || status >= 500) {
    outcome.retry = true;
    outcome.reply = Fail(ErrorCode::kUnavailable, who + " failed (HTTP " + std::to_string(status) + ")" + said);
  } else if (status >= 300 && status < 400) {
    const auto location = response.headers.find("location");
    const std::string where = location == response.headers.end() ? "" : " to " + Said(options, location->second);
    outcome.reply =
        Fail(ErrorCode::kInvalidArgument, who + " redirects" + where + " (HTTP " + std::to_string(status) + ")",
             "Set base_url to the address that answers (often https instead of http).");
  } else if (SaysOverflow(api)) {
    outcome.healthy = true;
    outcome.reply = Fail(ErrorCode::kInvalidArgument, who + " cannot take a prompt of this length" + said,
                         std::string(kOverflowHint));
  } else {
    outcome.healthy = true;
    outcome.reply =
        Fail(ErrorCode::kInvalidArgument, who + " refused the request (HTTP " + std::to_string(status) + ")" + said);
  }
  return outcome;
}

}  // namespace

Outcome Exchange(const Deadline& deadline, Http& http, const EndpointOptions& options, const WireRequest& wire) {
  Outcome outcome;
  HttpRequest request = MakeHttp(options, "/chat/completions");
  request.body = wire.body;
  StreamReader reader;
  if (wire.stream) request.on_event_data = [&reader](std::string_view piece) { return reader.Feed(piece); };
  Expected<HttpResponse> response = http.Send(deadline, request);
  if (!response) {
    Error error = response.error();
    outcome.retry = error.code == ErrorCode::kUnavailable;
    outcome.elsewhere = outcome.retry;
    if (outcome.retry) error.message = "Model endpoint '" + options.name + "': " + error.message;
    outcome.reply = Fail(std::move(error));
    return outcome;
  }
  if (response->status != 200) return Refused(options, *response);
  // Servers that ignore "stream" answer in one piece.
  const auto type = response->headers.find("content-type");
  const bool html = type != response->headers.end() && type->second.find("html") != std::string::npos;
  if (html) {
    outcome.reply = Fail(ErrorCode::kUnavailable, "Model endpoint '" + options.name + "' answered with a web page.",
                         "Check base_url: it usually ends in /v1.");
  } else if (wire.stream && IsEventStream(*response)) {
    outcome.reply = reader.Finish();
  } else {
    outcome.reply = ReadReply(response->body);
  }
  outcome.healthy = outcome.reply.has_value();
  outcome.retry = !outcome.healthy;
  if (!outcome.reply) {
    Error error = outcome.reply.error();
    error.message = Said(options, error.message);
    outcome.reply = Fail(std::move(error));
  }
  return outcome;
}

Expected<std::vector<std::string>> ListModels(const Deadline& deadline, Http& http, const EndpointOptions& options) {
  HttpRequest request = MakeHttp(options, "/models");
  request.method = "GET";
  Expected<HttpResponse> response = http.Send(deadline, request);
  if (!response) return Fail(response.error());
  if (response->status != 200) return Fail(Refused(options, *response).reply.error());
  return ReadModels(response->body);
}

}  // namespace toomai::llm
