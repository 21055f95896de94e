#include "mcp/review_api.h"

#include "base/log.h"
#include "base/text.h"
#include "mcp/access.h"
#include "mcp/render.h"
#include "mcp/review_http.h"
#include "mcp/review_page.h"

namespace toomai::mcp {
namespace {

constexpr std::chrono::seconds kPatience{30};

// The page needs nothing but itself, and nobody may frame it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Expected<Json> BodyOf(const HttpRequest& request) {
  auto body = ParseJson(request.body, MessageLimits{});
  if (!body || !body->is_object()) return Fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  return std::move(*body);
}

// The tool that does the same as a call; empty: none does, and the call tells nothing but the caller's own name.
std::string_view ToolOf(const std::vector<std::string>& parts) {  // "", "api", "entries", "7", "review"
  const std::string what = parts.size() > 2 ? parts[2] : "", action = parts.size() > 4 ? parts[4] : "";
  if (what == "me") return "";
  if (what == "databases") return "list_databases";
  if (what == "schema") return "describe_schema";
  if (what == "entries" && action == "run") return "execute";
  return what == "entries" && action == "plan" ? "explain_sql" : "query_history";
}

}  // namespace

bool ReviewApi::ReachesDatabase(const HttpRequest& request) {
  const std::vector<std::string> parts = Split(request.path, '/');
  const std::string_view tool = ToolOf(parts);
  const bool checks_sql = parts.back() == "review" || parts.back() == "drift";
  return checks_sql || tool == "execute" || tool == "explain_sql" || tool == "describe_schema";
}

void ReviewApi::RespondPage(HttpReply& reply) const {
  reply.Respond(
      {200,
       "text/html; charset=utf-8",
       std::string(ReviewPageHtml()),
       {{"Content-Security-Policy", kPolicy}, {"Referrer-Policy", "no-referrer"}, {"X-Frame-Options", "DENY"}}});
}

void ReviewApi::Handle(HttpRequest request, const engine::Caller& caller, std::shared_ptr<HttpReply> reply) {
  const auto in_flight = std::make_shared<InFlight>();
  reply->OnClosed([in_flight] { in_flight->Cancel(); });
  const auto submitted = dispatcher_.Submit(in_flight, [this, request = std::move(request), caller, reply, in_flight] {
    const LogRequestScope scope("page-" + RandomId(8), caller.trace_id);
    reply->Respond(Answer(request, caller, Deadline::After(kPatience, in_flight->token())));
  });
  if (!submitted) reply->Respond(Failure(submitted.error()));
}

HttpResponse ReviewApi::Answer(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const std::vector<std::string> parts = Split(request.path, '/');
  if (const std::string tool(ToolOf(parts)); !MayCall(caller, tool))
    return Failure(403, "this token may not use " + tool);
  const bool get = request.method == "GET", post = request.method == "POST";
  const std::string what = parts.size() > 2 ? parts[2] : "";
  if (post && AsciiLower(request.header("content-type")).rfind("application/json", 0) != 0) {
    return Failure(415, "Content-Type must be application/json");
  }
  if (what == "entries") return AnswerEntries(parts, request, caller, deadline);
  if (!get) return Failure(404, "there is nothing here");
  if (what == "me") return JsonResponse(200, {{"name", caller.name}, {"may_review", caller.may_review}});
  if (what == "statistics") return Statistics(request, caller);
  if (what == "schema") return Schema(request, caller, deadline);
  if (what == "drift") return Drift(request, caller, deadline);
  if (what == "databases") return Databases(caller);
  return Failure(404, "there is nothing here");
}

HttpResponse ReviewApi::AnswerEntries(const std::vector<std::string>& parts, const HttpRequest& request,
                                      const engine::Caller& caller, const Deadline& deadline) {
  const bool get = request.method == "GET", post = request.method == "POST";
  if (parts.size() == 3 && get) return List(request, caller, deadline);
  const std::int64_t id = parts.size() > 3 ? Number(parts[3], 0) : 0;
  if (id <= 0) return Failure(404, "there is no such entry");
  const std::string what = parts.size() > 4 ? parts[4] : "";
  if (parts.size() == 4 && get) return Show(id, caller);
  if (parts.size() == 5 && get && what == "plan") return Plan(id, caller, deadline);
  if (parts.size() == 5 && get && what == "runs") return Runs(id, caller, deadline);
  if (parts.size() == 6 && get && what == "diff") return Diff(id, Number(parts[5], 0), caller);
  if (parts.size() == 5 && post && what == "review") return Review(id, request, caller, deadline);
  if (parts.size() == 5 && post && what == "run") return Rerun(id, request, caller, deadline);
  return Failure(404, "there is nothing here");
}

HttpResponse ReviewApi::List(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const cache::HistoryQuery query = HistoryQueryFrom(request, caller);
  const auto found = engine_.history().Search(deadline, query);
  if (!found) return Failure(found.error());
  Json entries = Json::array();
  for (const cache::HistoryEntry& entry : *found) {
    if (MaySeeEntry(caller, entry)) entries.push_back(RenderEntry(entry, false));
  }
  const bool more = found->size() == static_cast<std::size_t>(query.limit);
  Json body = {{"entries", std::move(entries)}, {"more", more}};
  if (more) body["before"] = found->back().id;
  return JsonResponse(200, body);
}

HttpResponse ReviewApi::Show(std::int64_t id, const engine::Caller& caller) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySeeEntry(caller, *entry)) return Failure(404, "there is no such entry");
  return JsonResponse(200, RenderEntry(*entry, true));
}

HttpResponse ReviewApi::Review(std::int64_t id, const HttpRequest& request, const engine::Caller& caller,
                               const Deadline& deadline) {
  if (!caller.may_review) return Failure(403, "this token may not review");
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySeeEntry(caller, *entry)) return Failure(404, "there is no such entry");
  const auto body = BodyOf(request);
  if (!body) return Failure(body.error());
  const auto state = cache::ParseReviewState(StringMember(*body, "state"));
  if (!state) return Failure(400, "state must be new, approved, rejected or needs_work");
  cache::Review review;
  review.state = *state;
  review.reviewer = caller.name;
  review.note = std::string(CutAtCodePoint(StringMember(*body, "note"), 4000));
  review.corrected_sql = std::string(StringMember(*body, "corrected_sql"));
  // SQL that may be learned from must be SQL that may run.
  const std::string& sql = review.corrected_sql;
  if (!sql.empty()) {
    const auto check = engine_.Check(deadline, caller, entry->database, sql);
    if (!check) return Failure(check.error());
    if (!check->verdict.allowed) {
      Json findings = Json::array();
      for (const auto& finding : check->verdict.findings) findings.push_back(RenderFinding(finding, sql));
      return JsonResponse(422, {{"error", {{"reason", "the corrected SQL is not allowed"}, {"findings", findings}}}});
    }
  }
  const auto reviewed = engine_.history().SetReview(deadline, id, review);
  if (!reviewed) return Failure(reviewed.error());
  return JsonResponse(200, RenderEntry(*reviewed, true));
}

HttpResponse ReviewApi::Rerun(std::int64_t id, const HttpRequest& request, const engine::Caller& caller,
                              const Deadline& deadline) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySeeEntry(caller, *entry)) return Failure(404, "there is no such entry");
  const auto body = BodyOf(request);
  if (!body) return Failure(body.error());
  engine::ExecuteRequest execute;
  execute.database = entry->database;
  execute.sql = std::string(StringMember(*body, "sql"));
  if (execute.sql.empty()) execute.sql = !entry->corrected_sql.empty() ? entry->corrected_sql : entry->sql_run;
  if (execute.sql.empty()) execute.sql = entry->sql_generated;
  if (execute.sql.empty()) return Failure(400, "this entry has no SQL to run");
  execute.question = entry->question;
  execute.budget.rows = 100;
  execute.budget.bytes = 256 << 10;
  execute.budget.cell_bytes = 2000;
  const auto result = engine_.Execute(deadline, caller, execute);
  if (!result) return Failure(result.error());
  Json rows = RenderRows(*result);
  rows["sql"] = result->sql;
  rows["elapsed_ms"] = result->elapsed_ms;
  return JsonResponse(200, rows);
}

}  // namespace toomai::mcp
