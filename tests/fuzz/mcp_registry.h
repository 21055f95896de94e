// A registry for fuzz targets: a tool whose arguments are checked, one that asks the client, a template, a prompt. No
// database.
#pragma once

#include "mcp/registry.h"

namespace toomai::mcp {

inline Tool EchoTool() {
  Tool tool;
  tool.name = "echo";
  tool.input_schema =
      R"({"type":"object","properties":{"text":{"type":"string","maxLength":9},"n":{"type":"integer","minimum":1},
      "list":{"type":"array","items":{"type":"string"},"maxItems":3},"kind":{"type":"string","enum":["a","b"]}},
      "required":["text"],"additionalProperties":false})";
  tool.run = [](Call& call) {
    call.Progress(1, 2, "half");
    return Outcome::Complete({{"content", Json::array()}, {"structuredContent", call.arguments}});
  };
  return tool;
}

inline Tool AskingTool() {
  Tool tool;
  tool.name = "asks";
  tool.input_schema = R"({"type":"object","properties":{}})";
  tool.run = [](Call& call) {
    if (!call.state.is_null())
      return Outcome::Complete({{"content", Json::array()}, {"structuredContent", call.answers}});
    const Json form = {{"message", "?"}, {"requestedSchema", {{"type", "object"}, {"properties", Json::object()}}}};
    return Outcome::AskClient({{"q", {{"method", "elicitation/create"}, {"params", form}}}}, "asked");
  };
  return tool;
}

inline Registry& FuzzRegistry() {
  static Registry& registry = *[] {
    auto* made = new Registry;
    made->tools_change = made->prompts_change = true;
    made->tools = {EchoTool(), AskingTool()};
    made->templates.push_back({"x://{a}/{b}", "x", "x", "x", "text/plain", [](Call& call) {
                                 return Outcome::Complete({{"contents", Json::array({call.variables})}});
                               }});
    made->prompts.push_back({"p", "p", "p", {{"a", "a", true}}, [](Call& call) {
                               return Outcome::Complete({{"messages", Json::array({call.arguments})}});
                             }});
    return made;
  }();
  return registry;
}

}  // namespace toomai::mcp
