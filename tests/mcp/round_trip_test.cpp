// What a call may ask of its client beyond the usual: SQL of the client's own model, forms only where they are known;
// and tools that come and go.
#include "mcp/arguments.h"
#include "mcp/render.h"
#include "tests/mcp/harness.h"

namespace toomai::mcp {
namespace {

ServerOptions WithSampling() {
  ServerOptions options;
  options.sampling = true;
  return options;
}

const Json kSampling = {{"sampling", Json::object()}};
const Json kUnknown = ToolCall("generate_sql", {{"question", "unknown"}});

Json Reply(const std::string& text) {
  return {{"role", "assistant"}, {"model", "claude"}, {"content", {{"type", "text"}, {"text", text}}}};
}

TEST(Sampling, IsOffByDefaultAndNeedsTheClientsOffer) {
  Harness off, on(WithSampling());
  EXPECT_EQ(off.Answer(Stateless(1, "tools/call", kUnknown, kSampling))["result"]["resultType"], "complete");
  EXPECT_EQ(on.Answer(Stateless(1, "tools/call", kUnknown))["result"]["resultType"], "complete");
  const Json known = ToolCall("generate_sql", {{"question", "names?"}});
  EXPECT_EQ(on.Answer(Stateless(2, "tools/call", known, kSampling))["result"]["resultType"], "complete");
}

TEST(Sampling, TheClientsModelWritesSqlThatIsChecked) {
  Harness harness(WithSampling());
  for (const char* tool : {"generate_sql", "ask"}) {
    Json params = ToolCall(tool, {{"question", "unknown"}});
    const Json asked = harness.Answer(Stateless(1, "tools/call", params, kSampling))["result"];
    ASSERT_EQ(asked["resultType"], "input_required") << asked;
    const Json request = asked["inputRequests"]["client_model"];
    EXPECT_EQ(request["method"], "sampling/createMessage");
    const std::string prompt = request["params"]["messages"][0]["content"]["text"];
    EXPECT_NE(prompt.find("customers(id integer"), std::string::npos);
    EXPECT_NE(prompt.find("Question: unknown"), std::string::npos);
    params["requestState"] = asked["requestState"];
    params["inputResponses"] = {{"client_model", Reply("Here:\n```sql\nSELECT name FROM customers\n```")}};
    const Json done = harness.Answer(Stateless(2, "tools/call", params, kSampling))["result"]["structuredContent"];
    EXPECT_EQ(done["status"], "ok") << done;
    EXPECT_EQ(done["sql"], "SELECT name FROM customers LIMIT 50");
    EXPECT_EQ(done["source"], "client");
    EXPECT_EQ(done.contains("rows"), std::string(tool) == "ask");
    // What it writes is text like any other.
    for (const char* bad : {"```sql\nDELETE FROM customers\n```", "I cannot.", ""}) {
      params["inputResponses"] = {{"client_model", Reply(bad)}};
      const Json refused = harness.Answer(Stateless(3, "tools/call", params, kSampling))["result"]["structuredContent"];
      EXPECT_EQ(refused["status"], "refused") << bad;
      EXPECT_TRUE(refused["refusal"].contains("schema_context"));
    }
  }
}

TEST(Sampling, AHandshakeClientIsAskedOverItsStream) {
  Harness harness(WithSampling());
  harness.Answer(Handshake(1, "initialize", {{"protocolVersion", "2025-06-18"}, {"capabilities", kSampling}}));
  const auto outlet = harness.Send(Handshake(2, "tools/call", kUnknown));
  ASSERT_TRUE(outlet->WaitForNotice(1));
  const Json question = outlet->notices[0];
  EXPECT_EQ(question["method"], "sampling/createMessage");
  // Refused by the person: the ordinary refusal.
  harness.Send({{"jsonrpc", "2.0"}, {"id", question["id"]}, {"error", {{"code", -1}, {"message", "no"}}}});
  ASSERT_TRUE(outlet->Wait());
  EXPECT_EQ(outlet->answer["result"]["structuredContent"]["status"], "refused");
}

TEST(Elicitation, AClientThatOnlyOpensAddressesIsNotSentForms) {
  Harness harness;
  const Json ambiguous = ToolCall("ask", {{"question", "ambiguous"}});
  const auto kind = [&](Json elicitation) {
    return harness.Answer(
        Stateless(1, "tools/call", ambiguous, {{"elicitation", std::move(elicitation)}}))["result"]["resultType"];
  };
  EXPECT_EQ(kind(Json::object()), "input_required");
  EXPECT_EQ(kind({{"form", Json::object()}, {"url", Json::object()}}), "input_required");
  EXPECT_EQ(kind({{"url", Json::object()}}), "complete");
}

// The answer alone fits through it, as with a POST that accepts JSON only.
class NarrowOutlet : public CollectingOutlet {
 public:
  bool carries_notices() const override { return false; }
};

TEST(Elicitation, AClientThatCannotBeReachedIsNotWaitedFor) {
  Harness harness;
  harness.Answer(Handshake(1, "initialize",
                           {{"protocolVersion", "2025-11-25"}, {"capabilities", {{"elicitation", Json::object()}}}}));
  const auto outlet = std::make_shared<NarrowOutlet>();
  auto message = ParseMessage(Dump(Handshake(2, "tools/call", ToolCall("execute", {{"sql", "expensive"}}))), {});
  harness.dispatcher->Handle({std::move(*message), harness.session, harness.caller, outlet, std::nullopt});
  ASSERT_TRUE(outlet->Wait());
  EXPECT_EQ(outlet->answer["result"]["isError"], true);
  // An open stream of the session is a way, too.
  const auto stream = std::make_shared<CollectingOutlet>();
  harness.session->AddStream(stream);
  const auto second = std::make_shared<NarrowOutlet>();
  message = ParseMessage(Dump(Handshake(3, "tools/call", ToolCall("execute", {{"sql", "expensive"}}))), {});
  harness.dispatcher->Handle({std::move(*message), harness.session, harness.caller, second, std::nullopt});
  ASSERT_TRUE(stream->WaitForNotice(1));
  harness.Send({{"jsonrpc", "2.0"}, {"id", stream->notices[0]["id"]}, {"result", {{"action", "cancel"}}}});
  ASSERT_TRUE(second->Wait());
  EXPECT_EQ(second->answer["result"]["isError"], true);
}

const Json kForms = {{"elicitation", Json::object()}};
Json Expensive(int id) {
  return Handshake(id, "tools/call", ToolCall("execute", {{"sql", "expensive"}}));
}
Json Yes(const Json& question) {
  return {
      {"jsonrpc", "2.0"}, {"id", question["id"]}, {"result", {{"action", "accept"}, {"content", {{"confirm", true}}}}}};
}

// A server with few workers and a handshake-era client that can be asked.
struct Waiting : Harness {
  explicit Waiting(std::size_t workers, std::size_t queue = 256, milliseconds patience = milliseconds(60'000))
      : Harness(Few(workers, queue, patience)) {
    Answer(Handshake(1, "initialize", {{"protocolVersion", "2025-11-25"}, {"capabilities", kForms}}));
  }
  static ServerOptions Few(std::size_t workers, std::size_t queue, milliseconds patience) {
    ServerOptions options;
    options.workers = workers;
    options.queue = queue;
    options.question_timeout = patience;
    return options;
  }
  // A worker counts until it has returned, a moment after its answer.
  bool InFlightBecomes(std::size_t expected) const {
    for (int i = 0; i < 500 && dispatcher->in_flight() != expected; ++i) std::this_thread::sleep_for(milliseconds(10));
    return dispatcher->in_flight() == expected;
  }
  std::shared_ptr<CollectingOutlet> Asked(int id, std::shared_ptr<InFlight>* in_flight = nullptr) {
    const auto outlet = Send(Expensive(id), in_flight);
    EXPECT_TRUE(outlet->WaitForNotice(1)) << "call " << id << " was not asked";
    return outlet;
  }
};

TEST(WaitingForAPerson, HoldsNoWorker) {
  Waiting server(2);
  std::vector<std::shared_ptr<CollectingOutlet>> asked;
  for (int id = 10; id < 30; ++id) asked.push_back(server.Asked(id));
  EXPECT_TRUE(server.InFlightBecomes(20));
  const Json other = server.Answer(Handshake(2, "tools/call", ToolCall("execute", {{"sql", "SELECT 1"}})));
  EXPECT_EQ(other["result"]["structuredContent"]["row_count"], 2) << other;
  for (auto outlet = asked.rbegin(); outlet != asked.rend(); ++outlet) {
    server.Send(Yes((*outlet)->notices[0]));
    ASSERT_TRUE((*outlet)->Wait());
    EXPECT_EQ((*outlet)->answer["result"]["structuredContent"]["row_count"], 2) << (*outlet)->answer;
  }
  EXPECT_TRUE(server.InFlightBecomes(0));
}

TEST(WaitingForAPerson, IsBounded) {
  Waiting server(1, 2);
  std::vector<std::shared_ptr<CollectingOutlet>> asked;
  for (int id = 10; id < 13; ++id) asked.push_back(server.Asked(id));
  const Json refused = server.Answer(Expensive(13));
  EXPECT_EQ(refused["error"]["message"], "busy: 3 calls wait for an answer already");
  server.Send(Yes(asked[0]->notices[0]));
  ASSERT_TRUE(asked[0]->Wait());
  asked.push_back(server.Asked(14));
}

TEST(WaitingForAPerson, EndsWithTheirPatienceOrOurs) {
  Waiting server(1, 256, milliseconds(50));
  const auto late = server.Asked(10);
  ASSERT_TRUE(late->Wait());
  EXPECT_EQ(late->answer["error"]["message"], "the client did not answer a question in time");
  server.Send(Yes(late->notices[0]));  // nobody waits for it any more
  EXPECT_EQ(server.Answer(Handshake(2, "ping"))["result"], Json::object());
  EXPECT_TRUE(server.InFlightBecomes(0));
}

TEST(WaitingForAPerson, EndsWhenTheCallIsCancelled) {
  Waiting server(1);
  std::shared_ptr<InFlight> in_flight;
  const auto outlet = server.Asked(10, &in_flight);
  server.Send(MakeNotification("notifications/cancelled", {{"requestId", 10}}));
  ASSERT_TRUE(outlet->Wait());
  EXPECT_TRUE(outlet->answer.is_null()) << "a cancelled request gets no answer";
  server.Send(Yes(outlet->notices[0]));
  EXPECT_EQ(outlet->notices.size(), 1u);
  EXPECT_TRUE(server.InFlightBecomes(0));
}

TEST(WaitingForAPerson, ShowsSignsOfLife) {
  Waiting server(1);
  Json call = Expensive(10);
  call["params"]["_meta"] = {{"progressToken", "p"}};
  const auto outlet = server.Send(call);
  ASSERT_TRUE(outlet->WaitForNotice(3));
  double last = -1;
  std::size_t questions = 0;
  for (const Json& notice : outlet->Notices()) {
    if (notice["method"] == "elicitation/create") {
      ++questions;
      continue;
    }
    EXPECT_EQ(notice["method"], "notifications/progress");
    EXPECT_GT(notice["params"]["progress"].get<double>(), last);
    last = notice["params"]["progress"];
  }
  EXPECT_EQ(questions, 1u);
}

Tool Greeting(const std::string& name, const std::string& schema) {
  Tool tool;
  tool.name = name;
  tool.description = "Greets";
  tool.input_schema = schema;
  tool.run = [name](Call&) { return Outcome::Complete({{"content", {{{"type", "text"}, {"text", name}}}}}); };
  return tool;
}

TEST(MoreTools, ComeAndGoWhileOthersListen) {
  Harness harness;
  harness.registry.tools_change = true;
  const auto names = [&] {
    const Json answer = harness.Answer(Handshake(1, "tools/list"));
    std::vector<std::string> found;
    for (const Json& tool : answer["result"]["tools"]) found.push_back(tool["name"]);
    return found;
  };
  const auto listener =
      harness.Send(Stateless(2, "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}));
  const std::size_t fixed = names().size();
  const std::string none = R"({"type":"object","properties":{},"additionalProperties":false})";
  EXPECT_TRUE(harness.registry.ReplaceMoreTools({Greeting("hello", none), Greeting("ask", none)}));
  harness.dispatcher->hub().Publish(Hub::Change::kTools);
  ASSERT_TRUE(listener->WaitForNotice(2));
  EXPECT_EQ(listener->notices[1]["method"], "notifications/tools/list_changed");
  ASSERT_EQ(names().size(), fixed + 1) << "a further tool never takes the name of a fixed one";
  EXPECT_EQ(names().back(), "hello");
  EXPECT_EQ(
      harness.Answer(Handshake(3, "tools/call", ToolCall("hello", Json::object())))["result"]["content"][0]["text"],
      "hello");
  EXPECT_FALSE(harness.registry.ReplaceMoreTools({Greeting("hello", none)}));
  // The new schema holds at once.
  EXPECT_TRUE(harness.registry.ReplaceMoreTools(
      {Greeting("hello", R"({"type":"object","properties":{"who":{"type":"string"}},"required":["who"]})")}));
  EXPECT_EQ(harness.Answer(Handshake(4, "tools/call", ToolCall("hello", Json::object())))["result"]["isError"], true);
  EXPECT_TRUE(harness.registry.ReplaceMoreTools({}));
  EXPECT_EQ(names().size(), fixed);
  EXPECT_EQ(harness.Answer(Handshake(5, "tools/call", ToolCall("hello", Json::object())))["error"]["code"],
            kInvalidParams);
}

TEST(Arguments, ADayMustBeOneThatThereIs) {
  Harness harness;
  for (const char* tool : {"ask", "generate_sql"}) {
    const auto call = [&](const char* today) {
      return harness.Answer(
          Stateless(1, "tools/call", ToolCall(tool, {{"question", "who"}, {"today", today}})))["result"];
    };
    const Json refused = call("2024-13-45");
    EXPECT_EQ(refused["isError"], true) << tool;
    EXPECT_NE(Dump(refused).find("YYYY-MM-DD"), std::string::npos) << Dump(refused);
    EXPECT_FALSE(call("2024-02-29").contains("isError")) << tool;
  }
}

TEST(Arguments, AreForgivingAboutSpellingOfTheSame) {
  const Json schema = Json::parse(R"({"type":"object","properties":{"limit":{"type":"integer","maximum":10},
    "name":{"type":"string"},"any":{"type":["string","null"]}},"required":["name"],"additionalProperties":false})");
  Json arguments = {{"limit", 10.0}, {"name", "x"}, {"any", nullptr}};
  EXPECT_FALSE(CheckArguments(schema, &arguments));
  EXPECT_TRUE(arguments["limit"].is_number_integer());
  EXPECT_TRUE(arguments.contains("any"));
  arguments = {{"limit", nullptr}, {"name", "x"}};
  EXPECT_FALSE(CheckArguments(schema, &arguments));
  EXPECT_FALSE(arguments.contains("limit"));
  arguments = {{"limit", 10.5}, {"name", "x"}};
  EXPECT_EQ(CheckArguments(schema, &arguments)->field, "limit");
  arguments = {{"limit", 11.0}, {"name", "x"}};
  EXPECT_EQ(CheckArguments(schema, &arguments)->field, "limit");
  arguments = {{"name", nullptr}};
  EXPECT_EQ(CheckArguments(schema, &arguments)->reason, "is required");
  arguments = {{"nam", "x"}};
  EXPECT_EQ(CheckArguments(schema, &arguments)->suggestion, "did you mean \"name\"?");
}

TEST(Rows, KeepEveryDigitOfEveryType) {
  constexpr std::uint32_t kBool = 16, kInt8 = 20, kText = 25, kFloat8 = 701, kNumeric = 1700;
  const std::vector<std::tuple<std::uint32_t, const char*, Json>> cells = {
      {kNumeric, "1.50", "1.50"},
      {kNumeric, "2", "2"},
      {kNumeric, "NaN", "NaN"},
      {kInt8, "-42", -42},
      {kInt8, "9007199254740992", 9007199254740992},
      {kInt8, "9007199254740993", "9007199254740993"},
      {kFloat8, "0.1", 0.1},
      {kFloat8, "1e+300", 1e300},
      {kFloat8, "Infinity", "Infinity"},
      {kBool, "t", true},
      {kBool, "***", "***"},
      {kInt8, "***", "***"},
      {kText, "007", "007"}};
  for (const auto& [type, text, expected] : cells) {
    engine::QueryResult result;
    result.columns = {{"x", "any", type, false}};
    result.rows = {{std::string(text)}, {std::nullopt}};
    const Json rendered = RenderRows(result);
    EXPECT_EQ(rendered["rows"][0][0], expected) << text;
    EXPECT_EQ(rendered["rows"][0][0].type(),
              expected.is_number_unsigned() ? Json::value_t::number_integer : expected.type());
    EXPECT_TRUE(rendered["rows"][1][0].is_null());
  }
}

}  // namespace
}  // namespace toomai::mcp
