// How to reach the models, and how much may be spent on them. Plain data; app/ fills it from the configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/secret.h"

namespace toomai::llm {

using std::chrono::milliseconds;

// One OpenAI-compatible server and a model on it.
struct EndpointOptions {
  std::string name = "default";  // in errors, logs and metrics
  std::string base_url;          // "https://api.openai.com/v1"; "/chat/completions" is added
  std::string model;
  Secret api_key;                                   // may be empty: local servers need none
  std::string auth_header = "Authorization";        // Azure: "api-key"
  std::string auth_scheme = "Bearer";               // Azure: ""
  std::map<std::string, std::string> query_params;  // Azure: {"api-version": "…"}
  std::map<std::string, std::string> extra_headers;
  std::string extra_body;        // JSON object merged into each request, e.g. {"options": {"num_ctx": 16384}}
  milliseconds timeout{60'000};  // for one attempt; the request's deadline may be nearer
  milliseconds connect_timeout{5'000};
  milliseconds stall_timeout{30'000};  // a reply that has begun must go on within this time
  bool stream = false;
  bool json_replies = false;                      // replies are held to Request::json_schema
  double price_prompt = 0, price_completion = 0;  // per million tokens
  int max_concurrent = 16;                        // calls in flight; others wait their turn inside their deadline
  int retries = 2;                                // after a failure that may pass
  std::size_t max_reply_bytes = 4 << 20;
  std::string proxy;  // empty: by the environment (https_proxy, no_proxy)
  std::string ca_file;
  bool tls_verify = true;
  int breaker_failures = 5;               // consecutive failures that open the breaker
  milliseconds breaker_cooldown{10'000};  // then one call may try again
};

struct BudgetOptions {
  std::int64_t daily_tokens = 0;  // 0: no limit
  std::int64_t daily_tokens_per_caller = 0;
  double daily_cost = 0;
};

struct ClientOptions {
  std::vector<EndpointOptions> endpoints;  // in order of preference
  BudgetOptions budget;
  milliseconds first_backoff{250};    // doubles with each retry, with jitter
  milliseconds longest_wait{20'000};  // a server that asks for more patience than this is not waited for
  // A call that the deadline cut off after so long counts as a failure of the server; a shorter one tells nothing.
  milliseconds fair_wait{5'000};
};

}  // namespace toomai::llm
