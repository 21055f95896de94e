// Answers as HTTP/1.1 text. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "mcp/http.h"

namespace toomai::mcp {

std::string_view HttpReason(int status);
// The whole answer; `head_only` for HEAD, which is told the length of what it does not get.
std::string FormatResponse(const HttpResponse& response, bool keep_open, bool head_only);
// The beginning of a stream of events, or of another long body; its pieces follow, each through FormatChunk when
// `chunked`.
std::string FormatStreamHead(const HttpHeaders& headers, bool chunked, bool keep_open);
std::string FormatBodyHead(const HttpResponse& head, bool chunked, bool keep_open);
std::string FormatChunk(std::string_view text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace toomai::mcp
