// Where answers to HTTP requests go: the response to one POST, or the GET stream of a handshake-era session; and the
// headers that let a browser read them. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "mcp/http.h"
#include "mcp/session.h"

namespace toomai::mcp {

// One POST's answer: JSON unless something has to be said first, or the client reads nothing else, then a stream of
// events.
class PostOutlet : public Outlet {
 public:
  enum class Accepted { kJson, kEvents, kBoth };
  PostOutlet(std::shared_ptr<HttpReply> reply, Accepted accepted, HttpHeaders headers)
      : reply_(std::move(reply)), accepted_(accepted), headers_(std::move(headers)) {}

  void Notify(const Json& message) override;
  void Finish(const Json& message, int status) override;
  bool carries_notices() const override { return accepted_ != Accepted::kJson; }
  bool closed() const override { return reply_->closed(); }

 private:
  void Begin();

  const std::shared_ptr<HttpReply> reply_;
  const Accepted accepted_;
  const HttpHeaders headers_;
  std::mutex mutex_;
  bool streaming_ = false;
};

// A GET stream for notices of a handshake-era session; lives until one side closes it.
class StreamOutlet : public Outlet {
 public:
  StreamOutlet(std::shared_ptr<HttpReply> reply, const HttpHeaders& headers);
  void Notify(const Json& message) override;
  void Finish(const Json&, int) override { reply_->EndStream(); }
  bool closed() const override { return reply_->closed(); }

 private:
  const std::shared_ptr<HttpReply> reply_;
};

// The same reply, readable by pages of `origin`.
std::shared_ptr<HttpReply> WithCors(std::shared_ptr<HttpReply> reply, std::string origin);

}  // namespace toomai::mcp
