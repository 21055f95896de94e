// The path of a message: bytes -> limits -> envelope -> method -> arguments, in both eras, without a database. Whatever
// comes in, every answer is JSON with one line.
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "mcp/dispatcher.h"
#include "tests/fuzz/mcp_registry.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ServerOptions options;
  options.workers = 1;
  options.limits = {4096, 16, 500};
  static Dispatcher dispatcher(FuzzRegistry(), options);
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
  // Some calls are cancelled at once, others run to their end; a subscription or a question to the client would not
  // end.
  for (int i = 0; size % 3 != 0 && i < 200 && session->running() > 0; ++i) std::this_thread::yield();
  session->CancelAll();
  return 0;
}
