#include "mcp/render.h"
#include "tests/mcp/harness.h"

namespace toomai::mcp {
namespace {

Json InitializeParams(const std::string& version, Json capabilities = Json::object()) {
  return {{"protocolVersion", version},
          {"capabilities", std::move(capabilities)},
          {"clientInfo", {{"name", "t"}, {"version", "1"}}}};
}
Json Structured(const Json& answer) {
  return Member(Member(answer, "result"), "structuredContent");
}

TEST(Eras, InitializeEchoesKnownVersionsAndOffersTheNewestOtherwise) {
  for (const std::string version : {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}) {
    Harness harness;
    EXPECT_EQ(harness.Answer(Handshake(1, "initialize", InitializeParams(version)))["result"]["protocolVersion"],
              version);
  }
  Harness harness;
  EXPECT_EQ(harness.Answer(Handshake(1, "initialize", InitializeParams("1999-01-01")))["result"]["protocolVersion"],
            "2025-11-25");
  EXPECT_EQ(harness.Answer(Handshake(2, "initialize", InitializeParams("2026-07-28")))["result"]["protocolVersion"],
            "2025-11-25");
}

TEST(Eras, BothLiveOnOneConnectionInAnyOrder) {
  Harness harness;
  EXPECT_EQ(harness.Answer(Stateless(1, "server/discover"))["result"]["supportedVersions"][0], "2026-07-28");
  EXPECT_TRUE(
      harness.Answer(Handshake(2, "initialize", InitializeParams("2025-06-18")))["result"].contains("serverInfo"));
  EXPECT_EQ(harness.Answer(Stateless(3, "tools/list"))["result"]["resultType"], "complete");
  EXPECT_FALSE(harness.Answer(Handshake(4, "tools/list"))["result"].contains("resultType"));
}

TEST(Eras, MethodsOfTheOtherEraDoNotExist) {
  Harness harness;
  for (const std::string method : {"initialize", "ping", "logging/setLevel", "resources/subscribe", "nonsense"}) {
    const auto outlet = harness.Send(Stateless(1, method));
    EXPECT_EQ(outlet->answer["error"]["code"], kMethodNotFound) << method;
    EXPECT_EQ(outlet->status, 404) << method;
  }
  for (const std::string method : {"server/discover", "subscriptions/listen"}) {
    EXPECT_EQ(harness.Answer(Handshake(1, method))["error"]["code"], kMethodNotFound) << method;
  }
}

TEST(Envelope, StatelessRequestsNeedVersionAndCapabilities) {
  Harness harness;
  Json message = Stateless(1, "tools/list");
  message["params"]["_meta"].erase(std::string(kMetaCapabilities));
  auto outlet = harness.Send(message);
  EXPECT_EQ(outlet->answer["error"]["code"], kInvalidParams);
  EXPECT_EQ(outlet->status, 400);
  message = Stateless(1, "tools/list");
  message["params"]["_meta"][std::string(kMetaVersion)] = "2027-01-01";
  outlet = harness.Send(message);
  EXPECT_EQ(outlet->answer["error"]["code"], kUnsupportedVersion);
  EXPECT_EQ(outlet->answer["error"]["data"]["supported"], Json::array({"2026-07-28"}));
  EXPECT_EQ(outlet->answer["error"]["data"]["requested"], "2027-01-01");
}

TEST(Headers, MustBeWhatTheBodySays) {
  Harness harness;
  const auto code = [&](std::optional<std::string> version, std::optional<std::string> method,
                        std::optional<std::string> name) {
    harness.http = HttpFacts{std::move(version), std::move(method), std::move(name), {}};
    const Json answer = harness.Answer(Stateless(1, "tools/call", ToolCall("list_databases", Json::object())));
    return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
  };
  EXPECT_EQ(code("2026-07-28", "tools/call", "list_databases"), 0);
  EXPECT_EQ(code("2026-07-28", "tools/call", "=?base64?bGlzdF9kYXRhYmFzZXM=?="), 0);
  EXPECT_EQ(code("2026-07-28", "tools/call", "=?base64?bGlzdF9kYXRhYmFzZXM?="),
            kHeaderMismatch);  // padding is part of it
  EXPECT_EQ(code(std::nullopt, "tools/call", "list_databases"), kHeaderMismatch);
  EXPECT_EQ(code("2025-11-25", "tools/call", "list_databases"), kHeaderMismatch);
  EXPECT_EQ(code("2026-07-28", std::nullopt, "list_databases"), kHeaderMismatch);
  EXPECT_EQ(code("2026-07-28", "Tools/Call", "list_databases"), kHeaderMismatch);
  EXPECT_EQ(code("2026-07-28", "tools/call", std::nullopt), kHeaderMismatch);
  EXPECT_EQ(code("2026-07-28", "tools/call", "ask"), kHeaderMismatch);
}

TEST(Tools, FirstIsHarmlessAllAreDescribedAndListsDependOnTheCaller) {
  Harness harness;
  const Json tools = harness.Answer(Stateless(1, "tools/list"))["result"];
  EXPECT_EQ(tools["tools"][0]["name"], "list_databases");
  EXPECT_EQ(tools["tools"].size(), 8u);
  EXPECT_EQ(tools["cacheScope"], "public");
  for (const Json& tool : tools["tools"]) {
    EXPECT_LE(tool["name"].get<std::string>().size(), 30u);
    EXPECT_LT(tool["description"].get<std::string>().size(), 2000u);
    EXPECT_EQ(tool["inputSchema"]["additionalProperties"], false);
    for (const auto& [name, about] : tool["inputSchema"]["properties"].items())
      EXPECT_TRUE(about.contains("description")) << name;
    for (const char* hint : {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}) {
      EXPECT_TRUE(tool["annotations"][hint].is_boolean());
    }
    EXPECT_EQ(tool["outputSchema"]["type"], "object");
  }
  EXPECT_LT(Instructions(harness.context).size(), 2000u);
  harness.caller.tools = std::vector<std::string>{"execute"};
  const Json fewer = harness.Answer(Stateless(2, "tools/list"))["result"];
  EXPECT_EQ(fewer["tools"].size(), 1u);
  EXPECT_EQ(fewer["cacheScope"], "private");
  EXPECT_EQ(harness.Answer(Stateless(3, "tools/call", ToolCall("ask", {{"question", "x"}})))["error"]["code"],
            kInvalidParams);
}

TEST(Tools, OlderRevisionsGetNoNewerFields) {
  Harness harness;
  harness.Answer(Handshake(1, "initialize", InitializeParams("2024-11-05")));
  const Json tool = harness.Answer(Handshake(2, "tools/list"))["result"]["tools"][0];
  EXPECT_FALSE(tool.contains("title"));
  EXPECT_FALSE(tool.contains("outputSchema"));
  EXPECT_FALSE(tool.contains("annotations"));
  const Json result = harness.Answer(Handshake(3, "tools/call", ToolCall("list_databases", Json::object())))["result"];
  EXPECT_FALSE(result.contains("structuredContent"));
  EXPECT_EQ(result["content"][0]["type"], "text");
}

TEST(Tools, EveryOneAnswersAndTheTextIsTheSameJson) {
  Harness harness;
  const std::vector<std::pair<std::string, Json>> calls{
      {"list_databases", Json::object()},      {"describe_schema", {{"detail", "full"}}},
      {"generate_sql", {{"question", "who"}}}, {"execute", {{"sql", "SELECT 1"}}},
      {"ask", {{"question", "who"}}},          {"check_sql", {{"sql", "DELETE FROM customers"}}},
      {"explain_sql", {{"sql", "SELECT 1"}}},  {"query_history", Json::object()}};
  int id = 0;
  for (const auto& [name, arguments] : calls) {
    const Json result = harness.Answer(Stateless(++id, "tools/call", ToolCall(name, arguments)))["result"];
    EXPECT_FALSE(result.contains("isError")) << name << Dump(result);
    EXPECT_EQ(result["content"][0]["text"], Dump(result["structuredContent"])) << name;
  }
  EXPECT_EQ(harness.Answer(Stateless(90, "tools/call", {{"name", "nope"}}))["error"]["code"], kInvalidParams);
  const Json bad = harness.Answer(Stateless(91, "tools/call", ToolCall("execute", {{"sqll", "SELECT 1"}})))["result"];
  EXPECT_EQ(bad["isError"], true);
  EXPECT_NE(bad["content"][0]["text"].get<std::string>().find("did you mean \\\"sql\\\"?"), std::string::npos);
  const Json refused =
      harness.Answer(Stateless(92, "tools/call", ToolCall("execute", {{"sql", "DELETE FROM x"}})))["result"];
  EXPECT_EQ(refused["isError"], true);
}

TEST(Tools, ResultsSayWhatWasCutAndKeepDigits) {
  Harness harness;
  const Json rows = Structured(harness.Answer(Stateless(1, "tools/call", ToolCall("execute", {{"sql", "many"}}))));
  EXPECT_EQ(rows["row_count"], 50);
  EXPECT_EQ(rows["truncated"], true);
  EXPECT_EQ(rows["cursor"], "c1");
  EXPECT_TRUE(rows.contains("next"));
  EXPECT_EQ(rows["rows"][0][2], "12345678901234567890.50");
  EXPECT_EQ(rows["rows"][1][1], nullptr);
  const Json refused =
      Structured(harness.Answer(Stateless(2, "tools/call", ToolCall("generate_sql", {{"question", "unknown"}}))));
  EXPECT_EQ(refused["status"], "refused");
  EXPECT_EQ(refused["refusal"]["schema_context"], "customers(id integer, name text)");
}

TEST(RoundTrips, AStatelessClientBringsAnswerAndStateBack) {
  Harness harness;
  const Json elicitation = {{"elicitation", Json::object()}};
  const Json first =
      harness.Answer(Stateless(1, "tools/call", ToolCall("ask", {{"question", "ambiguous"}}), elicitation))["result"];
  EXPECT_EQ(first["resultType"], "input_required");
  const Json choice =
      first["inputRequests"]["reading"]["params"]["requestedSchema"]["properties"]["reading"]["enum"][1];
  Json params = ToolCall("ask", {{"question", "ambiguous"}});
  params["requestState"] = first["requestState"];
  params["inputResponses"] = {{"reading", {{"action", "accept"}, {"content", {{"reading", choice}}}}}};
  const Json done = Structured(harness.Answer(Stateless(2, "tools/call", params, elicitation)));
  EXPECT_EQ(done["paraphrase"], "by ship date");
  EXPECT_EQ(done["row_count"], 2);
  // The state belongs to these arguments and this caller.
  Json other = params;
  other["arguments"]["question"] = "something else";
  EXPECT_EQ(harness.Answer(Stateless(3, "tools/call", other, elicitation))["error"]["code"], kInvalidParams);
  harness.caller.name = "mallory";
  EXPECT_EQ(harness.Answer(Stateless(4, "tools/call", params, elicitation))["error"]["code"], kInvalidParams);
  // A declined question leaves the refusal.
  harness.caller.name = "local";
  params["inputResponses"] = {{"reading", {{"action", "decline"}}}};
  EXPECT_EQ(Structured(harness.Answer(Stateless(5, "tools/call", params, elicitation)))["status"], "refused");
}

TEST(RoundTrips, AStatelessClientThatAnswersNothingIsAskedAgain) {
  Harness harness;
  const auto ask = [&](Json more) {
    Json params = ToolCall("execute", {{"sql", "expensive"}});
    params.update(more);
    return harness.Answer(Stateless(1, "tools/call", params, {{"elicitation", Json::object()}}))["result"];
  };
  const Json asked = ask(Json::object());
  ASSERT_EQ(asked["resultType"], "input_required");
  const Json again = ask({{"requestState", asked["requestState"]}});
  ASSERT_EQ(again["resultType"], "input_required") << Dump(again);
  const Json other = ask({{"requestState", again["requestState"]}, {"inputResponses", {{"nothing", {{"a", 1}}}}}});
  ASSERT_EQ(other["resultType"], "input_required") << Dump(other);
  const Json declined =
      ask({{"requestState", other["requestState"]}, {"inputResponses", {{"confirm", {{"action", "decline"}}}}}});
  EXPECT_EQ(declined["isError"], true);
}

TEST(RoundTrips, AnArgumentSaysTheSameForClientsThatCannotBeAsked) {
  Harness harness;
  EXPECT_EQ(
      Structured(harness.Answer(Stateless(1, "tools/call", ToolCall("ask", {{"question", "ambiguous"}}))))["status"],
      "refused");
  const Json chosen = Structured(
      harness.Answer(Stateless(2, "tools/call", ToolCall("ask", {{"question", "ambiguous"}, {"reading", 1}}))));
  EXPECT_EQ(chosen["paraphrase"], "by order date");
  const Json costly = harness.Answer(Stateless(3, "tools/call", ToolCall("execute", {{"sql", "expensive"}})))["result"];
  EXPECT_EQ(costly["isError"], true);
  EXPECT_FALSE(
      harness
          .Answer(Stateless(4, "tools/call", ToolCall("execute", {{"sql", "expensive"}, {"confirm", true}})))["result"]
          .contains("isError"));
}

TEST(RoundTrips, AHandshakeClientIsAskedOverItsStream) {
  Harness harness;
  harness.Answer(Handshake(1, "initialize", InitializeParams("2025-11-25", {{"elicitation", Json::object()}})));
  const auto outlet = harness.Send(Handshake(2, "tools/call", ToolCall("execute", {{"sql", "expensive"}})));
  ASSERT_TRUE(outlet->WaitForNotice(1));
  const Json question = outlet->notices[0];
  EXPECT_EQ(question["method"], "elicitation/create");
  harness.Send({{"jsonrpc", "2.0"},
                {"id", question["id"]},
                {"result", {{"action", "accept"}, {"content", {{"confirm", true}}}}}});
  ASSERT_TRUE(outlet->Wait());
  EXPECT_EQ(outlet->answer["result"]["structuredContent"]["row_count"], 2);
}

TEST(Cancellation, StopsTheCallAndSendsNothingMore) {
  Harness harness;
  const auto outlet = harness.Send(Handshake(7, "tools/call", ToolCall("execute", {{"sql", "slow"}})));
  while (harness.engine.running == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // Pings are answered meanwhile.
  EXPECT_TRUE(harness.Answer(Handshake(8, "ping")).contains("result"));
  harness.Send(MakeNotification("notifications/cancelled", {{"requestId", 7}}));
  ASSERT_TRUE(outlet->Wait());
  EXPECT_TRUE(outlet->answer.is_null());
  EXPECT_EQ(harness.engine.cancelled, 1);
  EXPECT_EQ(harness.session->running(), 0u);
}

TEST(Progress, GrowsAndComesOnlyWithAToken) {
  Harness harness;
  Json params = ToolCall("execute", {{"sql", "slow"}});
  params["_meta"] = {{"progressToken", "p"}};
  const auto outlet = harness.Send(Handshake(1, "tools/call", params));
  ASSERT_TRUE(outlet->WaitForNotice(3));
  harness.session->Cancel(1);
  ASSERT_TRUE(outlet->Wait());
  double last = 0;
  for (const Json& notice : outlet->notices) {
    EXPECT_EQ(notice["params"]["progressToken"], "p");
    EXPECT_GT(notice["params"]["progress"].get<double>(), last);
    last = notice["params"]["progress"].get<double>();
  }
}

TEST(Progress, ALongCallThatReportsNothingGivesSignsOfLife) {
  Harness harness;
  harness.engine.quiet = true;
  Json params = ToolCall("execute", {{"sql", "slow"}});
  params["_meta"] = {{"progressToken", 7}};
  const auto outlet = harness.Send(Handshake(1, "tools/call", params));
  ASSERT_TRUE(outlet->WaitForNotice(2));
  harness.session->Cancel(1);
  ASSERT_TRUE(outlet->Wait());
  EXPECT_LT(outlet->notices[0]["params"]["progress"].get<double>(),
            outlet->notices[1]["params"]["progress"].get<double>());
}

TEST(Resources, AreReadByUriAndUnknownOnesAreErrorsOfTheirEra) {
  Harness harness;
  const Json read =
      harness.Answer(Stateless(1, "resources/read", {{"uri", "toomai://shop/public/customers"}}))["result"];
  EXPECT_EQ(read["contents"][0]["mimeType"], "application/json");
  EXPECT_EQ(read["cacheScope"], "private");
  EXPECT_EQ(harness.Answer(Stateless(2, "resources/read", {{"uri", "toomai://shop/public/nope"}}))["error"]["code"],
            kInvalidParams);
  EXPECT_EQ(harness.Answer(Handshake(3, "resources/read", {{"uri", "nope://x"}}))["error"]["code"],
            kLegacyResourceNotFound);
  EXPECT_EQ(harness.Answer(Handshake(4, "resources/list", {{"cursor", "rubbish"}}))["error"]["code"], kInvalidParams);
  EXPECT_TRUE(harness.Answer(Handshake(5, "resources/list", {{"cursor", ""}})).contains("result"));
}

TEST(Resources, TemplatesOfADatabaseAreShown) {
  Harness harness;
  const auto read = [&](const std::string& uri) {
    return harness.Answer(Stateless(1, "resources/read", {{"uri", uri}}));
  };
  const Json contents = read("toomai://templates/shop/top_customers")["result"]["contents"][0];
  const Json shown = Json::parse(contents["text"].get<std::string>());
  EXPECT_EQ(shown["parameters"][0], Json({{"name", "n"}, {"type", "integer"}, {"default", "3"}}));
  EXPECT_EQ(read("toomai://templates/shop/nope")["error"]["code"], kInvalidParams);
}

// A resource shows what a tool shows, and is for those who may call that tool.
TEST(Resources, AreForThoseWhoMayCallTheToolThatShowsTheSame) {
  Harness harness;
  harness.caller.may_review = true;
  harness.Answer(Stateless(1, "tools/call", ToolCall("generate_sql", {{"question", "who"}})));
  const std::string link = harness.context.links->Offer(harness.caller, {});
  const std::vector<std::pair<std::string, std::string>> all{{"toomai://databases", "list_databases"},
                                                             {"toomai://shop/schema", "describe_schema"},
                                                             {"toomai://shop/public/orders", "describe_schema"},
                                                             {"toomai://history/1", "query_history"},
                                                             {"toomai://templates/shop/top_customers", "generate_sql"},
                                                             {link, "execute"}};
  const auto can_read = [&](const std::string& uri) {
    return harness.Answer(Stateless(2, "resources/read", {{"uri", uri}})).contains("result");
  };
  const auto listed = [&](const char* method, const char* key) {
    return harness.Answer(Stateless(3, method))["result"][key].size();
  };
  for (const auto& [uri, tool] : all) {
    harness.caller.tools = std::vector<std::string>{tool};
    EXPECT_TRUE(can_read(uri)) << uri;
    harness.caller.tools = std::vector<std::string>{"check_sql"};
    EXPECT_FALSE(can_read(uri)) << uri;
  }
  EXPECT_TRUE(can_read("toomai://limits"));
  EXPECT_EQ(listed("resources/list", "resources"), 2u) << "limits and the view";
  EXPECT_EQ(listed("resources/templates/list", "resourceTemplates"), 0u);
  harness.caller.tools = std::vector<std::string>{"describe_schema"};
  EXPECT_EQ(listed("resources/list", "resources"), 4u);
  EXPECT_EQ(listed("resources/templates/list", "resourceTemplates"), 2u);
}

TEST(Resources, AHistoryEntryIsForThoseWhoMaySeeItsDatabase) {
  Harness harness;
  harness.caller.may_review = true;
  harness.Answer(Stateless(1, "tools/call", ToolCall("generate_sql", {{"question", "who"}})));
  const auto read = [&] { return harness.Answer(Stateless(2, "resources/read", {{"uri", "toomai://history/1"}})); };
  EXPECT_TRUE(read().contains("result"));
  harness.caller.databases = std::vector<std::string>{"hr"};
  EXPECT_EQ(read()["error"]["code"], kInvalidParams);
  harness.caller.name = "another";
  harness.caller.databases.reset();
  harness.caller.may_review = false;
  EXPECT_EQ(read()["error"]["code"], kInvalidParams);
}

TEST(Errors, NameNoServerWhicheverDoorTheyComeThrough) {
  Harness harness;
  const std::string read = Dump(harness.Answer(Stateless(1, "resources/read", {{"uri", "toomai://dead/schema"}})));
  const std::string call =
      Dump(harness.Answer(Stateless(2, "tools/call", ToolCall("describe_schema", {{"database", "dead"}}))));
  const std::string state = Dump(RenderDatabase(
      {"dead", "", false, "unavailable: cannot connect to the database: server at 10.1.2.3 is down", -1, ""}));
  cache::HistoryEntry entry;
  entry.error = "unavailable: cannot connect to the database: server at 10.1.2.3 is down";
  for (const std::string& shown : {read, call, state, Dump(RenderEntry(entry, true))}) {
    EXPECT_NE(shown.find("cannot connect to the database"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("10.1.2.3"), std::string::npos) << shown;
  }
}

TEST(Limits, AreTheConfiguredOnesWhereverTheyAreTold) {
  ServerOptions options;
  options.statement_limits = [] {
    return std::vector<StatementLimits>{{"shop", 200, milliseconds(5'000), 4'000},
                                        {"hr", 300, milliseconds(1'500), 5'000}};
  };
  Harness harness(options);
  const std::string told = harness.Answer(Stateless(1, "server/discover"))["result"]["instructions"];
  EXPECT_NE(told.find("50 rows by default, 300 at most"), std::string::npos) << told;
  EXPECT_NE(told.find("a timeout of 5 s, less for some databases"), std::string::npos) << told;
  const Json listed = harness.Answer(Stateless(2, "tools/list"));
  ASSERT_FALSE(listed["result"]["tools"].empty());
  for (const Json& tool : listed["result"]["tools"]) {
    const Json& properties = tool["inputSchema"]["properties"];
    if (tool["name"] == "execute") {
      EXPECT_EQ(properties["sql"]["maxLength"], 5'000);
    }
    if (tool["name"] == "execute" || tool["name"] == "ask") {
      EXPECT_EQ(properties["limit"]["maximum"], 300);
    }
    EXPECT_EQ(Dump(tool).find("{most"), std::string::npos);
  }
  harness.caller.databases = std::vector<std::string>{"hr"};
  const Json answer = harness.Answer(Stateless(3, "resources/read", {{"uri", "toomai://limits"}}));
  const Json limits = Json::parse(answer["result"]["contents"][0]["text"].get<std::string>());
  EXPECT_EQ(limits["rows_at_most"], 300);
  EXPECT_EQ(limits["databases"].size(), 1u);
  EXPECT_EQ(limits["databases"][0]["statement_timeout_ms"], 1'500);
}

TEST(Tools, WithTextResultsPromiseNoStructuredContent) {
  ServerOptions options;
  options.results = ResultCopies::kText;
  Harness harness(options);
  const Json listed = harness.Answer(Stateless(1, "tools/list"));
  ASSERT_FALSE(listed["result"]["tools"].empty());
  for (const Json& tool : listed["result"]["tools"]) EXPECT_FALSE(tool.contains("outputSchema")) << tool["name"];
  EXPECT_FALSE(
      harness.Answer(Stateless(2, "tools/call", ToolCall("list_databases", Json::object())))["result"].contains(
          "structuredContent"));
}

TEST(Tools, ListsAreForOneCallerWhereCallersSayWhoTheyAre) {
  ServerOptions options;
  options.http.tokens.push_back({.name = "ann", .token = Secret("0123456789abcdef")});
  Harness harness(options);
  EXPECT_EQ(harness.Answer(Stateless(1, "tools/list"))["result"]["cacheScope"], "private");
}

TEST(Requests, LongIdsAreCutInTheHistory) {
  Harness harness;
  Json message = Stateless(1, "tools/call", ToolCall("generate_sql", {{"question", "who"}}));
  message["id"] = std::string(300'000, 'x');
  EXPECT_EQ(harness.Answer(message)["id"], message["id"]);
  const auto entry = harness.engine.history().Get(1);
  ASSERT_TRUE(entry);
  EXPECT_LT(entry->request_id.size(), 100u);
}

TEST(Completion, OffersWhatTheCallerMaySee) {
  Harness harness;
  const auto values = [&](const std::string& argument, const std::string& prefix, Json known = Json::object()) {
    const Json answer =
        harness.Answer(Handshake(1, "completion/complete",
                                 {{"ref", {{"type", "ref/resource"}, {"uri", "toomai://{database}/{schema}/{table}"}}},
                                  {"argument", {{"name", argument}, {"value", prefix}}},
                                  {"context", {{"arguments", known}}}}));
    return Dump(answer["result"]["completion"]["values"]);
  };
  EXPECT_EQ(values("database", ""), R"(["hr","shop"])");
  EXPECT_EQ(values("table", "cu", {{"database", "shop"}}), R"(["customers"])");
  EXPECT_EQ(values("template", "top", {{"database", "shop"}}), R"(["top_customers"])");
  harness.caller.databases = std::vector<std::string>{"hr"};
  EXPECT_EQ(values("database", ""), R"(["hr"])");
  harness.caller.databases.reset();
  harness.caller.tools = std::vector<std::string>{"list_databases"};
  EXPECT_EQ(values("database", ""), R"(["hr","shop"])");
  EXPECT_EQ(values("table", "cu", {{"database", "shop"}}), "[]");
}

TEST(Subscriptions, AcknowledgeSendAndEnd) {
  Harness harness;
  std::shared_ptr<InFlight> in_flight;
  const auto outlet =
      harness.Send(Stateless(5, "subscriptions/listen",
                             {{"notifications", {{"promptsListChanged", true}, {"resourcesListChanged", true}}}}),
                   &in_flight);
  ASSERT_TRUE(in_flight);
  ASSERT_TRUE(outlet->WaitForNotice(1));
  EXPECT_EQ(Dump(outlet->notices[0]["params"]["notifications"]),
            R"({"resourcesListChanged":true})");  // our prompts never change
  EXPECT_EQ(outlet->notices[0]["params"]["_meta"][std::string(kMetaSubscription)], 5);
  harness.context.watch->Changed("shop");
  ASSERT_TRUE(outlet->WaitForNotice(2));
  EXPECT_EQ(outlet->notices[1]["method"], "notifications/resources/list_changed");
  harness.dispatcher->hub().Close();
  ASSERT_TRUE(outlet->Wait());
  EXPECT_EQ(outlet->answer["result"]["resultType"], "complete");
  EXPECT_EQ(harness.session->running(), 0u);
}

TEST(Subscriptions, TellBothErasOfAChangedSchemaAndOfTheResourcesTheyNamed) {
  Harness harness;
  harness.Answer(Handshake(1, "initialize", InitializeParams("2025-06-18", Json::object())));
  const auto stream = std::make_shared<CollectingOutlet>();
  harness.session->AddStream(stream);
  harness.dispatcher->hub().AddSession(harness.session);
  const std::string table = "toomai://shop/public/customers", schema = "toomai://shop/schema",
                    other = "toomai://hr/schema";
  for (const std::string& uri : {table, other}) harness.Answer(Handshake(2, "resources/subscribe", {{"uri", uri}}));
  const auto listener = harness.Send(
      Stateless(3, "subscriptions/listen",
                {{"notifications", {{"resourcesListChanged", true}, {"resourceSubscriptions", {schema, other}}}}}));
  harness.context.watch->Changed("shop");
  ASSERT_TRUE(stream->WaitForNotice(2));
  EXPECT_EQ(stream->notices[0]["method"], "notifications/resources/list_changed");
  EXPECT_EQ(stream->notices[1]["method"], "notifications/resources/updated");
  EXPECT_EQ(stream->notices[1]["params"]["uri"], table);
  ASSERT_TRUE(listener->WaitForNotice(3));
  EXPECT_EQ(listener->notices[1]["method"], "notifications/resources/list_changed");
  EXPECT_EQ(listener->notices[2]["params"]["uri"], schema);
  EXPECT_EQ(listener->notices[2]["params"]["_meta"][std::string(kMetaSubscription)], 3);
  // Whoever unsubscribes hears no more of it.
  harness.Answer(Handshake(5, "resources/unsubscribe", {{"uri", table}}));
  harness.context.watch->Changed("shop");
  ASSERT_TRUE(stream->WaitForNotice(3));
  ASSERT_TRUE(listener->WaitForNotice(5));
  EXPECT_EQ(stream->notices.size(), 3u);
}

TEST(Subscriptions, OfOneClientAreBoundedUntilItCancelsOne) {
  Harness harness;
  const auto outlet = std::make_shared<CollectingOutlet>();
  const auto listen = [&](std::size_t id) {
    const Json filter = {{"notifications", {{"resourcesListChanged", true}}}};
    harness.dispatcher->Handle(
        {*ParseMessage(Dump(Stateless(static_cast<int>(id), "subscriptions/listen", filter)), {}), harness.session,
         harness.caller, outlet, std::nullopt});
    return harness.dispatcher->hub().listeners();
  };
  constexpr std::size_t kMost = Hub::kMaxListenersOfOutlet;
  for (std::size_t i = 1; i <= kMost; ++i) EXPECT_EQ(listen(i), i);
  EXPECT_EQ(listen(kMost + 1), kMost);
  ASSERT_TRUE(outlet->Wait());
  EXPECT_NE(outlet->answer["error"]["message"].get<std::string>().find("100 subscriptions"), std::string::npos);
  EXPECT_EQ(harness.session->running(), kMost);
  harness.session->Cancel(Json(5));
  EXPECT_EQ(listen(kMost + 2), kMost);
}

TEST(Subscriptions, AreBounded) {
  Harness harness;
  const auto subscribe = [&](std::size_t number) {
    return harness.Answer(Handshake(1, "resources/subscribe", {{"uri", "toomai://x/" + std::to_string(number)}}));
  };
  for (std::size_t i = 0; i < Session::kMaxSubscriptions; ++i) ASSERT_TRUE(subscribe(i).contains("result")) << i;
  EXPECT_EQ(subscribe(Session::kMaxSubscriptions)["error"]["code"], kInvalidParams);
  EXPECT_TRUE(subscribe(0).contains("result")) << "one that is there already";
}

TEST(History, CallersSeeTheirOwnUnlessTheyReview) {
  Harness harness;
  harness.caller.name = "ann";
  harness.Answer(Stateless(1, "tools/call", ToolCall("generate_sql", {{"question", "who"}})));
  harness.caller.name = "bob";
  EXPECT_EQ(Structured(harness.Answer(Stateless(2, "tools/call", ToolCall("query_history", Json::object()))))["entries"]
                .size(),
            0u);
  EXPECT_EQ(harness.Answer(Stateless(3, "tools/call", ToolCall("query_history", {{"id", 1}})))["result"]["isError"],
            true);
  harness.caller.may_review = true;
  EXPECT_EQ(Structured(harness.Answer(Stateless(4, "tools/call", ToolCall("query_history", Json::object()))))["entries"]
                .size(),
            1u);
}

TEST(History, DriftIsForReviewers) {
  Harness harness;
  harness.caller.may_review = false;
  const auto ask = [&](int id) {
    return harness.Answer(Stateless(id, "tools/call", ToolCall("query_history", {{"drift", true}})));
  };
  EXPECT_EQ(ask(1)["result"]["isError"], true);
  harness.caller.may_review = true;
  const Json drift = Structured(ask(2))["drift"];
  EXPECT_EQ(drift["database"], "shop");
  EXPECT_EQ(drift["approved"], 0);
  EXPECT_TRUE(drift["broken"].empty());
}

}  // namespace
}  // namespace toomai::mcp
