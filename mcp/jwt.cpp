#include "mcp/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>

#include "base/text.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxTokenBytes = 16 << 10;
constexpr std::size_t kMaxKeys = 64;
constexpr int kMinRsaBits = 2048;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using PublicKey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

PublicKey MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

PublicKey MakeRsaKey(const Json& jwk) {
  std::string modulus, exponent;
  if (!Base64Decode(StringMember(jwk, "n"), &modulus) || !Base64Decode(StringMember(jwk, "e"), &exponent))
    return nullptr;
  const Number n(BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  if (!n || !e || BN_num_bits(n.get()) < kMinRsaBits) return nullptr;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return MakeKey("RSA", builder.get());
}

PublicKey MakeP256Key(const Json& jwk) {
  std::string x, y;
  if (StringMember(jwk, "crv") != "P-256" || !Base64Decode(StringMember(jwk, "x"), &x) ||
      !Base64Decode(StringMember(jwk, "y"), &y) || x.size() != 32 || y.size() != 32) {
    return nullptr;
  }
  const std::string point = "\x04" + x + y;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return MakeKey("EC", builder.get());
}

// JWS writes an ECDSA signature as r and s side by side; OpenSSL reads DER.
std::string ToDer(std::string_view raw) {
  if (raw.size() != 64) return {};
  const EcSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Bytes(raw), 32, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(raw.substr(32)), 32, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  std::string text(reinterpret_cast<char*>(der), length > 0 ? static_cast<std::size_t>(length) : 0);
  OPENSSL_free(der);
  return text;
}

bool VerifyWith(EVP_PKEY* key, std::string_view data, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data), data.size()) == 1;
}

}  // namespace

struct JwkSet::Key {
  std::string id, algorithm;
  PublicKey key;
};

JwkSet::JwkSet() = default;
JwkSet::~JwkSet() = default;
JwkSet::JwkSet(JwkSet&&) noexcept = default;
JwkSet& JwkSet::operator=(JwkSet&&) noexcept = default;
std::size_t JwkSet::size() const {
  return keys_.size();
}

Expected<JwkSet> JwkSet::Parse(std::string_view json) {
  const auto document = ParseJson(json, MessageLimits{});
  if (!document) return Fail(ErrorCode::kInvalidArgument, "the JWKS document is " + document.error().message);
  JwkSet set;
  const Json& keys = Member(*document, "keys");
  for (std::size_t i = 0; keys.is_array() && i < keys.size() && set.keys_.size() < kMaxKeys; ++i) {
    const Json& jwk = keys[i];
    const std::string_view type = StringMember(jwk, "kty"), use = StringMember(jwk, "use"),
                           named = StringMember(jwk, "alg");
    if (!use.empty() && use != "sig") continue;
    const std::string algorithm = type == "RSA" ? "RS256" : type == "EC" ? "ES256" : "";
    if (algorithm.empty() || (!named.empty() && named != algorithm)) continue;
    PublicKey key = type == "RSA" ? MakeRsaKey(jwk) : MakeP256Key(jwk);
    if (key) set.keys_.push_back({std::string(StringMember(jwk, "kid")), algorithm, std::move(key)});
  }
  if (set.keys_.empty()) return Fail(ErrorCode::kInvalidArgument, "the JWKS document holds no RS256 or ES256 key");
  return set;
}

bool JwkSet::Knows(std::string_view key_id) const {
  return !key_id.empty() && std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == key_id; });
}

bool JwkSet::Verify(std::string_view algorithm, std::string_view key_id, std::string_view data,
                    std::string_view signature) const {
  const std::string der = algorithm == "ES256" ? ToDer(signature) : std::string(signature);
  if (der.empty()) return false;
  for (const Key& key : keys_) {
    const bool candidate = key.algorithm == algorithm && (key_id.empty() || key.id.empty() || key.id == key_id);
    if (candidate && VerifyWith(key.key.get(), data, der)) return true;
  }
  return false;
}

Expected<Json> VerifyJwt(std::string_view token, const JwkSet& keys) {
  const auto refuse = [](std::string why) { return Fail(ErrorCode::kRejected, std::move(why)); };
  if (token.size() > kMaxTokenBytes) return refuse("the token is too long");
  const std::size_t first = token.find('.'), second = token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos ||
      token.find('.', second + 1) != std::string_view::npos) {
    return refuse("the token is not a JWT");
  }
  std::string header_text, claims_text, signature;
  if (!Base64Decode(token.substr(0, first), &header_text) ||
      !Base64Decode(token.substr(first + 1, second - first - 1), &claims_text) ||
      !Base64Decode(token.substr(second + 1), &signature)) {
    return refuse("the token is not a JWT");
  }
  const auto header = ParseJson(header_text, MessageLimits{});
  if (!header) return refuse("the token's header cannot be read");
  const std::string_view algorithm = StringMember(*header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256") return refuse("the token's algorithm is not accepted");
  if (header->contains("crit")) return refuse("the token asks for extensions that are not known");
  const std::string_view key_id = StringMember(*header, "kid");
  if (!keys.Verify(algorithm, key_id, token.substr(0, second), signature)) {
    return Fail(keys.Knows(key_id) ? ErrorCode::kRejected : ErrorCode::kNotFound,
                "the token's signature is not by a known key");
  }
  auto claims = ParseJson(claims_text, MessageLimits{});
  if (!claims || !claims->is_object()) return refuse("the token's claims cannot be read");
  return std::move(*claims);
}

}  // namespace toomai::mcp
