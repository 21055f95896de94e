// Questions to the client in the middle of a call, in both eras. See dispatcher.h.
#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/sha256.h"
#include "mcp/dispatcher.h"
#include "mcp/dispatcher_request.h"

namespace toomai::mcp {
namespace {

constexpr int kMaxRounds = 8;  // in one handshake-era call

// The capability that a question to the client needs.
std::string_view CapabilityFor(std::string_view method) {
  if (method == "elicitation/create") return "elicitation";
  if (method == "sampling/createMessage") return "sampling";
  if (method == "roots/list") return "roots";
  return {};
}

}  // namespace

std::optional<std::string> MissingCapability(const Call& call, const Json& questions) {
  for (const auto& [key, question] : questions.items()) {
    const std::string capability(CapabilityFor(StringMember(question, "method")));
    if (!capability.empty() && !call.ClientCan(capability)) return capability;
  }
  return std::nullopt;
}

std::string Dispatcher::Binding(const Request& request) const {
  const Json& params = request.params();
  std::string binding = request.call.caller.name + '\n' + request.call.method + '\n';
  binding += std::string(StringMember(params, "name")) + '\n' + std::string(StringMember(params, "uri")) + '\n';
  return binding + Sha256Hex(Dump(Member(params, "arguments")));
}

// What a stateless client carries to the next round: the handler's state, and which questions go with it.
std::string Dispatcher::SealedState(const Request& request, const Outcome& outcome) {
  Json asked = Json::array();
  for (const auto& [key, question] : outcome.questions.items()) asked.push_back(key);
  return sealer_.Seal({{"asked", std::move(asked)}, {"state", outcome.state}}, Binding(request));
}

// One entry of the handler. In the stateless era the client brings back what was answered and the state; in the
// handshake era both are in the call already.
Outcome Dispatcher::RunRound(Request& request, const std::function<Outcome(Call&)>& handler) {
  Call& call = request.call;
  if (call.era == Era::kHandshake) return handler(call);
  const Json& params = request.params();
  if (params.contains("inputResponses")) {
    const Json& answers = Member(params, "inputResponses");
    if (!answers.is_object()) return Outcome::Fail(kInvalidParams, "\"inputResponses\" must be an object");
    for (const auto& [key, answer] : answers.items()) {
      if (!answer.is_object()) return Outcome::Fail(kInvalidParams, "each of \"inputResponses\" must be an object");
    }
    call.answers = answers;
  }
  if (params.contains("requestState")) {
    const auto state = sealer_.Open(StringMember(params, "requestState"), Binding(request));
    if (!state) return Outcome::Fail(kInvalidParams, "\"requestState\" is not valid for this request, or has expired");
    // Who answers nothing of what was asked is asked again, from the beginning.
    const Json& asked = Member(*state, "asked");
    const bool answered = asked.empty() || std::any_of(asked.begin(), asked.end(), [&](const Json& key) {
                            return call.answers.contains(key.get_ref<const std::string&>());
                          });
    if (answered) call.state = Member(*state, "state");
  }
  return handler(call);
}

// A handshake-era call between two rounds. The client's answers, the end of patience and a cancellation may come in any
// order and from any thread; the first of them ends the wait.
struct Dispatcher::Waiting : std::enable_shared_from_this<Waiting> {
  Waiting(Dispatcher& dispatcher_in, RequestPtr request_in, const Method& method_in)
      : dispatcher(dispatcher_in), request(std::move(request_in)), method(method_in) {
    ++dispatcher.waiting_;
  }
  ~Waiting() { --dispatcher.waiting_; }

  void Begin(const Json& questions, Outlet& way);
  // False when the wait has ended already.
  bool End();
  void GiveUp(const std::string& why) {
    if (End()) dispatcher.Answer(*request, Outcome::Fail(kInternalError, why));
  }

  Dispatcher& dispatcher;
  const RequestPtr request;
  const Method& method;
  std::mutex mutex;
  bool over = false;
  std::shared_ptr<Session::Round> round;
  Timekeeper::Ticket patience = 0;
  std::optional<std::stop_callback<std::function<void()>>> on_cancel;
};

void Dispatcher::Waiting::Begin(const Json& questions, Outlet& way) {
  const std::weak_ptr<Waiting> weak = weak_from_this();
  {
    std::lock_guard<std::mutex> lock(mutex);
    round = request->in.session->Ask(questions, [self = shared_from_this()](Json answers) {
      if (self->End()) self->dispatcher.GoOn(self->request, self->method, std::move(answers));
    });
    patience =
        dispatcher.timekeeper_.At(std::chrono::steady_clock::now() + dispatcher.options_.question_timeout, [weak] {
          if (const auto self = weak.lock()) self->GiveUp("the client did not answer a question in time");
        });
  }
  on_cancel.emplace(request->in_flight->token(), [weak] {
    if (const auto self = weak.lock()) self->GiveUp("cancelled");
  });
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (over) return;
  }
  for (const Json& message : round->messages) way.Notify(message);
}

bool Dispatcher::Waiting::End() {
  std::lock_guard<std::mutex> lock(mutex);
  if (over) return false;
  over = true;
  dispatcher.timekeeper_.Cancel(patience);
  request->in.session->Forget(round);
  return true;
}

// Sends the questions of a handler and lets go of the worker until they are answered.
void Dispatcher::AskClient(const RequestPtr& request, const Method& method, Outcome outcome) {
  const auto fail = [&](int code, const std::string& why) { Answer(*request, Outcome::Fail(code, why)); };
  if (const auto missing = MissingCapability(request->call, outcome.questions)) {
    return fail(kInvalidRequest, "the client does not offer " + *missing);
  }
  const std::shared_ptr<Outlet> way = request->in.outlet->carries_notices() && !request->in.outlet->closed()
                                          ? request->in.outlet
                                          : request->in.session->stream();
  if (!way) return fail(kInternalError, "there is no open stream to ask the client on");
  if (++request->rounds > kMaxRounds) return fail(kInternalError, "too many questions in one call");
  if (waiting_ >= options_.workers + options_.queue) {
    return fail(kInternalError, "busy: " + std::to_string(waiting_) + " calls wait for an answer already");
  }
  request->call.state = outcome.state.is_null() ? Json::object() : std::move(outcome.state);
  if (outcome.questions.empty()) return GoOn(request, method, Json::object());
  std::make_shared<Waiting>(*this, request, method)->Begin(outcome.questions, *way);
}

// The next round, with what the client answered and a fresh deadline.
void Dispatcher::GoOn(const RequestPtr& request, const Method& method, Json answers) {
  request->call.answers = std::move(answers);
  request->call.deadline = Deadline::After(options_.call_timeout, request->in_flight->token());
  const auto resumed = Pool().Resume([this, request, &method] { Run(request, method); }, LaneOf(*request));
  if (!resumed) Answer(*request, Outcome::Fail(kInternalError, resumed.error().message));
}

}  // namespace toomai::mcp
