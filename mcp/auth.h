// Who is at the door: the holder of a bearer token, or of an OAuth access token. Thread-safe; never blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/types.h"
#include "mcp/json.h"
#include "mcp/options.h"

namespace toomai::mcp {

struct Principal {
  engine::Caller caller;
  int calls_per_minute = 0;
  bool may_read_metrics = false;
};

// 401 or 403 with the WWW-Authenticate value that says why; 503 while the issuer's keys cannot be had.
struct AuthFailure {
  int status = 401;
  std::string challenge;
  std::string message;
  bool newer_keys_may_help = false;  // see Authenticator::RefreshKeys
};

class AccessTokens;
class TokenStore;

class Authenticator {
 public:
  explicit Authenticator(const HttpOptions& options);
  ~Authenticator();

  // Problems that must stop the server: unreadable files, short tokens, no way in although one is needed.
  Expected<void> Check() const;
  // False: everyone is let in as "http".
  bool required() const;
  // `base_url` is where the client reached us, for the resource metadata link.
  tl::expected<Principal, AuthFailure> Authenticate(std::string_view authorization, const std::string& base_url);
  // Asks the issuer for its keys and then runs `then`, on another thread; false: nothing to wait for.
  bool RefreshKeys(std::function<void()> then);
  // Nothing runs or is called back after this.
  void Stop();
  // RFC 9728; null when OAuth is off.
  Json ResourceMetadata(const std::string& base_url) const;

 private:
  const HttpOptions options_;
  std::unique_ptr<TokenStore> tokens_;
  std::unique_ptr<AccessTokens> access_tokens_;
};

}  // namespace toomai::mcp
