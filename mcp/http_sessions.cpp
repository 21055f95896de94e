#include "mcp/http_sessions.h"

#include <openssl/rand.h>

#include "base/text.h"

namespace toomai::mcp {
namespace {

// 256 random bits as visible ASCII.
std::string NewId() {
  std::string bytes(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    return RandomId(50);
  return HexEncode(bytes);
}

}  // namespace

std::shared_ptr<Session> HttpSessions::Begin(const std::string& owner) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (sessions_.size() >= most_) {
    auto oldest = sessions_.end();
    for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
      if (!Busy(entry->second) && (oldest == sessions_.end() || entry->second.used_at < oldest->second.used_at))
        oldest = entry;
    }
    if (oldest == sessions_.end()) return nullptr;
    sessions_.erase(oldest);
  }
  auto session = std::make_shared<Session>(NewId());
  sessions_[session->id()] = {session, owner, Clock::now()};
  return session;
}

std::shared_ptr<Session> HttpSessions::Find(const std::string& id, const std::string& owner) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.owner != owner) return nullptr;
  found->second.used_at = Clock::now();
  return found->second.session;
}

bool HttpSessions::End(const std::string& id, const std::string& owner) {
  std::shared_ptr<Session> session;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.owner != owner) return false;
    session = found->second.session;
    sessions_.erase(found);
  }
  session->CancelAll();
  return true;
}

void HttpSessions::EndUnused() {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto now = Clock::now();
  for (auto entry = sessions_.begin(); entry != sessions_.end();) {
    const bool unused = !Busy(entry->second) && now - entry->second.used_at > timeout_;
    entry = unused ? sessions_.erase(entry) : std::next(entry);
  }
}

void HttpSessions::CancelAll() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [id, entry] : sessions_) entry.session->CancelAll();
}

std::size_t HttpSessions::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return sessions_.size();
}

}  // namespace toomai::mcp
