#include "mcp/http_words.h"

#include "base/text.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {

void RespondText(HttpReply& reply, int status, const std::string& text, HttpHeaders headers) {
  reply.Respond({status, "text/plain; charset=utf-8", text + "\n", std::move(headers)});
}

void RespondError(HttpReply& reply, int status, int code, const std::string& message, HttpHeaders headers) {
  reply.Respond({status, "application/json", Dump(MakeError(nullptr, {code, message, nullptr})), std::move(headers)});
}

std::optional<std::string> OptionalHeader(const HttpRequest& request, const std::string& name) {
  if (!request.has(name)) return std::nullopt;
  return std::string(Trim(request.header(name)));
}

bool Accepts(const HttpRequest& request, std::string_view type) {
  if (!request.has("accept")) return true;
  const std::string accept = AsciiLower(request.header("accept"));
  const std::string any = std::string(type.substr(0, type.find('/'))) + "/*";
  return accept.find(type) != std::string::npos || accept.find("*/*") != std::string::npos ||
         accept.find(any) != std::string::npos;
}

}  // namespace toomai::mcp
