#include "mcp/http_format.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace toomai::mcp {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 19> kReasons{{{200, "OK"},
                                                                     {202, "Accepted"},
                                                                     {204, "No Content"},
                                                                     {400, "Bad Request"},
                                                                     {401, "Unauthorized"},
                                                                     {403, "Forbidden"},
                                                                     {404, "Not Found"},
                                                                     {405, "Method Not Allowed"},
                                                                     {406, "Not Acceptable"},
                                                                     {408, "Request Timeout"},
                                                                     {409, "Conflict"},
                                                                     {413, "Content Too Large"},
                                                                     {415, "Unsupported Media Type"},
                                                                     {421, "Misdirected Request"},
                                                                     {422, "Unprocessable Content"},
                                                                     {429, "Too Many Requests"},
                                                                     {431, "Request Header Fields Too Large"},
                                                                     {500, "Internal Server Error"},
                                                                     {503, "Service Unavailable"}}};

std::string StatusLine(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(HttpReason(status)) + "\r\n";
}

void AppendHeaders(const HttpHeaders& headers, bool keep_open, std::string* head) {
  *head += "X-Content-Type-Options: nosniff\r\n";
  bool has_cache_control = false;
  for (const auto& [name, value] : headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;  // never another header
    has_cache_control |= name == "Cache-Control";
    *head += name + ": " + value + "\r\n";
  }
  if (!has_cache_control) *head += "Cache-Control: no-store\r\n";
  if (!keep_open) *head += "Connection: close\r\n";
  *head += "\r\n";
}

}  // namespace

std::string_view HttpReason(int status) {
  for (const auto& [known, reason] : kReasons) {
    if (known == status) return reason;
  }
  return "Status";
}

std::string FormatResponse(const HttpResponse& response, bool keep_open, bool head_only) {
  const bool has_body = response.status != 204 && response.status != 202;
  std::string text = StatusLine(response.status);
  if (has_body && !response.content_type.empty()) text += "Content-Type: " + response.content_type + "\r\n";
  if (response.status != 204) {
    text += "Content-Length: " + std::to_string(has_body ? response.body.size() : 0) + "\r\n";
  }
  AppendHeaders(response.headers, keep_open, &text);
  if (has_body && !head_only) text += response.body;
  return text;
}

std::string FormatStreamHead(const HttpHeaders& headers, bool chunked, bool keep_open) {
  HttpResponse head{200, "text/event-stream", "", {{"X-Accel-Buffering", "no"}}};
  head.headers.insert(head.headers.end(), headers.begin(), headers.end());
  return FormatBodyHead(head, chunked, keep_open);
}

std::string FormatBodyHead(const HttpResponse& head, bool chunked, bool keep_open) {
  std::string text = StatusLine(head.status) + "Content-Type: " + head.content_type + "\r\n";
  if (chunked) text += "Transfer-Encoding: chunked\r\n";
  AppendHeaders(head.headers, keep_open, &text);
  return text;
}

std::string FormatChunk(std::string_view text) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  std::string chunk = size;
  chunk += text;
  chunk += "\r\n";
  return chunk;
}

}  // namespace toomai::mcp
