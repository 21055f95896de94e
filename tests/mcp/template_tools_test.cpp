// Operator templates as tools of their own, through the dispatcher.
#include "mcp/template_tools.h"

#include <algorithm>

#include "tests/mcp/harness.h"

namespace toomai::mcp {
namespace {

engine::TemplateInfo Template(std::string id) {
  engine::TemplateInfo info;
  info.id = std::move(id);
  info.description = "customers by revenue";
  info.expose_as_tool = true;
  info.examples = {"top 3 customers in 2024"};
  return info;
}

engine::TemplateInfo TopCustomers() {
  engine::TemplateInfo info = Template("top_customers");
  engine::TemplateInfo::Parameter n{"n", "int", "How many", "10"};
  n.min = 1;
  n.max = 1000;
  engine::TemplateInfo::Parameter period{"period", "date_range", "", ""};
  engine::TemplateInfo::Parameter state{"state", "enum", "", "paid", "orders.status"};
  state.choices = {"open", "paid"};
  info.parameters = {n, period, state, {"vip", "boolean", "Only these", "false"}};
  return info;
}

std::vector<std::string> Reasons(const TemplateToolPlan& plan) {
  std::vector<std::string> reasons;
  for (const RefusedTool& one : plan.refused) reasons.push_back(one.database + " " + one.id + ": " + one.reason);
  return reasons;
}

std::vector<std::string> Names(const Json& answer) {
  std::vector<std::string> names;
  for (const Json& tool : answer["result"]["tools"]) names.push_back(tool["name"]);
  return names;
}

bool Lists(Harness& harness, const std::string& name) {
  const std::vector<std::string> names = Names(harness.Answer(Stateless(1, "tools/list")));
  return std::find(names.begin(), names.end(), name) != names.end();
}

Json Called(Harness& harness, const std::string& name, Json arguments) {
  return harness.Answer(Stateless(2, "tools/call", ToolCall(name, std::move(arguments))));
}

Json ErrorOf(const Json& answer) {
  EXPECT_EQ(answer["result"].value("isError", false), true) << Dump(answer);
  return Json::parse(answer["result"]["content"][0]["text"].get<std::string>())["error"];
}

// ---- Which templates become tools ----

TEST(TemplateToolPlan, AnIdOrAParameterThatDoesNotFitIsRefusedWithTheReason) {
  engine::TemplateInfo own = Template("with_limit");
  own.parameters = {{"limit", "int", "", ""}};
  engine::TemplateInfo odd = Template("odd");
  odd.parameters = {{"number of rows", "int", "", ""}};
  engine::TemplateInfo quiet = Template("quiet");
  quiet.expose_as_tool = false;
  const TemplateToolPlan plan =
      PlanTemplateTools({{"shop",
                          {Template("top customers"), Template("Ask"), Template("delete_rows"), own, odd, quiet,
                           Template(std::string(65, 'a')), Template(std::string(64, 'a'))}}},
                        10);
  ASSERT_EQ(plan.tools.size(), 1u);
  EXPECT_EQ(plan.tools[0].info.id, std::string(64, 'a'));
  const std::string rule = ": letters, digits, _ and -, at most 64";
  EXPECT_EQ(
      Reasons(plan),
      (std::vector<std::string>{
          "shop top customers: its id is no name for a tool" + rule,
          "shop Ask: there is a tool 'Ask' already: give it another id",
          "shop delete_rows: there is a tool 'delete_rows' already: give it another id",
          "shop with_limit: its parameter 'limit' has the name of an argument that each of these tools has: rename it",
          "shop odd: the name of its parameter 'number of rows' does not fit" + rule,
          "shop " + std::string(65, 'a') + ": its id is no name for a tool" + rule}));
}

TEST(TemplateToolPlan, TheNumberOfToolsIsBounded) {
  const std::vector<engine::DeclaredTemplates> declared = {{"shop", {Template("a"), Template("b"), Template("c")}}};
  EXPECT_EQ(PlanTemplateTools(declared, 3).tools.size(), 3u);
  EXPECT_TRUE(PlanTemplateTools(declared, 3).refused.empty());
  const TemplateToolPlan two = PlanTemplateTools(declared, 2);
  EXPECT_EQ(two.tools.size(), 2u);
  EXPECT_EQ(Reasons(two),
            (std::vector<std::string>{"shop c: more than 2 templates want to be tools (server.template_tools)"}));
  EXPECT_TRUE(PlanTemplateTools(declared, 0).tools.empty());
}

TEST(TemplateToolPlan, DatabasesShareATemplateThatTakesTheSame) {
  engine::TemplateInfo other = TopCustomers();
  other.parameters[0].max = 50;
  const TemplateToolPlan plan =
      PlanTemplateTools({{"shop", {TopCustomers()}}, {"hr", {TopCustomers()}}, {"old", {other}}}, 10);
  ASSERT_EQ(plan.tools.size(), 1u);
  EXPECT_EQ(plan.tools[0].databases, (std::vector<std::string>{"shop", "hr"}));
  ASSERT_EQ(plan.refused.size(), 1u);
  EXPECT_EQ(plan.refused[0].database, "old");
  EXPECT_NE(plan.refused[0].reason.find("database 'shop' has another template of this id"), std::string::npos);
}

TEST(TemplateToolPlan, EveryToolOfTheServerIsTaken) {
  Harness harness;
  const std::vector<std::string> names = BuiltInToolNames();
  for (const Tool& tool : harness.registry.tools)
    EXPECT_NE(std::find(names.begin(), names.end(), tool.name), names.end()) << tool.name;
}

// ---- What clients see ----

TEST(TemplateTools, ArgumentsAreTypedWithRangesEnumsAndDefaults) {
  Harness harness;
  harness.engine.Declare({{"shop", {TopCustomers()}}});
  const Json list = harness.Answer(Stateless(1, "tools/list"));
  EXPECT_GT(list["result"]["ttlMs"], 0);
  const Json tool = list["result"]["tools"].back();
  EXPECT_EQ(tool["name"], "top_customers");
  EXPECT_EQ(tool["title"], "Top customers");
  EXPECT_EQ(tool["annotations"]["readOnlyHint"], true);
  EXPECT_NE(tool["description"].get<std::string>().find("\"top 3 customers in 2024\""), std::string::npos);
  const Json& schema = tool["inputSchema"];
  const Json& properties = schema["properties"];
  EXPECT_EQ(properties["n"], Json::parse(R"({"type":"integer","minimum":1,"maximum":1000,"default":10,
                                             "description":"How many."})"));
  EXPECT_EQ(properties["state"], Json::parse(R"({"type":"string","enum":["open","paid"],"default":"paid"})"));
  EXPECT_EQ(properties["vip"]["type"], "boolean");
  EXPECT_EQ(properties["vip"]["default"], false);
  EXPECT_EQ(properties["period"]["type"], "string");
  EXPECT_EQ(properties["limit"]["maximum"], 1000);
  EXPECT_FALSE(properties.contains("database")) << "there is one database";
  EXPECT_EQ(schema["required"], Json({"period"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_TRUE(tool.contains("outputSchema"));
}

TEST(TemplateTools, ACallIsAnsweredAsAskAnswers) {
  Harness harness;
  harness.engine.Declare({{"shop", {TopCustomers()}}});
  const Json answer = Called(harness, "top_customers", {{"period", "last month"}, {"n", 3}});
  const Json& result = answer["result"]["structuredContent"];
  EXPECT_EQ(result["status"], "ok") << Dump(answer);
  EXPECT_EQ(result["row_count"], 2);
  const engine::Question question = harness.engine.LastQuestion();
  EXPECT_EQ(question.template_id, "top_customers");
  EXPECT_EQ(question.database, "shop");
  EXPECT_EQ(question.arguments, (std::map<std::string, std::string>{
                                    {"n", "3"}, {"period", "last month"}, {"state", "paid"}, {"vip", "false"}}));
  EXPECT_EQ(question.text, "top_customers(n = 3, period = last month, state = paid, vip = false)");
}

TEST(TemplateTools, AWrongArgumentIsNamedWithWhatItMayBe) {
  Harness harness;
  harness.engine.Declare({{"shop", {TopCustomers()}}});
  const Json far = ErrorOf(Called(harness, "top_customers", {{"period", "2024"}, {"n", 1001}}));
  EXPECT_EQ(far["field"], "n");
  EXPECT_EQ(far["reason"], "must be at least 1 and at most 1000");
  EXPECT_EQ(far["suggestion"], "How many.");
  EXPECT_EQ(ErrorOf(Called(harness, "top_customers", {{"n", 5}}))["field"], "period");
  EXPECT_EQ(ErrorOf(Called(harness, "top_customers", {{"period", "2024"}, {"state", "pad"}}))["suggestion"],
            "use \"paid\"");
  EXPECT_EQ(ErrorOf(Called(harness, "top_customers", {{"period", "2024"}, {"m", 5}}))["field"], "m");
  const Json soon = ErrorOf(Called(harness, "top_customers", {{"period", "soon"}}));
  EXPECT_EQ(soon["field"], "period") << "what only the engine can tell names the argument as well";
  EXPECT_EQ(soon["suggestion"], "write '2024'");
}

TEST(TemplateTools, AnExpensiveCallIsConfirmedByArgument) {
  Harness harness;
  harness.engine.Declare({{"shop", {Template("expensive")}}});
  EXPECT_EQ(Called(harness, "expensive", Json::object())["result"]["structuredContent"]["error"]["code"],
            "not_confirmed");
  EXPECT_EQ(Called(harness, "expensive", {{"confirm", true}})["result"]["structuredContent"]["status"], "ok");
}

// ---- Several databases, and who may use them ----

TEST(TemplateTools, TheDatabaseIsAskedForOnlyWhereThereAreSeveral) {
  Harness harness;
  engine::TemplateInfo other = TopCustomers();
  harness.engine.Declare({{"shop", {TopCustomers()}}, {"hr", {other}}});
  EXPECT_EQ(Called(harness, "top_customers", {{"period", "2024"}})["result"]["structuredContent"]["database"], "shop");
  EXPECT_EQ(Called(harness, "top_customers",
                   {{"period", "2024"}, {"database", "hr"}})["result"]["structuredContent"]["database"],
            "hr");
  const Json wrong = ErrorOf(Called(harness, "top_customers", {{"period", "2024"}, {"database", "sales"}}));
  EXPECT_EQ(wrong["field"], "database");
  EXPECT_EQ(wrong["suggestion"], "use one of: shop, hr");
  harness.caller.databases = std::vector<std::string>{"hr"};
  EXPECT_EQ(Called(harness, "top_customers", {{"period", "2024"}})["result"]["structuredContent"]["database"], "hr");
  EXPECT_EQ(ErrorOf(Called(harness, "top_customers", {{"period", "2024"}, {"database", "shop"}}))["suggestion"],
            "use one of: hr");
}

TEST(TemplateTools, ValuesOfOneDatabaseAreNotToldToThoseWhoMayUseAnother) {
  Harness harness;
  engine::TemplateInfo declared = TopCustomers(), other = TopCustomers();
  declared.parameters[2].choices.clear();  // the file says only which column
  other.parameters[2].choices = {"hired", "fired"};
  harness.engine.Declare({{"shop", {declared}}, {"hr", {declared}}});
  harness.engine.Report("shop", {TopCustomers()});
  harness.engine.Report("hr", {other});
  ASSERT_TRUE(Lists(harness, "top_customers"));
  const auto schema = harness.registry.InputSchema(*harness.registry.FindTool("top_customers"));
  EXPECT_FALSE((*schema)["properties"]["state"].contains("enum"));
  EXPECT_EQ((*schema)["properties"]["state"]["description"], "A value of orders.status.");
}

TEST(TemplateTools, ATokenSeesThoseItMayCall) {
  Harness harness;
  harness.engine.Declare({{"shop", {TopCustomers()}}, {"hr", {Template("staff")}}});
  EXPECT_TRUE(Lists(harness, "top_customers"));
  EXPECT_TRUE(Lists(harness, "staff"));
  harness.caller.databases = std::vector<std::string>{"hr"};
  EXPECT_FALSE(Lists(harness, "top_customers"));
  EXPECT_TRUE(Lists(harness, "staff"));
  EXPECT_EQ(Called(harness, "top_customers", {{"period", "2024"}})["error"]["code"], kInvalidParams);
  harness.caller.databases.reset();
  harness.caller.tools = std::vector<std::string>{"ask", "staff"};
  EXPECT_EQ(Names(harness.Answer(Stateless(1, "tools/list"))), (std::vector<std::string>{"ask", "staff"}));
}

// ---- Coming and going ----

TEST(TemplateTools, DisabledOnesAreNoTools) {
  Harness harness;
  engine::TemplateInfo broken = Template("broken");
  broken.disabled = "the SQL is refused";
  harness.engine.Declare({{"shop", {broken, Template("good")}}});
  EXPECT_TRUE(Lists(harness, "good"));
  EXPECT_FALSE(Lists(harness, "broken"));
}

TEST(TemplateTools, AClientThatNeverListedMayCall) {
  Harness harness;
  harness.engine.Declare({{"shop", {Template("good")}}});
  EXPECT_EQ(Called(harness, "good", Json::object())["result"]["structuredContent"]["status"], "ok");
  EXPECT_EQ(Called(harness, "bad", Json::object())["error"]["code"], kInvalidParams);
}

TEST(TemplateTools, AListWithoutADatabaseThatIsDownIsNotToBeKept) {
  Harness harness;
  harness.engine.Declare({{"shop", {Template("good")}}, {"hr", {Template("staff")}}}, {"hr"});
  const Json list = harness.Answer(Stateless(1, "tools/list"));
  EXPECT_EQ(Names(list).back(), "good");
  EXPECT_EQ(list["result"]["ttlMs"], 0);
}

TEST(TemplateTools, ChangesAreToldInBothEras) {
  Harness harness;
  const Json hello = harness.Answer(Handshake(1, "initialize",
                                              {{"protocolVersion", "2025-11-25"},
                                               {"capabilities", Json::object()},
                                               {"clientInfo", {{"name", "t"}, {"version", "1"}}}}));
  EXPECT_EQ(hello["result"]["capabilities"]["tools"]["listChanged"], true);
  auto heard = std::make_shared<CollectingOutlet>();
  harness.session->AddStream(heard);
  harness.dispatcher->hub().AddSession(harness.session);
  const auto listening =
      harness.Send(Stateless(5, "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}));
  ASSERT_TRUE(listening->WaitForNotice(1)) << "acknowledged";

  harness.engine.Declare({{"shop", {Template("first")}}});
  EXPECT_TRUE(Lists(harness, "first"));
  harness.engine.Declare({{"shop", {Template("second")}}});
  harness.templates->look_again()();
  ASSERT_TRUE(listening->WaitForNotice(3));
  EXPECT_EQ(listening->Notices().back()["method"], "notifications/tools/list_changed");
  ASSERT_TRUE(heard->WaitForNotice(2));
  EXPECT_EQ(heard->Notices().back()["method"], "notifications/tools/list_changed");
  EXPECT_TRUE(Lists(harness, "second"));
  EXPECT_FALSE(Lists(harness, "first"));
}

TEST(TemplateTools, AChangedSchemaIsLookedAtAgain) {
  Harness harness;
  harness.engine.Declare({{"shop", {Template("good")}}});
  EXPECT_EQ(Called(harness, "good", Json::object())["result"]["structuredContent"]["status"], "ok");
  engine::TemplateInfo broken = Template("good");
  broken.disabled = "the table is gone";
  harness.engine.Declare({{"shop", {broken}}});
  harness.context.watch->Changed("shop");
  for (int i = 0; i < 1500 && harness.registry.FindTool("good") != nullptr; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(harness.registry.FindTool("good"), nullptr);
}

}  // namespace
}  // namespace toomai::mcp
