// Questions to the client in the middle of a call, in both eras. See dispatcher.h.
#include <utility>

#include "base/sha256.h"
#include "mcp/dispatcher.h"
#include "mcp/dispatcher_request.h"

namespace toomai::mcp {
namespace {

constexpr int kMaxRounds = 8;  // questions to the client in one handshake-era call

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

// Enters the handler until it is content. In the stateless era one entry is one request; in the handshake era the
// questions go over the open stream and the worker waits.
Outcome Dispatcher::RunRounds(Request& request, const std::function<Outcome(Call&)>& handler) {
  Call& call = request.call;
  if (call.era == Era::kStateless) {
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
      if (!state)
        return Outcome::Fail(kInvalidParams, "\"requestState\" is not valid for this request, or has expired");
      call.state = *state;
    }
    return handler(call);
  }
  for (int round = 0; round < kMaxRounds; ++round) {
    Outcome outcome = handler(call);
    if (outcome.error || outcome.questions.is_null()) return outcome;
    if (const auto missing = MissingCapability(call, outcome.questions)) {
      return Outcome::Fail(kInvalidRequest, "the client does not offer " + *missing);
    }
    const Deadline patience = Deadline::After(options_.question_timeout, request.in_flight->token());
    call.answers = Json::object();
    const std::shared_ptr<Outlet> way =
        request.in.outlet->carries_notices() ? request.in.outlet : request.in.session->stream();
    if (!way) return Outcome::Fail(kInternalError, "there is no open stream to ask the client on");
    for (const auto& [key, question] : outcome.questions.items()) {
      Json answer = request.in.session->Ask(patience, *way, std::string(StringMember(question, "method")),
                                            Member(question, "params"));
      if (patience.over()) return Outcome::Fail(kInternalError, "the client did not answer a question in time");
      if (answer.is_object()) call.answers[key] = std::move(answer);
    }
    call.state = outcome.state.is_null() ? Json::object() : outcome.state;
    call.deadline = Deadline::After(options_.call_timeout, request.in_flight->token());
  }
  return Outcome::Fail(kInternalError, "too many questions in one call");
}

}  // namespace toomai::mcp
