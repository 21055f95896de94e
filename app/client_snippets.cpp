#include "app/client_snippets.h"

#include <nlohmann/json.hpp>

namespace toomai::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kUrl = "postgresql://user@host/database";

Json Entry(const std::string& program, const std::string& url) {
  return {{"command", program}, {"args", {"mcp"}}, {"env", {{"DATABASE_URL", url}}}};
}

std::string McpServers(const std::string& heading, const std::string& program, const std::string& url) {
  return heading + Json{{"mcpServers", {{"toomai", Entry(program, url)}}}}.dump(2) + "\n";
}

}  // namespace

const std::vector<std::string>& KnownClients() {
  static const std::vector<std::string> clients{"claude-code", "claude-desktop", "vscode", "cursor", "codex"};
  return clients;
}

std::string ClientSnippet(std::string_view client, const std::string& program) {
  if (client == "claude-code") {
    return "# once, for one project:\nclaude mcp add --transport stdio --scope project toomai --env DATABASE_URL=" +
           std::string(kUrl) + " -- " + program + " mcp\n\n" +
           McpServers("# or in .mcp.json:\n", program, "${DATABASE_URL}");
  }
  if (client == "claude-desktop") return McpServers("# claude_desktop_config.json\n", program, kUrl);
  if (client == "cursor") return McpServers("# .cursor/mcp.json\n", program, "${env:DATABASE_URL}");
  if (client == "vscode") {
    const Json input = {{"type", "promptString"},
                        {"id", "toomai-database"},
                        {"description", "postgresql:// address"},
                        {"password", true}};
    Json server = {{"type", "stdio"}};
    server.update(Entry(program, "${input:toomai-database}"));
    return "# .vscode/mcp.json\n" + Json{{"inputs", Json::array({input})}, {"servers", {{"toomai", server}}}}.dump(2) +
           "\n";
  }
  if (client == "codex") {
    return "# ~/.codex/config.toml\n[mcp_servers.toomai]\ncommand = " + Json(program).dump() +
           "\nargs = [\"mcp\"]\nenv = { DATABASE_URL = \"" + std::string(kUrl) + "\" }\n";
  }
  return {};
}

}  // namespace toomai::app
