// A small HTTP server on a loopback port that answers by a script: for tests of clients. Plain sockets, a thread per
// connection, keep-alive.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace toomai::llm {

struct ScriptedRequest {
  int number = 0;  // 0 for the first
  std::string method, path, body;
  std::map<std::string, std::string> headers;  // names in lower case
};

struct ScriptedReply {
  int status = 200;
  std::string type = "application/json";
  std::vector<std::string> headers;    // "Name: value"
  std::vector<std::string> pieces;     // of the body; sent one after the other
  std::chrono::milliseconds delay{0};  // before the head
  std::chrono::milliseconds pause{0};  // between pieces
  bool reset = false;                  // close without a word
  std::size_t missing = 0;             // bytes promised by Content-Length that never come
};

ScriptedReply Answer(const std::string& content, const std::string& finish = "stop");  // a chat completion
ScriptedReply ErrorReply(int status, const std::string& message, const std::string& param = "",
                         const std::string& code = "");
ScriptedReply Events(const std::vector<std::string>& data);  // each becomes "data: …\n\n"

class ScriptedServer {
 public:
  using Script = std::function<ScriptedReply(const ScriptedRequest&)>;
  explicit ScriptedServer(Script script);
  ~ScriptedServer();

  std::string url() const;  // "http://127.0.0.1:PORT/v1"
  int requests() const;
  int most_at_once() const;  // requests being answered at the same time
  int connections() const;
  ScriptedRequest last() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace toomai::llm
