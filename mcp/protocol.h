// The revisions of the protocol, their era, and the reserved names.
#pragma once

#include <array>
#include <string_view>

namespace toomai::mcp {

// kStateless: 2026-07-28, every request stands alone. kHandshake: the revisions that begin with `initialize`.
enum class Era { kHandshake, kStateless };

inline constexpr std::string_view kStatelessVersion = "2026-07-28";
// Newest first; the first one answers a client that asks for something we do not know.
inline constexpr std::array<std::string_view, 4> kHandshakeVersions{"2025-11-25", "2025-06-18", "2025-03-26",
                                                                    "2024-11-05"};
inline constexpr std::string_view kAssumedHttpVersion = "2025-03-26";  // handshake era, no version header

inline bool IsHandshakeVersion(std::string_view version) {
  for (const std::string_view known : kHandshakeVersions) {
    if (known == version) return true;
  }
  return false;
}

inline constexpr std::string_view kMetaVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaCapabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaSubscription = "io.modelcontextprotocol/subscriptionId";
inline constexpr std::string_view kUiExtension = "io.modelcontextprotocol/ui";

}  // namespace toomai::mcp
