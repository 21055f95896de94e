// One client connection of http_server.cpp: reads requests, hands them to the handler, writes the answers, and keeps
// the limits of time and memory. Everything runs on the network thread; what a handler answers comes in through the
// loop. Included by http_server.cpp and http_connection.cpp alone.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/metrics.h"
#include "mcp/http.h"
#include "mcp/http_tls.h"
#include "mcp/options.h"

namespace toomai::mcp {

class HttpConnection;

// What all connections of a server share.
struct HttpShared {
  HttpShared(const HttpOptions& options_in, std::size_t max_body_bytes, HttpHandler handler_in)
      : options(options_in), max_body(max_body_bytes), handler(std::move(handler_in)) {}

  const HttpOptions options;
  const std::size_t max_body;
  const HttpHandler handler;
  boost::asio::io_context io{1};
  std::unique_ptr<TlsContext> tls;                 // null: plain
  std::set<std::shared_ptr<HttpConnection>> open;  // network thread only
  std::atomic<std::size_t> connections{0}, streams{0};
  std::atomic<bool> accepting{true};
  Gauge& connections_gauge = GetGauge("toomai_http_connections", "Open HTTP connections");
  Gauge& streams_gauge = GetGauge("toomai_http_streams", "Open event streams");

  void CountConnections();
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(HttpShared& server, boost::asio::ip::tcp::socket socket);

  void Start();
  void Close();

 private:
  using Error = boost::system::error_code;
  enum class Phase { kIdle, kReading, kAnswering, kLingering, kClosed };
  class Reply;

  void BecomeIdle();
  void Read();
  void ReadPlain();
  void OnBytes(Error error, std::string_view bytes);
  void Feed();
  void BeginRequest();
  void RefuseInput(Error error);
  void RefuseRequest(int status, const std::string& why);
  void Dispatch();

  void SendResponse(const HttpResponse& response);
  void BeginStream(const HttpHeaders& headers);
  void BeginBody(const HttpResponse& head);
  void SendPiece(const std::string& piece);
  bool BeginChunks();
  void SendChunk(std::string_view text);
  void EndStream();
  void EndStreamCount();
  void KeepAlive();
  void Write(std::string bytes);
  void WriteMore();
  void FinishExchange();
  void DetachReply(bool unfinished);
  void ArmReadTimer(milliseconds timeout);

  HttpShared& server_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::asio::steady_timer read_timer_, write_timer_, keep_alive_timer_;
  Phase phase_ = Phase::kIdle;
  bool from_loopback_ = false;

  std::string input_;
  static constexpr std::size_t kReadChunk = 8 << 10;
  std::unique_ptr<std::array<char, kReadChunk>> chunk_;  // TLS only
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  bool reading_ = false, told_to_continue_ = false;

  std::shared_ptr<Reply> reply_;
  bool keep_open_ = true, http11_ = true, head_ = false, streaming_ = false, response_done_ = false;
  std::string outgoing_, writing_;
  std::size_t written_ = 0;
  bool write_pending_ = false;
  std::size_t pieces_ = 0;  // bytes of pieces since everything was written
};

}  // namespace toomai::mcp
