#include "mcp/http_words.h"

#include "base/text.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {
namespace {

// "application/json;q=0" is how a client says that it cannot read something.
bool IsRefused(const std::string& range) {
  for (const std::string& parameter : Split(range, ';')) {
    const std::string_view text = Trim(parameter);
    if (text.starts_with("q=0")) return text.find_first_not_of("0.", 2) == std::string_view::npos;
  }
  return false;
}

}  // namespace

void RespondText(HttpReply& reply, int status, const std::string& text, HttpHeaders headers) {
  reply.Respond({status, "text/plain; charset=utf-8", text + "\n", std::move(headers)});
}

void RespondError(HttpReply& reply, int status, int code, const std::string& message, HttpHeaders headers,
                  const Json& id) {
  reply.Respond({status, "application/json", Dump(MakeError(id, {code, message, nullptr})), std::move(headers)});
}

std::optional<std::string> OptionalHeader(const HttpRequest& request, const std::string& name) {
  if (!request.has(name)) return std::nullopt;
  return std::string(Trim(request.header(name)));
}

bool Accepts(const HttpRequest& request, std::string_view type) {
  if (!request.has("accept")) return true;
  const std::string accept = AsciiLower(request.header("accept"));
  // The narrowest range that fits decides.
  const std::string any = std::string(type.substr(0, type.find('/'))) + "/*";
  for (const std::string_view range : {type, std::string_view(any), std::string_view("*/*")}) {
    for (const std::string& one : Split(accept, ',')) {
      if (Trim(std::string_view(one).substr(0, one.find(';'))) == range) return !IsRefused(one);
    }
  }
  return false;
}

}  // namespace toomai::mcp
