#include "llm/call_metrics.h"

#include "base/metrics.h"

namespace toomai::llm {

void CountCall(const EndpointOptions& options, std::string_view outcome, double seconds) {
  GetCounter("toomai_llm_calls_total", "Calls of model endpoints by outcome.",
             {{"endpoint", options.name}, {"outcome", std::string(outcome)}})
      .Add();
  GetLatency("toomai_llm_call_seconds", "Time of one call of a model endpoint.", {{"endpoint", options.name}})
      .Observe(seconds);
}

void CountRetry(const EndpointOptions& options) {
  GetCounter("toomai_llm_retries_total", "Calls of model endpoints that were repeated.", {{"endpoint", options.name}})
      .Add();
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

void ShowBreaker(const EndpointOptions& options, BreakerState state) {
  GetGauge("toomai_llm_breaker_open", "1 while an endpoint's circuit breaker is open, 0.5 while it is tried again.",
           {{"endpoint", options.name}})
      .Set(state == BreakerState::kOpen       ? 1
           : state == BreakerState::kHalfOpen ? 0.5
                                              : 0);
}

}  // namespace toomai::llm
