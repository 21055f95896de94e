#include "mcp/http_tls.h"

#include <boost/asio/ssl/context.hpp>

#include "base/log.h"

namespace toomai::mcp {

namespace ssl = boost::asio::ssl;

TlsContext::TlsContext(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      certificate_(certificate_file_),
      key_(key_file_) {}

TlsContext::~TlsContext() = default;

Expected<void> TlsContext::Load() {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  // A key with a password is an error, not a prompt on somebody's terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate_file_, error);
  if (error) {
    return Fail(ErrorCode::kInvalidArgument, "cannot use the certificate " + certificate_file_ + ": " + error.message(),
                "it must be PEM, the server's own certificate first, then the chain");
  }
  context->use_private_key_file(key_file_, ssl::context::pem, error);
  if (error) {
    return Fail(ErrorCode::kInvalidArgument, "cannot use the key " + key_file_ + ": " + error.message(),
                "it must be PEM, without a password, and belong to the certificate");
  }
  context_ = std::move(context);
  return {};
}

void TlsContext::Renew() {
  const bool changed = certificate_.Changed();
  if (!key_.Changed() && !changed) return;
  if (const auto loaded = Load(); !loaded) {
    Log(Level::kError, "http", "the renewed certificate was not taken over", {{"why", loaded.error().message}});
  }
}

}  // namespace toomai::mcp
