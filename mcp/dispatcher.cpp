#include "mcp/dispatcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/sha256.h"
#include "base/text.h"
#include "mcp/dispatcher_request.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 60;  // of the client's own id, in logs and the history
constexpr std::size_t kRequestIdTail = 6;
constexpr std::chrono::milliseconds kHeartbeat{1'500};  // between signs of life of a long call
constexpr std::size_t kMostHeldPerWorker = 4;           // answers that wait for the history: each may be large
constexpr std::size_t kMaxLaneBytes = 200;              // as long as a name of a database may be

std::string ReadKey(const std::string& path) {
  if (path.empty()) return {};
  auto key = ReadFile(path);
  if (key && key->size() >= 32) return std::move(*key);
  Log(Level::kWarn, "mcp", "the requestState key file is missing or shorter than 32 bytes; a random key is used",
      {{"file", path}});
  return {};
}

// HTTP's word for an error that is known before a handler runs (stateless era).
int StatusOf(int code) {
  if (code == kMethodNotFound) return 404;
  if (code == kHeaderMismatch || code == kMissingClientCapability || code == kUnsupportedVersion) return 400;
  return 200;
}

}  // namespace

void Dispatcher::Request::Notify(const Json& message) {
  std::lock_guard<std::mutex> lock(progress_mutex);
  if (answered || in_flight->cancelled()) return;
  if (StringMember(message, "method") == "notifications/progress") {
    const double progress = Member(Member(message, "params"), "progress").get<double>();
    if (progress <= last_progress) return;
    last_progress = progress;
  }
  in.outlet->Notify(message);
}

void Dispatcher::Request::Heartbeat() {
  std::lock_guard<std::mutex> lock(progress_mutex);
  if (answered || in_flight->cancelled()) return;
  last_progress = std::max(last_progress, 0.0) + 0.001;
  in.outlet->Notify(MakeNotification("notifications/progress",
                                     {{"progressToken", call.progress_token}, {"progress", last_progress}}));
}

Dispatcher::Dispatcher(const Registry& registry, const ServerOptions& options)
    : registry_(registry), options_(options), sealer_(ReadKey(options.state_key_file), options.state_ttl) {}

Dispatcher::~Dispatcher() {
  CancelAll();  // ends what waits for a person, too
  Drain();
}

const std::map<std::string_view, Dispatcher::Method>& Dispatcher::Methods() {
  // stateless, handshake, waits
  static const std::map<std::string_view, Method> methods{
      {"initialize", {false, true, false, &Dispatcher::Initialize}},
      {"ping", {false, true, false, &Dispatcher::Ping}},
      {"logging/setLevel", {false, true, false, &Dispatcher::SetLevel}},
      {"resources/subscribe", {false, true, false, &Dispatcher::Subscribe}},
      {"resources/unsubscribe", {false, true, false, &Dispatcher::Unsubscribe}},
      {"server/discover", {true, false, false, &Dispatcher::Discover}},
      {"subscriptions/listen", {true, false, false, &Dispatcher::Listen}},
      {"tools/list", {true, true, false, &Dispatcher::ListTools}},
      {"tools/call", {true, true, true, &Dispatcher::CallTool}},
      {"prompts/list", {true, true, false, &Dispatcher::ListPrompts}},
      {"prompts/get", {true, true, true, &Dispatcher::GetPrompt}},
      {"resources/list", {true, true, true, &Dispatcher::ListResources}},
      {"resources/templates/list", {true, true, false, &Dispatcher::ListTemplates}},
      {"resources/read", {true, true, true, &Dispatcher::ReadResource}},
      {"completion/complete", {true, true, true, &Dispatcher::Complete}},
  };
  return methods;
}

std::shared_ptr<InFlight> Dispatcher::Handle(Incoming incoming, std::function<void()>* here) {
  Message& message = incoming.message;
  if (message.kind == Message::Kind::kResponse) {
    // A refusal of our question is an answer of null.
    incoming.session->Answer(message.id, message.error.is_null() ? std::move(message.result) : Json());
    return nullptr;
  }
  if (message.kind == Message::Kind::kNotification) {
    HandleNotification(incoming);
    return nullptr;
  }

  auto request = std::make_shared<Request>();
  request->in = std::move(incoming);
  Call& call = request->call;
  call.method = request->in.message.method;
  call.era = IsStateless(request->in.message, request->in.http) ? Era::kStateless : Era::kHandshake;
  call.caller = request->in.caller;

  if (auto wrong = CheckEnvelope(*request)) {
    request->in.outlet->Finish(MakeError(request->in.message.id, wrong->first), wrong->second);
    return nullptr;
  }
  const auto found = Methods().find(call.method);
  const bool known =
      found != Methods().end() && (call.era == Era::kStateless ? found->second.stateless : found->second.handshake);
  if (!known) {
    const RpcError error{kMethodNotFound, "the method \"" + Ellipsis(call.method, 80) + "\" does not exist here",
                         nullptr};
    request->in.outlet->Finish(MakeError(request->in.message.id, error), call.era == Era::kStateless ? 404 : 200);
    return nullptr;
  }
  return Start(std::move(request), found->second, here);
}

void Dispatcher::HandleNotification(Incoming& incoming) {
  if (incoming.message.method == "notifications/cancelled") {
    incoming.session->Cancel(Member(incoming.message.params, "requestId"));
  }
  // Others ("initialized", roots, progress of the client) need no action; unknown ones are ignored by rule.
}

std::shared_ptr<InFlight> Dispatcher::Start(RequestPtr request, const Method& method, std::function<void()>* here) {
  request->in_flight = request->in.session->Begin(request->in.message.id);
  if (!request->in_flight) {
    const RpcError error{kInvalidRequest, "a request with this id is running already", nullptr};
    request->in.outlet->Finish(MakeError(request->in.message.id, error), 400);
    return nullptr;
  }
  request->call.notify = [raw = request.get()](const Json& message) { raw->Notify(message); };
  request->call.deadline = Deadline::After(options_.call_timeout, request->in_flight->token());
  if (!method.waits) {
    Run(request, method);
    return request->listening ? request->in_flight : nullptr;
  }
  const std::shared_ptr<InFlight> in_flight = request->in_flight;
  NoteRunning(in_flight);
  StartHeartbeat(request);
  const auto run = [this, request, &method] { Run(request, method); };
  const std::string lane = LaneOf(*request);
  if (here != nullptr) {
    *here = Pool().Take(run, lane);
    if (*here) return in_flight;
  }
  const auto submitted = Pool().Submit(run, lane);
  if (!submitted) {
    Answer(*request, Outcome::Fail(kInternalError, "busy: " + submitted.error().message, {{"retryable", true}}));
    return nullptr;
  }
  return in_flight;
}

// Tells a client that gave a progress token that a long call is alive, between whatever the call itself reports.
void Dispatcher::StartHeartbeat(const RequestPtr& request) {
  if (!request->call.HasProgressToken()) return;
  request->heartbeat = timekeeper_.Every(kHeartbeat, [weak = std::weak_ptr<Request>(request)] {
    if (const auto alive = weak.lock()) alive->Heartbeat();
  });
}

void Dispatcher::Run(const RequestPtr& request, const Method& method) {
  // Clients number their calls alike, so the client's own number is not enough.
  const LogRequestScope scope(
      Ellipsis(Dump(request->in.message.id), kMaxRequestIdBytes) + "-" + RandomId(kRequestIdTail),
      request->call.caller.trace_id);
  auto gate = std::make_shared<AnswerGate>([this] { return OthersWait(); });
  Outcome outcome;
  {
    const AnswerGate::Scope answering(gate);
    outcome = RunHandler(*request, method);
  }
  const bool asks = !outcome.error && !outcome.questions.is_null() && request->call.era == Era::kHandshake;
  if (asks && !request->in_flight->cancelled()) return AskClient(request, method, std::move(outcome));
  if (!request->listening) AnswerBehind(std::move(gate), request, std::move(outcome));
}

// At once where nothing holds the gate, which is the rule.
void Dispatcher::AnswerBehind(std::shared_ptr<AnswerGate> gate, const RequestPtr& request, Outcome outcome) {
  if (gate.use_count() == 1) return Answer(*request, std::move(outcome));
  {
    const MutexLock lock(held_mutex_);
    ++held_;
  }
  const std::shared_ptr<void> held(nullptr, [this](void*) {
    const MutexLock lock(held_mutex_);
    if (--held_ == 0) none_held_.NotifyAll();
  });
  gate->Then([this, request, held, outcome = std::move(outcome)]() mutable { Answer(*request, std::move(outcome)); });
}

Outcome Dispatcher::RunHandler(Request& request, const Method& method) {
  if (request.in_flight->cancelled()) return Outcome::Fail(kInternalError, "cancelled");
  try {
    return (this->*method.handler)(request);
  } catch (const std::exception& error) {
    Log(Level::kError, "mcp", "a handler failed",
        {{"method", request.call.method}, {"what", std::string(error.what())}});
    return Outcome::Fail(kInternalError, "an internal error; the server's log has the details");
  }
}

void Dispatcher::Answer(Request& request, Outcome outcome) {
  Call& call = request.call;
  const Json& id = request.in.message.id;
  timekeeper_.Cancel(request.heartbeat);
  {
    std::lock_guard<std::mutex> lock(request.progress_mutex);
    request.answered = true;
  }
  if (!outcome.error && !outcome.questions.is_null() && call.era == Era::kStateless) {
    if (const auto missing = MissingCapability(call, outcome.questions)) {
      const Json data = {{"requiredCapabilities", {{*missing, Json::object()}}}};
      outcome.error = RpcError{kMissingClientCapability, "the client does not offer " + *missing, data};
    } else {
      outcome.result = {{"resultType", "input_required"}, {"inputRequests", outcome.questions}};
      if (!outcome.state.is_null()) outcome.result["requestState"] = SealedState(request, outcome);
    }
  }
  request.in.session->End(id);
  NoteEnded(request.in_flight);
  // A request that its client cancelled gets no answer; on HTTP nobody is there to read it.
  if (request.in_flight->cancelled()) {
    const std::string told = request.in_flight->told();
    const RpcError error{kInternalError, told, {{"retryable", true}}};
    return told.empty() ? request.in.outlet->Finish(Json(), 0) : request.in.outlet->Finish(MakeError(id, error), 503);
  }
  GetLatency("toomai_mcp_request_seconds", "Time from an MCP request to its answer",
             {{"method", call.method}, {"era", call.era == Era::kStateless ? "stateless" : "handshake"}})
      .Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - request.began).count());
  if (outcome.error) {
    const int status = call.era == Era::kStateless ? StatusOf(outcome.error->code) : 200;
    request.in.outlet->Finish(MakeError(id, *outcome.error), status);
    return;
  }
  if (call.era == Era::kStateless) {
    if (!outcome.result.contains("resultType")) outcome.result["resultType"] = "complete";
    outcome.result["_meta"][std::string(kMetaServerInfo)] = ServerInfo(call.version);
  }
  request.in.outlet->Finish(MakeResult(id, std::move(outcome.result)), 200);
}

// The database that a call will wait for; tools that use none pass any queue.
std::string Dispatcher::LaneOf(const Request& request) const {
  if (options_.workers_per_database == 0 || request.call.method != "tools/call") return {};
  const Json& params = request.in.message.params;
  const Registry::ToolPtr tool = registry_.FindTool(StringMember(params, "name"));
  if (tool != nullptr && tool->databases.size() == 1) return tool->databases.front();
  if (tool == nullptr || tool->input_schema.find("\"database\"") == std::string::npos) return {};
  const std::string_view database = StringMember(Member(params, "arguments"), "database");
  return database.empty() ? options_.default_database : std::string(database.substr(0, kMaxLaneBytes));
}

void Dispatcher::NoteRunning(const std::shared_ptr<InFlight>& in_flight) {
  std::lock_guard<std::mutex> lock(running_mutex_);
  running_.insert(in_flight);
}

void Dispatcher::NoteEnded(const std::shared_ptr<InFlight>& in_flight) {
  std::lock_guard<std::mutex> lock(running_mutex_);
  running_.erase(in_flight);
}

Expected<void> Dispatcher::Submit(const std::shared_ptr<InFlight>& in_flight, std::function<void()> work) {
  // Running until nobody holds it any more: done, thrown out of, or never begun.
  const std::shared_ptr<void> running(nullptr, [this, in_flight](void*) { NoteEnded(in_flight); });
  NoteRunning(in_flight);
  return Pool().Submit([running, work = std::move(work)] { work(); });
}

WorkerPool& Dispatcher::Pool() {
  std::lock_guard<std::mutex> lock(pool_mutex_);
  if (!pool_)
    pool_ = std::make_unique<WorkerPool>(
        WorkerPoolOptions{options_.workers, options_.queue, options_.workers_per_database});
  return *pool_;
}

std::size_t Dispatcher::in_flight() const {
  std::lock_guard<std::mutex> lock(pool_mutex_);
  const MutexLock held(held_mutex_);
  return waiting_ + held_ + (pool_ ? pool_->running() + pool_->queued() : 0);
}

bool Dispatcher::OthersWait() const {
  {
    const MutexLock lock(held_mutex_);
    if (held_ >= options_.workers * kMostHeldPerWorker) return false;
  }
  std::lock_guard<std::mutex> lock(pool_mutex_);
  return pool_ && pool_->queued() > 0;
}

void Dispatcher::CancelAll(const std::string& told) {
  std::set<std::shared_ptr<InFlight>> running;
  {
    std::lock_guard<std::mutex> lock(running_mutex_);
    running = running_;
  }
  for (const auto& call : running) call->Cancel(told);
}

void Dispatcher::Drain() {
  WorkerPool* pool = nullptr;
  {
    std::lock_guard<std::mutex> lock(pool_mutex_);
    pool = pool_.get();
  }
  if (pool != nullptr) pool->Drain();
  const MutexLock lock(held_mutex_);
  while (held_ > 0) none_held_.Wait(held_mutex_);
}

}  // namespace toomai::mcp
