// W3C Trace Context: what a caller says of the trace that its call belongs to. https://www.w3.org/TR/trace-context/
#pragma once

#include <string>
#include <string_view>

namespace toomai {

// The trace id of a `traceparent` ("00-<32 hex>-<16 hex>-<2 hex>"); "" when it is not one.
std::string TraceIdOf(std::string_view traceparent);

}  // namespace toomai
