#include "mcp/review_http.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "mcp/registry.h"
#include "mcp/render.h"

namespace toomai::mcp {

std::map<std::string, std::string> QueryParameters(const std::string& query) {
  std::map<std::string, std::string> parameters;
  for (const std::string& pair : Split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    std::string value = pair.substr(equals + 1);
    std::replace(value.begin(), value.end(), '+', ' ');
    value = PercentDecode(value);
    if (IsValidUtf8(value) && value.find('\0') == std::string::npos) parameters[pair.substr(0, equals)] = value;
  }
  return parameters;
}

std::string QueryParameter(const HttpRequest& request, const std::string& name) {
  const auto parameters = QueryParameters(request.query);
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::int64_t Number(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kRejected:
    case ErrorCode::kNotConfirmed:
      return 422;
    case ErrorCode::kBusy:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
      return 503;
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

HttpResponse JsonResponse(int status, const Json& value) {
  return {status, "application/json", Dump(value), {}};
}

HttpResponse Failure(const Error& error) {
  return JsonResponse(StatusOf(error.code), {{"error", RenderError(error)}});
}

HttpResponse Failure(int status, const std::string& reason) {
  return JsonResponse(status, {{"error", {{"reason", reason}}}});
}

cache::HistoryQuery HistoryQueryFrom(const HttpRequest& request, const engine::Caller& caller) {
  const auto get = [&](const char* name) { return QueryParameter(request, name); };
  cache::HistoryQuery query;
  query.text = get("text");
  query.database = get("database");
  query.source = get("source");
  query.verdict = get("verdict");
  query.kind = get("kind");
  query.caller = caller.may_review ? get("caller") : caller.name;
  query.state = cache::ParseReviewState(get("state"));
  query.since_ms = Number(get("since"), 0);
  query.until_ms = Number(get("until"), 0);
  query.before_id = Number(get("before"), 0);
  query.limit = static_cast<int>(std::clamp<std::int64_t>(Number(get("limit"), 50), 1, kMaxEntriesOnPage));
  return query;
}

}  // namespace toomai::mcp
