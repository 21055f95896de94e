#include "mcp/request_state.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <mutex>

#include "base/text.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxSealedBytes = 64 << 10;

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

const std::string& StateSealer::Key() {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  if (key_.empty()) {
    key_.resize(32);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) != 1) {
      key_ = RandomId(64);
    }
  }
  return key_;
}

std::string StateSealer::Sign(std::string_view payload, std::string_view binding) {
  const std::string& key = Key();
  // The length keeps payload and binding apart.
  std::string text = std::to_string(payload.size()) + ":";
  text += payload;
  text += binding;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &length);
  return {reinterpret_cast<const char*>(mac), length};
}

std::string StateSealer::Seal(const Json& state, std::string_view binding) {
  const std::string payload = Dump({{"t", NowMs() + ttl_.count()}, {"s", state}});
  return Base64Encode(payload) + "." + Base64Encode(Sign(payload, binding));
}

std::optional<Json> StateSealer::Open(std::string_view sealed, std::string_view binding) {
  const std::size_t dot = sealed.find('.');
  if (sealed.size() > kMaxSealedBytes || dot == std::string_view::npos) return std::nullopt;
  std::string payload, mac;
  if (!Base64Decode(sealed.substr(0, dot), &payload) || !Base64Decode(sealed.substr(dot + 1), &mac))
    return std::nullopt;
  const std::string expected = Sign(payload, binding);
  if (mac.size() != expected.size() || CRYPTO_memcmp(mac.data(), expected.data(), mac.size()) != 0) return std::nullopt;
  const Json body = Json::parse(payload, nullptr, false);
  const Json& until = Member(body, "t");
  if (!until.is_number_integer() || until.get<std::int64_t>() < NowMs()) return std::nullopt;
  return Member(body, "s");
}

}  // namespace toomai::mcp
