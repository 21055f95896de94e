// JSON-RPC batches, which the revision 2025-03-26 alone knows: several messages in one array, answered by one array.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "mcp/dispatcher.h"

namespace toomai::mcp {

inline constexpr std::size_t kMaxBatch = 100;  // messages in one array
inline constexpr std::string_view kBatchVersion = "2025-03-26";

// True for bytes that begin an array, from a client whose session agreed on the revision that has batches.
bool IsBatch(std::string_view bytes, const Session& session);

// What all messages of a batch share.
struct BatchContext {
  std::shared_ptr<Session> session;
  engine::Caller caller;
  std::shared_ptr<Outlet> outlet;  // gets the array, or null when nothing in the batch wants an answer
  std::optional<HttpFacts> http;
  // Why a message is not let through, e.g. its caller's rate; may be empty.
  std::function<std::optional<RpcError>(const Message&)> refuse;
};

// Like Dispatcher::Handle for each message, in their order.
void HandleBatch(Dispatcher& dispatcher, std::string_view bytes, const BatchContext& context);

}  // namespace toomai::mcp
