// The configuration that makes a client start this server. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toomai::app {

// "claude-code", "claude-desktop", "vscode", "cursor", "codex".
const std::vector<std::string>& KnownClients();
// Ready to paste; empty for an unknown client. `program` is the path to start.
std::string ClientSnippet(std::string_view client, const std::string& program);

}  // namespace toomai::app
