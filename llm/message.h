// What is said to a model, and what it says back. Knows no SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace toomai::llm {

enum class Role { kSystem, kUser, kAssistant };

struct Message {
  Role role = Role::kUser;
  std::string text;
};

struct Request {
  std::vector<Message> messages;
  int max_output_tokens = 2048;
  double temperature = 0;
  std::optional<int> seed;
  int samples = 1;          // answers wanted; an endpoint that cannot give several is asked several times
  std::string json_schema;  // the reply's shape, for endpoints that are to answer as JSON; empty: none can
  std::string json_note;    // the same in words, said to those endpoints at the end of the last message
  std::string cache_key;    // prompts with the same key share their beginning
  std::string caller;       // whose budget
  std::string endpoint;     // only this one, by name; empty: in order of preference
};

// One answer, as it came. A truncated one must not be used: a statement that lost its end may still be a statement.
struct Choice {
  std::string text;            // message.content, or the legacy "text"
  std::string tool_arguments;  // JSON text of the first tool call's arguments
  std::string refusal;         // message.refusal
  std::string reasoning;       // reasoning_content; for the record
  std::string finish_reason;
  bool truncated = false;  // finish_reason "length"
  bool filtered = false;   // finish_reason "content_filter"
};

struct Usage {
  std::int64_t prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0, reasoning_tokens = 0;
  double cost = 0;
  bool estimated = false;  // the server did not say

  Usage& operator+=(const Usage& more) {
    prompt_tokens += more.prompt_tokens;
    completion_tokens += more.completion_tokens;
    cached_tokens += more.cached_tokens;
    reasoning_tokens += more.reasoning_tokens;
    cost += more.cost;
    estimated = estimated || more.estimated;
    return *this;
  }
};

struct Reply {
  std::vector<Choice> choices;  // at least one
  Usage usage;                  // all calls together
  std::string endpoint, model, system_fingerprint;
  int calls = 0;                  // requests that were sent, failed ones too
  bool prompt_truncated = false;  // the server seems to have dropped a part of the prompt without a word
};

}  // namespace toomai::llm
