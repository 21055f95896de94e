// The tools, resources and prompts that the official MCP conformance suite asks for, served by the product's protocol
// library over HTTP on a loopback port. Texts and names are the suite's. Usage: mcp_fixture_server PORT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "mcp/dispatcher.h"
#include "mcp/http_serve.h"

namespace toomai::mcp {
namespace {

// A 1x1 red PNG, and a WAV of no samples.
constexpr const char* kPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
constexpr const char* kWav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
constexpr const char* kNoArguments = R"({"type":"object","properties":{}})";

Json Text(const std::string& text) {
  return {{"type", "text"}, {"text", text}};
}
Json Image() {
  return {{"type", "image"}, {"data", kPng}, {"mimeType", "image/png"}};
}
Json Embedded(const std::string& uri, const std::string& type, const std::string& text) {
  return {{"type", "resource"}, {"resource", {{"uri", uri}, {"mimeType", type}, {"text", text}}}};
}
Outcome Content(std::vector<Json> blocks) {
  return Outcome::Complete({{"content", std::move(blocks)}});
}
Outcome Say(const std::string& text) {
  return Content({Text(text)});
}
void Pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

Json Form(const std::string& message, Json properties, std::vector<std::string> required) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = required;
  return {{"method", "elicitation/create"}, {"params", {{"message", message}, {"requestedSchema", std::move(schema)}}}};
}
Json Sample(const std::string& prompt, int tokens) {
  const Json message = {{"role", "user"}, {"content", Text(prompt)}};
  return {{"method", "sampling/createMessage"},
          {"params", {{"messages", Json::array({message})}, {"maxTokens", tokens}}}};
}
Json ListRoots() {
  return {{"method", "roots/list"}, {"params", Json::object()}};
}

// The text of a sampling answer: content is one block or a list of them.
std::string SampledText(const Json& answer) {
  const Json& content = Member(answer, "content");
  const Json& block = content.is_array() && !content.empty() ? content[0] : content;
  return std::string(StringMember(block, "text"));
}

class Fixture {
 public:
  explicit Fixture(Registry* registry) : registry_(registry) {}

  Tool& AddTool(const std::string& name, const std::string& description, std::function<Outcome(Call&)> run) {
    Tool tool;
    tool.name = name;
    tool.title = name;
    tool.description = description;
    tool.input_schema = kNoArguments;
    tool.check_arguments = false;
    tool.run = std::move(run);
    registry_->tools.push_back(std::move(tool));
    return registry_->tools.back();
  }
  void AddPrompt(const std::string& name, std::vector<PromptArgument> arguments, std::function<Outcome(Call&)> run) {
    registry_->prompts.push_back(
        {name, name, "A prompt of the conformance suite.", std::move(arguments), std::move(run)});
  }
  void AddResource(const std::string& uri, const std::string& type, std::function<Json()> contents) {
    registry_->resources.push_back(
        {uri, uri, uri, "A resource of the conformance suite.", type, [uri, type, contents](Call&) {
           Json entry = {{"uri", uri}, {"mimeType", type}};
           entry.update(contents());
           return Outcome::Complete({{"contents", Json::array({entry})}});
         }});
  }

 private:
  Registry* registry_;
};

void AddContentTools(Fixture& fixture) {
  fixture.AddTool("test_simple_text", "Returns text.",
                  [](Call&) { return Say("This is a simple text response for testing."); });
  fixture.AddTool("test_image_content", "Returns an image.", [](Call&) { return Content({Image()}); });
  fixture.AddTool("test_audio_content", "Returns audio.", [](Call&) {
    return Content({{{"type", "audio"}, {"data", kWav}, {"mimeType", "audio/wav"}}});
  });
  fixture.AddTool("test_embedded_resource", "Returns a resource.", [](Call&) {
    return Content({Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")});
  });
  fixture.AddTool("test_multiple_content_types", "Returns three kinds of content.", [](Call&) {
    return Content({Text("Multiple content types test:"), Image(),
                    Embedded("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})")});
  });
  fixture.AddTool("test_error_handling", "Always fails.", [](Call&) {
    Outcome outcome = Say("This tool intentionally returns an error for testing");
    outcome.result["isError"] = true;
    return outcome;
  });
}

void AddNotifyingTools(Fixture& fixture) {
  const auto log_three = [](Call& call) {
    call.Log("info", "fixture", "Tool execution started");
    Pause();
    call.Log("info", "fixture", "Tool processing data");
    Pause();
    call.Log("info", "fixture", "Tool execution completed");
    return Say("logged");
  };
  fixture.AddTool("test_tool_with_logging", "Logs three messages.", log_three);
  fixture.AddTool("test_logging_tool", "Logs when the request asks for it.", log_three);
  fixture.AddTool("test_tool_with_progress", "Reports progress.", [](Call& call) {
    for (const double done : {0.0, 50.0, 100.0}) {
      call.Progress(done, 100, "");
      Pause();
    }
    return Say("done");
  });
}

void AddAskingTools(Fixture& fixture) {
  fixture
      .AddTool(
          "test_sampling", "Asks the client's model.",
          [](Call& call) {
            if (call.answers.contains("answer")) return Say("LLM response: " + SampledText(call.answers["answer"]));
            return Outcome::AskClient({{"answer", Sample(std::string(StringMember(call.arguments, "prompt")), 100)}});
          })
      .input_schema =
      R"({"type":"object","properties":{"prompt":{"type":"string","description":"Prompt for the model"}},"required":["prompt"]})";
  fixture
      .AddTool("test_elicitation", "Asks the user.",
               [](Call& call) {
                 if (call.answers.contains("user")) {
                   const Json& answer = call.answers["user"];
                   return Say("User response: action: " + std::string(StringMember(answer, "action")) +
                              ", content: " + Dump(Member(answer, "content")));
                 }
                 const Json properties = {{"username", {{"type", "string"}, {"description", "User's response"}}},
                                          {"email", {{"type", "string"}, {"description", "User's email address"}}}};
                 return Outcome::AskClient({{"user", Form(std::string(StringMember(call.arguments, "message")),
                                                          properties, {"username", "email"})}});
               })
      .input_schema =
      R"({"type":"object","properties":{"message":{"type":"string","description":"Message for the user"}},"required":["message"]})";

  const auto ask_form = [&fixture](const std::string& name, const Json& properties) {
    fixture.AddTool(name, "Asks the user with a form.", [properties](Call& call) {
      if (call.answers.contains("form")) {
        const Json& answer = call.answers["form"];
        return Say("Elicitation completed: action=" + std::string(StringMember(answer, "action")) +
                   ", content=" + Dump(Member(answer, "content")));
      }
      return Outcome::AskClient({{"form", Form("Please fill in", properties, {})}});
    });
  };
  ask_form("test_elicitation_sep1034_defaults", Json::parse(R"({
    "name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"score":{"type":"number","default":95.5},
    "status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":{"type":"boolean","default":true}})"));
  ask_form("test_elicitation_sep1330_enums", Json::parse(R"({
    "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
    "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
    "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
    "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
    "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}})"));
  fixture.AddTool("test_streaming_elicitation", "Reports progress, then asks.", [](Call& call) {
    call.Progress(1, 2, "asking");
    if (call.answers.contains("ok")) return Say("thanks");
    return Outcome::AskClient({{"ok", Form("Continue?", {{"ok", {{"type", "boolean"}}}}, {"ok"})}});
  });
  fixture.AddTool("test_missing_capability", "Needs sampling.", [](Call& call) {
    if (call.answers.contains("answer")) return Say(SampledText(call.answers["answer"]));
    return Outcome::AskClient({{"answer", Sample("Hello", 10)}});
  });
}

Json NameForm(const std::string& message = "What is your name?") {
  return Form(message, {{"name", {{"type", "string"}}}}, {"name"});
}
Json ConfirmForm() {
  return Form("Please confirm", {{"ok", {{"type", "boolean"}}}}, {"ok"});
}

void AddRoundTripTools(Fixture& fixture) {
  fixture.AddTool("test_input_required_result_elicitation", "Asks for a name.", [](Call& call) {
    const std::string_view name = StringMember(Member(Member(call.answers, "user_name"), "content"), "name");
    if (!name.empty()) return Say("Hello, " + std::string(name) + "!");
    return Outcome::AskClient({{"user_name", NameForm()}});
  });
  fixture.AddTool("test_input_required_result_sampling", "Asks the client's model.", [](Call& call) {
    if (call.answers.contains("capital_question")) return Say(SampledText(call.answers["capital_question"]));
    return Outcome::AskClient({{"capital_question", Sample("What is the capital of France?", 100)}});
  });
  fixture.AddTool("test_input_required_result_list_roots", "Asks for roots.", [](Call& call) {
    if (call.answers.contains("client_roots"))
      return Say("Roots: " + Dump(Member(call.answers["client_roots"], "roots")));
    return Outcome::AskClient({{"client_roots", ListRoots()}});
  });
  fixture.AddTool("test_input_required_result_request_state", "Carries state.", [](Call& call) {
    if (StringMember(call.state, "at") == "confirm" && call.answers.contains("confirm")) return Say("state-ok");
    return Outcome::AskClient({{"confirm", ConfirmForm()}}, {{"at", "confirm"}});
  });
  fixture.AddTool("test_input_required_result_tampered_state", "Carries sealed state.", [](Call& call) {
    if (StringMember(call.state, "at") == "confirm" && !call.answers.empty()) return Say("state-ok");
    return Outcome::AskClient({{"confirm", ConfirmForm()}}, {{"at", "confirm"}});
  });
  fixture.AddTool("test_input_required_result_multiple_inputs", "Asks three things at once.", [](Call& call) {
    const bool all = call.answers.contains("user_name") && call.answers.contains("greeting") &&
                     call.answers.contains("client_roots");
    if (all && !call.state.is_null()) return Say("all answered");
    return Outcome::AskClient(
        {{"user_name", NameForm()}, {"greeting", Sample("Generate a greeting", 50)}, {"client_roots", ListRoots()}},
        {{"at", "all"}});
  });
  fixture.AddTool("test_input_required_result_multi_round", "Asks twice.", [](Call& call) {
    if (StringMember(call.state, "at") == "step2" && call.answers.contains("step2")) {
      return Say("Done: " + std::string(StringMember(call.state, "name")));
    }
    if (StringMember(call.state, "at") == "step1" && call.answers.contains("step1")) {
      const std::string name(StringMember(Member(call.answers["step1"], "content"), "name"));
      return Outcome::AskClient(
          {{"step2", Form("Step 2: What is your favorite color?", {{"color", {{"type", "string"}}}}, {"color"})}},
          {{"at", "step2"}, {"name", name}});
    }
    return Outcome::AskClient({{"step1", NameForm("Step 1: What is your name?")}}, {{"at", "step1"}});
  });
  fixture.AddTool("test_input_required_result_capabilities", "Asks only what the client can.", [](Call& call) {
    if (!call.answers.empty()) return Say("answered");
    Json questions = Json::object();
    if (call.ClientCan("elicitation")) questions["user_name"] = NameForm();
    if (call.ClientCan("sampling")) questions["greeting"] = Sample("Generate a greeting", 50);
    return questions.empty() ? Say("nothing to ask with") : Outcome::AskClient(questions);
  });
}

void AddSchemaTools(Fixture& fixture) {
  fixture.AddTool("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", [](Call&) { return Say("ok"); })
      .input_schema = R"({
    "$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
    "$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
    "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},
      "phone":{"type":"string"},"email":{"type":"string"}},
    "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
    "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
    "then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false})";
  fixture.AddTool("test_header_tool", "Has an argument that is mirrored in a header.", [](Call&) { return Say("ok"); })
      .input_schema =
      R"({"type":"object","properties":{"region":{"type":"string","description":"Mirrored","x-mcp-header":"Region"}},"required":["region"]})";
}

void AddPrompts(Fixture& fixture) {
  const auto user = [](Json content) -> Json { return {{"role", "user"}, {"content", std::move(content)}}; };
  const auto messages = [](std::vector<Json> list) { return Outcome::Complete({{"messages", std::move(list)}}); };
  fixture.AddPrompt("test_simple_prompt", {},
                    [=](Call&) { return messages({user(Text("This is a simple prompt for testing."))}); });
  fixture.AddPrompt("test_prompt_with_arguments",
                    {{"arg1", "First test argument", true}, {"arg2", "Second test argument", true}}, [=](Call& call) {
                      const std::string text = "Prompt with arguments: arg1='" +
                                               std::string(StringMember(call.arguments, "arg1")) + "', arg2='" +
                                               std::string(StringMember(call.arguments, "arg2")) + "'";
                      return messages({user(Text(text))});
                    });
  fixture.AddPrompt("test_prompt_with_embedded_resource", {{"resourceUri", "URI of the resource to embed", true}},
                    [=](Call& call) {
                      return messages({user(Embedded(std::string(StringMember(call.arguments, "resourceUri")),
                                                     "text/plain", "Embedded resource content for testing.")),
                                       user(Text("Please process the embedded resource above."))});
                    });
  fixture.AddPrompt("test_prompt_with_image", {}, [=](Call&) {
    return messages({user(Image()), user(Text("Please analyze the image above."))});
  });
  fixture.AddPrompt("test_input_required_result_prompt", {}, [=](Call& call) {
    if (call.answers.contains("user_context")) {
      return messages({user(Text("Context: " + Dump(Member(call.answers["user_context"], "content"))))});
    }
    return Outcome::AskClient({{"user_context", Form("What context should the prompt use?",
                                                     {{"context", {{"type", "string"}}}}, {"context"})}});
  });
}

void AddResources(Fixture& fixture, Registry* registry) {
  fixture.AddResource("test://static-text", "text/plain", [] {
    return Json{{"text", "This is the content of the static text resource."}};
  });
  fixture.AddResource("test://static-binary", "image/png", [] { return Json{{"blob", kPng}}; });
  fixture.AddResource("test://watched-resource", "text/plain", [] { return Json{{"text", "watched"}}; });
  registry->templates.push_back(
      {"test://template/{id}/data", "template", "Template", "A template of the conformance suite.", "application/json",
       [](Call& call) {
         const std::string id(StringMember(call.variables, "id"));
         const std::string text = Dump({{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
         const Json entry = {{"uri", call.uri}, {"mimeType", "application/json"}, {"text", text}};
         return Outcome::Complete({{"contents", Json::array({entry})}});
       }});
  registry->complete = [](Call&, std::string_view, std::string_view, std::string_view prefix, const Json&) {
    std::vector<std::string> values;
    for (const std::string word : {"paris", "park", "party"}) {
      if (word.rfind(prefix, 0) == 0) values.push_back(word);
    }
    return values;
  };
}

}  // namespace
}  // namespace toomai::mcp

int main(int argc, char** argv) {
  using namespace toomai::mcp;
  ServerOptions options;
  options.http.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  Registry registry;
  registry.server_name = "toomai-conformance-fixture";
  registry.server_version = "0";
  registry.tools_change = registry.prompts_change = true;
  Fixture fixture(&registry);
  Dispatcher* dispatcher = nullptr;
  AddContentTools(fixture);
  AddNotifyingTools(fixture);
  AddAskingTools(fixture);
  AddRoundTripTools(fixture);
  AddSchemaTools(fixture);
  fixture.AddTool("test_trigger_tool_change", "Tells listeners that the tools changed.", [&dispatcher](Call&) {
    dispatcher->hub().Publish(Hub::Change::kTools);
    return Say("told");
  });
  fixture.AddTool("test_trigger_prompt_change", "Tells listeners that the prompts changed.", [&dispatcher](Call&) {
    dispatcher->hub().Publish(Hub::Change::kPrompts);
    return Say("told");
  });
  AddPrompts(fixture);
  AddResources(fixture, &registry);
  Dispatcher server(registry, options);
  dispatcher = &server;
  Authenticator authenticator(options.http);
  return ServeHttp(server, authenticator, {}, true,
                   [](const std::string& url) { std::fprintf(stderr, "%s/mcp\n", url.c_str()); });
}
