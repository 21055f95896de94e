#include "llm/client.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <random>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "llm/http.h"
#include "llm/quirks.h"
#include "llm/retry.h"
#include "llm/tokens.h"
#include "llm/wire.h"

namespace toomai::llm {
namespace {

using Clock = Deadline::Clock;

constexpr int kMaxLearnSteps = 8;           // a server cannot dislike more fields than we send
constexpr int kLongestOutput = 16'384;      // tokens; the second try after a reply that was cut
constexpr std::size_t kMessageBytes = 300;  // of a server's error message in ours
constexpr milliseconds kPatienceWithAlternative{1'000};
constexpr std::string_view kOverflowHint = "The prompt is longer than the model's window: shrink it and ask again.";

double Random() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

// False when the deadline was over first.
bool Sleep(const Deadline& deadline, milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, deadline.token(), deadline.Remaining(time), [] { return false; });
  return !deadline.over();
}

// At most so many calls at a time; the rest wait their turn inside their deadline.
class Gate {
 public:
  explicit Gate(int limit) : free_(std::max(1, limit)) {}
  bool Enter(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return free_ > 0; };
    if (deadline.never()) {
      if (!wake_.wait(lock, deadline.token(), ready)) return false;
    } else if (!wake_.wait_until(lock, deadline.token(), deadline.when(), ready)) {
      return false;
    }
    --free_;
    return true;
  }
  void Leave() {
    {
      std::lock_guard lock(mutex_);
      ++free_;
    }
    wake_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  int free_;
};

struct Endpoint {
  explicit Endpoint(EndpointOptions given)
      : options(std::move(given)),
        breaker(options.breaker_failures, options.breaker_cooldown),
        gate(options.max_concurrent) {
    RegisterSecret(options.api_key.Reveal());
  }
  EndpointOptions options;
  Breaker breaker;
  Gate gate;
  std::atomic<std::int64_t> calls{0}, failures{0};
  std::atomic<int> in_flight{0};
  std::mutex mutex;  // guards the two below
  Quirks quirks;
  std::string last_error;

  Quirks Known() {
    std::lock_guard lock(mutex);
    return quirks;
  }
};

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
      out += static_cast<char>(c);
    else if ((c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~')
      out += static_cast<char>(c);
    else {
      out += '%';
      out += "0123456789ABCDEF"[c >> 4];
      out += "0123456789ABCDEF"[c & 15];
    }
  }
  return out;
}

HttpRequest MakeHttp(const EndpointOptions& options, std::string_view path) {
  HttpRequest http;
  http.url = options.base_url;
  while (!http.url.empty() && http.url.back() == '/') http.url.pop_back();
  // A base that already names the operation is taken as it is (some gateways document it so).
  if (http.url.size() < path.size() || http.url.compare(http.url.size() - path.size(), path.size(), path) != 0)
    http.url += path;
  char separator = http.url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : options.query_params) {
    http.url += separator + PercentEncode(name) + "=" + PercentEncode(value);
    separator = '&';
  }
  http.headers = {"Content-Type: application/json", "Accept: application/json", "User-Agent: toomai"};
  if (!options.api_key.empty()) {
    http.headers.push_back(options.auth_header + ": " + options.auth_scheme + (options.auth_scheme.empty() ? "" : " ") +
                           options.api_key.Reveal());
  }
  for (const auto& [name, value] : options.extra_headers) http.headers.push_back(name + ": " + value);
  http.timeout = options.timeout;
  http.connect_timeout = options.connect_timeout;
  http.stall_timeout = options.stall_timeout;
  http.max_bytes = options.max_reply_bytes;
  http.proxy = options.proxy;
  http.ca_file = options.ca_file;
  http.tls_verify = options.tls_verify;
  return http;
}

// A server's own words, without our key (some servers echo it), short and printable.
std::string Said(const EndpointOptions& options, std::string text) {
  const std::string& key = options.api_key.Reveal();
  for (std::size_t at; !key.empty() && (at = text.find(key)) != std::string::npos;)
    text.replace(at, key.size(), "[hidden]");
  text = Redact(CleanUtf8(text));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return Ellipsis(Trim(text), kMessageBytes);
}

// What became of one HTTP exchange, and what may be done next.
struct Outcome {
  Expected<Reply> reply = Fail(ErrorCode::kInternal, "not asked");
  bool healthy = false;              // the server answered as a server should, even if it refused
  bool retry = false;                // the same again may succeed
  bool elsewhere = true;             // another endpoint may succeed
  std::optional<milliseconds> wait;  // that the server asked for
  ApiError api;                      // set when the server refused with a status
  int calls = 0;                     // requests that were sent
};

bool SaysOverflow(const ApiError& api) {
  const std::string text = AsciiLower(api.message);
  return api.code == "context_length_exceeded" || text.find("context length") != std::string::npos ||
         text.find("context window") != std::string::npos || text.find("prompt is too long") != std::string::npos;
}

Outcome Refused(const EndpointOptions& options, const HttpResponse& response) {
  Outcome outcome;
  outcome.api = ReadError(response.status, response.body);
  const ApiError& api = outcome.api;
  const std::string who = "Model endpoint '" + options.name + "' (" + HostOf(options.base_url) + ")";
  const std::string said = ": " + Said(options, api.message);
  outcome.wait = AskedWait(response.headers, response.status, static_cast<std::int64_t>(std::time(nullptr)));
  const int status = response.status;
  if (status == 401 || status == 403) {
    outcome.reply = Fail(ErrorCode::kRejected, who + " refused the key (HTTP " + std::to_string(status) + ")" + said,
                         "Check the API key and that it may use model '" + options.model + "'.");
  } else if (status == 404) {
    outcome.reply = Fail(ErrorCode::kInvalidArgument, who + " does not know the path or the model (HTTP 404)" + said,
                         "Check base_url and the model's name '" + options.model + "'.");
  } else if (status == 429 && (api.code == "insufficient_quota" || api.type == "insufficient_quota")) {
    outcome.healthy = true;
    outcome.reply = Fail(ErrorCode::kRejected, who + " says that the account's quota is used up" + said,
                         "Look at the provider's billing page.");
  } else if (status == 429) {
    outcome.healthy = outcome.retry = true;
    outcome.reply = Fail(ErrorCode::kBusy, who + " limits the rate of calls (HTTP 429)" + said,
                         "Wait and ask again, or configure a second endpoint.");
  } else if (status == 408 || status == 409 || status == 425 || status >= 500) {
    outcome.retry = true;
    outcome.reply = Fail(ErrorCode::kUnavailable, who + " failed (HTTP " + std::to_string(status) + ")" + said);
  } else if (SaysOverflow(api)) {
    outcome.healthy = true;
    outcome.reply = Fail(ErrorCode::kInvalidArgument, who + " cannot take a prompt of this length" + said,
                         std::string(kOverflowHint));
  } else {
    outcome.healthy = true;
    outcome.reply =
        Fail(ErrorCode::kInvalidArgument, who + " refused the request (HTTP " + std::to_string(status) + ")" + said);
  }
  return outcome;
}

Outcome Exchange(const Deadline& deadline, Http& http, const EndpointOptions& options, const WireRequest& wire) {
  Outcome outcome;
  HttpRequest request = MakeHttp(options, "/chat/completions");
  request.body = wire.body;
  StreamReader reader;
  if (wire.stream) request.on_data = [&reader](std::string_view piece) { return reader.Feed(piece); };
  Expected<HttpResponse> response = http.Send(deadline, request);
  if (!response) {
    Error error = response.error();
    outcome.retry = error.code == ErrorCode::kUnavailable;
    outcome.elsewhere = outcome.retry;
    if (outcome.retry) error.message = "Model endpoint '" + options.name + "': " + error.message;
    outcome.reply = Fail(std::move(error));
    return outcome;
  }
  if (response->status != 200) return Refused(options, *response);
  // Servers that ignore "stream" answer in one piece.
  const auto type = response->headers.find("content-type");
  const bool events = type != response->headers.end() && type->second.find("event-stream") != std::string::npos;
  const bool html = type != response->headers.end() && type->second.find("html") != std::string::npos;
  if (html) {
    outcome.reply = Fail(ErrorCode::kUnavailable, "Model endpoint '" + options.name + "' answered with a web page.",
                         "Check base_url: it usually ends in /v1.");
  } else if (wire.stream && events) {
    outcome.reply = reader.Finish();
  } else {
    outcome.reply = ReadReply(response->body);
  }
  outcome.healthy = outcome.reply.has_value();
  outcome.retry = !outcome.healthy;
  if (!outcome.reply) {
    Error error = outcome.reply.error();
    error.message = Said(options, error.message);
    outcome.reply = Fail(std::move(error));
  }
  return outcome;
}

std::int64_t PromptTokens(const Request& request) {
  std::int64_t tokens = 3;
  for (const Message& message : request.messages) tokens += 4 + EstimateTokens(message.text);
  return tokens;
}

double CostOf(const EndpointOptions& options, std::int64_t prompt, std::int64_t completion) {
  return (static_cast<double>(prompt) * options.price_prompt +
          static_cast<double>(completion) * options.price_completion) /
         1e6;
}

void CountCall(const EndpointOptions& options, std::string_view outcome, double seconds) {
  GetCounter("toomai_llm_calls_total", "Calls of model endpoints by outcome.",
             {{"endpoint", options.name}, {"outcome", std::string(outcome)}})
      .Add();
  GetLatency("toomai_llm_call_seconds", "Time of one call of a model endpoint.", {{"endpoint", options.name}})
      .Observe(seconds);
}

void CountUsage(const EndpointOptions& options, const Usage& usage) {
  const auto tokens = [&](const char* kind, std::int64_t amount) {
    GetCounter("toomai_llm_tokens_total", "Tokens sent and received.", {{"endpoint", options.name}, {"kind", kind}})
        .Add(static_cast<double>(amount));
  };
  tokens("prompt", usage.prompt_tokens);
  tokens("completion", usage.completion_tokens);
  tokens("cached", usage.cached_tokens);
  GetCounter("toomai_llm_cost_total", "Money spent, in the currency of the configured prices.",
             {{"endpoint", options.name}})
      .Add(usage.cost);
}

void ShowBreaker(const Endpoint& endpoint) {
  const BreakerState state = endpoint.breaker.state();
  GetGauge("toomai_llm_breaker_open", "1 while an endpoint's circuit breaker is open, 0.5 while it is tried again.",
           {{"endpoint", endpoint.options.name}})
      .Set(state == BreakerState::kOpen       ? 1
           : state == BreakerState::kHalfOpen ? 0.5
                                              : 0);
}

}  // namespace

struct Client::State {
  explicit State(ClientOptions given) : options(std::move(given)), budget(options.budget) {
    for (const EndpointOptions& endpoint : options.endpoints) endpoints.push_back(std::make_unique<Endpoint>(endpoint));
  }

  Outcome Once(const Deadline& deadline, Endpoint& endpoint, const Request& request, int limit, int samples);
  Outcome WithRetries(const Deadline& deadline, Endpoint& endpoint, const Request& request, bool alternatives,
                      Reply* sum);
  bool Fill(const Deadline& deadline, Endpoint& endpoint, const Request& request, Reply* sum);
  void Settle(Endpoint& endpoint, const Request& request, Reply* reply);

  ClientOptions options;
  Budget budget;
  Http http;
  std::vector<std::unique_ptr<Endpoint>> endpoints;
};

// One exchange, and more while the server only dislikes how we ask.
Outcome Client::State::Once(const Deadline& deadline, Endpoint& endpoint, const Request& request, int limit,
                            int samples) {
  Outcome outcome;
  for (int step = 0; step <= kMaxLearnSteps; ++step) {
    Quirks quirks = endpoint.Known();
    Expected<WireRequest> wire = MakeBody(endpoint.options, quirks, request, limit, samples);
    if (!wire) {
      outcome.reply = Fail(wire.error());
      outcome.elsewhere = true;
      outcome.healthy = true;
      return outcome;
    }
    const Clock::time_point started = Clock::now();
    ++endpoint.calls;
    ++endpoint.in_flight;
    outcome = Exchange(deadline, http, endpoint.options, *wire);
    --endpoint.in_flight;
    outcome.calls = step + 1;
    CountCall(endpoint.options, outcome.reply ? "ok" : ToString(outcome.reply.error().code),
              std::chrono::duration<double>(Clock::now() - started).count());
    if (outcome.reply || !Learn(outcome.api, &quirks)) return outcome;
    Log(Level::kInfo, "llm", "learned what an endpoint does not take",
        {{"endpoint", endpoint.options.name}, {"quirks", Join(Describe(quirks), ", ")}});
    std::lock_guard lock(endpoint.mutex);
    endpoint.quirks = quirks;
  }
  return outcome;
}

Outcome Client::State::WithRetries(const Deadline& deadline, Endpoint& endpoint, const Request& request,
                                   bool alternatives, Reply* sum) {
  int limit = std::max(1, request.max_output_tokens);
  bool grown = false;
  for (int attempt = 0;; ++attempt) {
    Outcome outcome;
    const milliseconds cooldown = endpoint.breaker.RetryIn();
    if (!endpoint.breaker.Allow()) {
      outcome.reply = Fail(ErrorCode::kUnavailable,
                           "Model endpoint '" + endpoint.options.name + "' is not asked after repeated failures.",
                           "It is tried again in " + std::to_string(cooldown.count() / 1000 + 1) + " s.");
      return outcome;
    }
    if (!endpoint.gate.Enter(deadline)) {
      endpoint.breaker.Abandon();
      outcome.reply =
          Fail(deadline.ToError("waiting for a free call of model endpoint '" + endpoint.options.name + "'"));
      outcome.elsewhere = false;
      return outcome;
    }
    outcome = Once(deadline, endpoint, request, limit, std::max(1, request.samples));
    endpoint.gate.Leave();
    sum->calls += outcome.calls;

    const bool ours = !outcome.reply && (outcome.reply.error().code == ErrorCode::kCancelled ||
                                         outcome.reply.error().code == ErrorCode::kDeadlineExceeded);
    if (ours)
      endpoint.breaker.Abandon();
    else
      endpoint.breaker.Record(outcome.healthy);
    ShowBreaker(endpoint);
    if (!outcome.healthy && !ours) ++endpoint.failures;
    {
      std::lock_guard lock(endpoint.mutex);
      endpoint.last_error = outcome.reply ? "" : outcome.reply.error().message;
    }
    if (outcome.reply) {
      Settle(endpoint, request, &*outcome.reply);
      const auto& choices = outcome.reply->choices;
      const bool all_cut = std::all_of(choices.begin(), choices.end(), [](const Choice& c) { return c.truncated; });
      // A reply that hit the limit gets one more chance with a larger one; it is never used as it is.
      if (all_cut && !grown && limit < kLongestOutput) {
        sum->usage.prompt_tokens += outcome.reply->usage.prompt_tokens;
        sum->usage.completion_tokens += outcome.reply->usage.completion_tokens;
        sum->usage.cost += outcome.reply->usage.cost;
        grown = true;
        limit = std::min(kLongestOutput, limit * 4);
        continue;
      }
      return outcome;
    }
    if (!outcome.retry || attempt >= endpoint.options.retries || ours) return outcome;
    const milliseconds wait =
        std::max(outcome.wait.value_or(milliseconds(0)), Backoff(options.first_backoff, attempt, Random()));
    const bool too_long = wait > options.longest_wait || wait >= deadline.Remaining() ||
                          (alternatives && wait > kPatienceWithAlternative);
    if (too_long) return outcome;
    GetCounter("toomai_llm_retries_total", "Calls of model endpoints that were repeated.",
               {{"endpoint", endpoint.options.name}})
        .Add();
    if (!Sleep(deadline, wait)) {
      outcome.reply = Fail(deadline.ToError("waiting to ask model endpoint '" + endpoint.options.name + "' again"));
      outcome.elsewhere = false;
      return outcome;
    }
  }
}

// Completes the usage: estimates what the server did not say, prices it, and looks for a silently shortened prompt.
void Client::State::Settle(Endpoint& endpoint, const Request& request, Reply* reply) {
  const std::int64_t expected = PromptTokens(request);
  Usage& usage = reply->usage;
  if (usage.estimated) {
    usage.prompt_tokens = expected;
    usage.completion_tokens = 0;
    for (const Choice& choice : reply->choices) {
      usage.completion_tokens +=
          EstimateTokens(choice.text) + EstimateTokens(choice.tool_arguments) + EstimateTokens(choice.reasoning);
    }
  } else {
    // Ollama drops the beginning of a prompt that exceeds num_ctx without a word: the schema and the rules are there.
    reply->prompt_truncated = expected > 1500 && usage.prompt_tokens > 0 &&
                              static_cast<double>(usage.prompt_tokens) < 0.5 * static_cast<double>(expected);
  }
  usage.cost = CostOf(endpoint.options, usage.prompt_tokens, usage.completion_tokens);
  reply->endpoint = endpoint.options.name;
  if (reply->model.empty()) reply->model = endpoint.options.model;
  CountUsage(endpoint.options, usage);
}

// Servers without "n" give one answer a call: asks again for the missing ones. False when one of the calls failed.
bool Client::State::Fill(const Deadline& deadline, Endpoint& endpoint, const Request& request, Reply* sum) {
  Request single = request;
  single.samples = 1;
  while (static_cast<int>(sum->choices.size()) < request.samples) {
    if (request.seed) single.seed = *request.seed + static_cast<int>(sum->choices.size());
    Outcome more = WithRetries(deadline, endpoint, single, false, sum);
    if (!more.reply) return false;
    for (Choice& choice : more.reply->choices) sum->choices.push_back(std::move(choice));
    sum->usage.prompt_tokens += more.reply->usage.prompt_tokens;
    sum->usage.completion_tokens += more.reply->usage.completion_tokens;
    sum->usage.cached_tokens += more.reply->usage.cached_tokens;
    sum->usage.cost += more.reply->usage.cost;
  }
  return true;
}

Client::Client(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Client::~Client() = default;

bool Client::configured() const {
  return !state_->endpoints.empty();
}

bool Client::available() const {
  return std::any_of(state_->endpoints.begin(), state_->endpoints.end(),
                     [](const auto& endpoint) { return endpoint->breaker.state() != BreakerState::kOpen; });
}

Budget& Client::budget() {
  return state_->budget;
}

Expected<Reply> Client::Complete(const Deadline& deadline, const Request& request) {
  State& state = *state_;
  std::vector<Endpoint*> order;
  for (auto& endpoint : state.endpoints) {
    if (request.endpoint.empty() || request.endpoint == endpoint->options.name) order.push_back(endpoint.get());
  }
  if (order.empty()) {
    if (!request.endpoint.empty())
      return Fail(ErrorCode::kNotFound, "There is no model endpoint '" + request.endpoint + "'.");
    return Fail(ErrorCode::kUnavailable, "No model is configured.",
                "Set OPENAI_API_KEY and OPENAI_MODEL, or OPENAI_BASE_URL of a local server.");
  }
  const std::int64_t prompt = PromptTokens(request);
  const std::int64_t most =
      prompt + static_cast<std::int64_t>(request.max_output_tokens) * std::max(1, request.samples);
  Expected<Budget::Reservation> reservation =
      state.budget.Reserve(request.caller, most, CostOf(order.front()->options, prompt, most - prompt));
  if (!reservation) return Fail(reservation.error());

  Reply sum;
  std::optional<Error> first_error;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Outcome outcome = state.WithRetries(deadline, *order[i], request, i + 1 < order.size(), &sum);
    if (outcome.reply) {
      Reply reply = std::move(*outcome.reply);
      reply.usage.prompt_tokens += sum.usage.prompt_tokens;
      reply.usage.completion_tokens += sum.usage.completion_tokens;
      reply.usage.cost += sum.usage.cost;
      reply.calls = sum.calls;
      if (static_cast<int>(reply.choices.size()) < request.samples) state.Fill(deadline, *order[i], request, &reply);
      reservation->Settle(reply.usage.prompt_tokens + reply.usage.completion_tokens, reply.usage.cost);
      return reply;
    }
    const Error& error = outcome.reply.error();
    Log(Level::kWarn, "llm", "a model endpoint gave no answer",
        {{"endpoint", order[i]->options.name}, {"code", std::string(ToString(error.code))}, {"error", error.message}});
    if (!first_error || first_error->code == ErrorCode::kUnavailable) first_error = error;
    if (!outcome.elsewhere) {
      first_error = error;
      break;
    }
  }
  reservation->Settle(sum.usage.prompt_tokens + sum.usage.completion_tokens, sum.usage.cost);
  return Fail(*first_error);
}

Expected<std::vector<std::string>> Client::Probe(const Deadline& deadline, const std::string& name) {
  for (auto& endpoint : state_->endpoints) {
    if (endpoint->options.name != name) continue;
    HttpRequest request = MakeHttp(endpoint->options, "/models");
    request.method = "GET";
    Expected<HttpResponse> response = state_->http.Send(deadline, request);
    if (!response) return Fail(response.error());
    if (response->status != 200) return Fail(Refused(endpoint->options, *response).reply.error());
    return ReadModels(response->body);
  }
  return Fail(ErrorCode::kNotFound, "There is no model endpoint '" + name + "'.");
}

std::vector<EndpointState> Client::States() const {
  std::vector<EndpointState> states;
  for (const auto& endpoint : state_->endpoints) {
    EndpointState state;
    state.name = endpoint->options.name;
    state.model = endpoint->options.model;
    state.host = HostOf(endpoint->options.base_url);
    state.breaker = endpoint->breaker.state();
    state.calls = endpoint->calls;
    state.failures = endpoint->failures;
    state.in_flight = endpoint->in_flight;
    std::lock_guard lock(endpoint->mutex);
    state.last_error = endpoint->last_error;
    state.quirks = Describe(endpoint->quirks);
    states.push_back(std::move(state));
  }
  return states;
}

bool IsContextOverflow(const Error& error) {
  return error.hint == kOverflowHint;
}

}  // namespace toomai::llm
