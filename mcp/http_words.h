// Small things that http_endpoint.cpp and http_post.cpp both say and ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcp/http.h"
#include "mcp/json.h"

namespace toomai::mcp {

void RespondText(HttpReply& reply, int status, const std::string& text, HttpHeaders headers = {});
// A JSON-RPC error: with the id of the request when that is known, with none for what was refused before it was read.
void RespondError(HttpReply& reply, int status, int code, const std::string& message, HttpHeaders headers = {},
                  const Json& id = nullptr);
std::optional<std::string> OptionalHeader(const HttpRequest& request, const std::string& name);
// By the Accept header; without one everything is accepted.
bool Accepts(const HttpRequest& request, std::string_view type);

}  // namespace toomai::mcp
