#include "mcp/auth.h"

#include "base/loopback.h"
#include "base/text.h"
#include "mcp/oauth.h"
#include "mcp/tokens.h"

namespace toomai::mcp {
namespace {

Principal FromToken(const TokenOptions& token) {
  Principal principal;
  principal.caller.name = token.name;
  principal.caller.databases = token.databases;
  principal.caller.tools = token.tools;
  principal.caller.database_role = token.database_role;
  principal.caller.claims = token.claims;
  principal.caller.may_review = token.may_review;
  principal.calls_per_minute = token.calls_per_minute;
  principal.may_read_metrics = token.may_read_metrics;
  return principal;
}

// The token in "Bearer …", or empty.
std::string_view BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      authorization.size() > kScheme.size() && EqualsIgnoreAsciiCase(authorization.substr(0, kScheme.size()), kScheme);
  return bearer ? Trim(authorization.substr(kScheme.size())) : std::string_view();
}

}  // namespace

Authenticator::Authenticator(const HttpOptions& options)
    : options_(options),
      tokens_(std::make_unique<TokenStore>(options)),
      access_tokens_(std::make_unique<AccessTokens>(options.oauth)) {}

Authenticator::~Authenticator() = default;

bool Authenticator::required() const {
  return options_.authenticates();
}

Expected<void> Authenticator::Check() const {
  if (const auto fit = tokens_->Check(); !fit) return fit;
  if (const auto fit = access_tokens_->Check(IsLoopback(options_.address)); !fit) return fit;
  if (required() || IsLoopback(options_.address) || options_.allow_unauthenticated) return {};
  return Fail(ErrorCode::kInvalidArgument, "refusing to listen on " + options_.address + " without authentication",
              "configure tokens, or listen on 127.0.0.1");
}

tl::expected<Principal, AuthFailure> Authenticator::Authenticate(std::string_view authorization,
                                                                 const std::string& base_url) {
  if (!required()) {
    Principal anyone;
    anyone.caller.name = "http";
    anyone.caller.may_review = IsLoopback(options_.address);
    anyone.may_read_metrics = true;
    return anyone;
  }
  const std::string_view token = BearerToken(authorization);
  if (token.empty()) {
    return tl::unexpected(AuthFailure{401, access_tokens_->Challenge(base_url, ""), "a bearer token is needed"});
  }
  if (const auto holder = tokens_->Find(token)) return FromToken(*holder);
  if (access_tokens_->enabled()) return access_tokens_->Admit(token, base_url);
  return tl::unexpected(
      AuthFailure{401, access_tokens_->Challenge(base_url, "invalid_token"), "the token is not known"});
}

bool Authenticator::RefreshKeys(std::function<void()> then) {
  return access_tokens_->enabled() && access_tokens_->keys().Refresh(std::move(then));
}

void Authenticator::Stop() {
  access_tokens_->keys().Stop();
}

Json Authenticator::ResourceMetadata(const std::string& base_url) const {
  return access_tokens_->ResourceMetadata(base_url);
}

}  // namespace toomai::mcp
