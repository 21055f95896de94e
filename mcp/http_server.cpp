#include "mcp/http_server.h"

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"

namespace toomai::mcp {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadChunk = 8 << 10;
constexpr std::size_t kMaxPipelined = 64 << 10;      // bytes of later requests held while one is answered
constexpr std::chrono::milliseconds kLinger{1'000};  // for a client to read the answer to a request it has not finished
constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

class Connection;

}  // namespace

std::string_view HttpReason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

struct HttpServer::State {
  State(const HttpOptions& options_in, std::size_t max_body_bytes, HttpHandler handler_in)
      : options(options_in), max_body(max_body_bytes), handler(std::move(handler_in)), acceptor(io), signals(io) {}

  const HttpOptions options;
  const std::size_t max_body;
  const HttpHandler handler;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::signal_set signals;
  std::unique_ptr<asio::ssl::context> tls;
  std::set<std::shared_ptr<Connection>> open;  // network thread only
  std::atomic<std::size_t> connections{0}, streams{0};
  std::atomic<bool> accepting{true};
  std::list<asio::steady_timer> timers;
  Gauge& connections_gauge = GetGauge("toomai_http_connections", "Open HTTP connections");
  Gauge& streams_gauge = GetGauge("toomai_http_streams", "Open event streams");

  void Accept();
  void Repeat(asio::steady_timer& timer, milliseconds period, std::function<void()> action);
};

namespace {

// One client connection. Everything runs on the network thread; replies come in through Post.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpServer::State& server, tcp::socket socket)
      : server_(server),
        socket_(std::move(socket)),
        read_timer_(server.io),
        write_timer_(server.io),
        keep_alive_timer_(server.io) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    const auto peer = socket_.remote_endpoint(ignored);
    from_loopback_ = peer.address().is_loopback();
  }

  void Start() {
    if (server_.tls) {
      tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *server_.tls);
      ArmReadTimer(server_.options.read_timeout);
      tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
        if (error) return self->Close();
        self->BecomeIdle();
      });
      return;
    }
    BecomeIdle();
  }

  void Close() {
    if (phase_ == Phase::kClosed) return;
    const bool unfinished = phase_ == Phase::kAnswering;
    phase_ = Phase::kClosed;
    EndStreamCount();
    error_code ignored;
    socket_.close(ignored);
    read_timer_.cancel();
    write_timer_.cancel();
    keep_alive_timer_.cancel();
    if (reply_) DetachReply(unfinished);
    server_.open.erase(shared_from_this());
    server_.connections = server_.open.size();
    server_.connections_gauge.Set(static_cast<double>(server_.open.size()));
  }

  // The half that the handler holds.
  class Reply : public HttpReply {
   public:
    Reply(std::weak_ptr<Connection> connection, HttpServer::State& server)
        : connection_(std::move(connection)), io_(server.io) {}

    void Respond(HttpResponse response) override {
      Do([response = std::move(response)](Connection& connection) { connection.SendResponse(response); });
    }
    void BeginStream(HttpHeaders headers) override {
      Do([headers = std::move(headers)](Connection& connection) { connection.BeginStream(headers); });
    }
    void SendEvent(std::string data) override {
      Do([data = std::move(data)](Connection& connection) { connection.SendChunk("data: " + data + "\n\n"); });
    }
    void EndStream() override {
      Do([](Connection& connection) { connection.EndStream(); });
    }
    bool closed() const override { return closed_; }
    void OnClosed(std::function<void()> action) override {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        if (!closed_) {
          on_closed_ = std::move(action);
          return;
        }
      }
      action();
    }
    // By the connection: no more will be sent.
    void Detach(bool unfinished) {
      std::function<void()> action;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
        action = std::move(on_closed_);
        on_closed_ = nullptr;
      }
      if (unfinished && action) action();
    }

   private:
    template <typename Action>
    void Do(Action action) {
      asio::post(io_, [weak = connection_, self = self_.lock(), action = std::move(action)] {
        const std::shared_ptr<Connection> connection = weak.lock();
        if (connection && connection->reply_ && connection->reply_ == self) action(*connection);
      });
    }

    friend class Connection;
    std::weak_ptr<Connection> connection_;
    std::weak_ptr<Reply> self_;
    asio::io_context& io_;
    std::mutex mutex_;
    std::atomic<bool> closed_ = false;
    std::function<void()> on_closed_;
  };

 private:
  enum class Phase { kIdle, kReading, kAnswering, kLingering, kClosed };

  // ---- reading ----

  void BecomeIdle() {
    phase_ = Phase::kIdle;
    parser_.reset();
    if (!input_.empty()) return Feed();
    std::string().swap(input_);
    ArmReadTimer(server_.options.idle_timeout);
    Read();
  }

  // One read is always outstanding while the connection lives, so that a client that leaves is noticed. An idle plain
  // connection holds no buffer: it waits for readiness, then reads.
  void Read() {
    if (reading_ || phase_ == Phase::kClosed) return;
    reading_ = true;
    if (tls_) {
      if (!chunk_) chunk_ = std::make_unique<std::array<char, kReadChunk>>();
      tls_->async_read_some(asio::buffer(*chunk_), [self = shared_from_this()](error_code error, std::size_t count) {
        self->OnBytes(error, {self->chunk_->data(), count});
      });
      return;
    }
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      if (error) return self->OnBytes(error, {});
      char bytes[kReadChunk];
      const std::size_t count = self->socket_.read_some(asio::buffer(bytes), error);
      if (error == asio::error::would_block) {
        self->reading_ = false;
        return self->Read();
      }
      self->OnBytes(error, {bytes, count});
    });
  }

  void OnBytes(error_code error, std::string_view bytes) {
    reading_ = false;
    if (phase_ == Phase::kClosed) return;
    if (error) return Close();
    if (phase_ == Phase::kLingering) return Read();  // read and forgotten
    input_.append(bytes);
    if (phase_ == Phase::kIdle || phase_ == Phase::kReading) return Feed();
    if (input_.size() < kMaxPipelined) Read();
  }

  void Feed() {
    if (phase_ == Phase::kIdle) {
      phase_ = Phase::kReading;
      parser_.emplace();
      parser_->eager(true);
      parser_->header_limit(static_cast<std::uint32_t>(server_.options.max_header_bytes));
      parser_->body_limit(server_.max_body);
      told_to_continue_ = false;
      ArmReadTimer(server_.options.read_timeout);
    }
    error_code error;
    while (!input_.empty() && !parser_->is_done()) {
      const std::size_t used = parser_->put(asio::buffer(input_), error);
      input_.erase(0, used);
      if (error == http::error::need_more)
        error = {};
      else if (error)
        return RefuseInput(error);
      if (used == 0) break;
    }
    if (parser_->is_done()) return Dispatch();
    if (parser_->is_header_done() && !told_to_continue_ &&
        EqualsIgnoreAsciiCase(std::string_view(parser_->get()[http::field::expect]), "100-continue")) {
      told_to_continue_ = true;
      Write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    Read();
  }

  void RefuseInput(error_code error) {
    int status = 400;
    if (error == http::error::header_limit) status = 431;
    if (error == http::error::body_limit) status = 413;
    RefuseRequest(status);
  }

  void RefuseRequest(int status) {
    phase_ = Phase::kAnswering;
    keep_open_ = false;
    HttpResponse response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::string(HttpReason(status)) + "\n";
    SendResponse(response);
  }

  void Dispatch() {
    read_timer_.cancel();
    phase_ = Phase::kAnswering;
    auto message = parser_->release();
    keep_open_ = message.keep_alive() && server_.accepting;
    http11_ = message.version() >= 11;
    head_ = message.method() == http::verb::head;
    HttpRequest request;
    request.method = std::string(message.method_string());
    const std::string_view target(message.target().data(), message.target().size());
    const std::size_t mark = target.find('?');
    request.path = std::string(target.substr(0, mark));
    if (mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
    for (const auto& field : message) {
      const std::string_view name(field.name_string().data(), field.name_string().size());
      std::string& value = request.headers[AsciiLower(name)];
      if (!value.empty()) value += ", ";
      value += std::string_view(field.value().data(), field.value().size());
    }
    request.body = std::move(message.body());
    request.from_loopback = from_loopback_;
    parser_.reset();
    reply_ = std::make_shared<Reply>(weak_from_this(), server_);
    reply_->self_ = reply_;
    response_done_ = false;
    server_.handler(std::move(request), reply_);
    Read();
  }

  // ---- writing ----

  void SendResponse(const HttpResponse& response) {
    if (phase_ != Phase::kAnswering || streaming_ || response_done_) return;
    std::string head = StatusLine(response.status);
    const bool has_body = response.status != 204 && response.status != 202;
    if (has_body && !response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
    head += "Content-Length: " + std::to_string(has_body ? response.body.size() : 0) + "\r\n";
    AppendHeaders(response.headers, &head);
    if (has_body && !head_) head += response.body;
    response_done_ = true;
    Write(std::move(head));
  }

  void BeginStream(const HttpHeaders& headers) {
    if (phase_ != Phase::kAnswering || streaming_ || response_done_) return;
    streaming_ = true;
    server_.streams_gauge.Set(static_cast<double>(++server_.streams));
    if (!http11_) keep_open_ = false;
    std::string head = StatusLine(200) + "Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n";
    if (http11_) head += "Transfer-Encoding: chunked\r\n";
    AppendHeaders(headers, &head);
    Write(std::move(head));
    KeepAlive();
  }

  void SendChunk(std::string_view text) {
    if (!streaming_ || response_done_) return;
    if (!http11_) return Write(std::string(text));
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    std::string chunk = size;
    chunk += text;
    chunk += "\r\n";
    Write(std::move(chunk));
  }

  void EndStream() {
    if (!streaming_ || response_done_) return;
    response_done_ = true;
    EndStreamCount();
    Write(http11_ ? "0\r\n\r\n" : "");
  }

  void EndStreamCount() {
    if (!streaming_) return;
    streaming_ = false;
    keep_alive_timer_.cancel();
    server_.streams_gauge.Set(static_cast<double>(--server_.streams));
  }

  void KeepAlive() {
    keep_alive_timer_.expires_after(server_.options.keep_alive);
    keep_alive_timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self || !self->streaming_) return;
      self->SendChunk(kKeepAliveComment);
      self->KeepAlive();
    });
  }

  std::string StatusLine(int status) const {
    return "HTTP/1.1 " + std::to_string(status) + " " + std::string(HttpReason(status)) + "\r\n";
  }

  void AppendHeaders(const HttpHeaders& headers, std::string* head) const {
    *head += "X-Content-Type-Options: nosniff\r\n";
    bool has_cache_control = false;
    for (const auto& [name, value] : headers) {
      if (value.find_first_of("\r\n") != std::string::npos) continue;  // never another header
      has_cache_control |= name == "Cache-Control";
      *head += name + ": " + value + "\r\n";
    }
    if (!has_cache_control) *head += "Cache-Control: no-store\r\n";
    if (!keep_open_) *head += "Connection: close\r\n";
    *head += "\r\n";
  }

  void Write(std::string bytes) {
    if (phase_ == Phase::kClosed) return;
    if (outgoing_.size() + writing_.size() - written_ + bytes.size() >
        server_.options.max_unsent_bytes + bytes.size()) {
      // Whatever is unsent exceeds the limit already: the reader is too slow for what it asked for.
      Log(Level::kWarn, "http", "a slow reader was cut off", {{"unsent", static_cast<std::int64_t>(outgoing_.size())}});
      return Close();
    }
    outgoing_ += bytes;
    if (!write_pending_) WriteMore();
  }

  void WriteMore() {
    if (written_ == writing_.size()) {
      writing_.clear();
      if (writing_.capacity() > kReadChunk) writing_.shrink_to_fit();
      std::swap(writing_, outgoing_);
      written_ = 0;
      if (writing_.empty()) {
        write_timer_.cancel();
        if (response_done_ && phase_ == Phase::kAnswering) FinishExchange();
        return;
      }
    }
    write_pending_ = true;
    write_timer_.expires_after(server_.options.write_timeout);
    write_timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self && self->write_pending_) self->Close();
    });
    const auto rest = asio::buffer(writing_.data() + written_, writing_.size() - written_);
    const auto done = [self = shared_from_this()](error_code error, std::size_t count) {
      self->write_pending_ = false;
      if (self->phase_ == Phase::kClosed) return;
      if (error) return self->Close();
      self->written_ += count;
      self->WriteMore();
    };
    if (tls_)
      tls_->async_write_some(rest, done);
    else
      socket_.async_write_some(rest, done);
  }

  void FinishExchange() {
    if (reply_) DetachReply(false);
    if (keep_open_) return BecomeIdle();
    // Closing with unread input would destroy the answer on its way.
    phase_ = Phase::kLingering;
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    ArmReadTimer(kLinger);
    Read();
  }

  void DetachReply(bool unfinished) {
    const std::shared_ptr<Reply> reply = std::move(reply_);
    reply_.reset();
    reply->Detach(unfinished);
  }

  void ArmReadTimer(milliseconds timeout) {
    read_timer_.expires_after(timeout);
    read_timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      if (self->phase_ == Phase::kReading)
        self->RefuseRequest(408);
      else if (self->phase_ == Phase::kIdle || self->phase_ == Phase::kLingering)
        self->Close();
    });
  }

  HttpServer::State& server_;
  tcp::socket socket_;
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> tls_;
  asio::steady_timer read_timer_, write_timer_, keep_alive_timer_;
  Phase phase_ = Phase::kIdle;
  bool from_loopback_ = false;

  std::string input_;
  std::unique_ptr<std::array<char, kReadChunk>> chunk_;  // TLS only
  std::optional<http::request_parser<http::string_body>> parser_;
  bool reading_ = false, told_to_continue_ = false;

  std::shared_ptr<Reply> reply_;
  bool keep_open_ = true, http11_ = true, head_ = false, streaming_ = false, response_done_ = false;
  std::string outgoing_, writing_;
  std::size_t written_ = 0;
  bool write_pending_ = false;
};

Expected<std::unique_ptr<asio::ssl::context>> LoadTls(const HttpOptions& options) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3);
  error_code error;
  context->use_certificate_chain_file(options.certificate_file, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument,
                "cannot read the certificate " + options.certificate_file + ": " + error.message());
  context->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "cannot use the key " + options.key_file + ": " + error.message());
  return context;
}

}  // namespace

void HttpServer::State::Accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (!accepting) return;
    if (!error) {
      if (open.size() < options.max_connections) {
        auto connection = std::make_shared<Connection>(*this, std::move(socket));
        open.insert(connection);
        connections = open.size();
        connections_gauge.Set(static_cast<double>(open.size()));
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
  const std::set<std::shared_ptr<Connection>> open = state_->open;
  for (const auto& connection : open) connection->Close();
  state_->timers.clear();
  state_->io.restart();
  state_->io.poll();
}

Expected<std::string> HttpServer::Listen() {
  const HttpOptions& options = state_->options;
  const bool secure = !options.certificate_file.empty();
  if (secure) {
    auto tls = LoadTls(options);
    if (!tls) return Fail(tls.error());
    state_->tls = std::move(*tls);
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
