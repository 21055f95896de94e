#include "llm/client.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>

#include "base/log.h"
#include "base/text.h"
#include "llm/call_metrics.h"
#include "llm/exchange.h"
#include "llm/gate.h"
#include "llm/quirks.h"
#include "llm/retry.h"
#include "llm/tokens.h"

namespace toomai::llm {
namespace {

using Clock = Deadline::Clock;

constexpr int kMaxLearnSteps = 8;       // a server cannot dislike more fields than we send
constexpr int kLongestOutput = 16'384;  // tokens; the second try after a reply that was cut
constexpr milliseconds kPatienceWithAlternative{1'000};

double Random() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

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

}  // namespace

struct Client::State {
  explicit State(ClientOptions given) : options(std::move(given)), budget(options.budget) {
    for (const EndpointOptions& endpoint : options.endpoints) endpoints.push_back(std::make_unique<Endpoint>(endpoint));
  }

  Outcome Once(const Deadline& deadline, Endpoint& endpoint, const Request& request, int limit, int samples);
  void Note(Endpoint& endpoint, const Outcome& outcome, Clock::duration waited);
  Outcome Call(const Deadline& deadline, Endpoint& endpoint, const Request& request, int limit);
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

// What a call that has ended says of its endpoint: breaker, counters, last error.
void Client::State::Note(Endpoint& endpoint, const Outcome& outcome, Clock::duration waited) {
  const ErrorCode code = outcome.reply ? ErrorCode::kInternal : outcome.reply.error().code;
  // A caller who went away, or had no time to begin with, says nothing of the server.
  const bool hasty = code == ErrorCode::kDeadlineExceeded && waited < options.fair_wait;
  if (!outcome.reply && (code == ErrorCode::kCancelled || hasty)) {
    endpoint.breaker.Abandon();
  } else {
    endpoint.breaker.Record(outcome.healthy);
    if (!outcome.healthy) ++endpoint.failures;
  }
  ShowBreaker(endpoint.options, endpoint.breaker.state());
  const std::lock_guard lock(endpoint.mutex);
  endpoint.last_error = outcome.reply ? "" : outcome.reply.error().message;
}

// One call, if the breaker lets it through and one of the endpoint's places gets free in time.
Outcome Client::State::Call(const Deadline& deadline, Endpoint& endpoint, const Request& request, int limit) {
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
    outcome.reply = Fail(deadline.ToError("waiting for a free call of model endpoint '" + endpoint.options.name + "'"));
    outcome.elsewhere = false;
    return outcome;
  }
  const Clock::time_point started = Clock::now();
  outcome = Once(deadline, endpoint, request, limit, std::max(1, request.samples));
  endpoint.gate.Leave();
  Note(endpoint, outcome, Clock::now() - started);
  return outcome;
}

Outcome Client::State::WithRetries(const Deadline& deadline, Endpoint& endpoint, const Request& request,
                                   bool alternatives, Reply* sum) {
  int limit = std::max(1, request.max_output_tokens);
  bool grown = false;
  for (int attempt = 0;; ++attempt) {
    Outcome outcome = Call(deadline, endpoint, request, limit);
    sum->calls += outcome.calls;
    if (outcome.reply) {
      Settle(endpoint, request, &*outcome.reply);
      const auto& choices = outcome.reply->choices;
      const bool all_cut = std::all_of(choices.begin(), choices.end(), [](const Choice& c) { return c.truncated; });
      if (!all_cut || grown || limit >= kLongestOutput) return outcome;
      // A reply that hit the limit gets one more chance with a larger one; it is never used as it is.
      sum->usage += outcome.reply->usage;
      grown = true;
      limit = std::min(kLongestOutput, limit * 4);
      continue;
    }
    if (!outcome.retry || attempt >= endpoint.options.retries) return outcome;
    const milliseconds wait =
        std::max(outcome.wait.value_or(milliseconds(0)), Backoff(options.first_backoff, attempt, Random()));
    const bool too_long = wait > options.longest_wait || wait >= deadline.Remaining() ||
                          (alternatives && wait > kPatienceWithAlternative);
    if (too_long) return outcome;
    CountRetry(endpoint.options);
    if (!deadline.Sleep(wait)) {
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
    sum->usage += more.reply->usage;
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
    const bool last = i + 1 == order.size();
    // An endpoint that hangs must leave the next one its time.
    const Deadline share = last || deadline.never() ? deadline : deadline.Within(deadline.Remaining() / 2);
    Outcome outcome = state.WithRetries(share, *order[i], request, !last, &sum);
    if (outcome.reply) {
      Reply reply = std::move(*outcome.reply);
      reply.usage += sum.usage;
      reply.calls = sum.calls;
      if (static_cast<int>(reply.choices.size()) < request.samples) state.Fill(deadline, *order[i], request, &reply);
      reservation->Settle(reply.usage.prompt_tokens + reply.usage.completion_tokens, reply.usage.cost);
      return reply;
    }
    const Error& error = outcome.reply.error();
    Log(Level::kWarn, "llm", "a model endpoint gave no answer",
        {{"endpoint", order[i]->options.name}, {"code", std::string(ToString(error.code))}, {"error", error.message}});
    if (!first_error || first_error->code == ErrorCode::kUnavailable) first_error = error;
    const bool time_left = error.code == ErrorCode::kDeadlineExceeded && !deadline.over();
    if (!outcome.elsewhere && !time_left) {
      first_error = error;
      break;
    }
  }
  reservation->Settle(sum.usage.prompt_tokens + sum.usage.completion_tokens, sum.usage.cost);
  return Fail(*first_error);
}

Expected<std::vector<std::string>> Client::Probe(const Deadline& deadline, const std::string& name) {
  for (auto& endpoint : state_->endpoints) {
    if (endpoint->options.name == name) return ListModels(deadline, state_->http, endpoint->options);
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
