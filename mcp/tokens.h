// Bearer tokens from settings and from a file that may change while we run. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "mcp/options.h"
#include "mcp/watched_file.h"

namespace toomai::mcp {

class TokenStore {
 public:
  explicit TokenStore(const HttpOptions& options);

  // Short tokens, an unreadable file.
  Expected<void> Check() const;
  // The holder of `given`; every token is compared, so that the time does not tell which one was near.
  std::optional<TokenOptions> Find(std::string_view given);

 private:
  struct FileToken {
    TokenOptions token;
    std::string sha256;  // hex of the token, instead of the token itself
  };
  Expected<std::vector<FileToken>> ParseFile(const std::string& text) const;
  void Reload();

  const std::vector<TokenOptions> settings_;
  std::mutex mutex_;
  WatchedFile file_;
  std::vector<FileToken> file_tokens_;
};

}  // namespace toomai::mcp
