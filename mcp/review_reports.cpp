// The review page's reports: sums, runs side by side, plans, the schema as a diagram, and what drifted.
#include <algorithm>

#include "base/text.h"
#include "cache/entry_diff.h"
#include "engine/drift.h"
#include "mcp/access.h"
#include "mcp/render.h"
#include "mcp/review_api.h"
#include "mcp/review_http.h"

namespace toomai::mcp {
namespace {

// Names, types and keys: what a box of the diagram shows.
Json DrawnTable(const schema::Schema& schema, const schema::Table& table, const std::string& name) {
  Json columns = Json::array(), keys = Json::array();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const schema::Column& column = table.columns[i];
    if (!column.readable) continue;
    const auto& primary = table.primary_key;
    const bool is_key = std::find(primary.begin(), primary.end(), static_cast<int>(i)) != primary.end();
    columns.push_back({{"name", column.name}, {"type", column.type}, {"primary", is_key}});
  }
  for (const schema::ForeignKey& key : table.foreign_keys) {
    if (key.target_table < 0) continue;
    keys.push_back({{"column", key.columns.empty() ? "" : table.columns[key.columns[0]].name},
                    {"to", QualifiedName(schema, key.target_table)}});
  }
  return {
      {"name", name}, {"comment", table.comment}, {"rows", table.row_estimate}, {"columns", columns}, {"keys", keys}};
}

}  // namespace

HttpResponse ReviewApi::Statistics(const HttpRequest& request, const engine::Caller& caller) {
  cache::HistoryQuery query = HistoryQueryFrom(request, caller);
  const auto database = SummedDatabase(caller, query.database);
  if (!database) return Failure(404, "there is no such database");
  query.database = *database;
  const auto statistics = engine_.history().Statistics(query);
  if (!statistics) return Failure(statistics.error());
  return {200, "application/json", *statistics, {}};
}

HttpResponse ReviewApi::Databases(const engine::Caller& caller) {
  Json databases = Json::array();
  for (const engine::DatabaseInfo& database : engine_.ListDatabases(caller))
    databases.push_back(RenderDatabase(database));
  return JsonResponse(200, {{"databases", databases}});
}

// Each approved answer that broke shows its question and SQL, which are for reviewers.
HttpResponse ReviewApi::Drift(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  if (!caller.may_review) return Failure(403, "this token may not review");
  const auto report = engine::FindDrift(deadline, engine_, caller, QueryParameter(request, "database"));
  if (!report) return Failure(report.error());
  return JsonResponse(200, RenderDrift(*report));
}

HttpResponse ReviewApi::Runs(std::int64_t id, const engine::Caller& caller, const Deadline& deadline) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySeeEntry(caller, *entry)) return Failure(404, "there is no such entry");
  cache::HistoryQuery query;
  query.text = std::string(CutAtCodePoint(entry->question.empty() ? entry->sql_run : entry->question, 400));
  query.database = entry->database;
  query.limit = kMaxEntriesOnPage;
  const auto found = engine_.history().Search(deadline, query);
  if (!found) return Failure(found.error());
  Json runs = Json::array();
  for (const cache::HistoryEntry& other : *found) {
    const bool same = entry->question.empty() ? other.sql_run == entry->sql_run : other.question == entry->question;
    if (same && other.id != id && MaySeeEntry(caller, other)) runs.push_back(RenderEntry(other, false));
  }
  return JsonResponse(200, {{"runs", std::move(runs)}});
}

HttpResponse ReviewApi::Diff(std::int64_t before, std::int64_t after, const engine::Caller& caller) {
  const auto one = engine_.history().Get(before), other = engine_.history().Get(after);
  if (!one) return Failure(one.error());
  if (!other) return Failure(other.error());
  if (!MaySeeEntry(caller, *one) || !MaySeeEntry(caller, *other)) return Failure(404, "there is no such entry");
  Json changes = Json::array(), words = Json::array();
  for (const cache::FieldChange& change : cache::ChangesBetween(*one, *other)) {
    changes.push_back(
        {{"field", change.field}, {"before", ClientMessage(change.before)}, {"after", ClientMessage(change.after)}});
  }
  constexpr const char* kKinds[] = {"same", "removed", "added"};
  for (const cache::DiffPart& part : cache::DiffWords(one->sql_run, other->sql_run))
    words.push_back({{"kind", kKinds[static_cast<std::size_t>(part.kind)]}, {"text", part.text}});
  return JsonResponse(200, {{"before", before}, {"after", after}, {"changes", changes}, {"sql", words}});
}

HttpResponse ReviewApi::Plan(std::int64_t id, const engine::Caller& caller, const Deadline& deadline) {
  const auto entry = engine_.history().Get(id);
  if (!entry) return Failure(entry.error());
  if (!MaySeeEntry(caller, *entry)) return Failure(404, "there is no such entry");
  const std::string& sql = !entry->corrected_sql.empty() ? entry->corrected_sql
                           : !entry->sql_run.empty()     ? entry->sql_run
                                                         : entry->sql_generated;
  if (sql.empty()) return Failure(400, "this entry has no SQL");
  const auto plan = engine_.Explain(deadline, caller, entry->database, sql, false);
  if (!plan) return Failure(plan.error());
  return JsonResponse(200, RenderPlan(*plan));
}

HttpResponse ReviewApi::Schema(const HttpRequest& request, const engine::Caller& caller, const Deadline& deadline) {
  const auto schema = engine_.GetSchema(deadline, caller, QueryParameter(request, "database"));
  if (!schema) return Failure(schema.error());
  Json tables = Json::array();
  for (std::size_t i = 0; i < (*schema)->tables.size(); ++i) {
    const schema::Table& table = (*schema)->tables[i];
    if (table.readable) tables.push_back(DrawnTable(**schema, table, QualifiedName(**schema, static_cast<int>(i))));
  }
  return JsonResponse(200, {{"tables", tables}});
}

}  // namespace toomai::mcp
