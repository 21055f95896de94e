#include "mcp/batch.h"

#include "base/text.h"

namespace toomai::mcp {
namespace {

// Gathers the answers to one batch; whoever brings the last one sends them all.
class Gathering {
 public:
  explicit Gathering(std::shared_ptr<Outlet> outlet) : outlet_(std::move(outlet)) {}

  const std::shared_ptr<Outlet>& outlet() const { return outlet_; }
  void Expect() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++open_;
  }
  // One less to wait for; null answers (cancelled calls) leave no trace.
  void Bring(const Json& answer) {
    Json all;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!answer.is_null()) answers_.push_back(answer);
      if (--open_ > 0) return;
      all = answers_.empty() ? Json() : std::move(answers_);
    }
    outlet_->Finish(all, all.is_null() ? 202 : 200);
  }

 private:
  const std::shared_ptr<Outlet> outlet_;
  std::mutex mutex_;
  int open_ = 0;
  Json answers_ = Json::array();
};

class BatchOutlet : public Outlet {
 public:
  explicit BatchOutlet(std::shared_ptr<Gathering> gathering) : gathering_(std::move(gathering)) {
    gathering_->Expect();
  }
  void Notify(const Json& message) override { gathering_->outlet()->Notify(message); }
  void Finish(const Json& message, int) override { gathering_->Bring(message); }
  bool carries_notices() const override { return gathering_->outlet()->carries_notices(); }
  bool closed() const override { return gathering_->outlet()->closed(); }

 private:
  const std::shared_ptr<Gathering> gathering_;
};

void HandleOne(Dispatcher& dispatcher, Json body, const BatchContext& context,
               const std::shared_ptr<Gathering>& gathering) {
  const auto outlet = std::make_shared<BatchOutlet>(gathering);
  auto message = ReadMessage(std::move(body));
  if (!message && message.error().notification) return outlet->Finish(Json(), 202);
  if (!message) return outlet->Finish(MakeError(message.error().id, message.error().error), 200);
  const bool answered = message->kind == Message::Kind::kRequest;
  if (answered && message->method == "initialize") {
    return outlet->Finish(MakeError(message->id, {kInvalidRequest, "initialize must not be in a batch", nullptr}), 200);
  }
  if (const auto refusal = context.refuse ? context.refuse(*message) : std::nullopt; answered && refusal) {
    return outlet->Finish(MakeError(message->id, *refusal), 200);
  }
  dispatcher.Handle({std::move(*message), context.session, context.caller, outlet, context.http});
  if (!answered) outlet->Finish(Json(), 202);
}

}  // namespace

bool IsBatch(std::string_view bytes, const Session& session) {
  return Trim(bytes.substr(0, 64)).substr(0, 1) == "[" && session.agreement().version == kBatchVersion;
}

void HandleBatch(Dispatcher& dispatcher, std::string_view bytes, const BatchContext& context) {
  auto batch = ParseJson(bytes, dispatcher.options().limits);
  const auto refuse = [&](const RpcError& error) { context.outlet->Finish(MakeError(nullptr, error), 400); };
  if (!batch) return refuse(batch.error());
  if (batch->empty() || batch->size() > kMaxBatch) {
    return refuse({kInvalidRequest, "a batch holds 1 to " + std::to_string(kMaxBatch) + " messages", nullptr});
  }
  const auto gathering = std::make_shared<Gathering>(context.outlet);
  gathering->Expect();  // so that early answers do not end the batch before its last message was read
  for (Json& body : *batch) HandleOne(dispatcher, std::move(body), context, gathering);
  gathering->Bring(nullptr);
}

}  // namespace toomai::mcp
