#include "mcp/http_outlets.h"

namespace toomai::mcp {
namespace {

class CorsReply : public HttpReply {
 public:
  CorsReply(std::shared_ptr<HttpReply> reply, std::string origin)
      : reply_(std::move(reply)), origin_(std::move(origin)) {}

  void Respond(HttpResponse response) override {
    Add(&response.headers);
    reply_->Respond(std::move(response));
  }
  void BeginStream(HttpHeaders headers) override {
    Add(&headers);
    reply_->BeginStream(std::move(headers));
  }
  void SendEvent(std::string data) override { reply_->SendEvent(std::move(data)); }
  void BeginBody(HttpResponse head) override {
    Add(&head.headers);
    reply_->BeginBody(std::move(head));
  }
  void SendPiece(std::string piece) override { reply_->SendPiece(std::move(piece)); }
  std::size_t unsent() const override { return reply_->unsent(); }
  void Abort() override { reply_->Abort(); }
  void EndStream() override { reply_->EndStream(); }
  bool closed() const override { return reply_->closed(); }
  void OnClosed(std::function<void()> action) override { reply_->OnClosed(std::move(action)); }

 private:
  void Add(HttpHeaders* headers) const {
    headers->emplace_back("Access-Control-Allow-Origin", origin_);
    headers->emplace_back("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate, Retry-After");
    headers->emplace_back("Vary", "Origin");
  }

  const std::shared_ptr<HttpReply> reply_;
  const std::string origin_;
};

}  // namespace

void PostOutlet::Notify(const Json& message) {
  if (!carries_notices()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  Begin();
  reply_->SendEvent(Dump(message));
}

void PostOutlet::Finish(const Json& message, int status) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (accepted_ == Accepted::kEvents && status == 200 && !message.is_null()) Begin();
  if (streaming_) {
    if (!message.is_null()) reply_->SendEvent(Dump(message));
    reply_->EndStream();
    return;
  }
  HttpResponse response;
  // A cancelled call of a client that still listens: it asked for no answer, but HTTP owes it an end.
  response.status = message.is_null() ? 202 : status;
  if (!message.is_null()) response.body = Dump(message);
  response.headers = headers_;
  reply_->Respond(std::move(response));
}

void PostOutlet::Begin() {
  if (streaming_) return;
  streaming_ = true;
  reply_->BeginStream(headers_);
}

StreamOutlet::StreamOutlet(std::shared_ptr<HttpReply> reply, const HttpHeaders& headers) : reply_(std::move(reply)) {
  reply_->BeginStream(headers);
}

void StreamOutlet::Notify(const Json& message) {
  reply_->SendEvent(Dump(message));
}

std::shared_ptr<HttpReply> WithCors(std::shared_ptr<HttpReply> reply, std::string origin) {
  return std::make_shared<CorsReply>(std::move(reply), std::move(origin));
}

}  // namespace toomai::mcp
