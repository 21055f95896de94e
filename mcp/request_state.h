// The state of an unfinished call, carried by the client and so written by an attacker: sealed with HMAC-SHA-256, bound
// to who asked, for what and with which arguments, and short-lived. Thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "mcp/json.h"

namespace toomai::mcp {

class StateSealer {
 public:
  // An empty key: a random one, made when first needed.
  StateSealer(std::string key, std::chrono::milliseconds ttl) : key_(std::move(key)), ttl_(ttl) {}

  // `binding` is whatever must be the same when the state comes back: principal, method, argument digest.
  std::string Seal(const Json& state, std::string_view binding);
  // nullopt when it was altered, is too old, or belongs to something else.
  std::optional<Json> Open(std::string_view sealed, std::string_view binding);

 private:
  std::string Sign(std::string_view payload, std::string_view binding);
  const std::string& Key();

  std::string key_;
  const std::chrono::milliseconds ttl_;
};

}  // namespace toomai::mcp
