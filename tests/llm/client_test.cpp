// The client against a server that misbehaves by script.
#include "llm/client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/metrics.h"
#include "tests/llm/scripted_server.h"

namespace toomai::llm {
namespace {

using namespace std::chrono_literals;

EndpointOptions EndpointOf(const ScriptedServer& server, const std::string& name = "main") {
  EndpointOptions options;
  options.name = name;
  options.base_url = server.url();
  options.model = "scripted";
  options.api_key = Secret("sk-very-secret-key");
  return options;
}

ClientOptions OptionsFor(EndpointOptions endpoint) {
  ClientOptions options;
  options.endpoints = {std::move(endpoint)};
  options.first_backoff = 5ms;
  return options;
}

Request Ask(const std::string& text = "hello") {
  Request request;
  request.messages = {{Role::kSystem, "rules"}, {Role::kUser, text}};
  return request;
}

nlohmann::json Body(const ScriptedRequest& request) {
  return nlohmann::json::parse(request.body);
}

TEST(Client, AsksAndReads) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("hi"); });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.price_prompt = 10;
  endpoint.price_completion = 100;
  Client client(OptionsFor(endpoint));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->choices[0].text, "hi");
  EXPECT_EQ(reply->usage.prompt_tokens, 100);
  EXPECT_NEAR(reply->usage.cost, (100 * 10 + 20 * 100) / 1e6, 1e-12);
  EXPECT_EQ(reply->calls, 1);
  EXPECT_EQ(server.last().path, "/v1/chat/completions");
  EXPECT_EQ(server.last().headers["authorization"], "Bearer sk-very-secret-key");
  EXPECT_EQ(Body(server.last())["messages"][0]["role"], "system");
}

TEST(Client, SpeaksAzure) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("hi"); });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.base_url += "/openai/deployments/d";
  endpoint.auth_header = "api-key";
  endpoint.auth_scheme = "";
  endpoint.query_params = {{"api-version", "2024-10-21"}};
  endpoint.extra_body = R"({"top_p": 0.5})";
  Client client(OptionsFor(endpoint));
  ASSERT_TRUE(client.Complete(Deadline::After(5s), Ask()));
  EXPECT_EQ(server.last().path, "/v1/openai/deployments/d/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(server.last().headers["api-key"], "sk-very-secret-key");
  EXPECT_EQ(Body(server.last())["top_p"], 0.5);
}

TEST(Client, LearnsWhatAServerDoesNotTake) {
  ScriptedServer server([](const ScriptedRequest& request) {
    const auto body = Body(request);
    if (body.contains("max_tokens")) {
      return ErrorReply(
          400,
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          "max_tokens", "unsupported_parameter");
    }
    if (body.contains("temperature"))
      return ErrorReply(400, "Unsupported value: 'temperature' does not support 0.", "temperature");
    if (body["messages"][0]["role"] == "system") {
      return ErrorReply(400, "This model does not support the role 'system'; use 'developer'.", "messages[0].role");
    }
    return Answer("ok");
  });
  Client client(OptionsFor(EndpointOf(server)));
  ASSERT_TRUE(client.Complete(Deadline::After(5s), Ask()));
  EXPECT_EQ(server.requests(), 4);
  ASSERT_TRUE(client.Complete(Deadline::After(5s), Ask()));
  EXPECT_EQ(server.requests(), 5) << "what was learned must be kept";
  EXPECT_EQ(Body(server.last())["messages"][0]["role"], "developer");
  EXPECT_EQ(client.States()[0].quirks,
            (std::vector<std::string>{"max_completion_tokens", "developer role", "no temperature"}));
}

TEST(Client, FallsFromSchemaToObjectToText) {
  ScriptedServer server([](const ScriptedRequest& request) {
    const auto body = Body(request);
    if (body.contains("response_format")) return ErrorReply(400, "This response_format type is unavailable now");
    return Answer("ok");
  });
  Request request = Ask();
  request.json_schema = R"({"type":"object"})";
  request.json_note = "as one object";
  Client text(OptionsFor(EndpointOf(server)));
  ASSERT_TRUE(text.Complete(Deadline::After(5s), request));
  EXPECT_EQ(server.requests(), 1);  // nothing of it unless it is wanted
  EXPECT_EQ(server.last().body.find("as one object"), std::string::npos);
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.json_replies = true;
  Client client(OptionsFor(endpoint));
  ASSERT_TRUE(client.Complete(Deadline::After(5s), request));
  EXPECT_EQ(server.requests(), 1 + 3);
  EXPECT_NE(server.last().body.find("as one object"), std::string::npos);
}

TEST(Client, WaitsAsLongAsTheServerAsks) {
  ScriptedServer server([](const ScriptedRequest& request) {
    if (request.number > 0) return Answer("ok");
    auto reply = ErrorReply(429, "slow down", "", "rate_limit_exceeded");
    reply.headers = {"Retry-After: 0.3"};
    return reply;
  });
  Client client(OptionsFor(EndpointOf(server)));
  const auto started = std::chrono::steady_clock::now();
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply);
  EXPECT_GE(std::chrono::steady_clock::now() - started, 290ms);
  EXPECT_EQ(reply->calls, 2);
}

TEST(Client, DoesNotOutwaitTheDeadline) {
  ScriptedServer server([](const ScriptedRequest&) {
    auto reply = ErrorReply(429, "slow down");
    reply.headers = {"Retry-After: 30"};
    return reply;
  });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(500ms), Ask());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kBusy) << "waiting until the deadline would have been in vain";
}

TEST(Client, QuotaIsNotRetried) {
  ScriptedServer server(
      [](const ScriptedRequest&) { return ErrorReply(429, "You exceeded your quota", "", "insufficient_quota"); });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kRejected);
  EXPECT_EQ(server.requests(), 1);
}

TEST(Client, RetriesWhatBreaksAndNeverTrustsHalfAReply) {
  ScriptedServer server([](const ScriptedRequest& request) {
    switch (request.number) {
      case 0: {
        ScriptedReply reply;
        reply.reset = true;
        return reply;
      }
      case 1: {
        ScriptedReply reply = Answer("SELECT 1 WHERE secret");
        reply.missing = 40;
        return reply;
      }
      default:
        return Answer("whole");
    }
  });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->choices[0].text, "whole");
}

TEST(Client, DamagedRepliesEndInAClearError) {
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"application/json", R"({"choices":[{"message":{"content":"SELECT)"},
      {"application/json", R"({"choices":[]})"},
      {"application/json", R"({"choices":[{"message":{"content":null}}]})"},
      {"application/json", "[1,2]"},
      {"application/json", ""},
      {"application/json", std::string(2000, '[')},
      {"text/html", "<html>gateway</html>"}};
  for (const auto& [type, text] : bodies) {
    ScriptedServer server([&](const ScriptedRequest&) {
      ScriptedReply reply;
      reply.type = type;
      reply.pieces = {text};
      return reply;
    });
    Client client(OptionsFor(EndpointOf(server)));
    auto reply = client.Complete(Deadline::After(5s), Ask());
    ASSERT_FALSE(reply) << text;
    EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable) << text;
    EXPECT_EQ(server.requests(), 3) << text;
  }
}

TEST(Client, AReplyHasASize) {
  for (const std::size_t size : {1000u, 1001u}) {
    ScriptedServer server([&](const ScriptedRequest&) {
      ScriptedReply reply = Answer("x");
      reply.pieces.push_back(std::string(size - reply.pieces[0].size(), ' '));
      return reply;
    });
    EndpointOptions endpoint = EndpointOf(server);
    endpoint.max_reply_bytes = 1000;
    endpoint.retries = 0;
    Client client(OptionsFor(endpoint));
    EXPECT_EQ(client.Complete(Deadline::After(5s), Ask()).has_value(), size == 1000);
  }
}

TEST(Client, CutRepliesAreAskedForAgainOnce) {
  ScriptedServer server([](const ScriptedRequest& request) {
    return Body(request)["max_tokens"] == 2048 ? Answer("SELECT * FROM t", "length")
                                               : Answer("SELECT * FROM t WHERE x");
  });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->choices[0].truncated);
  EXPECT_EQ(reply->usage.completion_tokens, 40) << "both calls are counted";
  EXPECT_EQ(Body(server.last())["max_tokens"], 8192);
}

TEST(Client, StopsAtTheDeadlineAndWhenTold) {
  ScriptedServer server([](const ScriptedRequest&) {
    auto reply = Answer("late");
    reply.delay = 10s;
    return reply;
  });
  Client client(OptionsFor(EndpointOf(server)));
  const auto time_with = [&](std::chrono::milliseconds deadline) {
    const auto started = std::chrono::steady_clock::now();
    auto late = client.Complete(Deadline::After(deadline), Ask());
    EXPECT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
    return std::chrono::steady_clock::now() - started;
  };
  EXPECT_LT(time_with(200ms), time_with(1500ms));

  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  auto stopped = client.Complete(Deadline::After(5s, stop.get_token()), Ask());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled) << "before the deadline, and before the reply";
}

TEST(Client, AReplyThatStallsIsGivenUp) {
  ScriptedServer server([](const ScriptedRequest&) {
    ScriptedReply reply;
    reply.pieces = {"{\"choices\":", "[]}"};
    reply.pause = 2s;
    return reply;
  });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.stall_timeout = 150ms;
  endpoint.retries = 0;
  Client client(OptionsFor(endpoint));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("stopped in the middle"), std::string::npos) << reply.error().message;
}

TEST(Client, TheSecondEndpointAnswersWhenTheFirstIsDownAndTheBreakerSavesTheTime) {
  ScriptedServer broken([](const ScriptedRequest&) { return ErrorReply(500, "no"); });
  ScriptedServer good([](const ScriptedRequest&) { return Answer("ok"); });
  ClientOptions options = OptionsFor(EndpointOf(broken, "first"));
  options.endpoints[0].breaker_failures = 3;
  options.endpoints[0].breaker_cooldown = 200ms;
  options.endpoints.push_back(EndpointOf(good, "second"));
  Client client(options);
  for (int i = 0; i < 4; ++i) {
    auto reply = client.Complete(Deadline::After(5s), Ask());
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->endpoint, "second");
  }
  EXPECT_EQ(broken.requests(), 3);
  EXPECT_EQ(client.States()[0].breaker, BreakerState::kOpen);
  EXPECT_NE(MetricsText().find("toomai_llm_breaker_open{endpoint=\"first\"} 1"), std::string::npos);
  std::this_thread::sleep_for(220ms);
  ASSERT_TRUE(client.Complete(Deadline::After(5s), Ask()));
  EXPECT_EQ(broken.requests(), 4) << "one trial after the pause";
}

ScriptedReply Hanging() {
  ScriptedReply reply = Answer("late");
  reply.delay = 10s;
  return reply;
}

TEST(Client, AnEndpointThatHangsLeavesTheNextOneItsTime) {
  ScriptedServer hanging([](const ScriptedRequest&) { return Hanging(); });
  ScriptedServer good([](const ScriptedRequest&) { return Answer("ok"); });
  ClientOptions options = OptionsFor(EndpointOf(hanging, "hangs"));
  options.endpoints.push_back(EndpointOf(good, "good"));
  Client client(options);
  auto reply = client.Complete(Deadline::After(1s), Ask());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->endpoint, "good");
  EXPECT_EQ(hanging.requests(), 1);
}

TEST(Client, HangingOpensTheBreakerAndHasteDoesNot) {
  for (const auto& [fair, expected] :
       {std::pair{50ms, BreakerState::kOpen}, std::pair{5000ms, BreakerState::kClosed}}) {
    ScriptedServer hanging([](const ScriptedRequest&) { return Hanging(); });
    ClientOptions options = OptionsFor(EndpointOf(hanging));
    options.endpoints[0].breaker_failures = 2;
    options.fair_wait = fair;
    Client client(options);
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(client.Complete(Deadline::After(100ms), Ask()));
    EXPECT_EQ(client.States()[0].breaker, expected);
  }
}

TEST(Client, KeysAreNeverShown) {
  ScriptedServer server(
      [](const ScriptedRequest&) { return ErrorReply(401, "Incorrect API key provided: sk-very-secret-key."); });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kRejected);
  EXPECT_EQ(server.requests(), 1);
  EXPECT_EQ(reply.error().message.find("sk-very"), std::string::npos) << reply.error().message;
  EXPECT_EQ(client.States()[0].last_error.find("sk-very"), std::string::npos);
}

TEST(Client, StreamsInPiecesCutAnywhere) {
  const std::string whole =
      ": keepalive\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"東\"}}]}\r\n\r\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"京\"},\"finish_reason\":\"stop\"}]}\r\n\r\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\r\n\r\ndata: [DONE]\r\n\r\n";
  ScriptedServer server([&](const ScriptedRequest&) {
    ScriptedReply reply;
    reply.type = "text/event-stream";
    for (std::size_t i = 0; i < whole.size(); i += 3) reply.pieces.push_back(whole.substr(i, 3));
    return reply;
  });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.stream = true;
  Client client(OptionsFor(endpoint));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->choices[0].text, "東京");
  EXPECT_EQ(reply->usage.prompt_tokens, 7);
}

TEST(Client, AServerThatDoesNotStreamAnswersInOnePiece) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("SELECT 1"); });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.stream = true;
  Client client(OptionsFor(endpoint));
  const auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->choices[0].text, "SELECT 1");
  EXPECT_EQ(server.requests(), 1);
}

TEST(Client, ARedirectIsNotFollowedAndSaysWhereItLeads) {
  ScriptedServer server([](const ScriptedRequest&) {
    ScriptedReply reply;
    reply.status = 302;
    reply.headers = {"Location: https://elsewhere.example/v1?key=sk-very-secret-key-0123456789"};
    return reply;
  });
  Client client(OptionsFor(EndpointOf(server)));
  const auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("redirects to https://elsewhere.example/v1"), std::string::npos)
      << reply.error().message;
  EXPECT_EQ(reply.error().message.find("sk-very"), std::string::npos) << reply.error().message;
}

TEST(Client, TroubleWithTheProxyNamesTheProxy) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("SELECT 1"); });
  EndpointOptions endpoint = EndpointOf(server);
  endpoint.proxy = "http://user:pass@127.0.0.1:1";
  endpoint.retries = 0;
  Client client(OptionsFor(endpoint));
  const auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("through the proxy 127.0.0.1:1"), std::string::npos) << reply.error().message;
  EXPECT_EQ(reply.error().message.find("user:pass"), std::string::npos);
}

TEST(Client, AStreamThatEndsEarlyOrIsDamagedIsNotTrusted) {
  const std::string piece = R"({"choices":[{"index":0,"delta":{"content":"SELECT"}}]})";
  for (const auto& events : {std::vector<std::string>{piece}, std::vector<std::string>{piece, "{not json", "[DONE]"}}) {
    ScriptedServer server([&](const ScriptedRequest&) { return Events(events); });
    EndpointOptions endpoint = EndpointOf(server);
    endpoint.stream = true;
    endpoint.retries = 0;
    Client client(OptionsFor(endpoint));
    EXPECT_FALSE(client.Complete(Deadline::After(5s), Ask()));
  }
}

TEST(Client, SeveralSamplesWhereTheServerGivesOne) {
  ScriptedServer server([](const ScriptedRequest& request) {
    if (Body(request).contains("n")) return ErrorReply(400, "n is not supported", "n");
    return Answer("answer " + std::to_string(request.number));
  });
  Client client(OptionsFor(EndpointOf(server)));
  Request request = Ask();
  request.samples = 3;
  auto reply = client.Complete(Deadline::After(5s), request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->choices.size(), 3u);
  EXPECT_EQ(reply->usage.prompt_tokens, 300);
}

TEST(Client, TwoHundredAtOnce) {
  ScriptedServer server([](const ScriptedRequest&) {
    auto reply = Answer("ok");
    reply.delay = 300ms;
    return reply;
  });
  Client alone(OptionsFor(EndpointOf(server)));
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(alone.Complete(Deadline::After(20s), Ask()));
  const auto one = std::chrono::steady_clock::now() - began;
  for (const auto& [limit, least, most] : {std::tuple{200, 290ms, 6 * one}, std::tuple{50, 1190ms, 12 * one}}) {
    EndpointOptions endpoint = EndpointOf(server);
    endpoint.max_concurrent = limit;
    Client client(OptionsFor(endpoint));
    std::atomic<int> good{0};
    const auto started = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 200; ++i) {
        threads.emplace_back([&] { good += client.Complete(Deadline::After(20s), Ask()).has_value() ? 1 : 0; });
      }
    }
    const auto took = std::chrono::steady_clock::now() - started;
    EXPECT_EQ(good, 200);
    EXPECT_GE(took, least);
    EXPECT_LT(took, most);
    EXPECT_LE(client.States()[0].in_flight, 0);
  }
}

TEST(Client, TheBudgetIsKept) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("ok"); });
  ClientOptions options = OptionsFor(EndpointOf(server));
  options.budget.daily_tokens_per_caller = 350;
  Client client(options);
  Request request = Ask();
  request.max_output_tokens = 100;
  request.caller = "ann";
  ASSERT_TRUE(client.Complete(Deadline::After(5s), request));  // 120 spent
  ASSERT_TRUE(client.Complete(Deadline::After(5s), request));  // 240
  auto third = client.Complete(Deadline::After(5s), request);  // 240 + more than 100
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kRejected);
  EXPECT_EQ(server.requests(), 2);
  request.caller = "bob";
  EXPECT_TRUE(client.Complete(Deadline::After(5s), request));
}

TEST(Client, SaysWhenAPromptIsTooLong) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ErrorReply(400, "This model's maximum context length is 8192 tokens.", "messages",
                      "context_length_exceeded");
  });
  Client client(OptionsFor(EndpointOf(server)));
  auto reply = client.Complete(Deadline::After(5s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_TRUE(IsContextOverflow(reply.error()));
  EXPECT_EQ(server.requests(), 1);
}

TEST(Client, NoModelIsSaidClearly) {
  Client client(ClientOptions{});
  EXPECT_FALSE(client.configured());
  auto reply = client.Complete(Deadline::After(1s), Ask());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().hint.find("OPENAI"), std::string::npos);
}

TEST(Client, ConnectionsAreUsedAgain) {
  ScriptedServer server([](const ScriptedRequest&) { return Answer("ok"); });
  Client client(OptionsFor(EndpointOf(server)));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.Complete(Deadline::After(5s), Ask()));
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace toomai::llm
