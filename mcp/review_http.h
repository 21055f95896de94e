// What calls of the review page and downloads have in common: parameters in, JSON or a failure out.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"
#include "cache/history.h"
#include "engine/types.h"
#include "mcp/http.h"
#include "mcp/json.h"

namespace toomai::mcp {

// Percent-decoded; what is not UTF-8 is left out.
std::map<std::string, std::string> QueryParameters(const std::string& query);
// The one named; "" when it is not there.
std::string QueryParameter(const HttpRequest& request, const std::string& name);
std::int64_t Number(const std::string& text, std::int64_t otherwise);
// The filters of a request, for what the caller may see.
cache::HistoryQuery HistoryQueryFrom(const HttpRequest& request, const engine::Caller& caller);

int StatusOf(ErrorCode code);
HttpResponse JsonResponse(int status, const Json& value);
HttpResponse Failure(const Error& error);
HttpResponse Failure(int status, const std::string& reason);

inline constexpr int kMaxEntriesOnPage = 200;

}  // namespace toomai::mcp
