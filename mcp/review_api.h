// JSON for the review page: list, search, detail, review, re-run (review_api.cpp); statistics, runs and their
// differences, plan, schema, drift (review_reports.cpp).
// Reading history and databases waits, so that each call runs on a worker. Each call is for those who may call the tool
// that does the same; who may not review sees their own entries and changes nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "mcp/dispatcher.h"
#include "mcp/http.h"

namespace toomai::mcp {

class ReviewApi {
 public:
  ReviewApi(engine::Engine& engine, Dispatcher& dispatcher) : engine_(engine), dispatcher_(dispatcher) {}

  void RespondPage(HttpReply& reply) const;
  void Handle(HttpRequest request, const engine::Caller& caller, std::shared_ptr<HttpReply> reply);
  // Calls that reach a database count as tool calls do.
  static bool ReachesDatabase(const HttpRequest& request);

 private:
  HttpResponse Answer(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline);
  HttpResponse AnswerEntries(const std::vector<std::string>& parts, const HttpRequest& request,
                             const engine::Caller& caller, const Deadline& deadline);
  HttpResponse Databases(const engine::Caller& caller);
  HttpResponse List(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline);
  HttpResponse Show(std::int64_t id, const engine::Caller& caller);
  HttpResponse Review(std::int64_t id, const HttpRequest& request, const engine::Caller& caller,
                      const Deadline& deadline);
  HttpResponse Rerun(std::int64_t id, const HttpRequest& request, const engine::Caller& caller,
                     const Deadline& deadline);
  HttpResponse Statistics(const HttpRequest& request, const engine::Caller& caller);
  // Other runs of the same question or statement.
  HttpResponse Runs(std::int64_t id, const engine::Caller& caller, const Deadline& deadline);
  HttpResponse Diff(std::int64_t before, std::int64_t after, const engine::Caller& caller);
  HttpResponse Plan(std::int64_t id, const engine::Caller& caller, const Deadline& deadline);
  HttpResponse Drift(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline);
  HttpResponse Schema(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline);

  engine::Engine& engine_;
  Dispatcher& dispatcher_;
};

}  // namespace toomai::mcp
