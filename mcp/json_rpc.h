// Bytes -> limits -> one JSON-RPC 2.0 message, and the messages that go back. Everything that arrives is hostile: size,
// nesting, number of values, repeated keys, invalid UTF-8 and NUL characters are refused here, so that nothing behind
// this file meets them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mcp/json.h"
#include "mcp/options.h"

namespace toomai::mcp {

// JSON-RPC's own codes, and those of the 2026-07-28 revision.
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kLegacyResourceNotFound = -32002;
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kMissingClientCapability = -32021;
inline constexpr int kUnsupportedVersion = -32022;

struct RpcError {
  int code = kInternalError;
  std::string message;
  Json data;  // null: none
};

struct Message {
  enum class Kind { kRequest, kNotification, kResponse };
  Kind kind = Kind::kRequest;
  Json id;  // string or integer; null for a notification
  std::string method;
  Json params = Json::object();
  Json result;  // of a response; null when it is an error
  Json error;   // of a response
};

// A message that could not be read. `id` is null when it could not be told.
struct BadMessage {
  Json id;
  RpcError error;
  bool notification = false;  // it has a method and no id: nobody waits for an answer
};

tl::expected<Message, BadMessage> ParseMessage(std::string_view bytes, const MessageLimits& limits);
// The same for JSON that was read already.
tl::expected<Message, BadMessage> ReadMessage(Json body);
// Any JSON text under the same limits.
tl::expected<Json, RpcError> ParseJson(std::string_view bytes, const MessageLimits& limits);

Json MakeResult(const Json& id, Json result);
Json MakeError(const Json& id, const RpcError& error);  // a null id is left out
Json MakeNotification(std::string_view method, Json params);
Json MakeRequest(const Json& id, std::string_view method, Json params);

}  // namespace toomai::mcp
