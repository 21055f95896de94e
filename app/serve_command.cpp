#include "app/serve_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "app/server_setup.h"
#include "mcp/server.h"

namespace toomai::app {
namespace {

struct Options {
  std::string address, certificate, key, tokens_file, token;
  std::optional<std::uint16_t> port;
  bool allow_unauthenticated = false, no_review_page = false;
};

// The options as the keys they stand for, so that the configuration is checked, and reloaded, with them.
std::vector<ConfigFlag> FlagsFrom(const Options& options) {
  std::vector<ConfigFlag> flags;
  const auto add = [&](const char* path, const std::string& value, const char* origin) {
    if (!value.empty()) flags.push_back({std::string("http.") + path, value, origin});
  };
  add("address", options.address, "--address");
  add("port", options.port ? std::to_string(*options.port) : "", "--port");
  add("certificate_file", options.certificate, "--cert");
  add("key_file", options.key, "--key");
  add("tokens_file", options.tokens_file, "--tokens-file");
  add("allow_unauthenticated", options.allow_unauthenticated ? "true" : "", "--allow-unauthenticated");
  add("review_page", options.no_review_page ? "false" : "", "--no-review-page");
  if (options.token.empty()) return flags;
  for (const auto& [key, value] : {std::pair<const char*, std::string>("token", options.token),
                                   {"may_review", "true"},
                                   {"may_read_metrics", "true"}}) {
    add((std::string("tokens.operator.") + key).c_str(), value, "environment TOOMAI_TOKEN");
  }
  return flags;
}

}  // namespace

void DefineServeCommand(CLI::App* command, const Globals& globals, int* status) {
  const auto options = std::make_shared<Options>();
  command->add_option("--address", options->address, "IP address to listen on (default 127.0.0.1)");
  command->add_option("-p,--port", options->port, "port to listen on (default 8765; 0: any free one)");
  command->add_option("--cert", options->certificate, "TLS certificate chain, PEM");
  command->add_option("--key", options->key, "TLS private key, PEM");
  command->add_option("--tokens-file", options->tokens_file, "JSON file of bearer tokens; read again when it changes");
  command->footer("TOOMAI_TOKEN in the environment is one bearer token with all rights.");
  command->add_flag("--allow-unauthenticated", options->allow_unauthenticated,
                    "listen beyond loopback without authentication");
  command->add_flag("--no-review-page", options->no_review_page, "serve no review page");
  command->callback([options, &globals, status] {
    // Never on the command line, where other users see it.
    if (const char* token = std::getenv("TOOMAI_TOKEN")) options->token = token;
    auto setup = SetUpServer(globals, FlagsFrom(*options));
    if (!setup) {
      *status = Report(setup.error());
      return;
    }
    const auto ready = [page = setup->server.http.review_page](const std::string& url) {
      std::fprintf(stderr, "toomai: MCP at %s/mcp%s\n", url.c_str(),
                   page ? (", review page at " + url + "/").c_str() : "");
    };
    *status =
        mcp::RunMcpHttp(*setup->engine, setup->server, ready, setup->databases_changed.get(), setup->writer.get());
  });
}

}  // namespace toomai::app
