// Everything the MCP server can be told. Each field has its meaning and default here; YAML, environment and flags are
// known to app/ alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "base/secret.h"

namespace toomai::mcp {

using std::chrono::milliseconds;

// Which copies of a tool's result are sent. Clients differ in what they show their model; both is right for all of
// them.
enum class ResultCopies { kBoth, kStructured, kText };

// What one message may be. Beyond a limit the message is refused, never cut.
struct MessageLimits {
  std::size_t bytes = 1 << 20;
  int depth = 64;               // nested arrays and objects
  std::size_t values = 50'000;  // values in one message
};

// A bearer token and what its holder may do.
struct TokenOptions {
  std::string name;                                   // becomes Caller::name: in history, logs and limits
  Secret token;                                       // at least 16 characters
  std::optional<std::vector<std::string>> databases;  // nullopt: all
  std::optional<std::vector<std::string>> tools;      // nullopt: all
  int calls_per_minute = 0;                           // 0: no limit
  std::string database_role;
  std::map<std::string, std::string> claims;  // set_config(key, value, true) before each query
  bool may_review = false;
  bool may_read_metrics = false;
};

// GETs a document of at most `max_bytes`; given by app/, which knows an HTTP client.
using UrlFetcher =
    std::function<Expected<std::string>(const Deadline& deadline, const std::string& url, std::size_t max_bytes)>;

// The server as an OAuth 2.1 resource server: it checks access tokens (JWT) that an authorization server gave out.
struct OAuthOptions {
  std::string resource;                            // our canonical URI: the audience a token must name
  std::string issuer;                              // empty: OAuth is off
  std::vector<std::string> authorization_servers;  // empty: the issuer
  std::string jwks_url;                            // the issuer's public keys, asked for when they are needed
  std::string jwks_file;                           // or a file of them; read again when it changes
  milliseconds jwks_refresh{900'000};              // keys from the URL are asked for again when they are this old
  milliseconds jwks_pause{30'000};                 // between two questions to the URL, whoever names unknown keys
  std::vector<std::string> scopes{"toomai"};       // every call needs these
  std::string review_scope = "toomai:review";
  std::string databases_claim;      // claim that lists the allowed databases, none without it; empty: all
  std::string role_claim;           // claim that names the database role; tokens without it are refused
  std::chrono::seconds leeway{30};  // between our clock and the issuer's
  UrlFetcher fetch;                 // how jwks_url is asked
};

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8765;                 // 0: any free one
  std::string certificate_file, key_file;    // TLS when both are given
  std::vector<std::string> allowed_origins;  // beside loopback ones, e.g. "https://app.example"
  std::vector<std::string> allowed_hosts;    // Host values beside loopback names and the bound address
  std::vector<TokenOptions> tokens;
  std::string tokens_file;  // JSON {"tokens": [{"name", "token" or "sha256", …}]}; read again when it changes
  OAuthOptions oauth;
  bool allow_unauthenticated = false;  // serve beyond loopback without authentication
  bool review_page = true;
  // Whether callers have to say who they are.
  bool authenticates() const { return !tokens.empty() || !tokens_file.empty() || !oauth.issuer.empty(); }

  std::size_t max_connections = 2048;
  std::size_t max_streams = 1500;   // open SSE streams
  std::size_t max_in_flight = 512;  // calls waiting or running
  std::size_t max_downloads = 4;    // GET /results/… at once, and no more than half of the workers
  std::size_t max_sessions = 4096;  // handshake-era sessions
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_unsent_bytes = 4 << 20;   // a reader slower than this is cut off
  milliseconds read_timeout{15'000};        // from the first byte of a request to its last
  milliseconds idle_timeout{75'000};        // of a kept connection between requests
  milliseconds write_timeout{20'000};       // of one write without progress
  milliseconds keep_alive{15'000};          // between SSE comments
  milliseconds session_timeout{1'800'000};  // an unused session ends
  milliseconds drain_timeout{10'000};       // after SIGTERM
};

// What one statement may cost, as clients are told it.
struct StatementLimits {
  std::string database;
  std::int64_t rows = 1000;
  milliseconds timeout{30'000};
  std::size_t sql_bytes = 65'536;
};

struct ServerOptions {
  std::string version = "0.1.0";
  ResultCopies results = ResultCopies::kBoth;
  MessageLimits limits;
  std::size_t workers = 8;                   // calls that run at once
  std::size_t workers_per_database = 0;      // of these for one database, so that a slow one leaves some; 0: all
  std::string default_database;              // what a call without a database means
  std::size_t queue = 256;                   // calls that wait; beyond: busy
  milliseconds call_timeout{55'000};         // under the 60 s after which common clients give up
  milliseconds question_timeout{300'000};    // for a person's answer to a question of ours (handshake era)
  milliseconds state_ttl{600'000};           // how long a requestState may come back
  std::string state_key_file;                // shared by several instances; empty: a random key per process
  std::int64_t max_result_bytes = 24 << 10;  // one copy of a result, by default
  std::int64_t default_rows = 50;
  std::size_t template_tools = 32;  // operator templates that become tools of their own, at most
  // Where nothing else knows an answer, the client's own model may be asked for SQL, if the client offers it.
  bool sampling = false;
  // The limits of each database as they are now; given by app/. Without it clients are told the defaults.
  std::function<std::vector<StatementLimits>()> statement_limits;
  HttpOptions http;
};

}  // namespace toomai::mcp
