// The path of a message: bytes -> limits -> envelope -> method -> arguments, in both eras, without a database. Whatever
// comes in, every answer is JSON with one line.
#include <cstdint>
#include <cstdlib>

#include "mcp/dispatcher.h"

namespace {

using namespace toomai::mcp;

class CheckingOutlet : public Outlet {
 public:
  void Notify(const Json& message) override { Check(message); }
  void Finish(const Json& message, int) override {
    if (!message.is_null()) Check(message);
  }

 private:
  static void Check(const Json& message) {
    const std::string line = Dump(message);
    if (line.find('\n') != std::string::npos || Json::parse(line, nullptr, false).is_discarded()) std::abort();
  }
};

Registry& SharedRegistry() {
  static Registry& registry = *[] {
    auto* made_once = new Registry;
    Registry& made = *made_once;
    made.tools_change = made.prompts_change = true;
    Tool tool;
    tool.name = "echo";
    tool.input_schema =
        R"({"type":"object","properties":{"text":{"type":"string","maxLength":9},"n":{"type":"integer","minimum":1},
      "list":{"type":"array","items":{"type":"string"},"maxItems":3},"kind":{"type":"string","enum":["a","b"]}},
      "required":["text"],"additionalProperties":false})";
    tool.run = [](Call& call) {
      return Outcome::Complete({{"content", Json::array()}, {"structuredContent", call.arguments}});
    };
    made.tools.push_back(tool);
    made.templates.push_back({"x://{a}/{b}", "x", "x", "x", "text/plain", [](Call& call) {
                                return Outcome::Complete({{"contents", Json::array({call.variables})}});
                              }});
    return made_once;
  }();
  return registry;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ServerOptions options;
  options.workers = 1;
  options.limits = {4096, 16, 500};
  static Dispatcher dispatcher(SharedRegistry(), options);
  auto message = ParseMessage({reinterpret_cast<const char*>(data), size}, options.limits);
  const auto outlet = std::make_shared<CheckingOutlet>();
  if (!message) {
    outlet->Finish(MakeError(message.error().id, message.error().error), 400);
    return 0;
  }
  std::optional<HttpFacts> http;
  if (size % 2 == 1)
    http = HttpFacts{
        std::string(kStatelessVersion), message->method, std::string(StringMember(message->params, "name")), {}};
  const auto session = std::make_shared<Session>("fuzz");
  dispatcher.Handle({std::move(*message), session, {}, outlet, http});
  session->CancelAll();
  return 0;
}
