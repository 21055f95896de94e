#include "mcp/session.h"

namespace toomai::mcp {

void InFlight::Cancel() {
  std::function<void()> action;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!stop_.request_stop()) return;
    action = std::move(action_);
    action_ = nullptr;
  }
  if (action) action();
}

void InFlight::OnCancel(std::function<void()> action) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!stop_.stop_requested()) {
      action_ = std::move(action);
      return;
    }
  }
  action();
}

void Session::Agree(Agreement agreement) {
  std::lock_guard<std::mutex> lock(mutex_);
  agreement_ = std::move(agreement);
  initialized_ = true;
}

Session::Agreement Session::agreement() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return agreement_;
}

bool Session::initialized() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return initialized_;
}

void Session::SetLogLevel(std::string level) {
  std::lock_guard<std::mutex> lock(mutex_);
  log_level_ = std::move(level);
}

std::string Session::log_level() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return log_level_;
}

void Session::Subscribe(const std::string& uri, bool on) {
  constexpr std::size_t kMaxSubscriptions = 1000;
  std::lock_guard<std::mutex> lock(mutex_);
  if (!on) {
    subscriptions_.erase(uri);
  } else if (subscriptions_.size() < kMaxSubscriptions) {
    subscriptions_.insert(uri);
  }
}

bool Session::Subscribed(const std::string& uri) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return subscriptions_.count(uri) > 0;
}

std::shared_ptr<InFlight> Session::Begin(const Json& request_id) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto [place, fresh] = running_.try_emplace(Dump(request_id));
  if (!fresh) return nullptr;
  place->second = std::make_shared<InFlight>();
  return place->second;
}

void Session::End(const Json& request_id) {
  std::lock_guard<std::mutex> lock(mutex_);
  running_.erase(Dump(request_id));
}

void Session::Cancel(const Json& request_id) {
  std::shared_ptr<InFlight> found;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto place = running_.find(Dump(request_id));
    if (place != running_.end()) found = place->second;
  }
  if (found) found->Cancel();
}

void Session::CancelAll() {
  std::vector<std::shared_ptr<InFlight>> all;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, running] : running_) all.push_back(running);
  }
  for (const auto& running : all) running->Cancel();
}

std::size_t Session::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return running_.size();
}

Json Session::Ask(const Deadline& deadline, Outlet& outlet, const std::string& method, const Json& params) {
  std::string key;
  Json id;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    id = "toomai-" + std::to_string(++next_question_);
    key = Dump(id);
    questions_[key];
  }
  outlet.Notify(MakeRequest(id, method, params));
  std::unique_lock<std::mutex> lock(mutex_);
  const auto answered = [&] { return questions_[key].answered; };
  changed_.wait_until(lock, deadline.token(), Deadline::Clock::now() + deadline.Remaining(), answered);
  Json result = std::move(questions_[key].result);
  questions_.erase(key);
  return result;
}

bool Session::Answer(const Json& id, Json result) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto place = questions_.find(Dump(id));
  if (place == questions_.end()) return false;
  place->second.answered = true;
  place->second.result = std::move(result);
  changed_.notify_all();
  return true;
}

void Session::AddStream(std::weak_ptr<Outlet> stream) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(streams_, [](const auto& weak) { return weak.expired(); });
  streams_.push_back(std::move(stream));
}

std::shared_ptr<Outlet> Session::stream() const {
  std::lock_guard<std::mutex> lock(mutex_);
  for (auto weak = streams_.rbegin(); weak != streams_.rend(); ++weak) {
    std::shared_ptr<Outlet> open = weak->lock();
    if (open && !open->closed()) return open;
  }
  return nullptr;
}

}  // namespace toomai::mcp
