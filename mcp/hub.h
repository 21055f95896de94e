// Notices of change: who listens to what. Stateless listeners hold a stream of their own (`subscriptions/listen`);
// handshake-era sessions hear of everything they can hear on their stream. Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "mcp/protocol.h"
#include "mcp/session.h"

namespace toomai::mcp {

class Hub {
 public:
  enum class Change { kTools, kPrompts, kResources, kResource };

  // Of one client that sends them all over one outlet (stdio). Over HTTP each has a stream, and streams are limited.
  static constexpr std::size_t kMaxListenersOfOutlet = 100;

  // Acknowledges with the part of the filter that is honoured, and sends changes until `in_flight` is cancelled. False
  // when this outlet has kMaxListenersOfOutlet already.
  bool Listen(const Json& request_id, const Json& filter, std::shared_ptr<Outlet> outlet,
              const std::shared_ptr<InFlight>& in_flight, std::function<void()> on_end);
  void AddSession(const std::shared_ptr<Session>& session);

  // `uri` for kResource.
  void Publish(Change change, const std::string& uri = {});
  // Ends every subscription with a result.
  void Close();
  std::size_t listeners() const;

 private:
  struct Listener {
    Json id;
    std::set<std::string> kinds;  // members of the filter that are true
    std::set<std::string> uris;
    std::shared_ptr<Outlet> outlet;
    std::function<void()> on_end;
  };
  std::size_t ListenersOf(const Outlet& outlet) const;

  mutable std::mutex mutex_;
  std::list<std::shared_ptr<Listener>> listeners_;
  std::vector<std::weak_ptr<Session>> sessions_;
};

}  // namespace toomai::mcp
