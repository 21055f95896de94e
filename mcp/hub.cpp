#include "mcp/hub.h"

#include <algorithm>

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxUris = 1000;  // in one subscription

struct Kind {
  std::string_view filter, method;
};

Kind KindOf(Hub::Change change) {
  switch (change) {
    case Hub::Change::kTools:
      return {"toolsListChanged", "notifications/tools/list_changed"};
    case Hub::Change::kPrompts:
      return {"promptsListChanged", "notifications/prompts/list_changed"};
    case Hub::Change::kResources:
      return {"resourcesListChanged", "notifications/resources/list_changed"};
    case Hub::Change::kResource:
      return {"resourceSubscriptions", "notifications/resources/updated"};
  }
  return {};
}

Json WithSubscription(Json params, const Json& id) {
  params["_meta"] = {{std::string(kMetaSubscription), id}};
  return params;
}

}  // namespace

bool Hub::Listen(const Json& request_id, const Json& filter, std::shared_ptr<Outlet> outlet,
                 const std::shared_ptr<InFlight>& in_flight, std::function<void()> on_end) {
  if (ListenersOf(*outlet) >= kMaxListenersOfOutlet) return false;
  auto listener = std::make_shared<Listener>();
  listener->id = request_id;
  listener->outlet = std::move(outlet);
  listener->on_end = std::move(on_end);
  Json honoured = Json::object();
  for (const char* kind : {"toolsListChanged", "promptsListChanged", "resourcesListChanged"}) {
    if (Member(filter, kind) == true) {
      listener->kinds.insert(kind);
      honoured[kind] = true;
    }
  }
  const Json& uris = Member(filter, "resourceSubscriptions");
  if (uris.is_array()) {
    Json accepted = Json::array();
    for (const Json& uri : uris) {
      if (!uri.is_string() || listener->uris.size() >= kMaxUris) continue;
      listener->uris.insert(uri.get<std::string>());
      accepted.push_back(uri);
    }
    honoured["resourceSubscriptions"] = std::move(accepted);
  }
  listener->outlet->Notify(MakeNotification("notifications/subscriptions/acknowledged",
                                            WithSubscription({{"notifications", honoured}}, request_id)));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    listeners_.push_back(listener);
  }
  in_flight->OnCancel([this, weak = std::weak_ptr<Listener>(listener)] {
    const std::shared_ptr<Listener> gone = weak.lock();
    if (!gone) return;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      listeners_.remove(gone);
    }
    if (gone->on_end) gone->on_end();
  });
  return true;
}

std::size_t Hub::ListenersOf(const Outlet& outlet) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<std::size_t>(std::count_if(listeners_.begin(), listeners_.end(),
                                                [&](const auto& one) { return one->outlet.get() == &outlet; }));
}

void Hub::AddSession(const std::shared_ptr<Session>& session) {
  std::lock_guard<std::mutex> lock(mutex_);
  sessions_.erase(std::remove_if(sessions_.begin(), sessions_.end(), [](const auto& weak) { return weak.expired(); }),
                  sessions_.end());
  sessions_.push_back(session);
}

void Hub::Publish(Change change, const std::string& uri) {
  const Kind kind = KindOf(change);
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::shared_ptr<Session>> sessions;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    listeners.assign(listeners_.begin(), listeners_.end());
    for (const auto& weak : sessions_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
  }
  const bool updated = change == Change::kResource;
  for (const auto& listener : listeners) {
    const auto tell = [&](Json params) {
      listener->outlet->Notify(MakeNotification(kind.method, WithSubscription(std::move(params), listener->id)));
    };
    if (!updated) {
      if (listener->kinds.count(std::string(kind.filter)) > 0) tell(Json::object());
      continue;
    }
    for (const std::string& one : MatchingUris(listener->uris, uri)) tell({{"uri", one}});
  }
  for (const auto& session : sessions) {
    const std::shared_ptr<Outlet> stream = session->initialized() ? session->stream() : nullptr;
    if (!stream) continue;
    if (!updated) {
      stream->Notify(MakeNotification(kind.method, Json()));
      continue;
    }
    for (const std::string& one : session->SubscriptionsTo(uri)) {
      stream->Notify(MakeNotification(kind.method, {{"uri", one}}));
    }
  }
}

void Hub::Close() {
  std::list<std::shared_ptr<Listener>> listeners;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    listeners.swap(listeners_);
  }
  for (const auto& listener : listeners) {
    listener->outlet->Finish(MakeResult(listener->id, WithSubscription({{"resultType", "complete"}}, listener->id)),
                             200);
    if (listener->on_end) listener->on_end();
  }
}

std::size_t Hub::listeners() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return listeners_.size();
}

}  // namespace toomai::mcp
