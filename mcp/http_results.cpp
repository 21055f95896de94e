#include "mcp/http_results.h"

#include <stop_token>
#include <thread>
#include <utility>

#include "base/log.h"
#include "mcp/json.h"

namespace toomai::mcp {
namespace {

constexpr std::chrono::milliseconds kLookAgain{5};  // whether the client has taken something

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kRejected:
    case ErrorCode::kNotConfirmed:
      return 422;
    case ErrorCode::kBusy:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
      return 503;
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

void RespondError(HttpReply& reply, int status, const Error& error) {
  Json body = {{"code", std::string(ToString(error.code))}, {"reason", error.message}};
  if (!error.hint.empty()) body["suggestion"] = error.hint;
  reply.Respond({status, "application/json", Dump(Json{{"error", std::move(body)}}), {}});
}

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
    : engine_(engine), dispatcher_(dispatcher), links_(std::move(links)) {}

void HttpResults::Handle(const HttpRequest& request, const engine::Caller& caller,
                         const std::shared_ptr<HttpReply>& reply) {
  if (request.method != "GET") {
    reply->Respond({405, "text/plain; charset=utf-8", "use GET\n", {{"Allow", "GET"}}});
    return;
  }
  auto found = links_->Find(caller, request.path.substr(std::string_view("/results/").size()));
  if (!found) {
    const Error unknown(ErrorCode::kNotFound, "there is no such result (any more)",
                        "links are valid for 15 minutes and for the caller who got them: call execute again");
    return RespondError(*reply, 404, unknown);
  }
  const auto stop = std::make_shared<std::stop_source>();
  reply->OnClosed([stop] { stop->request_stop(); });
  const auto submitted = dispatcher_.Submit([this, reply, stop, caller, statement = std::move(*found)] {
    const Deadline deadline = Deadline::After(kDownloadTimeout, stop->get_token());
    Download download(*reply, deadline);
    const auto result = engine_.Stream(deadline, caller, statement, download, true);
    const bool whole = result && result->truncated_by.empty() && download.Send();
    if (whole) return reply->EndStream();
    if (download.began()) return reply->Abort();
    RespondError(*reply, StatusOf(result.error().code), result.error());
  });
  if (!submitted) RespondError(*reply, 503, submitted.error());
}

}  // namespace toomai::mcp
