// Who is at the door: bearer tokens from settings and a file that may change while we run, and OAuth access tokens
// checked as a resource server does. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "mcp/jwt.h"
#include "mcp/options.h"

namespace toomai::mcp {

struct Principal {
  engine::Caller caller;
  int calls_per_minute = 0;
  bool may_read_metrics = false;
};

// 401 or 403 with the WWW-Authenticate value that says why.
struct AuthFailure {
  int status = 401;
  std::string challenge;
  std::string message;
};

class Authenticator {
 public:
  explicit Authenticator(const HttpOptions& options);

  // Problems that must stop the server: unreadable files, short tokens, no way in although one is needed.
  Expected<void> Check() const;
  // False: everyone is let in as "http".
  bool required() const;
  // `base_url` is where the client reached us, for the resource metadata link.
  tl::expected<Principal, AuthFailure> Authenticate(std::string_view authorization, const std::string& base_url);
  // RFC 9728; null when OAuth is off.
  Json ResourceMetadata(const std::string& base_url) const;

 private:
  struct FileToken {
    TokenOptions token;
    std::string sha256;  // hex of the token, instead of the token itself
  };
  struct Watched {
    std::string path;
    std::chrono::steady_clock::time_point looked_at{};
    std::int64_t modified_ns = -1;
    std::int64_t size = -1;
  };

  static Expected<std::vector<FileToken>> ParseTokens(const std::string& text);
  static bool Changed(Watched* file);
  void Reload();
  std::optional<Principal> FindToken(std::string_view token);
  tl::expected<Principal, AuthFailure> CheckAccessToken(std::string_view token, const std::string& base_url);
  std::string Challenge(const std::string& base_url, const std::string& error) const;

  const HttpOptions options_;
  mutable std::mutex mutex_;
  Watched tokens_file_, jwks_file_;
  std::vector<FileToken> file_tokens_;
  std::shared_ptr<const JwkSet> keys_;
};

}  // namespace toomai::mcp
