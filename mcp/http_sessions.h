// Handshake-era sessions over HTTP: found by an unguessable id, bound to who began them, ended by DELETE, by time, or
// when there are too many. Used on the network thread; locked all the same.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mcp/session.h"

namespace toomai::mcp {

class HttpSessions {
 public:
  using Clock = std::chrono::steady_clock;
  HttpSessions(std::size_t most, std::chrono::milliseconds timeout) : most_(most), timeout_(timeout) {}

  // When there are too many, the least recently used idle session of the owner who has the most makes room; null when
  // all are busy.
  std::shared_ptr<Session> Begin(const std::string& owner);
  std::shared_ptr<Session> Find(const std::string& id, const std::string& owner);
  bool End(const std::string& id, const std::string& owner);
  void EndUnused();

 private:
  struct Entry {
    std::shared_ptr<Session> session;
    std::string owner;
    Clock::time_point used_at;
  };
  bool MakeRoom();
  static bool Busy(const Entry& entry) { return entry.session->running() > 0 || entry.session->stream() != nullptr; }

  const std::size_t most_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::map<std::string, Entry> sessions_;
};

}  // namespace toomai::mcp
