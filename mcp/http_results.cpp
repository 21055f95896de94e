#include "mcp/http_results.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "mcp/access.h"
#include "mcp/review_http.h"

namespace toomai::mcp {
namespace {

constexpr std::chrono::milliseconds kLookAgain{5};  // whether the client has taken something

// Lines of CSV to the client, no faster than it reads.
class Download : public engine::RowConsumer {
 public:
  Download(HttpReply& reply, const Deadline& deadline) : reply_(reply), deadline_(deadline) {}

  void OnColumns(const std::vector<engine::ResultColumn>& columns) override {
    began_ = true;
    reply_.BeginBody({200,
                      "text/csv; charset=utf-8; header=present",
                      "",
                      {{"Content-Disposition", "attachment; filename=\"result.csv\""}}});
    std::vector<std::optional<std::string_view>> names;
    for (const engine::ResultColumn& column : columns) names.emplace_back(column.name);
    AppendCsvLine(names, &piece_);
  }
  bool OnRow(const std::vector<std::optional<std::string_view>>& cells) override {
    AppendCsvLine(cells, &piece_);
    return piece_.size() < kPieceBytes || Send();
  }
  bool Send() {
    reply_.SendPiece(std::exchange(piece_, {}));
    while (reply_.unsent() > kMostUnsent && !reply_.closed() && !deadline_.over())
      std::this_thread::sleep_for(kLookAgain);
    return !reply_.closed() && !deadline_.over();
  }
  bool began() const { return began_; }

 private:
  HttpReply& reply_;
  const Deadline& deadline_;
  std::string piece_;
  bool began_ = false;
};

}  // namespace

HttpResults::HttpResults(engine::Engine& engine, Dispatcher& dispatcher, std::shared_ptr<ResultLinks> links)
    : engine_(engine),
      dispatcher_(dispatcher),
      links_(std::move(links)),
      most_(std::max<std::size_t>(
          1, std::min(dispatcher.options().http.max_downloads, dispatcher.options().workers / 2))) {}

void HttpResults::Handle(const HttpRequest& request, const engine::Caller& caller,
                         const std::shared_ptr<HttpReply>& reply) {
  if (request.method != "GET") {
    reply->Respond({405, "text/plain; charset=utf-8", "use GET\n", {{"Allow", "GET"}}});
    return;
  }
  if (!MayCall(caller, "execute")) return reply->Respond(Failure(403, "this token may not use execute"));
  auto found = links_->Find(caller, request.path.substr(std::string_view("/results/").size()));
  if (!found) {
    return reply->Respond(Failure({ErrorCode::kNotFound, "there is no such result (any more)",
                                   "links are valid for 15 minutes and for the caller who got them: call execute "
                                   "again"}));
  }
  // Each takes a worker and a connection for as long as the client likes to read: others must have some left.
  if (running_ >= most_) {
    HttpResponse busy = Failure({ErrorCode::kBusy, std::to_string(most_) + " results are being downloaded already",
                                 "try again when one of them has ended"});
    busy.headers.emplace_back("Retry-After", "5");
    return reply->Respond(std::move(busy));
  }
  ++running_;
  const std::shared_ptr<void> place(nullptr, [this](void*) { --running_; });
  const auto in_flight = std::make_shared<InFlight>();
  reply->OnClosed([in_flight] { in_flight->Cancel(); });
  const auto submitted =
      dispatcher_.Submit(in_flight, [this, place, reply, in_flight, caller, statement = std::move(*found)] {
        const Deadline deadline = Deadline::After(kDownloadTimeout, in_flight->token());
        Download download(*reply, deadline);
        const auto result = engine_.Stream(deadline, caller, statement, download, true);
        const bool whole = result && result->truncated_by.empty() && download.Send();
        if (whole) return reply->EndStream();
        if (download.began() || result) return reply->Abort();
        reply->Respond(Failure(result.error()));
      });
  if (!submitted) reply->Respond(Failure(submitted.error()));
}

}  // namespace toomai::mcp
