#include "mcp/oauth.h"

#include <algorithm>
#include <optional>

#include "base/sha256.h"
#include "base/text.h"

namespace toomai::mcp {
namespace {

std::optional<std::vector<std::string>> NameList(const Json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& name : value) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

// "a b" or ["a", "b"].
std::set<std::string> Words(const Json& value) {
  std::set<std::string> words;
  if (value.is_string()) {
    for (const std::string& word : Split(value.get<std::string>(), ' ')) words.insert(word);
  }
  for (const std::string& word : NameList(value).value_or(std::vector<std::string>())) words.insert(word);
  words.erase("");
  return words;
}

// "toomai:review" includes "toomai": a scope grants what is before its last colon.
bool Grants(const std::set<std::string>& granted, const std::string& wanted) {
  return std::any_of(granted.begin(), granted.end(), [&](const std::string& scope) {
    return scope == wanted || (scope.size() > wanted.size() && scope.compare(0, wanted.size(), wanted) == 0 &&
                               scope[wanted.size()] == ':');
  });
}

// Callers own what they began by their names, so subjects have names of their own: no token is called like one, and no
// two of them alike.
std::string NameOf(std::string_view subject) {
  constexpr std::size_t kLongest = 120;
  return subject.size() <= kLongest ? "oauth:" + std::string(subject) : "oauth-sha256:" + Sha256Hex(subject);
}

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Expected<void> AccessTokens::Check(bool loopback) const {
  if (!enabled()) return {};
  if (options_.resource.empty() && !loopback) {
    return Fail(ErrorCode::kInvalidArgument, "OAuth needs our own public address to check the audience of tokens",
                "set resource");
  }
  return keys_.Check();
}

std::string AccessTokens::Audience(const std::string& base_url) const {
  return options_.resource.empty() ? base_url + "/mcp" : options_.resource;
}

std::string AccessTokens::Challenge(const std::string& base_url, const std::string& error) const {
  std::vector<std::string> parts;
  if (!error.empty()) parts.push_back("error=\"" + error + "\"");
  if (enabled()) {
    parts.push_back("resource_metadata=\"" + base_url + "/.well-known/oauth-protected-resource\"");
    parts.push_back("scope=\"" + Join(options_.scopes, " ") + "\"");
  }
  return parts.empty() ? "Bearer" : "Bearer " + Join(parts, ", ");
}

std::string AccessTokens::Fault(const Json& claims, const std::string& base_url) const {
  const double now = static_cast<double>(Now()), leeway = static_cast<double>(options_.leeway.count());
  const Json& expires = Member(claims, "exp");
  const Json& not_before = Member(claims, "nbf");
  if (StringMember(claims, "iss") != options_.issuer) return "the token is by another issuer";
  if (!expires.is_number() || expires.get<double>() + leeway <= now) return "the token has expired";
  if (not_before.is_number() && not_before.get<double>() - leeway > now) return "the token is not valid yet";
  const Json& audience = Member(claims, "aud");
  const std::string ours = Audience(base_url);
  const bool named = audience.is_string() ? audience == ours
                                          : audience.is_array() && std::find(audience.begin(), audience.end(),
                                                                             Json(ours)) != audience.end();
  return named ? "" : "the token is for another resource";
}

Principal AccessTokens::PrincipalFrom(const Json& claims, const std::set<std::string>& granted) const {
  Principal principal;
  principal.caller.name = NameOf(StringMember(claims, "sub"));
  principal.caller.may_review = granted.count(options_.review_scope) > 0;
  if (!options_.databases_claim.empty()) {
    // A token without the claim may use no database.
    const std::set<std::string> names = Words(Member(claims, options_.databases_claim));
    principal.caller.databases = std::vector<std::string>(names.begin(), names.end());
  }
  if (!options_.role_claim.empty()) {
    principal.caller.database_role = std::string(StringMember(claims, options_.role_claim));
  }
  return principal;
}

tl::expected<Principal, AuthFailure> AccessTokens::Admit(std::string_view token, const std::string& base_url) {
  if (keys_.GrowsOld()) keys_.Refresh([] {});
  const std::shared_ptr<const JwkSet> keys = keys_.Keys();
  if (!keys) {
    return tl::unexpected(AuthFailure{503, {}, "the issuer's keys cannot be had at the moment", true});
  }
  const auto refuse = [&](std::string why, bool newer_keys_may_help = false) {
    return tl::unexpected(AuthFailure{401, Challenge(base_url, "invalid_token"), std::move(why), newer_keys_may_help});
  };
  const auto claims = VerifyJwt(token, *keys);
  if (!claims) return refuse(claims.error().message, claims.error().code == ErrorCode::kNotFound);
  if (const std::string fault = Fault(*claims, base_url); !fault.empty()) return refuse(fault);

  std::set<std::string> granted = Words(Member(*claims, "scope"));
  granted.merge(Words(Member(*claims, "scp")));
  for (const std::string& scope : options_.scopes) {
    if (Grants(granted, scope)) continue;
    return tl::unexpected(
        AuthFailure{403, Challenge(base_url, "insufficient_scope"), "the token lacks the scope " + scope});
  }
  // What a token does not say must not become more than it says.
  const auto names = [&](const std::string& claim) { return !StringMember(*claims, claim).empty(); };
  if (!names("sub")) return refuse("the token names nobody (claim sub)");
  if (!options_.role_claim.empty() && !names(options_.role_claim)) {
    return tl::unexpected(AuthFailure{403, Challenge(base_url, "insufficient_scope"),
                                      "the token names no database role (claim " + options_.role_claim + ")"});
  }
  return PrincipalFrom(*claims, granted);
}

Json AccessTokens::ResourceMetadata(const std::string& base_url) const {
  if (!enabled()) return nullptr;
  std::vector<std::string> scopes = options_.scopes;
  scopes.push_back(options_.review_scope);
  return {{"resource", Audience(base_url)},
          {"authorization_servers", options_.authorization_servers.empty() ? std::vector<std::string>{options_.issuer}
                                                                           : options_.authorization_servers},
          {"scopes_supported", scopes},
          {"bearer_methods_supported", {"header"}},
          {"resource_name", "Toomai"}};
}

}  // namespace toomai::mcp
