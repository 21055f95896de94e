#include "llm/wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace toomai::llm {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxChoices = 64;

Json Parse(std::string_view text) {
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

const Json* Find(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string Text(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (!value) return {};
  return value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t Number(const Json& object, const char* name) {
  const Json* value = Find(object, name);
  if (!value || !value->is_number()) return 0;
  const double number = value->get<double>();
  return number > 0 && number < 1e15 ? static_cast<std::int64_t>(number) : 0;
}

// A string, or a list of parts of which the text ones count.
std::string ContentText(const Json* content) {
  if (!content) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (content->is_array()) {
    for (const Json& part : *content) text += part.is_string() ? part.get<std::string>() : Text(part, "text");
  }
  return text;
}

std::string Arguments(const Json& function) {
  const Json* arguments = Find(function, "arguments");
  if (!arguments) return {};
  return arguments->is_string() ? arguments->get<std::string>()
                                : arguments->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view RoleName(Role role, const Quirks& quirks) {
  switch (role) {
    case Role::kSystem:
      return quirks.system_role == Quirks::SystemRole::kDeveloper ? "developer" : "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
  }
  return "user";
}

Json Messages(const Request& request, const Quirks& quirks, bool as_json) {
  Json list = Json::array();
  std::string pending;  // system text on its way to the first user message
  for (const Message& message : request.messages) {
    std::string text = CleanUtf8(message.text);
    if (message.role == Role::kSystem && quirks.system_role == Quirks::SystemRole::kUser) {
      pending += text + "\n\n";
      continue;
    }
    if (message.role == Role::kUser && !pending.empty()) {
      text = pending + text;
      pending.clear();
    }
    list.push_back({{"role", RoleName(message.role, quirks)}, {"content", std::move(text)}});
  }
  if (!pending.empty()) list.push_back({{"role", "user"}, {"content", pending}});
  if (as_json && !list.empty()) {
    std::string& last = list.back()["content"].get_ref<std::string&>();
    last += "\n\n" + request.json_note;
  }
  return list;
}

void AddFormat(const Request& request, const Quirks& quirks, Json* body) {
  if (quirks.format == Quirks::Format::kNone) return;
  Json schema = Parse(request.json_schema);
  if (quirks.format == Quirks::Format::kSchema && !schema.is_discarded()) {
    (*body)["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", std::move(schema)}}}};
  } else {
    (*body)["response_format"] = {{"type", "json_object"}};
  }
}

// Only OpenAI itself knows this field; strict servers refuse what they do not know.
bool TakesCacheKey(const EndpointOptions& endpoint) {
  return endpoint.base_url.find(".openai.com") != std::string::npos ||
         endpoint.base_url.find(".openai.azure.com") != std::string::npos;
}

Usage ReadUsage(const Json& body) {
  Usage usage;
  const Json* data = Find(body, "usage");
  if (!data) {
    usage.estimated = true;
    return usage;
  }
  usage.prompt_tokens = Number(*data, "prompt_tokens");
  usage.completion_tokens = Number(*data, "completion_tokens");
  if (const Json* details = Find(*data, "prompt_tokens_details"))
    usage.cached_tokens = Number(*details, "cached_tokens");
  if (const Json* details = Find(*data, "completion_tokens_details")) {
    usage.reasoning_tokens = Number(*details, "reasoning_tokens");
  }
  usage.estimated = usage.prompt_tokens == 0 && usage.completion_tokens == 0;
  return usage;
}

void Finished(const std::string& reason, Choice* choice) {
  choice->finish_reason = reason;
  choice->truncated = reason == "length" || reason == "max_tokens";
  choice->filtered = reason == "content_filter";
}

// Of several calls the one that brings SQL; else the first.
std::string ArgumentsOfCalls(const Json& calls) {
  std::string first;
  for (const Json& call : calls) {
    const Json* function = Find(call, "function");
    const std::string arguments = function ? Arguments(*function) : std::string();
    if (AsciiLower(arguments).find("select") != std::string::npos) return arguments;
    if (first.empty()) first = arguments;
  }
  return first;
}

Choice ReadChoice(const Json& item) {
  Choice choice;
  if (const Json* message = Find(item, "message")) {
    choice.text = ContentText(Find(*message, "content"));
    choice.refusal = Text(*message, "refusal");
    choice.reasoning = Text(*message, "reasoning_content");
    if (choice.reasoning.empty()) choice.reasoning = Text(*message, "reasoning");
    if (const Json* calls = Find(*message, "tool_calls"); calls && calls->is_array() && !calls->empty()) {
      choice.tool_arguments = ArgumentsOfCalls(*calls);
    } else if (const Json* call = Find(*message, "function_call")) {
      choice.tool_arguments = Arguments(*call);
    }
  } else {
    choice.text = Text(item, "text");
  }
  Finished(Text(item, "finish_reason"), &choice);
  return choice;
}

bool Empty(const Choice& choice) {
  return choice.text.empty() && choice.tool_arguments.empty() && choice.refusal.empty() && choice.reasoning.empty() &&
         !choice.truncated && !choice.filtered;
}

tl::unexpected<Error> Damaged(std::string what) {
  return Fail(ErrorCode::kUnavailable, "The model's server sent a reply that cannot be used: " + std::move(what) + ".");
}

Expected<Reply> Checked(Reply reply) {
  if (reply.choices.empty()) return Damaged("it holds no choices");
  if (std::all_of(reply.choices.begin(), reply.choices.end(), Empty)) return Damaged("its message is empty");
  return reply;
}

}  // namespace

Expected<WireRequest> MakeBody(const EndpointOptions& endpoint, const Quirks& quirks, const Request& request,
                               int max_output_tokens, int samples) {
  WireRequest wire;
  Json body = Json::object();
  if (!endpoint.extra_body.empty()) {
    body = Parse(endpoint.extra_body);
    if (!body.is_object()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "extra_body of model endpoint '" + endpoint.name + "' is not a JSON object.",
                  "Write it as one JSON object, for example {\"top_p\": 0.9}.");
    }
  }
  if (!endpoint.model.empty()) body["model"] = endpoint.model;
  const bool as_json = endpoint.json_replies && !request.json_schema.empty();
  body["messages"] = Messages(request, quirks, as_json);
  if (quirks.limit == Quirks::Limit::kMaxTokens) body["max_tokens"] = max_output_tokens;
  if (quirks.limit == Quirks::Limit::kMaxCompletionTokens) body["max_completion_tokens"] = max_output_tokens;
  if (quirks.temperature && !body.contains("temperature")) body["temperature"] = request.temperature;
  if (quirks.seed && request.seed) body["seed"] = *request.seed;
  if (quirks.samples && samples > 1) body["n"] = samples;
  if (quirks.cache_key && !request.cache_key.empty() && TakesCacheKey(endpoint))
    body["prompt_cache_key"] = request.cache_key;
  if (as_json) AddFormat(request, quirks, &body);
  wire.stream = endpoint.stream && quirks.stream;
  if (wire.stream) {
    body["stream"] = true;
    if (quirks.stream_options) body["stream_options"] = {{"include_usage", true}};
  }
  wire.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return wire;
}

Expected<Reply> ReadReply(std::string_view text) {
  const Json body = Parse(text);
  if (body.is_discarded()) return Damaged("it is not JSON");
  if (!body.is_object()) return Damaged("it is not a JSON object");
  Reply reply;
  reply.model = Text(body, "model");
  reply.system_fingerprint = Text(body, "system_fingerprint");
  reply.usage = ReadUsage(body);
  if (const Json* choices = Find(body, "choices"); choices && choices->is_array()) {
    for (const Json& item : *choices) {
      if (reply.choices.size() < kMaxChoices) reply.choices.push_back(ReadChoice(item));
    }
  }
  return Checked(std::move(reply));
}

ApiError ReadError(int status, std::string_view text) {
  ApiError error;
  error.status = status;
  const Json body = Parse(text);
  const Json* data = Find(body, "error");
  if (data && data->is_object()) {
    error.message = Text(*data, "message");
    error.param = Text(*data, "param");
    error.type = Text(*data, "type");
    const Json* code = Find(*data, "code");
    if (code && code->is_string()) error.code = code->get<std::string>();
  } else if (data && data->is_string()) {
    error.message = data->get<std::string>();
  } else if (const Json* detail = Find(body, "detail")) {
    error.message =
        detail->is_string() ? detail->get<std::string>() : detail->dump(-1, ' ', false, Json::error_handler_t::replace);
  } else if (const Json* message = Find(body, "message"); message && message->is_string()) {
    error.message = message->get<std::string>();
  } else {
    error.message = std::string(text.substr(0, 500));
  }
  return error;
}

Expected<std::vector<std::string>> ReadModels(std::string_view text) {
  const Json body = Parse(text);
  const Json* data = Find(body, "data");
  if (!data || !data->is_array()) return Damaged("it is no list of models");
  std::vector<std::string> names;
  for (const Json& item : *data) names.push_back(Text(item, "id"));
  return names;
}

struct StreamReader::State {
  std::string line;
  Reply reply;
  bool done = false;
  std::string damage;

  void Line(std::string_view text) {
    if (text.empty() || text.front() == ':') return;  // end of an event; comment such as ": keepalive"
    if (text.substr(0, 5) != "data:") return;         // event:, id:, retry:
    text = Trim(text.substr(5));
    if (text == "[DONE]") {
      done = true;
      return;
    }
    const Json event = Parse(text);
    // A line that cannot be read may have held a part of the statement: the whole reply is worthless then.
    if (event.is_discarded() || !event.is_object()) {
      damage = "a line of the stream is not JSON";
      return;
    }
    if (const Json* error = Find(event, "error")) {
      damage = "an error in the stream: " + Text(*error, "message");
      return;
    }
    if (Find(event, "usage")) reply.usage = ReadUsage(event);
    if (reply.model.empty()) reply.model = Text(event, "model");
    if (reply.system_fingerprint.empty()) reply.system_fingerprint = Text(event, "system_fingerprint");
    if (const Json* choices = Find(event, "choices"); choices && choices->is_array()) {
      for (const Json& item : *choices) Delta(item);
    }
  }

  void Delta(const Json& item) {
    const std::size_t index = static_cast<std::size_t>(Number(item, "index"));
    if (index >= kMaxChoices) {
      damage = "too many choices";
      return;
    }
    if (reply.choices.size() <= index) reply.choices.resize(index + 1);
    Choice& choice = reply.choices[index];
    if (const Json* delta = Find(item, "delta")) {
      choice.text += ContentText(Find(*delta, "content"));
      choice.refusal += Text(*delta, "refusal");
      choice.reasoning += Text(*delta, "reasoning_content");
      if (const Json* calls = Find(*delta, "tool_calls"); calls && calls->is_array() && !calls->empty()) {
        const Json& call = calls->front();
        if (const Json* function = Find(call, "function"); function && Number(call, "index") == 0) {
          choice.tool_arguments += Arguments(*function);
        }
      }
    }
    if (std::string reason = Text(item, "finish_reason"); !reason.empty()) Finished(reason, &choice);
  }
};

StreamReader::StreamReader() : state_(std::make_unique<State>()) {
  state_->reply.usage.estimated = true;
}
StreamReader::~StreamReader() = default;

bool StreamReader::Feed(std::string_view piece) {
  State& state = *state_;
  for (char c : piece) {
    if (state.done || !state.damage.empty()) return false;
    if (c != '\n' && c != '\r') {
      state.line += c;
      continue;
    }
    state.Line(state.line);
    state.line.clear();
  }
  return !state.done && state.damage.empty();
}

Expected<Reply> StreamReader::Finish() {
  State& state = *state_;
  if (!state.done && state.damage.empty() && !state.line.empty()) state.Line(state.line);
  if (!state.damage.empty()) return Damaged(state.damage);
  for (const Choice& choice : state.reply.choices) {
    if (choice.finish_reason.empty()) return Damaged("the stream ended in the middle");
  }
  return Checked(std::move(state.reply));
}

}  // namespace toomai::llm
