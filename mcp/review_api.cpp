#include "mcp/review_api.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "cache/entry_diff.h"
#include "mcp/render.h"
#include "mcp/review_page.h"

namespace toomai::mcp {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr int kMaxPage = 200;

// The page needs nothing but itself, and nobody may frame it.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::map<std::string, std::string> QueryParameters(const std::string& query) {
  std::map<std::string, std::string> parameters;
  for (const std::string& pair : Split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    std::string value = pair.substr(equals + 1);
    std::replace(value.begin(), value.end(), '+', ' ');
    value = PercentDecode(value);
    if (IsValidUtf8(value) && value.find('\0') == std::string::npos) parameters[pair.substr(0, equals)] = value;
  }
  return parameters;
}

std::int64_t Number(const std::string& text, std::int64_t otherwise) {
  std::int64_t number = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

HttpResponse JsonResponse(int status, const Json& value) {
  return {status, "application/json", Dump(value), {}};
}

HttpResponse Failure(const Error& error) {
  int status = 500;
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      status = 400;
      break;
    case ErrorCode::kRejected:
    case ErrorCode::kNotConfirmed:
      status = 422;
      break;
    case ErrorCode::kNotFound:
      status = 404;
      break;
    case ErrorCode::kBusy:
    case ErrorCode::kUnavailable:
      status = 503;
      break;
    case ErrorCode::kDeadlineExceeded:
      status = 503;
      break;
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      status = 500;
      break;
  }
  Json body = {{"code", std::string(ToString(error.code))}, {"reason", Redact(error.message)}};
  if (!error.hint.empty()) body["suggestion"] = Redact(error.hint);
  return JsonResponse(status, {{"error", std::move(body)}});
}

HttpResponse Failure(int status, const std::string& reason) {
  return JsonResponse(status, {{"error", {{"reason", reason}}}});
}

bool MaySee(const engine::Caller& caller, const cache::HistoryEntry& entry) {
  if (!caller.may_review && entry.caller != caller.name) return false;
  if (!caller.databases) return true;
  return std::find(caller.databases->begin(), caller.databases->end(), entry.database) != caller.databases->end();
}

cache::HistoryQuery QueryFrom(const HttpRequest& request, const engine::Caller& caller) {
  const auto parameters = QueryParameters(request.query);
  const auto get = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  };
  cache::HistoryQuery query;
  query.text = get("text");
  query.database = get("database");
  query.source = get("source");
  query.verdict = get("verdict");
  query.kind = get("kind");
  query.caller = caller.may_review ? get("caller") : caller.name;
  query.state = cache::ParseReviewState(get("state"));
  query.since_ms = Number(get("since"), 0);
  query.until_ms = Number(get("until"), 0);
  query.before_id = Number(get("before"), 0);
  query.limit = static_cast<int>(std::clamp<std::int64_t>(Number(get("limit"), 50), 1, kMaxPage));
  return query;
}

Expected<Json> BodyOf(const HttpRequest& request) {
  auto body = ParseJson(request.body, MessageLimits{});
  if (!body || !body->is_object()) return Fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  return std::move(*body);
}

}  // namespace

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
  const auto submitted = dispatcher_.Submit([this, request = std::move(request), caller, reply, in_flight] {
    reply->Respond(Answer(request, caller, Deadline::After(kPatience, in_flight->token())));
  });
  if (!submitted) reply->Respond(Failure(submitted.error()));
}

HttpResponse ReviewApi::Answer(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const std::vector<std::string> parts = Split(request.path, '/');  // "", "api", "entries", "7", "review"
  const bool get = request.method == "GET", post = request.method == "POST";
  const std::string what = parts.size() > 2 ? parts[2] : "";
  if (post && AsciiLower(request.header("content-type")).rfind("application/json", 0) != 0) {
    return Failure(415, "Content-Type must be application/json");
  }
  if (what == "me" && get) return JsonResponse(200, {{"name", caller.name}, {"may_review", caller.may_review}});
  if (what == "statistics" && get) return Statistics(request, caller);
  if (what == "schema" && get) return Schema(request, caller, deadline);
  if (what == "databases" && get) {
    Json databases = Json::array();
    for (const engine::DatabaseInfo& database : engine_.ListDatabases(caller))
      databases.push_back(RenderDatabase(database));
    return JsonResponse(200, {{"databases", databases}});
  }
  if (what != "entries") return Failure(404, "there is nothing here");
  if (parts.size() == 3 && get) return List(request, caller, deadline);
  const std::int64_t id = parts.size() > 3 ? Number(parts[3], 0) : 0;
  if (id <= 0) return Failure(404, "there is no such entry");
  if (parts.size() == 4 && get) return Show(id, caller);
  if (parts.size() == 5 && get && parts[4] == "plan") return Plan(id, caller, deadline);
  if (parts.size() == 5 && get && parts[4] == "runs") return Runs(id, caller, deadline);
  if (parts.size() == 6 && get && parts[4] == "diff") return Diff(id, Number(parts[5], 0), caller);
  if (parts.size() == 5 && post && parts[4] == "review") return Review(id, request, caller, deadline);
  if (parts.size() == 5 && post && parts[4] == "run") return Rerun(id, request, caller, deadline);
  return Failure(404, "there is nothing here");
}

HttpResponse ReviewApi::List(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const cache::HistoryQuery query = QueryFrom(request, caller);
  const auto found = engine_.history().Search(deadline, query);
  if (!found) return Failure(found.error());
  Json entries = Json::array();
  for (const cache::HistoryEntry& entry : *found) {
    if (MaySee(caller, entry)) entries.push_back(RenderEntry(entry, false));
  }
  const bool more = found->size() == static_cast<std::size_t>(query.limit);
  Json body = {{"entries", std::move(entries)}, {"more", more}};
  if (more) body["before"] = found->back().id;
  return JsonResponse(200, body);
}

HttpResponse ReviewApi::Show(std::int64_t id, const engine::Caller& caller) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySee(caller, *entry)) return Failure(404, "there is no such entry");
  return JsonResponse(200, RenderEntry(*entry, true));
}

HttpResponse ReviewApi::Review(std::int64_t id, const HttpRequest& request, const engine::Caller& caller,
                               const Deadline& deadline) {
  if (!caller.may_review) return Failure(403, "this token may not review");
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySee(caller, *entry)) return Failure(404, "there is no such entry");
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
  if (!MaySee(caller, *entry)) return Failure(404, "there is no such entry");
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

HttpResponse ReviewApi::Statistics(const HttpRequest& request, const engine::Caller& caller) {
  const auto statistics = engine_.history().Statistics(QueryFrom(request, caller));
  if (!statistics) return Failure(statistics.error());
  return {200, "application/json", *statistics, {}};
}

HttpResponse ReviewApi::Runs(std::int64_t id, const engine::Caller& caller, const Deadline& deadline) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySee(caller, *entry)) return Failure(404, "there is no such entry");
  cache::HistoryQuery query;
  query.text = std::string(CutAtCodePoint(entry->question.empty() ? entry->sql_run : entry->question, 400));
  query.database = entry->database;
  query.limit = kMaxPage;
  const auto found = engine_.history().Search(deadline, query);
  if (!found) return Failure(found.error());
  Json runs = Json::array();
  for (const cache::HistoryEntry& other : *found) {
    const bool same = entry->question.empty() ? other.sql_run == entry->sql_run : other.question == entry->question;
    if (same && other.id != id && MaySee(caller, other)) runs.push_back(RenderEntry(other, false));
  }
  return JsonResponse(200, {{"runs", std::move(runs)}});
}

HttpResponse ReviewApi::Diff(std::int64_t before, std::int64_t after, const engine::Caller& caller) {
  const auto one = engine_.history().Get(before), other = engine_.history().Get(after);
  if (!one) return Failure(one.error());
  if (!other) return Failure(other.error());
  if (!MaySee(caller, *one) || !MaySee(caller, *other)) return Failure(404, "there is no such entry");
  Json changes = Json::array(), words = Json::array();
  for (const cache::FieldChange& change : cache::ChangesBetween(*one, *other))
    changes.push_back({{"field", change.field}, {"before", change.before}, {"after", change.after}});
  constexpr const char* kKinds[] = {"same", "removed", "added"};
  for (const cache::DiffPart& part : cache::DiffWords(one->sql_run, other->sql_run))
    words.push_back({{"kind", kKinds[static_cast<std::size_t>(part.kind)]}, {"text", part.text}});
  return JsonResponse(200, {{"before", before}, {"after", after}, {"changes", changes}, {"sql", words}});
}

HttpResponse ReviewApi::Plan(std::int64_t id, const engine::Caller& caller, const Deadline& deadline) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySee(caller, *entry)) return Failure(404, "there is no such entry");
  const std::string& sql = !entry->corrected_sql.empty() ? entry->corrected_sql
                           : !entry->sql_run.empty()     ? entry->sql_run
                                                         : entry->sql_generated;
  if (sql.empty()) return Failure(400, "this entry has no SQL");
  const auto plan = engine_.Explain(deadline, caller, entry->database, sql, false);
  if (!plan) return Failure(plan.error());
  return JsonResponse(200, RenderPlan(*plan));
}

HttpResponse ReviewApi::Schema(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const auto parameters = QueryParameters(request.query);
  const auto database = parameters.find("database");
  const auto schema =
      engine_.GetSchema(deadline, caller, database == parameters.end() ? std::string() : database->second);
  if (!schema) return Failure(schema.error());
  Json tables = Json::array();
  for (std::size_t i = 0; i < (*schema)->tables.size(); ++i) {
    const schema::Table& table = (*schema)->tables[i];
    if (!table.readable) continue;
    Json columns = Json::array(), keys = Json::array();
    for (const schema::Column& column : table.columns) {
      if (column.readable) columns.push_back({{"name", column.name}, {"type", column.type}});
    }
    for (const schema::ForeignKey& key : table.foreign_keys) {
      if (key.target_table >= 0)
        keys.push_back({{"column", key.columns.empty() ? "" : table.columns[key.columns[0]].name},
                        {"to", QualifiedName(**schema, key.target_table)}});
    }
    tables.push_back({{"name", QualifiedName(**schema, static_cast<int>(i))},
                      {"comment", table.comment},
                      {"rows", table.row_estimate},
                      {"columns", columns},
                      {"keys", keys}});
  }
  return JsonResponse(200, {{"tables", tables}});
}

}  // namespace toomai::mcp
