// The far end of a conversation: one stdio connection, one handshake-era HTTP session, or a single stateless request.
// Holds what the handshake agreed on, what runs, and which of our questions wait for an answer. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {

// Where messages for one incoming message go: lines on stdout, or one HTTP response. Thread-safe; never blocks for
// long.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // A notification or a question, before the answer.
  virtual void Notify(const Json& message) = 0;
  // The answer, once. `http_status` is for HTTP alone.
  virtual void Finish(const Json& message, int http_status) = 0;
  // False when the client takes nothing but the answer itself.
  virtual bool carries_notices() const { return true; }
  // True when nobody can read any more.
  virtual bool closed() const { return false; }
};

// One request that runs or waits. Cancelling it is idempotent.
class InFlight {
 public:
  std::stop_token token() const { return stop_.get_token(); }
  bool cancelled() const { return stop_.stop_requested(); }
  void Cancel();
  // Run when cancelled, or at once if that has happened.
  void OnCancel(std::function<void()> action);

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::function<void()> action_;
};

class Session {
 public:
  // What `initialize` agreed on.
  struct Agreement {
    std::string version;
    Json capabilities = Json::object();
    std::string client;
  };

  explicit Session(std::string id = {}) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  void Agree(Agreement agreement);
  Agreement agreement() const;
  bool initialized() const;
  void SetLogLevel(std::string level);
  std::string log_level() const;
  // Handshake-era resource subscriptions.
  void Subscribe(const std::string& uri, bool on);
  bool Subscribed(const std::string& uri) const;

  // Null when a request with this id is running already.
  std::shared_ptr<InFlight> Begin(const Json& request_id);
  void End(const Json& request_id);
  void Cancel(const Json& request_id);
  void CancelAll();
  std::size_t running() const;

  // Asks the client over `outlet` and waits. Null on timeout, cancellation or an error answer.
  Json Ask(const Deadline& deadline, Outlet& outlet, const std::string& method, const Json& params);
  // The client's answer to a question of ours; false when nobody waits for it.
  bool Answer(const Json& id, Json result);

  // Where unasked-for notices go (stdout, or an open GET stream): the latest that is still open; none: they are
  // dropped.
  void AddStream(std::weak_ptr<Outlet> stream);
  std::shared_ptr<Outlet> stream() const;

 private:
  struct Question {
    bool answered = false;
    Json result;
  };

  const std::string id_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Agreement agreement_;
  bool initialized_ = false;
  std::string log_level_;
  std::set<std::string> subscriptions_;
  std::map<std::string, std::shared_ptr<InFlight>> running_;  // by the id's JSON text, so 1 and "1" differ
  std::map<std::string, Question> questions_;
  std::int64_t next_question_ = 0;
  std::vector<std::weak_ptr<Outlet>> streams_;
};

}  // namespace toomai::mcp
