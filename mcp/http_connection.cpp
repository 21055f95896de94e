#include "mcp/http_connection.h"

#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "mcp/http_format.h"

namespace toomai::mcp {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t kMaxPipelined = 64 << 10;      // bytes of later requests held while one is answered
constexpr std::chrono::milliseconds kLinger{1'000};  // for a client to read the answer to a request it has not finished
constexpr std::string_view kKeepAliveComment = ": keep-alive\n\n";

// "http://host/path", as proxies write it -> "/path", and the host; other targets stay as they are.
std::string_view CutAuthority(std::string_view* target) {
  const std::size_t scheme = target->find("://");
  if (target->substr(0, 1) == "/" || scheme == std::string_view::npos) return {};
  target->remove_prefix(scheme + 3);
  const std::string_view authority = target->substr(0, target->find_first_of("/?"));
  target->remove_prefix(authority.size());
  if (target->substr(0, 1) != "/") *target = "/";
  return authority;
}

template <typename Message>
HttpRequest RequestFrom(Message& message) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  std::string_view target(message.target().data(), message.target().size());
  const std::string_view authority = CutAuthority(&target);
  const std::size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  if (mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
  for (const auto& field : message) {
    const std::string_view name(field.name_string().data(), field.name_string().size());
    std::string& value = request.headers[AsciiLower(name)];
    if (!value.empty()) value += ", ";
    value += std::string_view(field.value().data(), field.value().size());
  }
  if (!authority.empty()) request.headers["host"] = authority;  // it goes before what the header says
  request.body = std::move(message.body());
  return request;
}

}  // namespace

void HttpShared::CountConnections() {
  connections = open.size();
  connections_gauge.Set(static_cast<double>(open.size()));
}

// The half that the handler holds: from any thread, through the loop, to a connection that may be gone.
class HttpConnection::Reply : public HttpReply {
 public:
  Reply(std::weak_ptr<HttpConnection> connection, HttpShared& server)
      : connection_(std::move(connection)), io_(server.io) {}

  void Respond(HttpResponse response) override {
    Do([response = std::move(response)](HttpConnection& connection) { connection.SendResponse(response); });
  }
  void BeginStream(HttpHeaders headers) override {
    Do([headers = std::move(headers)](HttpConnection& connection) { connection.BeginStream(headers); });
  }
  void SendEvent(std::string data) override {
    Do([data = std::move(data)](HttpConnection& connection) { connection.SendChunk("data: " + data + "\n\n"); });
  }
  void BeginBody(HttpResponse head) override {
    Do([head = std::move(head)](HttpConnection& connection) { connection.BeginBody(head); });
  }
  void SendPiece(std::string piece) override {
    unsent_ += piece.size();
    Do([piece = std::move(piece)](HttpConnection& connection) { connection.SendPiece(piece); });
  }
  std::size_t unsent() const override { return unsent_; }
  void Abort() override {
    Do([](HttpConnection& connection) { connection.Close(); });
  }
  void EndStream() override {
    Do([](HttpConnection& connection) { connection.EndStream(); });
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
      const std::shared_ptr<HttpConnection> connection = weak.lock();
      if (connection && connection->reply_ && connection->reply_ == self) action(*connection);
    });
  }

  friend class HttpConnection;
  std::weak_ptr<HttpConnection> connection_;
  std::weak_ptr<Reply> self_;
  asio::io_context& io_;
  std::mutex mutex_;
  std::atomic<bool> closed_ = false;
  std::atomic<std::size_t> unsent_ = 0;
  std::function<void()> on_closed_;
};

HttpConnection::HttpConnection(HttpShared& server, tcp::socket socket)
    : server_(server),
      socket_(std::move(socket)),
      read_timer_(server.io),
      write_timer_(server.io),
      keep_alive_timer_(server.io) {
  Error ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  from_loopback_ = peer.address().is_loopback();
}

void HttpConnection::Start() {
  if (!server_.tls) return BecomeIdle();
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, server_.tls->context());
  ArmReadTimer(server_.options.read_timeout);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](Error error) {
    if (error) return self->Close();
    self->BecomeIdle();
  });
}

void HttpConnection::Close() {
  if (phase_ == Phase::kClosed) return;
  const bool unfinished = phase_ == Phase::kAnswering;
  phase_ = Phase::kClosed;
  EndStreamCount();
  Error ignored;
  socket_.close(ignored);
  read_timer_.cancel();
  write_timer_.cancel();
  keep_alive_timer_.cancel();
  if (reply_) DetachReply(unfinished);
  server_.open.erase(shared_from_this());
  server_.CountConnections();
}

// ---- reading ----

void HttpConnection::BecomeIdle() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kIdle;
  parser_.reset();
  if (!input_.empty()) return Feed();
  std::string().swap(input_);
  ArmReadTimer(server_.options.idle_timeout);
  Read();
}

// One read is always outstanding while the connection lives, so that a client that leaves is noticed.
void HttpConnection::Read() {
  if (reading_ || phase_ == Phase::kClosed) return;
  reading_ = true;
  if (!tls_) return ReadPlain();
  if (!chunk_) chunk_ = std::make_unique<std::array<char, kReadChunk>>();
  tls_->async_read_some(asio::buffer(*chunk_), [self = shared_from_this()](Error error, std::size_t count) {
    self->OnBytes(error, {self->chunk_->data(), count});
  });
}

// An idle plain connection holds no buffer: it waits for readiness, then reads.
void HttpConnection::ReadPlain() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](Error error) {
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

void HttpConnection::OnBytes(Error error, std::string_view bytes) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  if (phase_ == Phase::kLingering) return Read();  // read and forgotten
  input_.append(bytes);
  if (phase_ == Phase::kIdle || phase_ == Phase::kReading) return Feed();
  if (input_.size() < kMaxPipelined) Read();
}

void HttpConnection::BeginRequest() {
  phase_ = Phase::kReading;
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(server_.options.max_header_bytes));
  parser_->body_limit(server_.max_body);
  told_to_continue_ = false;
  ArmReadTimer(server_.options.read_timeout);
}

void HttpConnection::Feed() {
  if (phase_ == Phase::kIdle) BeginRequest();
  Error error;
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

void HttpConnection::RefuseInput(Error error) {
  const auto bytes = [](std::size_t limit) { return "larger than the limit of " + std::to_string(limit) + " bytes"; };
  if (error == http::error::header_limit)
    return RefuseRequest(431, "the headers are " + bytes(server_.options.max_header_bytes));
  if (error == http::error::body_limit) return RefuseRequest(413, "the body is " + bytes(server_.max_body));
  RefuseRequest(400, error.message());
}

void HttpConnection::RefuseRequest(int status, const std::string& why) {
  phase_ = Phase::kAnswering;
  keep_open_ = false;
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::string(HttpReason(status)) + ": " + why + "\n";
  SendResponse(response);
}

void HttpConnection::Dispatch() {
  read_timer_.cancel();
  phase_ = Phase::kAnswering;
  auto message = parser_->release();
  parser_.reset();
  keep_open_ = message.keep_alive() && server_.accepting;
  http11_ = message.version() >= 11;
  head_ = message.method() == http::verb::head;
  HttpRequest request = RequestFrom(message);
  request.from_loopback = from_loopback_;
  reply_ = std::make_shared<Reply>(weak_from_this(), server_);
  reply_->self_ = reply_;
  response_done_ = false;
  pieces_ = 0;
  server_.handler(std::move(request), reply_);
  Read();
}

// ---- writing ----

void HttpConnection::SendResponse(const HttpResponse& response) {
  if (phase_ != Phase::kAnswering || streaming_ || response_done_) return;
  response_done_ = true;
  Write(FormatResponse(response, keep_open_, head_));
}

void HttpConnection::BeginStream(const HttpHeaders& headers) {
  if (!BeginChunks()) return;
  Write(FormatStreamHead(headers, http11_, keep_open_));
  KeepAlive();
}

void HttpConnection::BeginBody(const HttpResponse& head) {
  if (BeginChunks()) Write(FormatBodyHead(head, http11_, keep_open_));
}

bool HttpConnection::BeginChunks() {
  if (phase_ != Phase::kAnswering || streaming_ || response_done_) return false;
  streaming_ = true;
  server_.streams_gauge.Set(static_cast<double>(++server_.streams));
  if (!http11_) keep_open_ = false;
  return true;
}

void HttpConnection::SendPiece(const std::string& piece) {
  pieces_ += piece.size();
  if (!piece.empty()) SendChunk(piece);  // an empty chunk would end the body
}

void HttpConnection::SendChunk(std::string_view text) {
  if (!streaming_ || response_done_) return;
  Write(http11_ ? FormatChunk(text) : std::string(text));
}

void HttpConnection::EndStream() {
  if (!streaming_ || response_done_) return;
  response_done_ = true;
  EndStreamCount();
  Write(http11_ ? std::string(kLastChunk) : "");
}

void HttpConnection::EndStreamCount() {
  if (!streaming_) return;
  streaming_ = false;
  keep_alive_timer_.cancel();
  server_.streams_gauge.Set(static_cast<double>(--server_.streams));
}

void HttpConnection::KeepAlive() {
  keep_alive_timer_.expires_after(server_.options.keep_alive);
  keep_alive_timer_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self || !self->streaming_) return;
    self->SendChunk(kKeepAliveComment);
    self->KeepAlive();
  });
}

void HttpConnection::Write(std::string bytes) {
  if (phase_ == Phase::kClosed) return;
  const std::size_t unsent = outgoing_.size() + writing_.size() - written_;
  if (unsent > server_.options.max_unsent_bytes) {
    // The reader is too slow for what it asked for.
    Log(Level::kWarn, "http", "a slow reader was cut off", {{"unsent", static_cast<std::int64_t>(unsent)}});
    return Close();
  }
  outgoing_ += bytes;
  if (!write_pending_) WriteMore();
}

void HttpConnection::WriteMore() {
  if (written_ == writing_.size()) {
    writing_.clear();
    if (writing_.capacity() > kReadChunk) writing_.shrink_to_fit();
    std::swap(writing_, outgoing_);
    written_ = 0;
    if (writing_.empty()) {
      write_timer_.cancel();
      if (reply_) reply_->unsent_ -= std::exchange(pieces_, 0);
      if (response_done_ && phase_ == Phase::kAnswering) FinishExchange();
      return;
    }
  }
  write_pending_ = true;
  write_timer_.expires_after(server_.options.write_timeout);
  write_timer_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (!error && self && self->write_pending_) self->Close();
  });
  const auto rest = asio::buffer(writing_.data() + written_, writing_.size() - written_);
  const auto done = [self = shared_from_this()](Error error, std::size_t count) {
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

void HttpConnection::FinishExchange() {
  if (reply_) DetachReply(false);
  if (keep_open_) return BecomeIdle();
  phase_ = Phase::kLingering;
  ArmReadTimer(kLinger);
  if (tls_) {
    // Says that nothing was cut off; whether the client says so, too, does not matter.
    return tls_->async_shutdown([self = shared_from_this()](Error) { self->Close(); });
  }
  // Closing with unread input would destroy the answer on its way.
  Error ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  Read();
}

void HttpConnection::DetachReply(bool unfinished) {
  const std::shared_ptr<Reply> reply = std::move(reply_);
  reply_.reset();
  reply->Detach(unfinished);
}

void HttpConnection::ArmReadTimer(milliseconds timeout) {
  read_timer_.expires_after(timeout);
  read_timer_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self) return;
    if (self->phase_ == Phase::kReading)
      self->RefuseRequest(408, "the request did not arrive whole in time");
    else if (self->phase_ == Phase::kIdle || self->phase_ == Phase::kLingering)
      self->Close();
  });
}

}  // namespace toomai::mcp
