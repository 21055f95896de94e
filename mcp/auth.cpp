#include "mcp/auth.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMinTokenBytes = 16;
constexpr std::chrono::seconds kLookAgain{1};  // files are looked at this often at most

bool IsLoopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.rfind("127.", 0) == 0;
}

Expected<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kInvalidArgument, "cannot read " + path);
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

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

std::string AudienceOf(const OAuthOptions& oauth, const std::string& base_url) {
  return oauth.resource.empty() ? base_url + "/mcp" : oauth.resource;
}

}  // namespace

Authenticator::Authenticator(const HttpOptions& options) : options_(options) {
  tokens_file_.path = options.tokens_file;
  jwks_file_.path = options.oauth.issuer.empty() ? std::string() : options.oauth.jwks_file;
}

bool Authenticator::required() const {
  return !options_.tokens.empty() || !options_.tokens_file.empty() || !options_.oauth.issuer.empty();
}

Expected<void> Authenticator::Check() const {
  for (const TokenOptions& token : options_.tokens) {
    if (token.token.Reveal().size() < kMinTokenBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the token \"" + token.name + "\" is shorter than " + std::to_string(kMinTokenBytes) + " characters",
                  "make one with: openssl rand -hex 32");
    }
  }
  if (!options_.tokens_file.empty()) {
    const auto text = ReadFile(options_.tokens_file);
    if (!text) return Fail(text.error());
    if (const auto parsed = ParseTokens(*text); !parsed) return Fail(parsed.error());
  }
  if (!options_.oauth.issuer.empty()) {
    if (options_.oauth.jwks_file.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "OAuth needs a file with the issuer's public keys", "set jwks_file");
    }
    const auto text = ReadFile(options_.oauth.jwks_file);
    if (!text) return Fail(text.error());
    if (const auto keys = JwkSet::Parse(*text); !keys) return Fail(keys.error());
    if (options_.oauth.resource.empty() && !IsLoopback(options_.address)) {
      return Fail(ErrorCode::kInvalidArgument, "OAuth needs our own public address to check the audience of tokens",
                  "set resource");
    }
  }
  if (!required() && !IsLoopback(options_.address) && !options_.allow_unauthenticated) {
    return Fail(ErrorCode::kInvalidArgument, "refusing to listen on " + options_.address + " without authentication",
                "configure tokens, or listen on 127.0.0.1");
  }
  return {};
}

Expected<std::vector<Authenticator::FileToken>> Authenticator::ParseTokens(const std::string& text) {
  const auto document = ParseJson(text, MessageLimits{});
  const Json& list = document ? Member(*document, "tokens") : Member(Json(), "");
  if (!document || !list.is_array()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the tokens file must be JSON of the form {\"tokens\": [{\"name\": …, \"token\": …}]}");
  }
  std::vector<FileToken> tokens;
  for (const Json& entry : list) {
    FileToken one;
    one.token.name = std::string(StringMember(entry, "name"));
    one.token.token = Secret(std::string(StringMember(entry, "token")));
    one.sha256 = AsciiLower(StringMember(entry, "sha256"));
    const bool usable = one.token.token.Reveal().size() >= kMinTokenBytes || one.sha256.size() == 64;
    if (one.token.name.empty() || !usable) {
      return Fail(ErrorCode::kInvalidArgument,
                  "entry " + std::to_string(tokens.size() + 1) +
                      " of the tokens file needs a name, and a token of 16 characters or a sha256");
    }
    one.token.databases = NameList(Member(entry, "databases"));
    one.token.tools = NameList(Member(entry, "tools"));
    one.token.database_role = std::string(StringMember(entry, "database_role"));
    one.token.may_review = Member(entry, "may_review") == true;
    one.token.may_read_metrics = Member(entry, "may_read_metrics") == true;
    if (Member(entry, "calls_per_minute").is_number_integer())
      one.token.calls_per_minute = Member(entry, "calls_per_minute").get<int>();
    const Json& claims = Member(entry, "claims");
    if (claims.is_object()) {
      for (const auto& [key, value] : claims.items()) {
        if (value.is_string()) one.token.claims[key] = value.get<std::string>();
      }
    }
    tokens.push_back(std::move(one));
  }
  return tokens;
}

bool Authenticator::Changed(Watched* file) {
  const auto now = std::chrono::steady_clock::now();
  if (file->path.empty() || (file->modified_ns >= 0 && now - file->looked_at < kLookAgain)) return false;
  file->looked_at = now;
  struct stat facts {};
  if (stat(file->path.c_str(), &facts) != 0) return false;
  const std::int64_t modified = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
  if (modified == file->modified_ns && facts.st_size == file->size) return false;
  file->modified_ns = modified;
  file->size = facts.st_size;
  return true;
}

// A file that cannot be read or parsed leaves what was known before in force.
void Authenticator::Reload() {
  if (Changed(&tokens_file_)) {
    const auto text = ReadFile(tokens_file_.path);
    auto parsed = text ? ParseTokens(*text) : Expected<std::vector<FileToken>>(Fail(text.error()));
    if (parsed)
      file_tokens_ = std::move(*parsed);
    else
      Log(Level::kError, "auth", "the tokens file was not taken over", {{"why", parsed.error().message}});
  }
  if (Changed(&jwks_file_)) {
    const auto text = ReadFile(jwks_file_.path);
    auto parsed = text ? JwkSet::Parse(*text) : Expected<JwkSet>(Fail(text.error()));
    if (parsed)
      keys_ = std::make_shared<const JwkSet>(std::move(*parsed));
    else
      Log(Level::kError, "auth", "the JWKS file was not taken over", {{"why", parsed.error().message}});
  }
}

// Every token is compared, so that the time does not tell which one was near.
std::optional<Principal> Authenticator::FindToken(std::string_view given) {
  const std::string digest = Sha256Hex(given);
  const TokenOptions* found = nullptr;
  for (const TokenOptions& token : options_.tokens) {
    if (token.token.Equals(given)) found = &token;
  }
  for (const FileToken& entry : file_tokens_) {
    const bool same = entry.sha256.empty() ? entry.token.token.Equals(given)
                                           : CRYPTO_memcmp(entry.sha256.data(), digest.data(), digest.size()) == 0;
    if (same) found = &entry.token;
  }
  if (found == nullptr) return std::nullopt;
  return FromToken(*found);
}

std::string Authenticator::Challenge(const std::string& base_url, const std::string& error) const {
  std::string challenge = "Bearer";
  std::string separator = " ";
  const auto add = [&](const std::string& name, const std::string& value) {
    challenge += separator + name + "=\"" + value + "\"";
    separator = ", ";
  };
  if (!error.empty()) add("error", error);
  if (!options_.oauth.issuer.empty()) {
    add("resource_metadata", base_url + "/.well-known/oauth-protected-resource");
    add("scope", Join(options_.oauth.scopes, " "));
  }
  return challenge;
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
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      authorization.size() > kScheme.size() && EqualsIgnoreAsciiCase(authorization.substr(0, kScheme.size()), kScheme);
  if (!bearer) return tl::unexpected(AuthFailure{401, Challenge(base_url, ""), "a bearer token is needed"});
  const std::string_view token = Trim(authorization.substr(kScheme.size()));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Reload();
    if (auto principal = FindToken(token)) return *principal;
  }
  if (!options_.oauth.issuer.empty()) return CheckAccessToken(token, base_url);
  return tl::unexpected(AuthFailure{401, Challenge(base_url, "invalid_token"), "the token is not known"});
}

tl::expected<Principal, AuthFailure> Authenticator::CheckAccessToken(std::string_view token,
                                                                     const std::string& base_url) {
  const OAuthOptions& oauth = options_.oauth;
  const auto refuse = [&](std::string why) {
    return tl::unexpected(AuthFailure{401, Challenge(base_url, "invalid_token"), std::move(why)});
  };
  std::shared_ptr<const JwkSet> keys;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    keys = keys_;
  }
  if (!keys) return refuse("no keys to check tokens with");
  const auto claims = VerifyJwt(token, *keys);
  if (!claims) return refuse(claims.error().message);

  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::int64_t leeway = oauth.leeway.count();
  const Json& expires = Member(*claims, "exp");
  const Json& not_before = Member(*claims, "nbf");
  if (StringMember(*claims, "iss") != oauth.issuer) return refuse("the token is by another issuer");
  if (!expires.is_number() || expires.get<double>() + static_cast<double>(leeway) <= static_cast<double>(now))
    return refuse("the token has expired");
  if (not_before.is_number() && not_before.get<double>() - static_cast<double>(leeway) > static_cast<double>(now))
    return refuse("the token is not valid yet");
  const Json& audience = Member(*claims, "aud");
  const std::string ours = AudienceOf(oauth, base_url);
  const bool named = audience.is_string() ? audience.get<std::string>() == ours
                                          : audience.is_array() && std::find(audience.begin(), audience.end(),
                                                                             Json(ours)) != audience.end();
  if (!named) return refuse("the token is for another resource");

  std::set<std::string> granted = Words(Member(*claims, "scope"));
  granted.merge(Words(Member(*claims, "scp")));
  for (const std::string& scope : oauth.scopes) {
    if (!Grants(granted, scope)) {
      return tl::unexpected(
          AuthFailure{403, Challenge(base_url, "insufficient_scope"), "the token lacks the scope " + scope});
    }
  }
  Principal principal;
  const std::string_view subject = StringMember(*claims, "sub");
  principal.caller.name = subject.empty() ? "oauth" : std::string(CutAtCodePoint(subject, 120));
  principal.caller.may_review = granted.count(oauth.review_scope) > 0;
  if (!oauth.databases_claim.empty()) {
    const std::set<std::string> names = Words(Member(*claims, oauth.databases_claim));
    principal.caller.databases = std::vector<std::string>(names.begin(), names.end());
  }
  if (!oauth.role_claim.empty()) principal.caller.database_role = std::string(StringMember(*claims, oauth.role_claim));
  return principal;
}

Json Authenticator::ResourceMetadata(const std::string& base_url) const {
  const OAuthOptions& oauth = options_.oauth;
  if (oauth.issuer.empty()) return nullptr;
  std::vector<std::string> scopes = oauth.scopes;
  scopes.push_back(oauth.review_scope);
  return {{"resource", AudienceOf(oauth, base_url)},
          {"authorization_servers",
           oauth.authorization_servers.empty() ? std::vector<std::string>{oauth.issuer} : oauth.authorization_servers},
          {"scopes_supported", scopes},
          {"bearer_methods_supported", {"header"}},
          {"resource_name", "Toomai"}};
}

}  // namespace toomai::mcp
