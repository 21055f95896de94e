// The far end of a conversation: one stdio connection, one handshake-era HTTP session, or a single stateless request.
// Holds what the handshake agreed on, what runs, and which of our questions wait for an answer. Thread-safe.
#pragma once

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

inline constexpr const char* kShuttingDown = "the server is shutting down: ask again when it is back";

// One request that runs or waits. Cancelling it is idempotent.
class InFlight {
 public:
  std::stop_token token() const { return stop_.get_token(); }
  bool cancelled() const { return stop_.stop_requested(); }
  // By its client, who wants no answer; or by us, and then `told` is what the client hears instead of one.
  void Cancel(std::string told = {});
  std::string told() const;
  // Run when cancelled, or at once if that has happened.
  void OnCancel(std::function<void()> action);

 private:
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::string told_;
  std::function<void()> action_;
};

// Those of `uris` that `uri` means; one that ends in / means all below it.
std::vector<std::string> MatchingUris(const std::set<std::string>& uris, const std::string& uri);

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
  static constexpr std::size_t kMaxSubscriptions = 1000;
  // False when there are kMaxSubscriptions already.
  bool Subscribe(const std::string& uri);
  void Unsubscribe(const std::string& uri);
  // As MatchingUris.
  std::vector<std::string> SubscriptionsTo(const std::string& uri) const;

  // Null when a request with this id is running already.
  std::shared_ptr<InFlight> Begin(const Json& request_id);
  void End(const Json& request_id);
  void Cancel(const Json& request_id);
  void CancelAll(const std::string& told = {});  // as InFlight::Cancel
  std::size_t running() const;

  // Questions to the client that are asked together.
  struct Round {
    std::vector<Json> messages;  // to be sent by the caller
    Json answers = Json::object();
    std::size_t open = 0;
    std::function<void(Json answers)> done;
  };
  // Prepares `questions` (key -> {"method", "params"}). `done` is called once, with key -> result, by the thread that
  // brings the last answer; a question that the client refused has no key in it.
  std::shared_ptr<Round> Ask(const Json& questions, std::function<void(Json answers)> done);
  // Nobody waits for these answers any more; `done` is not called if it has not been.
  void Forget(const std::shared_ptr<Round>& round);
  // The client's answer to a question of ours; false when nobody waits for it.
  bool Answer(const Json& id, Json result);

  // Where unasked-for notices go (stdout, or an open GET stream): the latest that is still open; none: they are
  // dropped.
  void AddStream(std::weak_ptr<Outlet> stream);
  std::shared_ptr<Outlet> stream() const;

 private:
  struct Question {
    std::string key;
    std::shared_ptr<Round> round;
  };

  const std::string id_;
  mutable std::mutex mutex_;
  Agreement agreement_;
  bool initialized_ = false;
  std::string log_level_;
  std::set<std::string> subscriptions_;
  std::map<std::string, std::shared_ptr<InFlight>> running_;  // by the id's JSON text, so 1 and "1" differ
  std::map<std::string, Question> questions_;                 // by the id's JSON text
  std::int64_t next_question_ = 0;
  std::vector<std::weak_ptr<Outlet>> streams_;
};

}  // namespace toomai::mcp
