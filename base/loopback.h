// Whether a host is this machine alone.
#pragma once

#include <string_view>

namespace toomai {

// Addresses, not names that look like one: 127.0.0.1.evil.example belongs to somebody else.
inline bool IsLoopback(std::string_view host) {
  const bool address = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return address || host == "localhost" || host == "::1" || host == "[::1]";
}

}  // namespace toomai
