// GET /results/ID: a result that was too large for one answer, as CSV, row by row as the server sends it. The same link
// that is read as toomai://results/ID, but with a limit of its own and without being held in memory.
#pragma once

#include <atomic>
#include <memory>

#include "engine/engine.h"
#include "mcp/dispatcher.h"
#include "mcp/http.h"
#include "mcp/result_links.h"

namespace toomai::mcp {

inline constexpr std::size_t kPieceBytes = 64 << 10;
inline constexpr std::size_t kMostUnsent = 1 << 20;         // the server is read no further ahead of the client
inline constexpr std::chrono::minutes kDownloadTimeout{5};  // however slowly the client reads

class HttpResults {
 public:
  HttpResults(engine::Engine& engine, Dispatcher& dispatcher, std::shared_ptr<ResultLinks> links);

  static bool Serves(const HttpRequest& request) { return request.path.rfind("/results/", 0) == 0; }
  // On the network thread; does not block.
  void Handle(const HttpRequest& request, const engine::Caller& caller, const std::shared_ptr<HttpReply>& reply);

 private:
  engine::Engine& engine_;
  Dispatcher& dispatcher_;
  const std::shared_ptr<ResultLinks> links_;
  const std::size_t most_;
  std::atomic<std::size_t> running_{0};
};

}  // namespace toomai::mcp
