// What a handler sees of one call, and what it gives back. Handlers are written once, in round-trip shape: a handler
// that needs an answer from a person returns AskClient(requests, state) and is entered again with `answers` and
// `state`. In the stateless era the client brings both back; in the handshake era the dispatcher asks over the open
// stream.
//
// A Call belongs to the worker that runs it; Progress, Log and Notify may be used until the handler returns.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "engine/types.h"
#include "mcp/json.h"
#include "mcp/json_rpc.h"
#include "mcp/protocol.h"

namespace toomai::mcp {

class Call {
 public:
  Era era = Era::kStateless;
  std::string version;
  std::string method;
  Json arguments = Json::object();  // of a tool or prompt; defaults filled in
  std::string uri;                  // resources/read
  Json variables = Json::object();  // of the matched template
  Json client_capabilities = Json::object();
  Json answers = Json::object();  // key of the question -> the client's result
  Json state;                     // what AskClient was given; null in the first round
  engine::Caller caller;
  Deadline deadline = Deadline::Never();

  // True when the client declared e.g. "sampling"; "elicitation" means forms, which {} and {"form": {}} allow.
  bool ClientCan(std::string_view capability) const;
  bool HasProgressToken() const { return !progress_token.is_null(); }

  // Sends progress when the client gave a token; `done` must grow, other values are dropped.
  void Progress(double done, double total, std::string_view message);
  // The engine's view of the same: each stage moves the count on by one.
  engine::Progress EngineProgress();
  // Protocol logging, when this request or session asked for the level.
  void Log(std::string_view level, const std::string& logger, Json data);

  Json progress_token;
  std::string log_level;                    // empty: the client wants none
  std::function<void(const Json&)> notify;  // before the answer, on its stream

 private:
  double last_progress_ = -1;
  double steps_ = 0;
};

// What a handler returns: a result, an error of the protocol, or questions for the client.
struct Outcome {
  Json result = Json::object();
  std::optional<RpcError> error;
  Json questions;  // object: key -> {"method", "params"}; null: none
  Json state;

  static Outcome Complete(Json result) {
    Outcome outcome;
    outcome.result = std::move(result);
    return outcome;
  }
  static Outcome Fail(int code, std::string message, Json data = nullptr) {
    Outcome outcome;
    outcome.error = RpcError{code, std::move(message), std::move(data)};
    return outcome;
  }
  static Outcome AskClient(Json questions, Json state = nullptr) {
    Outcome outcome;
    outcome.questions = std::move(questions);
    outcome.state = std::move(state);
    return outcome;
  }
};

// 0 ("debug") to 7 ("emergency"); -1 when it is no level.
int LogLevelRank(std::string_view level);

}  // namespace toomai::mcp
