#include "llm/quirks.h"

#include "base/text.h"

namespace toomai::llm {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

bool Learn(const ApiError& error, Quirks* quirks) {
  if (error.status != 400 && error.status != 422) return false;
  const Quirks before = *quirks;
  const std::string text = AsciiLower(error.message);
  const std::string param = AsciiLower(error.param);
  const auto names = [&](std::string_view name) { return param == name || Contains(text, name); };

  // "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", and the reverse elsewhere.
  // Sentences that speak of the context's length also name max_tokens, but mean something else.
  const bool about_length =
      Contains(text, "context length") || Contains(text, "too long") || error.code == "context_length_exceeded";
  if (!about_length && (names("max_tokens") || names("max_completion_tokens"))) {
    if (quirks->limit == Quirks::Limit::kMaxTokens)
      quirks->limit = Quirks::Limit::kMaxCompletionTokens;
    else
      quirks->limit = Quirks::Limit::kNone;
  } else if (names("temperature")) {
    quirks->temperature = false;
  } else if (names("stream_options")) {
    quirks->stream_options = false;
  } else if (names("response_format") || Contains(text, "json_schema") || Contains(text, "grammar")) {
    quirks->format = quirks->format == Quirks::Format::kSchema ? Quirks::Format::kObject : Quirks::Format::kNone;
  } else if (names("prompt_cache_key")) {
    quirks->cache_key = false;
  } else if (names("seed")) {
    quirks->seed = false;
  } else if (param == "n" || Contains(text, "'n'") || Contains(text, "\"n\"")) {
    quirks->samples = false;
  } else if (param == "stream" || Contains(text, "stream")) {
    quirks->stream = false;
  } else if (Contains(text, "role") && (Contains(text, "system") || Contains(text, "developer"))) {
    // Newer models want "developer"; small local templates know neither and get the text with the first question.
    const bool wants_developer = Contains(text, "developer") && quirks->system_role == Quirks::SystemRole::kSystem &&
                                 !Contains(text, "unknown role");
    quirks->system_role = wants_developer ? Quirks::SystemRole::kDeveloper : Quirks::SystemRole::kUser;
  }
  return !(before == *quirks);
}

std::vector<std::string> Describe(const Quirks& quirks) {
  std::vector<std::string> list;
  if (quirks.limit == Quirks::Limit::kMaxCompletionTokens) list.push_back("max_completion_tokens");
  if (quirks.limit == Quirks::Limit::kNone) list.push_back("no output limit");
  if (quirks.format == Quirks::Format::kObject) list.push_back("json_object only");
  if (quirks.format == Quirks::Format::kNone) list.push_back("no response_format");
  if (quirks.system_role == Quirks::SystemRole::kDeveloper) list.push_back("developer role");
  if (quirks.system_role == Quirks::SystemRole::kUser) list.push_back("no system role");
  if (!quirks.temperature) list.push_back("no temperature");
  if (!quirks.seed) list.push_back("no seed");
  if (!quirks.samples) list.push_back("one answer per call");
  if (!quirks.stream) list.push_back("no streaming");
  if (!quirks.stream_options) list.push_back("no stream_options");
  if (!quirks.cache_key) list.push_back("no prompt_cache_key");
  return list;
}

}  // namespace toomai::llm
