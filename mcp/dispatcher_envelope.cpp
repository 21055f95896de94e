// What stands around a request: its era, what the client says of itself, and whether the HTTP headers agree with the
// body. See dispatcher.h.
#include <utility>

#include "base/text.h"
#include "base/trace_context.h"
#include "mcp/dispatcher.h"
#include "mcp/dispatcher_request.h"

namespace toomai::mcp {
namespace {

bool LooksLikeDate(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         text.find_first_not_of("0123456789-") == std::string::npos;
}

}  // namespace

std::optional<std::string> DecodeHeaderValue(std::string_view value) {
  value = Trim(value);
  constexpr std::string_view kOpen = "=?base64?", kClose = "?=";
  const bool wrapped = value.size() >= kOpen.size() + kClose.size() && value.substr(0, kOpen.size()) == kOpen &&
                       value.substr(value.size() - kClose.size()) == kClose;
  if (!wrapped) return std::string(value);
  const std::string_view inner = value.substr(kOpen.size(), value.size() - kOpen.size() - kClose.size());
  std::string decoded;
  const bool canonical = Base64Decode(inner, &decoded) && Base64Encode(decoded) == inner;
  if (!canonical || !IsValidUtf8(decoded)) return std::nullopt;
  return decoded;
}

bool Dispatcher::IsStateless(const Message& message, const std::optional<HttpFacts>& http) {
  if (!Member(Member(message.params, "_meta"), kMetaVersion).is_null()) return true;
  return http && http->version && LooksLikeDate(*http->version) && *http->version >= kStatelessVersion;
}

// Fills in what the client said of itself; the error and its HTTP status when the envelope is not acceptable.
std::optional<std::pair<RpcError, int>> Dispatcher::CheckEnvelope(Request& request) const {
  Call& call = request.call;
  const Json& meta = Member(request.params(), "_meta");
  call.progress_token = Member(meta, "progressToken");
  if (!call.progress_token.is_string() && !call.progress_token.is_number_integer()) call.progress_token = nullptr;
  // What the message says goes before what its HTTP headers said.
  if (std::string trace = TraceIdOf(StringMember(meta, "traceparent")); !trace.empty())
    call.caller.trace_id = std::move(trace);

  if (call.era == Era::kHandshake) {
    const Session::Agreement agreement = request.in.session->agreement();
    call.version = agreement.version;
    if (call.version.empty()) {
      const bool named = request.in.http && request.in.http->version && IsHandshakeVersion(*request.in.http->version);
      call.version = named ? *request.in.http->version
                           : std::string(request.in.http ? kAssumedHttpVersion : kHandshakeVersions[0]);
    }
    // A question needs a way to the client: the answer's own stream, or one that is kept open.
    const bool reachable = request.in.outlet->carries_notices() || request.in.session->stream() != nullptr;
    call.client_capabilities = reachable ? agreement.capabilities : Json::object();
    call.caller.client = agreement.client;
    call.log_level = request.in.session->log_level();
    return std::nullopt;
  }

  const Json& version = Member(meta, kMetaVersion);
  const Json& capabilities = Member(meta, kMetaCapabilities);
  if (!version.is_string() || !capabilities.is_object()) {
    const std::string_view field = version.is_string() ? kMetaCapabilities : kMetaVersion;
    return std::pair(RpcError{kInvalidParams,
                              "params._meta[\"" + std::string(field) + "\"] is missing or has the wrong type", nullptr},
                     400);
  }
  call.version = version.get<std::string>();
  call.client_capabilities = capabilities;
  call.caller.client = std::string(CutAtCodePoint(StringMember(Member(meta, kMetaClientInfo), "name"), 120));
  call.log_level = std::string(StringMember(meta, kMetaLogLevel));
  if (LogLevelRank(call.log_level) < 0) call.log_level.clear();

  if (request.in.http && (!request.in.http->version || *request.in.http->version != call.version)) {
    return std::pair(
        RpcError{kHeaderMismatch, "the header MCP-Protocol-Version must be the version in params._meta", nullptr}, 400);
  }
  if (call.version != kStatelessVersion) {
    const Json data = {{"supported", {kStatelessVersion}}, {"requested", call.version}};
    return std::pair(
        RpcError{kUnsupportedVersion, "protocol version " + Ellipsis(call.version, 40) + " is not supported", data},
        400);
  }
  if (request.in.http) {
    if (auto error = CheckHeaders(request)) return std::pair(*error, 400);
  }
  return std::nullopt;
}

std::optional<RpcError> Dispatcher::CheckHeaders(const Request& request) const {
  const HttpFacts& http = *request.in.http;
  const auto mismatch = [](const std::string& what) { return RpcError{kHeaderMismatch, what, nullptr}; };
  const std::string& method = request.call.method;
  const auto said = http.method ? DecodeHeaderValue(*http.method) : std::nullopt;
  if (!said || *said != method) return mismatch("the header Mcp-Method must be the method in the body");
  const bool by_name = method == "tools/call" || method == "prompts/get";
  if (by_name || method == "resources/read") {
    const std::string_view expected = StringMember(request.params(), by_name ? "name" : "uri");
    const auto name = http.name ? DecodeHeaderValue(*http.name) : std::nullopt;
    if (!name || *name != expected) {
      return mismatch(std::string("the header Mcp-Name must be params.") + (by_name ? "name" : "uri"));
    }
  }
  if (method != "tools/call") return std::nullopt;

  // Arguments whose schema names a header must be the same in both places.
  const Registry::ToolPtr tool = registry_.FindTool(StringMember(request.params(), "name"));
  if (tool == nullptr || tool->input_schema.find("x-mcp-header") == std::string::npos) return std::nullopt;
  const std::shared_ptr<const Json> schema = registry_.InputSchema(*tool);
  for (const auto& [field, about] : Member(*schema, "properties").items()) {
    const std::string_view header = StringMember(about, "x-mcp-header");
    if (header.empty()) continue;
    const Json& value = Member(Member(request.params(), "arguments"), field);
    const auto given = http.parameters.find(AsciiLower(header));
    if (value.is_null() && given == http.parameters.end()) continue;
    const auto decoded = given == http.parameters.end() ? std::nullopt : DecodeHeaderValue(given->second);
    const std::string expected = value.is_string() ? value.get<std::string>() : Dump(value);
    if (!decoded || *decoded != expected) {
      return mismatch("the header Mcp-Param-" + std::string(header) + " must be the argument \"" + field + "\"");
    }
  }
  return std::nullopt;
}

}  // namespace toomai::mcp
