// The TLS context of the HTTP server, made from PEM files that may be renewed while we run. Used on the network thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "mcp/watched_file.h"

namespace boost::asio::ssl {
class context;
}

namespace toomai::mcp {

class TlsContext {
 public:
  TlsContext(std::string certificate_file, std::string key_file);
  ~TlsContext();

  // Reads the files; an error names the one that cannot be used.
  Expected<void> Load();
  // Reads them again when one has changed. Files that do not fit leave what was known before in force.
  void Renew();
  // For new connections; those that are open keep theirs.
  boost::asio::ssl::context& context() { return *context_; }

 private:
  const std::string certificate_file_, key_file_;
  WatchedFile certificate_, key_;
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace toomai::mcp
