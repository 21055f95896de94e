// What is counted of calls to models.
#pragma once

#include <string_view>

#include "llm/breaker.h"
#include "llm/message.h"
#include "llm/options.h"

namespace toomai::llm {

void CountCall(const EndpointOptions& options, std::string_view outcome, double seconds);
void CountRetry(const EndpointOptions& options);
void CountUsage(const EndpointOptions& options, const Usage& usage);
void ShowBreaker(const EndpointOptions& options, BreakerState state);

}  // namespace toomai::llm
