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
  if (sessions_.size() >= most_ && !MakeRoom()) return nullptr;
  auto session = std::make_shared<Session>(NewId());
  sessions_[session->id()] = {session, owner, Clock::now()};
  return session;
}

// Whoever has the most gives way, so that nobody can end the sessions of others by beginning many.
bool HttpSessions::MakeRoom() {
  std::map<std::string, std::size_t> of_owner;
  for (const auto& [id, entry] : sessions_) ++of_owner[entry.owner];
  auto chosen = sessions_.end();
  const auto before = [&](const Entry& a, const Entry& b) {
    const std::size_t of_a = of_owner[a.owner], of_b = of_owner[b.owner];
    return of_a != of_b ? of_a > of_b : a.used_at < b.used_at;
  };
  for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
    if (!Busy(entry->second) && (chosen == sessions_.end() || before(entry->second, chosen->second))) chosen = entry;
  }
  if (chosen == sessions_.end()) return false;
  sessions_.erase(chosen);
  return true;
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

}  // namespace toomai::mcp
