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

void Apply(const Options& options, mcp::HttpOptions* http) {
  if (!options.address.empty()) http->address = options.address;
  if (options.port) http->port = *options.port;
  if (!options.certificate.empty()) http->certificate_file = options.certificate;
  if (!options.key.empty()) http->key_file = options.key;
  if (!options.tokens_file.empty()) http->tokens_file = options.tokens_file;
  if (!options.token.empty()) {
    mcp::TokenOptions token;
    token.name = "operator";
    token.token = Secret(options.token);
    token.may_review = token.may_read_metrics = true;
    http->tokens.push_back(std::move(token));
  }
  if (options.allow_unauthenticated) http->allow_unauthenticated = true;
  if (options.no_review_page) http->review_page = false;
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
    auto setup = SetUpServer(globals);
    if (!setup) {
      *status = Report(setup.error());
      return;
    }
    Apply(*options, &setup->server.http);
    const auto ready = [](const std::string& url) {
      std::fprintf(stderr, "toomai: MCP at %s/mcp, review page at %s/\n", url.c_str(), url.c_str());
    };
    *status =
        mcp::RunMcpHttp(*setup->engine, setup->server, ready, setup->databases_changed.get(), setup->writer.get());
  });
}

}  // namespace toomai::app
