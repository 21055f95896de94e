#include "mcp/http_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <list>
#include <utility>

#include "base/log.h"
#include "mcp/http_connection.h"

namespace toomai::mcp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr milliseconds kRenew{10'000};  // a renewed certificate is seen this soon

}  // namespace

struct HttpServer::State : HttpShared {
  State(const HttpOptions& options_in, std::size_t max_body_bytes, HttpHandler handler_in)
      : HttpShared(options_in, max_body_bytes, std::move(handler_in)), acceptor(io), signals(io) {}

  tcp::acceptor acceptor;
  asio::signal_set signals;
  std::list<asio::steady_timer> timers;

  void Accept();
  void Repeat(asio::steady_timer& timer, milliseconds period, std::function<void()> action);
};

void HttpServer::State::Accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (!accepting) return;
    if (!error) {
      if (open.size() < options.max_connections) {
        auto connection = std::make_shared<HttpConnection>(*this, std::move(socket));
        open.insert(connection);
        CountConnections();
        connection->Start();
      }
      return Accept();
    }
    if (error == asio::error::operation_aborted) return;
    // Out of descriptors, most likely: wait for some to be closed.
    Log(Level::kWarn, "http", "cannot accept a connection", {{"what", error.message()}});
    timers.emplace_back(io, std::chrono::milliseconds(100)).async_wait([this](error_code) { Accept(); });
  });
}

void HttpServer::State::Repeat(asio::steady_timer& timer, milliseconds period, std::function<void()> action) {
  timer.expires_after(period);
  timer.async_wait([this, &timer, period, action = std::move(action)](error_code error) {
    if (error) return;
    action();
    Repeat(timer, period, action);
  });
}

HttpServer::HttpServer(const HttpOptions& options, std::size_t max_body_bytes, HttpHandler handler)
    : state_(std::make_shared<State>(options, max_body_bytes, std::move(handler))) {}

HttpServer::~HttpServer() {
  // Connections hold themselves in pending operations; closing lets go of them while the state is alive.
  const std::set<std::shared_ptr<HttpConnection>> open = state_->open;
  for (const auto& connection : open) connection->Close();
  state_->timers.clear();
  state_->io.restart();
  state_->io.poll();
}

Expected<std::string> HttpServer::Listen() {
  const HttpOptions& options = state_->options;
  const bool secure = !options.certificate_file.empty();
  if (secure == options.key_file.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "TLS needs both a certificate and its key", "give --cert and --key");
  }
  if (secure) {
    auto tls = std::make_unique<TlsContext>(options.certificate_file, options.key_file);
    if (const auto loaded = tls->Load(); !loaded) return Fail(loaded.error());
    state_->tls = std::move(tls);
    Every(kRenew, [state = state_.get()] { state->tls->Renew(); });
  }
  error_code error;
  const auto address = asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
  if (error) {
    return Fail(ErrorCode::kInvalidArgument, "\"" + options.address + "\" is not an IP address",
                "use 127.0.0.1, ::1 or 0.0.0.0");
  }
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Fail(
        ErrorCode::kUnavailable,
        "cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " + error.message(),
        "choose another port with --port");
  }
  state_->Accept();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return std::string(secure ? "https://" : "http://") + host + ":" + std::to_string(acceptor.local_endpoint().port());
}

void HttpServer::Run(bool handle_signals, std::function<void()> on_signal) {
  if (handle_signals) {
    for (const int number : {SIGTERM, SIGINT}) state_->signals.add(number);
    state_->signals.async_wait([this, on_signal](error_code error, int) {
      if (error) return;
      state_->signals.async_wait([](error_code second, int) {
        if (!second) std::_Exit(1);
      });
      on_signal();
    });
  }
  // A handler that throws must not end the server.
  for (;;) {
    try {
      state_->io.run();
      // Nobody here listens to signals any more: the next one ends the program, however long the last calls take.
      error_code ignored;
      state_->signals.clear(ignored);
      return;
    } catch (const std::exception& error) {
      Log(Level::kError, "http", "an exception reached the network thread", {{"what", std::string(error.what())}});
    }
  }
}

void HttpServer::StopAccepting() {
  state_->accepting = false;
  Post([state = state_] {
    error_code ignored;
    state->acceptor.close(ignored);
  });
}

void HttpServer::Stop() {
  state_->accepting = false;
  Post([state = state_] { state->io.stop(); });
}

void HttpServer::Post(std::function<void()> action) {
  asio::post(state_->io, std::move(action));
}

void HttpServer::Every(milliseconds period, std::function<void()> action) {
  Post([state = state_, period, action = std::move(action)] {
    state->timers.emplace_back(state->io);
    state->Repeat(state->timers.back(), period, action);
  });
}

void HttpServer::After(milliseconds delay, std::function<void()> action) {
  Post([state = state_, delay, action = std::move(action)] {
    state->timers.emplace_back(state->io, delay).async_wait([action](error_code error) {
      if (!error) action();
    });
  });
}

std::size_t HttpServer::connections() const {
  return state_->connections;
}
std::size_t HttpServer::streams() const {
  return state_->streams;
}

}  // namespace toomai::mcp
