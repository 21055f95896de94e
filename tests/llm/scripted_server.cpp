#include "tests/llm/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/text.h"

namespace toomai::llm {

ScriptedReply Answer(const std::string& content, const std::string& finish) {
  ScriptedReply reply;
  nlohmann::json body = {
      {"id", "x"},
      {"model", "scripted"},
      {"choices",
       {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", content}}}, {"finish_reason", finish}}}},
      {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 20}, {"total_tokens", 120}}}};
  reply.pieces = {body.dump()};
  return reply;
}

ScriptedReply ErrorReply(int status, const std::string& message, const std::string& param, const std::string& code) {
  ScriptedReply reply;
  reply.status = status;
  nlohmann::json error = {
      {"message", message}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", nullptr}};
  if (!param.empty()) error["param"] = param;
  if (!code.empty()) error["code"] = code;
  reply.pieces = {nlohmann::json{{"error", error}}.dump()};
  return reply;
}

ScriptedReply Events(const std::vector<std::string>& data) {
  ScriptedReply reply;
  reply.type = "text/event-stream";
  for (const std::string& item : data) reply.pieces.push_back("data: " + item + "\n\n");
  return reply;
}

struct ScriptedServer::State {
  Script script;
  int listener = -1;
  int port = 0;
  std::mutex mutex;
  std::set<int> sockets;
  ScriptedRequest last;
  int requests = 0, connections = 0, active = 0, most = 0;
  std::atomic<bool> stopping{false};
  std::atomic<int> threads{0};

  static bool SendAll(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  static bool Read(int fd, std::string* buffer) {
    char data[16384];
    const ssize_t got = ::recv(fd, data, sizeof data, 0);
    if (got <= 0) return false;
    buffer->append(data, static_cast<std::size_t>(got));
    return true;
  }

  bool One(int fd, std::string* buffer) {
    std::size_t end;
    while ((end = buffer->find("\r\n\r\n")) == std::string::npos) {
      if (!Read(fd, buffer)) return false;
    }
    ScriptedRequest request;
    const std::vector<std::string> lines = Split(std::string_view(*buffer).substr(0, end), '\n');
    const std::vector<std::string> first = Split(lines[0], ' ');
    request.method = first[0];
    request.path = first[1];
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::size_t colon = lines[i].find(':');
      if (colon != std::string::npos) {
        request.headers[AsciiLower(lines[i].substr(0, colon))] =
            std::string(Trim(std::string_view(lines[i]).substr(colon + 1)));
      }
    }
    const std::size_t length =
        request.headers.count("content-length") ? std::stoul(request.headers["content-length"]) : 0;
    buffer->erase(0, end + 4);
    while (buffer->size() < length) {
      if (!Read(fd, buffer)) return false;
    }
    request.body = buffer->substr(0, length);
    buffer->erase(0, length);
    {
      std::lock_guard lock(mutex);
      request.number = requests++;
      last = request;
      most = std::max(most, ++active);
    }
    const bool keep = Reply(fd, script(request));
    std::lock_guard lock(mutex);
    --active;
    return keep;
  }

  bool Reply(int fd, const ScriptedReply& reply) {
    for (auto left = reply.delay; left.count() > 0 && !stopping; left -= std::chrono::milliseconds(20)) {
      std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(20)));
    }
    if (reply.reset) return false;
    std::size_t length = reply.missing;
    for (const std::string& piece : reply.pieces) length += piece.size();
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nContent-Type: " + reply.type + "\r\n";
    for (const std::string& header : reply.headers) head += header + "\r\n";
    head += "Content-Length: " + std::to_string(length) + "\r\n\r\n";
    if (!SendAll(fd, head)) return false;
    for (std::size_t i = 0; i < reply.pieces.size(); ++i) {
      if (i > 0 && reply.pause.count() > 0) std::this_thread::sleep_for(reply.pause);
      if (stopping || !SendAll(fd, reply.pieces[i])) return false;
    }
    return reply.missing == 0;
  }
};

ScriptedServer::ScriptedServer(Script script) : state_(std::make_shared<State>()) {
  state_->script = std::move(script);
  state_->listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(state_->listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(state_->listener, 512) != 0 ||
      ::getsockname(state_->listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  state_->port = ntohs(address.sin_port);
  ++state_->threads;
  std::thread([state = state_] {
    while (!state->stopping) {
      const int fd = ::accept(state->listener, nullptr, nullptr);
      if (fd < 0) break;
      {
        std::lock_guard lock(state->mutex);
        state->sockets.insert(fd);
        ++state->connections;
      }
      ++state->threads;
      std::thread([state, fd] {
        std::string buffer;
        while (!state->stopping && state->One(fd, &buffer)) {
        }
        {
          std::lock_guard lock(state->mutex);
          state->sockets.erase(fd);
        }
        ::close(fd);
        --state->threads;
      }).detach();
    }
    --state->threads;
  }).detach();
}

ScriptedServer::~ScriptedServer() {
  state_->stopping = true;
  ::shutdown(state_->listener, SHUT_RDWR);
  {
    std::lock_guard lock(state_->mutex);
    for (int fd : state_->sockets) ::shutdown(fd, SHUT_RDWR);
  }
  while (state_->threads > 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ::close(state_->listener);
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->port) + "/v1";
}
int ScriptedServer::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->requests;
}
int ScriptedServer::most_at_once() const {
  std::lock_guard lock(state_->mutex);
  return state_->most;
}
int ScriptedServer::connections() const {
  std::lock_guard lock(state_->mutex);
  return state_->connections;
}
ScriptedRequest ScriptedServer::last() const {
  std::lock_guard lock(state_->mutex);
  return state_->last;
}

}  // namespace toomai::llm
