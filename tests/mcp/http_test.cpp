#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include "base/text.h"
#include "mcp/http_results.h"
#include "mcp/http_serve.h"
#include "mcp/review_api.h"
#include "tests/mcp/harness.h"
#include "tests/mcp/hostile.h"

namespace toomai::mcp {
namespace {

// A client without manners: writes bytes, reads what comes.
class Client {
 public:
  explicit Client(int port) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { Close(); }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  // Reads until `mark` was seen, the end, or the patience is over.
  std::string ReadUntil(const std::string& mark, int patience_ms = 5000) {
    while (text.find(mark) == std::string::npos) {
      pollfd wait{socket_, POLLIN, 0};
      if (poll(&wait, 1, patience_ms) <= 0) break;
      char bytes[16384];
      const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
      if (got <= 0) {
        ended = true;
        break;
      }
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }
  // One whole answer with a Content-Length.
  std::string ReadAnswer(int patience_ms = 5000) {
    ReadUntil("\r\n\r\n", patience_ms);
    const std::size_t head = text.find("\r\n\r\n");
    const std::size_t at = text.find("Content-Length: ");
    if (head == std::string::npos || at == std::string::npos) return text;
    const std::size_t whole = head + 4 + std::stoul(text.substr(at + 16));
    while (text.size() < whole && !ended) {
      const std::size_t before = text.size();
      pollfd wait{socket_, POLLIN, 0};
      if (poll(&wait, 1, patience_ms) <= 0) break;
      char bytes[16384];
      const ssize_t got = recv(socket_, bytes, sizeof bytes, 0);
      if (got <= 0)
        ended = true;
      else
        text.append(bytes, static_cast<std::size_t>(got));
      if (text.size() == before) break;
    }
    std::string answer = text.substr(0, whole);
    text.erase(0, whole);
    return answer;
  }

  bool connected = false, ended = false;
  std::string text;

 private:
  int socket_ = -1;
};

int StatusOf(const std::string& answer) {
  return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}
Json BodyOf(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  return head == std::string::npos ? Json() : Json::parse(answer.substr(head + 4), nullptr, false);
}

std::string Post(const std::string& body, const std::string& headers = {}) {
  return "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json, "
         "text/event-stream\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string PostStateless(const Json& message) {
  std::string headers =
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + message["method"].get<std::string>() + "\r\n";
  if (message["params"].contains("name"))
    headers += "Mcp-Name: " + message["params"]["name"].get<std::string>() + "\r\n";
  return Post(Dump(message), headers);
}

class HttpServerFixture {
 public:
  explicit HttpServerFixture(ServerOptions options = {})
      : harness(Fix(options)),
        authenticator(harness.context.options.http),
        review(harness.engine, *harness.dispatcher),
        results(harness.engine, *harness.dispatcher, harness.context.links) {
    std::promise<int> listening;
    thread_ = std::thread([&] {
      ServeHttp(
          *harness.dispatcher, authenticator, {&review, &results}, false,
          [&](const std::string& url) { listening.set_value(std::atoi(url.substr(url.rfind(':') + 1).c_str())); },
          [this](std::function<void()> stop) { stop_ = std::move(stop); });
    });
    port = listening.get_future().get();
  }
  ~HttpServerFixture() { Stop(); }
  void Stop() {
    if (!thread_.joinable()) return;
    stop_();
    thread_.join();
  }
  std::string Ask(const std::string& bytes) {
    Client client(port);
    client.Write(bytes);
    return client.ReadAnswer();
  }

  Harness harness;
  Authenticator authenticator;
  ReviewApi review;
  HttpResults results;
  int port = 0;

 private:
  static ServerOptions Fix(ServerOptions options) {
    options.http.port = 0;
    options.http.drain_timeout = milliseconds(500);
    return options;
  }
  std::thread thread_;
  std::function<void()> stop_;
};

TEST(Http, BothErasAnswer) {
  HttpServerFixture server;
  const std::string modern =
      server.Ask(PostStateless(Stateless(1, "tools/call", ToolCall("list_databases", Json::object()))));
  EXPECT_EQ(StatusOf(modern), 200);
  EXPECT_EQ(BodyOf(modern)["result"]["resultType"], "complete");
  const std::string begun = server.Ask(
      Post(Dump(Handshake(1, "initialize", {{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}}))));
  EXPECT_EQ(StatusOf(begun), 200);
  const std::size_t at = begun.find("Mcp-Session-Id: ");
  ASSERT_NE(at, std::string::npos);
  const std::string session = begun.substr(at, begun.find("\r\n", at) + 2 - at);
  EXPECT_EQ(StatusOf(server.Ask(Post(Dump(Handshake(2, "ping")), session))), 200);
  EXPECT_EQ(StatusOf(server.Ask(Post(Dump(MakeNotification("notifications/initialized", nullptr)), session))), 202);
  EXPECT_EQ(StatusOf(server.Ask("DELETE /mcp HTTP/1.1\r\nHost: localhost\r\n" + session + "\r\n")), 204);
  EXPECT_EQ(StatusOf(server.Ask(Post(Dump(Handshake(3, "ping")), session))), 404);
}

TEST(Http, StatusSaysWhatIsWrong) {
  ServerOptions options;
  options.limits.bytes = 3000;
  options.http.max_header_bytes = 4096;
  HttpServerFixture server(options);
  const auto status = [&](const std::string& bytes) { return StatusOf(server.Ask(bytes)); };
  const std::string ping = Dump(Handshake(1, "ping"));
  EXPECT_EQ(status("GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n"), 404);
  EXPECT_EQ(status("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405);
  EXPECT_EQ(status("DELETE /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405);
  EXPECT_EQ(status("PUT /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405);
  EXPECT_EQ(status("GET /healthz HTTP/1.1\r\nHost: anything\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /readyz HTTP/1.1\r\nHost: anything\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
  EXPECT_EQ(
      status("POST /mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"),
      403);
  EXPECT_EQ(status(Post(ping, "Origin: https://evil.example\r\n")), 403);
  EXPECT_EQ(status(Post(ping, "Origin: http://localhost:3000\r\n")), 200);
  EXPECT_EQ(status("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
            415);
  EXPECT_EQ(status(Post("nonsense")), 400);
  EXPECT_EQ(status(Post("[]")), 400);
  EXPECT_EQ(status(Post(ping, "MCP-Protocol-Version: 1999-01-01\r\n")), 400);
  EXPECT_EQ(status(Post(ping, "Mcp-Session-Id: nope\r\n")), 404);
  EXPECT_EQ(status(PostStateless(Stateless(1, "nonsense"))), 404);
  std::string padded = ping;
  padded.insert(padded.size() - 1, std::string(3000 - ping.size(), ' '));
  EXPECT_EQ(status(Post(padded)), 200);
  EXPECT_EQ(status(Post(padded + " ")), 413);
  EXPECT_NE(server.Ask(Post(padded + " ")).find("larger than the limit of 3000 bytes"), std::string::npos);
  EXPECT_EQ(status(Post(ping, "X-Long: " + std::string(5000, 'x') + "\r\n")), 431);
  EXPECT_EQ(status("NONSENSE\r\n\r\n"), 400);
  const std::string page = server.Ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(page.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  const auto accepting = [&](const std::string& accept) {
    return StatusOf(server.Ask("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: " +
                               accept + "\r\nContent-Length: " + std::to_string(ping.size()) + "\r\n\r\n" + ping));
  };
  EXPECT_EQ(accepting("*/*"), 200);
  EXPECT_EQ(accepting("text/html, application/json;q=0.1"), 200);
  EXPECT_EQ(accepting("application/json;q=0"), 406);
  EXPECT_EQ(accepting("*/*, application/json; q=0.0, text/event-stream;q=0"), 406);
  EXPECT_EQ(accepting("text/html"), 406);
  EXPECT_EQ(StatusOf(server.Ask(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")),
            405);
}

TEST(Http, AClosedStreamCancelsInTheStatelessEra) {
  HttpServerFixture server;
  Json message = Stateless(1, "tools/call", ToolCall("execute", {{"sql", "slow"}}));
  message["params"]["_meta"]["progressToken"] = 1;
  Client client(server.port);
  client.Write(PostStateless(message));
  EXPECT_NE(client.ReadUntil("notifications/progress").find("text/event-stream"), std::string::npos);
  client.Close();
  for (int i = 0; i < 3000 && server.harness.engine.cancelled == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(server.harness.engine.cancelled, 1);
}

TEST(Http, PeopleWhoThinkHoldUpNobodyElse) {
  ServerOptions options;
  options.workers = 2;
  HttpServerFixture server(options);
  const Json capabilities = {{"elicitation", Json::object()}};
  const std::string begun = server.Ask(
      Post(Dump(Handshake(1, "initialize", {{"protocolVersion", "2025-06-18"}, {"capabilities", capabilities}}))));
  const std::size_t at = begun.find("Mcp-Session-Id: ");
  ASSERT_NE(at, std::string::npos);
  const std::string session = begun.substr(at, begun.find("\r\n", at) + 2 - at);
  std::vector<std::unique_ptr<Client>> thinking;
  for (int id = 10; id < 20; ++id) {
    thinking.push_back(std::make_unique<Client>(server.port));
    thinking.back()->Write(
        Post(Dump(Handshake(id, "tools/call", ToolCall("execute", {{"sql", "expensive"}}))), session));
    ASSERT_NE(thinking.back()->ReadUntil("elicitation/create").find("elicitation/create"), std::string::npos);
  }
  const Json other = Handshake(2, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}}));
  EXPECT_EQ(BodyOf(server.Ask(Post(Dump(other), session)))["result"]["structuredContent"]["row_count"], 2);
  for (const auto& client : thinking) {
    const std::size_t name = client->text.find("toomai-");
    const std::string id = client->text.substr(name, client->text.find('"', name) - name);
    const Json answer = {{"action", "accept"}, {"content", {{"confirm", true}}}};
    const Json message = {{"jsonrpc", "2.0"}, {"id", id}, {"result", answer}};
    EXPECT_EQ(StatusOf(server.Ask(Post(Dump(message), session))), 202);
    EXPECT_NE(client->ReadUntil("row_count").find("row_count"), std::string::npos);
  }
}

// Sends a call that does not end by itself and waits until it runs.
std::unique_ptr<Client> SlowCall(HttpServerFixture& server, int id) {
  auto client = std::make_unique<Client>(server.port);
  client->Write(PostStateless(Stateless(id, "tools/call", ToolCall("execute", {{"sql", "slow"}}))));
  for (int i = 0; i < 3000 && server.harness.dispatcher->in_flight() < static_cast<std::size_t>(id); ++i)
    std::this_thread::sleep_for(milliseconds(10));
  return client;
}

TEST(Http, CallsInFlightAreServedUpToTheLimitAndRefusedBeyond) {
  ServerOptions options;
  options.workers = 3;
  options.http.max_in_flight = 3;
  HttpServerFixture server(options);
  std::vector<std::unique_ptr<Client>> running;
  for (int id = 1; id <= 3; ++id) running.push_back(SlowCall(server, id));
  EXPECT_EQ(server.harness.dispatcher->in_flight(), 3u);
  const std::string refused = server.Ask(Post(Dump(Handshake(9, "ping"))));
  EXPECT_EQ(StatusOf(refused), 503);
  EXPECT_NE(refused.find("Retry-After: 1"), std::string::npos);
  EXPECT_NE(refused.find(R"("id":9)"), std::string::npos) << "whoever waits for 9 must learn of it: " << refused;
  running.pop_back();  // leaving cancels
  for (int i = 0; i < 3000 && server.harness.dispatcher->in_flight() > 2; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(StatusOf(server.Ask(Post(Dump(Handshake(9, "ping"))))), 200);
}

TEST(Http, SessionsAndStreamsAreServedUpToTheLimitAndRefusedBeyond) {
  ServerOptions options;
  options.http.max_streams = 2;
  options.http.max_sessions = 2;
  HttpServerFixture server(options);
  const auto begin = [&] {
    const std::string begun = server.Ask(
        Post(Dump(Handshake(1, "initialize", {{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}}))));
    const std::size_t at = begun.find("Mcp-Session-Id: ");
    return at == std::string::npos ? std::string() : begun.substr(at, begun.find("\r\n", at) + 2 - at);
  };
  const std::string first = begin(), second = begin(), third = begin();
  const std::string ping = Dump(Handshake(2, "ping"));
  EXPECT_EQ(StatusOf(server.Ask(Post(ping, first))), 404) << "the least used makes room";
  std::vector<std::unique_ptr<Client>> listening;
  for (const std::string& session : {second, third}) {
    EXPECT_EQ(StatusOf(server.Ask(Post(ping, session))), 200);
    listening.push_back(std::make_unique<Client>(server.port));
    listening.back()->Write("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" + session + "\r\n");
    EXPECT_EQ(StatusOf(listening.back()->ReadUntil("\r\n\r\n")), 200);
  }
  EXPECT_EQ(begin(), "") << "nobody who listens is put out";
  const Json filter = {{"notifications", {{"resourcesListChanged", true}}}};
  EXPECT_EQ(StatusOf(server.Ask(PostStateless(Stateless(3, "subscriptions/listen", filter)))), 503);
  listening.clear();
  int status = 503;
  for (int i = 0; i < 200 && status == 503; ++i) {
    Client again(server.port);
    again.Write(PostStateless(Stateless(4, "subscriptions/listen", filter)));
    status = StatusOf(again.ReadUntil("\r\n\r\n"));
  }
  EXPECT_EQ(status, 200);
}

TEST(Http, KeptConnectionsAndPipelinedRequests) {
  HttpServerFixture server;
  Client client(server.port);
  const std::string ping = Post(Dump(Handshake(1, "ping")));
  client.Write(ping + ping + ping);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusOf(client.ReadAnswer()), 200);
  for (const char byte : ping) client.Write(std::string(1, byte));
  EXPECT_EQ(StatusOf(client.ReadAnswer()), 200);
}

TEST(Http, DripsAndIdlersAreCutOff) {
  ServerOptions options;
  options.http.read_timeout = milliseconds(200);
  options.http.idle_timeout = milliseconds(300);
  HttpServerFixture server(options);
  Client drip(server.port), idle(server.port);
  drip.Write("POST /mcp HT");
  EXPECT_EQ(StatusOf(drip.ReadUntil("\r\n\r\n", 2000)), 408);
  idle.ReadUntil("never", 2000);
  EXPECT_TRUE(idle.ended);
}

TEST(Http, TokensNameTheCallerAndLimitIt) {
  ServerOptions options;
  TokenOptions token;
  token.name = "ann";
  token.token = Secret("0123456789abcdef");
  token.tools = std::vector<std::string>{"list_databases"};
  token.calls_per_minute = 2;
  options.http.tokens.push_back(token);
  HttpServerFixture server(options);
  const std::string list = Dump(Handshake(1, "tools/list"));
  const std::string none = server.Ask(Post(list));
  EXPECT_EQ(StatusOf(none), 401);
  EXPECT_NE(none.find("WWW-Authenticate: Bearer"), std::string::npos);
  EXPECT_EQ(StatusOf(server.Ask(Post(list, "Authorization: Bearer 0123456789abcdeg\r\n"))), 401);
  EXPECT_EQ(StatusOf(server.Ask("POST /mcp?access_token=0123456789abcdef HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                "application/json\r\nContent-Length: 2\r\n\r\n{}")),
            401);
  const std::string ours = "Authorization: Bearer 0123456789abcdef\r\n";
  EXPECT_EQ(BodyOf(server.Ask(Post(list, ours)))["result"]["tools"].size(), 1u);
  const std::string call = Post(Dump(Handshake(2, "tools/call", ToolCall("list_databases", Json::object()))), ours);
  EXPECT_EQ(StatusOf(server.Ask(call)), 200);
  EXPECT_EQ(StatusOf(server.Ask(call)), 200);
  EXPECT_EQ(StatusOf(server.Ask(call)), 429);
  EXPECT_EQ(StatusOf(server.Ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + ours + "\r\n")), 403);
  EXPECT_EQ(StatusOf(server.Ask("GET /api/entries HTTP/1.1\r\nHost: localhost\r\n\r\n")), 401);
}

std::string Get(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}
std::string PostPage(const std::string& path, const std::string& headers) {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: 2\r\n\r\n{}";
}
TokenOptions TokenFor(const std::string& name, std::optional<std::vector<std::string>> tools) {
  TokenOptions token;
  token.name = name;
  token.token = Secret("0123456789abcdef-" + name);
  token.tools = std::move(tools);
  return token;
}
std::string Bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

// What a token may not do over MCP it may not do through the review page or a download either.
TEST(Http, TheReviewPageAndDownloadsKeepToATokensTools) {
  ServerOptions options;
  options.http.tokens = {TokenFor("asker", std::vector<std::string>{"generate_sql"}),
                         TokenFor("runner", std::vector<std::string>{"execute", "query_history", "generate_sql"})};
  options.http.tokens[1].calls_per_minute = 4;
  HttpServerFixture server(options);
  const std::string asker = Bearer("0123456789abcdef-asker"), runner = Bearer("0123456789abcdef-runner");
  const std::string generate = Dump(Handshake(1, "tools/call", ToolCall("generate_sql", {{"question", "who"}})));
  ASSERT_EQ(StatusOf(server.Ask(Post(generate, asker))), 200);   // entry 1
  ASSERT_EQ(StatusOf(server.Ask(Post(generate, runner))), 200);  // entry 2, and the first of four calls
  for (const std::string path : {"/api/entries", "/api/entries/1", "/api/entries/1/plan", "/api/entries/1/runs",
                                 "/api/schema", "/api/statistics", "/api/drift", "/api/databases", "/results/x"}) {
    EXPECT_EQ(StatusOf(server.Ask(Get(path, asker))), 403) << path;
  }
  EXPECT_EQ(StatusOf(server.Ask(PostPage("/api/entries/1/run", asker))), 403);
  EXPECT_EQ(StatusOf(server.Ask(Get("/api/me", asker))), 200);

  EXPECT_EQ(StatusOf(server.Ask(Get("/api/entries/2/plan", runner))), 403) << "explain_sql is not among its tools";
  EXPECT_EQ(StatusOf(server.Ask(PostPage("/api/entries/2/run", runner))), 200);
  const std::string read = Post(Dump(Handshake(1, "resources/read", {{"uri", "toomai://history/2"}})), runner);
  EXPECT_EQ(StatusOf(server.Ask(read)), 200);
  EXPECT_EQ(StatusOf(server.Ask(read)), 429) << "they count as calls";
  EXPECT_EQ(StatusOf(server.Ask(PostPage("/api/entries/2/run", runner))), 429);
  EXPECT_EQ(StatusOf(server.Ask(Get("/results/x", runner))), 429);
  EXPECT_EQ(StatusOf(server.Ask(Get("/api/entries", runner))), 200) << "looking at the history reaches no database";
}

TEST(Http, DownloadsAreServedUpToTheLimitLeaveWorkersToOthersAndEndWithTheServer) {
  ServerOptions options;
  options.workers = 8;
  options.http.max_downloads = 2;
  HttpServerFixture server(options);
  engine::Caller caller;
  caller.name = "http";
  engine::ExecuteRequest request;
  request.sql = "endless";
  const std::string uri = server.harness.context.links->Offer(caller, request);
  const std::string get = Get(uri.substr(std::string("toomai:/").size()));
  Client first(server.port), second(server.port);  // who read next to nothing
  for (Client* client : {&first, &second}) {
    client->Write(get);
    EXPECT_NE(client->ReadUntil("200 OK").find("200 OK"), std::string::npos);
  }
  EXPECT_EQ(StatusOf(server.Ask(get)), 503);
  EXPECT_EQ(StatusOf(server.Ask(Post(Dump(Handshake(1, "tools/call", ToolCall("list_databases", Json::object())))))),
            200);
  first.Close();
  int status = 503;
  for (int i = 0; i < 3000 && status == 503; ++i) {
    Client third(server.port);
    third.Write(get);
    status = StatusOf(third.ReadUntil("\r\n"));
    if (status == 503) std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(status, 200) << "a place that was left is given again";
  server.Stop();
  EXPECT_EQ(server.harness.engine.cancelled, 3) << "two who left, and one whom the end of the server found reading";
}

TEST(Http, TokensOfAFileHaveNamesOfTheirOwn) {
  const std::string file = testing::TempDir() + "toomai-tokens.json";
  const auto problem = [&](const Json& names) {
    Json tokens = Json::array();
    for (const Json& name : names) tokens.push_back({{"name", name}, {"token", "0123456789abcdef" + Dump(name)}});
    std::ofstream(file) << Dump({{"tokens", tokens}});
    HttpOptions options;
    options.tokens = {TokenFor("ann", std::nullopt)};
    options.tokens_file = file;
    const auto fit = Authenticator(options).Check();
    return fit ? std::string() : fit.error().message;
  };
  EXPECT_EQ(problem({"bob", "carol"}), "");
  EXPECT_NE(problem({"bob", "bob"}).find("entry 2"), std::string::npos);
  EXPECT_NE(problem({"ann"}).find("another token"), std::string::npos);
  EXPECT_NE(problem({"oauth:bob"}).find("':'"), std::string::npos);
}

TEST(Http, NobodyEndsTheSessionsOfOthersByBeginningMany) {
  ServerOptions options;
  options.http.max_sessions = 3;
  options.http.tokens = {TokenFor("ann", std::nullopt), TokenFor("bob", std::nullopt)};
  HttpServerFixture server(options);
  const std::string ann = Bearer("0123456789abcdef-ann"), bob = Bearer("0123456789abcdef-bob");
  const auto begin = [&](const std::string& who) {
    const std::string answer = server.Ask(Post(
        Dump(Handshake(1, "initialize", {{"protocolVersion", "2025-06-18"}, {"capabilities", Json::object()}})), who));
    const std::size_t at = answer.find("Mcp-Session-Id: ");
    return at == std::string::npos ? std::string() : answer.substr(at, answer.find("\r\n", at) + 2 - at);
  };
  const auto lives = [&](const std::string& who, const std::string& session) {
    return StatusOf(server.Ask(Post(Dump(Handshake(2, "ping")), who + session))) == 200;
  };
  const std::string of_ann = begin(ann);
  std::string first, last;
  for (int i = 0; i < 6; ++i) (i == 0 ? first : last) = begin(bob);
  EXPECT_TRUE(lives(ann, of_ann));
  EXPECT_FALSE(lives(bob, first));
  EXPECT_TRUE(lives(bob, last));
  const std::string failed = server.Ask(Post(Dump(Handshake(1, "initialize")), ann));
  EXPECT_EQ(failed.find("Mcp-Session-Id"), std::string::npos) << "what fails begins no session";
}

TEST(Http, RefusesToListenBeyondLoopbackWithoutAuthentication) {
  HttpOptions options;
  options.address = "0.0.0.0";
  EXPECT_FALSE(Authenticator(options).Check());
  options.allow_unauthenticated = true;
  EXPECT_TRUE(Authenticator(options).Check());
  options.tokens.push_back({"short", Secret("tooshort"), {}, {}, 0, "", {}, false, false});
  EXPECT_FALSE(Authenticator(options).Check());
}

// ---- OAuth: tokens signed here with fresh keys ----

struct SigningKey {
  EVP_PKEY* key = nullptr;
  std::string algorithm;
  ~SigningKey() { EVP_PKEY_free(key); }

  std::string Sign(const Json& header, const Json& claims) const {
    const auto url = [](std::string text) {
      for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
      while (!text.empty() && text.back() == '=') text.pop_back();
      return text;
    };
    const std::string data = url(Base64Encode(Dump(header))) + "." + url(Base64Encode(Dump(claims)));
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
    std::size_t length = 0;
    EVP_DigestSign(context, nullptr, &length, reinterpret_cast<const unsigned char*>(data.data()), data.size());
    std::string signature(length, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                   reinterpret_cast<const unsigned char*>(data.data()), data.size());
    signature.resize(length);
    EVP_MD_CTX_free(context);
    if (algorithm == "ES256") {
      const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
      ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(length));
      std::string raw(64, '\0');
      BN_bn2binpad(ECDSA_SIG_get0_r(parsed), reinterpret_cast<unsigned char*>(raw.data()), 32);
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
      ECDSA_SIG_free(parsed);
      signature = raw;
    }
    return data + "." + url(Base64Encode(signature));
  }
  Json Jwk(const std::string& id) const {
    const auto number = [&](const char* name) {
      BIGNUM* value = nullptr;
      EVP_PKEY_get_bn_param(key, name, &value);
      std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
      BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
      BN_free(value);
      return bytes;
    };
    if (algorithm == "RS256")
      return {{"kty", "RSA"}, {"kid", id}, {"n", Base64Encode(number("n"))}, {"e", Base64Encode(number("e"))}};
    const auto padded = [&](const char* name) {
      const std::string bytes = number(name);
      return Base64Encode(std::string(32 - bytes.size(), '\0') + bytes);
    };
    return {{"kty", "EC"}, {"crv", "P-256"}, {"kid", id}, {"x", padded("qx")}, {"y", padded("qy")}};
  }
};

TEST(OAuth, TokensAreCheckedAsAResourceServerMust) {
  SigningKey rsa{EVP_RSA_gen(2048), "RS256"}, ec{EVP_EC_gen("P-256"), "ES256"}, stranger{EVP_EC_gen("P-256"), "ES256"};
  const std::string file = testing::TempDir() + "toomai-jwks.json";
  std::ofstream(file) << Dump({{"keys", Json::array({rsa.Jwk("r"), ec.Jwk("e")})}});
  ServerOptions options;
  options.http.oauth.issuer = "https://login.example";
  options.http.oauth.jwks_file = file;
  options.http.oauth.resource = "https://toomai.example/mcp";
  HttpServerFixture server(options);
  ASSERT_TRUE(server.authenticator.Check());

  const std::int64_t now = std::time(nullptr);
  const Json good = {{"iss", "https://login.example"},
                     {"aud", "https://toomai.example/mcp"},
                     {"exp", now + 300},
                     {"sub", "ann"},
                     {"scope", "toomai"}};
  const auto status = [&](const SigningKey& key, const std::string& id, Json claims) {
    const std::string token = key.Sign({{"alg", key.algorithm}, {"kid", id}}, claims);
    return StatusOf(server.Ask(Post(Dump(Handshake(1, "ping")), "Authorization: Bearer " + token + "\r\n")));
  };
  const auto with = [&](const std::string& name, Json value) {
    Json claims = good;
    claims[name] = std::move(value);
    return claims;
  };
  EXPECT_EQ(status(rsa, "r", good), 200);
  EXPECT_EQ(status(ec, "e", good), 200);
  EXPECT_EQ(status(ec, "e", with("aud", {"x", "https://toomai.example/mcp"})), 200);
  EXPECT_EQ(status(ec, "e", with("scope", "toomai:review")), 200);
  EXPECT_EQ(status(stranger, "e", good), 401);
  EXPECT_EQ(status(ec, "e", with("iss", "https://evil.example")), 401);
  EXPECT_EQ(status(ec, "e", with("aud", "https://other.example")), 401);
  EXPECT_EQ(status(ec, "e", with("exp", now - 100)), 401);
  EXPECT_EQ(status(ec, "e", with("nbf", now + 100)), 401);
  EXPECT_EQ(status(ec, "e", with("scope", "mail")), 403);
  SigningKey none{EVP_EC_gen("P-256"), "none"};
  EXPECT_EQ(status(none, "e", good), 401);
  const std::string challenge = server.Ask(Post("{}"));
  EXPECT_NE(challenge.find("resource_metadata=\"https://toomai.example/.well-known/oauth-protected-resource\""),
            std::string::npos);
  const Json metadata = BodyOf(server.Ask("GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(metadata["resource"], "https://toomai.example/mcp");
  EXPECT_EQ(metadata["authorization_servers"][0], "https://login.example");
}

struct AccessTokenServer {
  explicit AccessTokenServer(ServerOptions options = {}) : server(WithKeys(std::move(options))) {}

  ServerOptions WithKeys(ServerOptions options) {
    const std::string file = testing::TempDir() + "toomai-jwks-one.json";
    std::ofstream(file) << Dump({{"keys", Json::array({key.Jwk("e")})}});
    options.http.oauth.issuer = "https://login.example";
    options.http.oauth.jwks_file = file;
    options.http.oauth.resource = "https://toomai.example/mcp";
    return options;
  }
  // The authorization of a token with these claims beside those that each needs.
  std::string Token(const Json& claims) const {
    Json all = {{"iss", "https://login.example"},
                {"aud", "https://toomai.example/mcp"},
                {"exp", std::time(nullptr) + 300},
                {"scope", "toomai"}};
    all.update(claims);
    return Bearer(key.Sign({{"alg", "ES256"}, {"kid", "e"}}, all));
  }
  std::string Call(const std::string& authorization, const std::string& tool, Json arguments) {
    return server.Ask(Post(Dump(Handshake(1, "tools/call", ToolCall(tool, std::move(arguments)))), authorization));
  }

  SigningKey key{EVP_EC_gen("P-256"), "ES256"};
  HttpServerFixture server;
};

TEST(OAuth, ATokenThatDoesNotNameItsDatabaseRoleIsRefused) {
  ServerOptions options;
  options.http.oauth.role_claim = "pgrole";
  AccessTokenServer server(options);
  const auto status = [&](const Json& claims) {
    return StatusOf(server.Call(server.Token(claims), "list_databases", Json::object()));
  };
  EXPECT_EQ(status({{"sub", "ann"}, {"pgrole", "r1"}}), 200);
  EXPECT_EQ(status({{"sub", "ann"}}), 403);
  EXPECT_EQ(status({{"sub", "ann"}, {"pgrole", ""}}), 403);
  EXPECT_EQ(status({{"sub", "ann"}, {"pgrole", {"r1"}}}), 403);
  EXPECT_EQ(status({{"pgrole", "r1"}}), 401) << "a token must name somebody";
}

TEST(OAuth, SubjectsAndTokensHaveNamesOfTheirOwn) {
  ServerOptions options;
  options.http.tokens = {TokenFor("boss", std::nullopt)};
  AccessTokenServer server(options);
  const auto entries = [&](const std::string& authorization) {
    const Json answer = BodyOf(server.Call(authorization, "query_history", Json::object()));
    return Json::parse(answer["result"]["content"][0]["text"].get<std::string>())["entries"].size();
  };
  const std::string longer(200, 'x');
  const std::string asked = server.Token({{"sub", "boss"}}), long_one = server.Token({{"sub", longer + "1"}});
  server.Call(asked, "generate_sql", {{"question", "who"}});
  server.Call(long_one, "generate_sql", {{"question", "who"}});
  EXPECT_EQ(entries(asked), 1u);
  EXPECT_EQ(entries(Bearer("0123456789abcdef-boss")), 0u);
  EXPECT_EQ(entries(long_one), 1u);
  EXPECT_EQ(entries(server.Token({{"sub", longer + "2"}})), 0u);
}

TEST(Http, ASlowReaderIsCutOffNotBuffered) {
  ServerOptions options;
  options.http.max_unsent_bytes = 256 << 10;
  options.http.write_timeout = milliseconds(500);
  HttpServerFixture server(options);
  Client client(server.port);
  const std::string call = PostStateless(Stateless(1, "tools/list"));
  for (int i = 0; i < 4000 && client.Write(call); ++i) {
  }
  for (int i = 0; i < 3000; ++i) {
    const std::string metrics = server.Ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if (metrics.find("\ntoomai_http_connections 1\n") != std::string::npos) return SUCCEED();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "the slow reader is still connected";
}

// What a whole request with any body may be answered with: never a hang, never "internal error", and a refusal says
// why.
void ExpectRightAnswer(const std::string& answer, const std::string& body) {
  constexpr int kRight[] = {200, 202, 400, 404, 413};
  const int status = StatusOf(answer);
  EXPECT_NE(std::find(std::begin(kRight), std::end(kRight), status), std::end(kRight)) << answer << "\nto " << body;
  if (status < 400) return;
  const Json refusal = BodyOf(answer);
  EXPECT_EQ(refusal["jsonrpc"], "2.0") << answer << "\nto " << body;
  EXPECT_TRUE(refusal["error"]["code"].is_number_integer()) << answer << "\nto " << body;
}

TEST(Http, TenThousandHostileRequests) {
  HttpServerFixture server;
  HostileInputs inputs(20261121);
  const std::size_t before = ResidentKb();
  int refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = inputs.Next();
    const std::size_t kind = inputs.Pick(4);
    std::string bytes = kind == 1   ? Post(text, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n")
                        : kind == 2 ? text
                                    : Post(text);
    if (kind == 3) bytes[inputs.Pick(bytes.size())] = static_cast<char>(inputs.Pick(256));
    Client client(server.port);
    ASSERT_TRUE(client.connected) << i;
    client.Write(bytes);
    if (kind > 1) continue;  // not whole, perhaps: its answer comes with the end of a timeout
    const std::string answer = client.ReadAnswer();
    ASSERT_FALSE(answer.empty()) << text;
    ExpectRightAnswer(answer, text);
    refused += StatusOf(answer) >= 400 ? 1 : 0;
  }
  EXPECT_GT(refused, 1'000);
  const std::string large(2 << 20, 'x');
  for (int i = 0; i < 20; ++i) EXPECT_EQ(StatusOf(server.Ask(Post(large))), 413);
  EXPECT_LT(ResidentKb(), before + (64 << 10)) << "memory is bounded";
  Client drip(server.port);
  for (const char c : Post(Dump(Handshake(1, "ping")))) drip.Write({&c, 1});
  EXPECT_EQ(StatusOf(drip.ReadAnswer()), 200);
}

TEST(Http, AThousandStreamsAndTwoHundredCallsLeaveOthersServed) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 4096) GTEST_SKIP() << "needs 4096 file descriptors";
  ServerOptions options;
  options.workers = 8;
  options.queue = 400;
  HttpServerFixture server(options);
  const auto time_of_each = [&] {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) EXPECT_EQ(StatusOf(server.Ask(PostStateless(Stateless(3, "tools/list")))), 200);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count() / 50;
  };
  const double alone = time_of_each();
  std::vector<std::unique_ptr<Client>> clients;
  const std::string listen =
      PostStateless(Stateless(1, "subscriptions/listen", {{"notifications", {{"resourcesListChanged", true}}}}));
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<Client>(server.port));
    ASSERT_TRUE(clients.back()->Write(listen));
    ASSERT_NE(clients.back()->ReadUntil("acknowledged").find("acknowledged"), std::string::npos) << i;
  }
  const std::string slow = PostStateless(Stateless(2, "tools/call", ToolCall("execute", {{"sql", "slow"}})));
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<Client>(server.port));
    clients.back()->Write(slow);
  }
  const double each = time_of_each();
  EXPECT_LT(each, 50 * alone) << "they are served beside all that";
  std::printf(
      "with 1000 streams and 200 calls: %.2f times the time of a request alone, %zu MiB resident (server and "
      "clients)\n",
      each / alone, ResidentKb() / 1024);
  clients.clear();
  server.Stop();
  EXPECT_GE(server.harness.engine.cancelled, 8);
}

}  // namespace
}  // namespace toomai::mcp
