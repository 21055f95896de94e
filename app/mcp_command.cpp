#include "app/mcp_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <climits>
#include <cstdio>

#include "app/client_snippets.h"
#include "app/server_setup.h"
#include "mcp/server.h"

namespace toomai::app {
namespace {

std::string OwnPath() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string("toomai");
}

int RunMcp(const Globals& globals, const std::string& results) {
  std::vector<ConfigFlag> flags;
  if (!results.empty()) flags.push_back({"server.results", results, "--results"});
  auto setup = SetUpServer(globals, std::move(flags));
  if (!setup) return Report(setup.error());
  return mcp::RunMcpStdio(*setup->engine, setup->server, setup->databases_changed.get(), setup->writer.get());
}

}  // namespace

void DefineMcpCommand(CLI::App* command, const Globals& globals, int* status) {
  struct Options {
    std::string print_config, results;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("--print-config", options->print_config, "print the configuration for a client and exit")
      ->check(CLI::IsMember(KnownClients()));
  command->add_option("--results", options->results, "copies of a result that are sent")
      ->check(CLI::IsMember({"both", "structured", "text"}));
  command->callback([options, &globals, status] {
    if (!options->print_config.empty()) {
      // Where it belongs is for the reader; the rest may go into that file as it is.
      const std::string snippet = ClientSnippet(options->print_config, OwnPath());
      const std::size_t body = snippet.starts_with('#') ? snippet.find('\n') + 1 : 0;
      std::fputs(snippet.substr(0, body).c_str(), stderr);
      std::fputs(snippet.substr(body).c_str(), stdout);
      return;
    }
    *status = RunMcp(globals, options->results);
  });
}

}  // namespace toomai::app
