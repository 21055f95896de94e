// A dispatcher over the test engine, an outlet that collects, and the two kinds of request.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mcp/dispatcher.h"
#include "mcp/template_tools.h"
#include "mcp/tools.h"
#include "tests/mcp/test_engine.h"

namespace toomai::mcp {

inline constexpr std::chrono::seconds kPatience{30};

class CollectingOutlet : public Outlet {
 public:
  void Notify(const Json& message) override {
    std::lock_guard<std::mutex> lock(mutex_);
    notices.push_back(message);
    changed_.notify_all();
  }
  void Finish(const Json& message, int http_status) override {
    std::lock_guard<std::mutex> lock(mutex_);
    answer = message;
    status = http_status;
    finished_ = true;
    changed_.notify_all();
  }
  // False when it takes longer than a green test ever does.
  bool Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return finished_; });
  }
  bool WaitForNotice(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return notices.size() >= count; });
  }

  std::vector<Json> Notices() {  // while more may come
    std::lock_guard<std::mutex> lock(mutex_);
    return notices;
  }

  Json answer;
  int status = -1;
  std::vector<Json> notices;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
};

struct Harness {
  explicit Harness(ServerOptions options = {}) {
    context.engine = &engine;
    context.options = options;
    FillRegistry(&registry, context);
    dispatcher = std::make_unique<Dispatcher>(registry, options);
    templates = std::make_unique<TemplateTools>(&registry, context, dispatcher->hub());
    TellOfSchemaChanges(context, dispatcher->hub(), templates->look_again());
    session = std::make_shared<Session>("test");
  }

  std::shared_ptr<CollectingOutlet> Send(const Json& message, std::shared_ptr<InFlight>* in_flight = nullptr) {
    auto outlet = std::make_shared<CollectingOutlet>();
    auto parsed = ParseMessage(Dump(message), MessageLimits{});
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().error.message);
    auto running = dispatcher->Handle({std::move(*parsed), session, caller, outlet, http});
    if (in_flight != nullptr) *in_flight = running;
    return outlet;
  }
  Json Answer(const Json& message) {
    const auto outlet = Send(message);
    EXPECT_TRUE(outlet->Wait());
    return outlet->answer;
  }

  TestEngine engine;
  ToolContext context;
  Registry registry;
  engine::Caller caller;
  std::optional<HttpFacts> http;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<TemplateTools> templates;
  std::shared_ptr<Session> session;
};

inline Json Handshake(int id, const std::string& method, Json params = Json::object()) {
  return MakeRequest(id, method, std::move(params));
}
inline Json Stateless(int id, const std::string& method, Json params = Json::object(),
                      Json capabilities = Json::object()) {
  params["_meta"] = {{std::string(kMetaVersion), std::string(kStatelessVersion)},
                     {std::string(kMetaCapabilities), std::move(capabilities)}};
  return MakeRequest(id, method, std::move(params));
}
inline Json ToolCall(const std::string& name, Json arguments) {
  return {{"name", name}, {"arguments", std::move(arguments)}};
}

}  // namespace toomai::mcp
