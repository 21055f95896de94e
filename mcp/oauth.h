// The server as an OAuth 2.1 resource server: access tokens (JWT) are checked for signature, issuer, time, audience and
// scopes; clients that come without one are told where to get it. Thread-safe.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "mcp/auth.h"
#include "mcp/key_source.h"

namespace toomai::mcp {

class AccessTokens {
 public:
  explicit AccessTokens(const OAuthOptions& options) : options_(options), keys_(options) {}

  bool enabled() const { return !options_.issuer.empty(); }
  KeySource& keys() { return keys_; }
  // Settings that must stop the server; `loopback` servers may do without an address of their own.
  Expected<void> Check(bool loopback) const;
  tl::expected<Principal, AuthFailure> Admit(std::string_view token, const std::string& base_url);
  // RFC 9728.
  Json ResourceMetadata(const std::string& base_url) const;
  // The value of WWW-Authenticate; `error` may be empty.
  std::string Challenge(const std::string& base_url, const std::string& error) const;

 private:
  std::string Audience(const std::string& base_url) const;
  // Why the claims do not hold here and now; empty: they do.
  std::string Fault(const Json& claims, const std::string& base_url) const;
  Principal PrincipalFrom(const Json& claims, const std::set<std::string>& granted) const;

  const OAuthOptions options_;
  KeySource keys_;
};

}  // namespace toomai::mcp
