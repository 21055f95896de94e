// One message in, its answers out, whatever the transport: decides the era, checks the envelope, finds the method, runs
// handlers on the worker pool, and dresses results for the revision the client speaks.
//
// Handle() may be called from any thread and never blocks: what may wait runs on a worker, or in its place on a thread
// that offers itself. A call that waits for a
// person (handshake era) holds no worker meanwhile. The registry must not change after the first message.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/answer_gate.h"
#include "base/mutex.h"
#include "base/timekeeper.h"
#include "base/worker_pool.h"
#include "mcp/hub.h"
#include "mcp/options.h"
#include "mcp/registry.h"
#include "mcp/request_state.h"
#include "mcp/session.h"

namespace toomai::mcp {

// What the HTTP headers said; header checks happen only when this is there.
struct HttpFacts {
  std::optional<std::string> version, method, name;  // MCP-Protocol-Version, Mcp-Method, Mcp-Name
  std::map<std::string, std::string> parameters;     // Mcp-Param-*: lower-case suffix -> raw value
};

struct Incoming {
  Message message;
  std::shared_ptr<Session> session;  // never null
  engine::Caller caller;
  std::shared_ptr<Outlet> outlet;  // never null
  std::optional<HttpFacts> http;
};

class Dispatcher {
 public:
  Dispatcher(const Registry& registry, const ServerOptions& options);
  ~Dispatcher();

  // The running request, so that the transport can cancel it; null when it was answered at once or is no request. Where
  // `here` is given and a worker would run the call at once, it gets the call instead: the caller must run it.
  std::shared_ptr<InFlight> Handle(Incoming incoming, std::function<void()>* here = nullptr);
  // True when a message belongs to the stateless era.
  static bool IsStateless(const Message& message, const std::optional<HttpFacts>& http);

  Hub& hub() { return hub_; }
  const Registry& registry() const { return registry_; }
  const ServerOptions& options() const { return options_; }
  std::size_t in_flight() const;
  // Runs other work that may wait on the same workers; CancelAll() cancels it, too.
  Expected<void> Submit(const std::shared_ptr<InFlight>& in_flight, std::function<void()> work);
  void CancelAll(const std::string& told = {});  // as InFlight::Cancel
  // Waits for what runs; new calls are refused as busy.
  void Drain();

 private:
  struct Request;
  struct Waiting;
  using RequestPtr = std::shared_ptr<Request>;
  using Handler = Outcome (Dispatcher::*)(Request&);
  struct Method {
    bool stateless, handshake;
    bool waits;  // runs on a worker
    Handler handler;
  };
  static const std::map<std::string_view, Method>& Methods();

  void HandleNotification(Incoming& incoming);
  std::optional<std::pair<RpcError, int>> CheckEnvelope(Request& request) const;
  std::optional<RpcError> CheckHeaders(const Request& request) const;
  std::shared_ptr<InFlight> Start(RequestPtr request, const Method& method, std::function<void()>* here);
  void Run(const RequestPtr& request, const Method& method);
  Outcome RunHandler(Request& request, const Method& method);
  void Answer(Request& request, Outcome outcome);
  void AnswerBehind(std::shared_ptr<AnswerGate> gate, const RequestPtr& request, Outcome outcome);
  void StartHeartbeat(const RequestPtr& request);
  Outcome RunRound(Request& request, const std::function<Outcome(Call&)>& handler);
  void AskClient(const RequestPtr& request, const Method& method, Outcome outcome);
  void GoOn(const RequestPtr& request, const Method& method, Json answers);
  std::string Binding(const Request& request) const;
  std::string SealedState(const Request& request, const Outcome& outcome);
  bool ListsDependOnCaller(const Call& call) const;
  void NoteRunning(const std::shared_ptr<InFlight>& in_flight);
  void NoteEnded(const std::shared_ptr<InFlight>& in_flight);
  WorkerPool& Pool();
  bool OthersWait() const;
  std::string LaneOf(const Request& request) const;

  Outcome Initialize(Request& request);
  Outcome Discover(Request& request);
  Outcome Ping(Request& request);
  Outcome ListTools(Request& request);
  Outcome CallTool(Request& request);
  Outcome ListPrompts(Request& request);
  Outcome GetPrompt(Request& request);
  Outcome ListResources(Request& request);
  Outcome ListTemplates(Request& request);
  Outcome ReadResource(Request& request);
  Outcome Complete(Request& request);
  Outcome SetLevel(Request& request);
  Outcome Subscribe(Request& request);
  Outcome Unsubscribe(Request& request);
  Outcome Listen(Request& request);

  Json Capabilities(Era era, std::string_view version) const;
  Json ServerInfo(std::string_view version) const;

  const Registry& registry_;
  const ServerOptions options_;
  Hub hub_;
  StateSealer sealer_;
  std::mutex running_mutex_;
  std::set<std::shared_ptr<InFlight>> running_;  // calls on workers, or between two rounds
  std::atomic<std::size_t> waiting_ = 0;         // calls that wait for answers of a client, on no worker
  mutable Mutex held_mutex_;
  CondVar none_held_;
  std::size_t held_ TOOMAI_GUARDED_BY(held_mutex_) = 0;  // answers that are found and not given yet
  mutable std::mutex pool_mutex_;
  std::unique_ptr<WorkerPool> pool_;  // made with the first call that waits
  Timekeeper timekeeper_;             // last: its tasks use all of the above
};

// The decoded value of a header that may be written as =?base64?…?=; nullopt when it is malformed.
std::optional<std::string> DecodeHeaderValue(std::string_view value);

}  // namespace toomai::mcp
