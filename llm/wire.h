// The JSON of chat completions: request -> body, body or event stream -> reply. Servers differ and break; whatever
// comes, the outcome is a value or an error that says what was wrong with the reply.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "llm/message.h"
#include "llm/options.h"
#include "llm/quirks.h"

namespace toomai::llm {

struct WireRequest {
  std::string body;
  bool stream = false;
};

// `max_output_tokens` and `samples` of the request are replaced by the arguments.
Expected<WireRequest> MakeBody(const EndpointOptions& endpoint, const Quirks& quirks, const Request& request,
                               int max_output_tokens, int samples);

// The choices and usage of a complete reply.
Expected<Reply> ReadReply(std::string_view body);

// What an error reply says; works for OpenAI, Azure, Ollama ({"error": "text"}), FastAPI ({"detail": …}) and plain
// text.
ApiError ReadError(int status, std::string_view body);

Expected<std::vector<std::string>> ReadModels(std::string_view body);

// Server-sent events, in pieces cut anywhere. A stream is complete when every choice has its finish_reason.
class StreamReader {
 public:
  StreamReader();
  ~StreamReader();
  bool Feed(std::string_view piece);  // false: [DONE] was seen, or the stream is damaged
  Expected<Reply> Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toomai::llm
