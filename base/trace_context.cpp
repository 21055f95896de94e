#include "base/trace_context.h"

#include <algorithm>

namespace toomai {
namespace {

constexpr std::size_t kLength = 55;  // of version 00; later versions may add more behind another '-'

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string TraceIdOf(std::string_view traceparent) {
  if (traceparent.size() < kLength || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
    return "";
  const std::string_view version = traceparent.substr(0, 2), trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16), flags = traceparent.substr(53, 2);
  const bool right_size = traceparent.size() == kLength || (version != "00" && traceparent[kLength] == '-');
  if (!right_size || version == "ff" || !IsHex(version) || !IsHex(trace) || !IsHex(parent) || !IsHex(flags)) return "";
  return IsZero(trace) || IsZero(parent) ? "" : std::string(trace);
}

}  // namespace toomai
