#include "mcp/session.h"

namespace toomai::mcp {

void InFlight::Cancel(std::string told) {
  std::function<void()> action;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!cancelled()) told_ = std::move(told);
  }
  // Without the lock: whoever waits for the stop may ask about this request.
  if (!stop_.request_stop()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    action = std::move(action_);
    action_ = nullptr;
  }
  if (action) action();
}

std::string InFlight::told() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return told_;
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

bool Session::Subscribe(const std::string& uri) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (subscriptions_.size() >= kMaxSubscriptions && subscriptions_.count(uri) == 0) return false;
  subscriptions_.insert(uri);
  return true;
}

void Session::Unsubscribe(const std::string& uri) {
  std::lock_guard<std::mutex> lock(mutex_);
  subscriptions_.erase(uri);
}

std::vector<std::string> MatchingUris(const std::set<std::string>& uris, const std::string& uri) {
  std::vector<std::string> found;
  if (uri.empty() || uri.back() != '/') {
    if (uris.count(uri) > 0) found.push_back(uri);
    return found;
  }
  for (auto one = uris.lower_bound(uri); one != uris.end() && one->compare(0, uri.size(), uri) == 0; ++one)
    found.push_back(*one);
  return found;
}

std::vector<std::string> Session::SubscriptionsTo(const std::string& uri) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return MatchingUris(subscriptions_, uri);
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

void Session::CancelAll(const std::string& told) {
  std::vector<std::shared_ptr<InFlight>> all;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, running] : running_) all.push_back(running);
  }
  for (const auto& running : all) running->Cancel(told);
}

std::size_t Session::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return running_.size();
}

std::shared_ptr<Session::Round> Session::Ask(const Json& questions, std::function<void(Json answers)> done) {
  auto round = std::make_shared<Round>();
  round->done = std::move(done);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [key, question] : questions.items()) {
    const Json id = "toomai-" + std::to_string(++next_question_);
    questions_[Dump(id)] = {key, round};
    round->messages.push_back(
        MakeRequest(id, std::string(StringMember(question, "method")), Member(question, "params")));
    ++round->open;
  }
  return round;
}

void Session::Forget(const std::shared_ptr<Round>& round) {
  std::function<void(Json)> dropped;  // what it holds is released without the lock
  std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(questions_, [&](const auto& entry) { return entry.second.round == round; });
  dropped = std::move(round->done);
  round->done = nullptr;
}

bool Session::Answer(const Json& id, Json result) {
  std::function<void(Json)> done;
  Json answers;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto place = questions_.find(Dump(id));
    if (place == questions_.end()) return false;
    const auto [key, round] = std::move(place->second);
    questions_.erase(place);
    if (result.is_object()) round->answers[key] = std::move(result);
    if (--round->open > 0) return true;
    done = std::move(round->done);
    round->done = nullptr;
    answers = std::move(round->answers);
  }
  if (done) done(std::move(answers));
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
