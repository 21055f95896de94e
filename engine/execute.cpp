// Checked SQL to rows: validator, result cache, cost gate, executor, masks, history.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "engine/empty_result.h"
#include "engine/engine_impl.h"
#include "engine/masking.h"
#include "engine/plan.h"
#include "engine/result_cache.h"
#include "validator/functions.h"

namespace toomai::engine {
namespace {

Error FromFinding(const validator::Finding& finding, std::string_view sql) {
  const bool names = finding.sqlstate == "42P01" || finding.sqlstate == "42703" || finding.sqlstate == "42702" ||
                     finding.sqlstate == "42601";
  Error error(names ? ErrorCode::kInvalidArgument : ErrorCode::kRejected, finding.message + " [" + finding.rule + "]",
              finding.hint);
  if (error.hint.empty() && !finding.candidates.empty())
    error.hint = "did you mean " + Join(finding.candidates, ", ") + "?";
  error.sqlstate = finding.sqlstate;
  error.position = static_cast<int>(CountCodePoints(sql.substr(0, std::min(finding.begin, sql.size())))) + 1;
  return error;
}

bool IsPlain(const schema::Schema& schema, int table) {
  if (table < 0) return false;
  const schema::Table& found = schema.tables[static_cast<std::size_t>(table)];
  const bool code = found.kind == schema::TableKind::kView || found.kind == schema::TableKind::kForeignTable;
  return !code && !found.row_security;
}

// Views, row policies, foreign tables and functions of users run code that we have not read: it may take locks that
// outlive the transaction, or prepare statements. Plain tables and the functions that are allowed by themselves do not.
pg::Lease::Traces TracesOf(const validator::StatementFacts& facts, const Snapshot& snapshot) {
  const validator::Policy& policy = snapshot.policy();
  const bool opened = !policy.allowed_user_functions.empty() || !policy.allowed_functions.empty();
  const bool plain = std::all_of(facts.tables.begin(), facts.tables.end(), [&](const std::string& name) {
    const std::size_t dot = std::min(name.find('.'), name.size() - 1);
    return IsPlain(*snapshot.schema, snapshot.schema->FindTable(name.substr(0, dot), name.substr(dot + 1)));
  });
  return opened || !plain ? pg::Lease::Traces::kAny : pg::Lease::Traces::kInTransaction;
}

bool MayReturnSet(const std::string& function) {
  validator::FunctionInfo info{};
  return !validator::FindBuiltinFunction(function, &info) || info.returns_set;
}

// Aggregates of everything, or expressions of nothing.
bool LooksLikeOneRow(const validator::StatementFacts& facts) {
  const bool plain = !facts.has_group && facts.set_operations + facts.subqueries + facts.ctes + facts.windows == 0;
  return plain && (facts.aggregates > 0 || facts.tables.empty()) &&
         std::none_of(facts.functions.begin(), facts.functions.end(), MayReturnSet);
}

// Whether the first page will be the last. Only a guess: rows may be many all the same, or too many bytes.
bool LooksLikeOnePage(const validator::ValidatedSql& sql, const Budget& budget) {
  return LooksLikeOneRow(sql.facts()) || (sql.limit() <= budget.rows && budget.tokens == 0);
}

// A cursor costs the server two statements more, and a message of its own to end it. Where there is more than a page
// although it did not look so, the page is made again, with one.
Expected<QueryResult> FirstPage(const Deadline& deadline, Database& database, const validator::ValidatedSql& sql,
                                const std::vector<pg::Parameter>& parameters, const pg::StatementScope& scope,
                                const Budget& budget, const std::string& owner) {
  if (LooksLikeOnePage(sql, budget)) {
    auto whole = database.executor().Execute(deadline, sql, parameters, scope, budget);
    if (!whole || !whole->truncated) return whole;
  }
  return database.cursors().Open(deadline, sql, parameters, scope, budget, owner);
}

std::string Shown(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

}  // namespace

bool NameIsGone(const Error& error) {
  return error.sqlstate == "42P01" || error.sqlstate == "42703" || error.sqlstate == "42883";
}

Expected<validator::ValidatedSql> EngineImpl::Validate(const Snapshot& snapshot, const std::string& sql,
                                                       std::size_t values, std::int64_t max_rows, std::string* rule) {
  validator::Verdict verdict =
      validator::Validate(sql, *snapshot.checker, {.max_rows = max_rows, .allow_parameters = values > 0});
  GetCounter("toomai_validations_total", "Statements checked, by verdict",
             {{"verdict", verdict.allowed ? "accept" : "reject"}})
      .Add();
  if (!verdict.allowed) {
    if (verdict.findings.empty()) return Fail(ErrorCode::kRejected, "the statement is not allowed");
    if (rule != nullptr) *rule = verdict.findings.front().rule;
    return Fail(FromFinding(verdict.findings.front(), sql));
  }
  if (const auto wanted = static_cast<std::size_t>(verdict.sql->facts().max_parameter); wanted != values) {
    return Fail(ErrorCode::kInvalidArgument,
                "the SQL has " + (wanted == 0 ? "no parameters" : "parameters up to $" + std::to_string(wanted)) +
                    ", and " + std::to_string(values) + (values == 1 ? " value was given" : " values were given"),
                "give one value for each of $1, $2, …");
  }
  return std::move(*verdict.sql);
}

pg::StatementScope EngineImpl::ScopeFor(const Caller& caller, const Database& database, const Snapshot& snapshot,
                                        const validator::StatementFacts& facts) const {
  pg::StatementScope scope;
  scope.request_id = CurrentRequestId();
  scope.role = !caller.database_role.empty() ? caller.database_role : database.options().statement_role;
  scope.claims = caller.claims;
  // Always the one the validator read names by: a role or a pooler's earlier client may have another.
  const std::vector<std::string>& by_policy = snapshot.policy().search_path;
  scope.search_path = by_policy.empty() ? snapshot.schema->search_path : by_policy;
  scope.traces = TracesOf(facts, snapshot);
  auto masker = std::make_shared<Masker>(snapshot.masks, facts, lasting_->mask_salt);
  scope.hide_data_in_errors = masker->active();
  if (masker->active()) scope.filter = std::move(masker);
  return scope;
}

// Asks the planner before anything runs; refuses what would cost more than the policy allows, and says where it goes.
Expected<void> EngineImpl::PassCostGate(const Deadline& deadline, Database& database,
                                        const validator::ValidatedSql& sql,
                                        const std::vector<pg::Parameter>& parameters, const pg::StatementScope& scope) {
  const ExecutionOptions& limits = database.options().execution;
  if (limits.max_cost <= 0 && limits.max_plan_rows <= 0 && limits.max_plan_bytes <= 0) return {};
  auto json = database.executor().ExplainPlan(deadline, sql, parameters, scope, false);
  if (!json) return Fail(json.error());
  const auto snapshot = database.PeekSnapshot();
  const auto plan = ReadPlan(*json, snapshot ? snapshot->schema.get() : nullptr);
  if (!plan) return Fail(plan.error());
  const bool dear = limits.max_cost > 0 && plan->cost > limits.max_cost;
  const bool many = limits.max_plan_rows > 0 && plan->rows > limits.max_plan_rows;
  const bool wide = limits.max_plan_bytes > 0 && plan->bytes > limits.max_plan_bytes;
  if (!dear && !many && !wide) return {};
  // The expected width of rows is not told: it would say how long masked values are.
  std::string message =
      dear   ? "the planner expects a cost of " + Shown(plan->cost) + ", the limit is " + Shown(limits.max_cost)
      : many ? "the planner expects " + Shown(plan->rows) + " rows, the limit is " + Shown(limits.max_plan_rows)
             : "the planner expects more than " + Shown(limits.max_plan_bytes) + " bytes, which is the limit";
  if (const auto node = MostExpensiveNode(*json)) message += "; most of it is " + *node;
  const std::string advice = plan->advice.empty() ? "add a filter or a LIMIT" : plan->advice.front();
  return Fail(ErrorCode::kNotConfirmed, message, advice + "; or run it all the same with confirm");
}

Expected<QueryResult> EngineImpl::Run(const Deadline& deadline, const Caller& caller, Database& database,
                                      const ExecuteRequest& request, const Progress& progress,
                                      cache::HistoryEntry* entry) {
  auto snapshot = database.GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  const Budget budget = pg::EffectiveBudget(request.budget, database.options().execution);
  // One row beyond the cap is fetched, so that "truncated" is a fact and not a guess. Pages share the database's cap.
  const std::int64_t cap = request.paged ? std::max(budget.rows, database.options().execution.max_rows) : budget.rows;
  auto sql = Validate(**snapshot, request.sql, request.parameters.size(), cap + 1, &entry->rule);
  if (!sql) {
    if (NameIsGone(sql.error())) database.MarkStale();  // the name may be younger than our snapshot
    entry->verdict = "reject";
    return Fail(sql.error());
  }
  Describe(*sql, **snapshot, entry);

  const std::string key = ResultKey(caller, sql->text(), request, entry->schema_fingerprint);
  if (auto kept = FromResultCache(database, key)) return std::move(*kept);
  const pg::StatementScope scope = ScopeFor(caller, database, **snapshot, sql->facts());
  const std::vector<pg::Parameter> parameters(request.parameters.begin(), request.parameters.end());
  if (!request.confirm) {
    const auto passed = PassCostGate(deadline, database, *sql, parameters, scope);
    if (!passed) return Fail(passed.error());
  }
  if (progress) progress("executing", 0, 0);
  auto result = request.paged ? FirstPage(deadline, database, *sql, parameters, scope, budget, caller.name)
                              : database.executor().Execute(deadline, *sql, parameters, scope, budget);
  if (!result) {
    if (NameIsGone(result.error())) database.MarkStale();
    return Fail(result.error());
  }
  if (result->rows.empty())
    ExplainEmpty(deadline, database, **snapshot, *sql, parameters, scope, entry->language, &*result);
  database.results().Keep(key, *result);
  return result;
}

std::optional<QueryResult> EngineImpl::FromResultCache(Database& database, const std::string& key) {
  if (!database.results().enabled()) return std::nullopt;
  auto kept = database.results().Find(key);
  GetCounter("toomai_result_cache_total", "Looks into the result cache, by outcome",
             {{"database", database.options().name}, {"outcome", kept ? "hit" : "miss"}})
      .Add();
  if (kept) kept->notes.push_back("from the result cache, " + Shown(kept->age_s) + " s old");
  return kept;
}

// Which filter removed everything? Each is tried without, inside a small share of the time.
void EngineImpl::ExplainEmpty(const Deadline& deadline, Database& database, const Snapshot& snapshot,
                              const validator::ValidatedSql& sql, const std::vector<pg::Parameter>& parameters,
                              const pg::StatementScope& scope, std::string_view language, QueryResult* result) {
  constexpr std::chrono::milliseconds kShare{1'500};
  const Deadline within = deadline.Within(std::min(kShare, deadline.Remaining() / 2));
  const std::vector<FilterProbe> probes = FindFilters(sql.text());
  if (probes.empty()) return;
  const auto grounding = database.GetGrounding(within);
  for (const FilterProbe& probe : probes) {
    if (within.over()) return;
    if (grounding) {
      const std::string nearest = NearestValue(probe, *snapshot.schema, sql.facts().tables, (*grounding)->values);
      if (!nearest.empty()) result->notes.push_back(NoRowHas(probe.filter, nearest, language));
    }
    auto without = Validate(snapshot, probe.sql_without, parameters.size(), 1);
    // A parameter that only the filter used has no place in the probe.
    if (!without || without->facts().max_parameter != static_cast<int>(parameters.size())) continue;
    Budget one;
    one.rows = 1;
    const auto rows = database.executor().Execute(within, *without, parameters, scope, one);
    if (rows && !rows->rows.empty()) result->notes.push_back(RowsWithout(probe.filter, language));
  }
}

Expected<QueryResult> EngineImpl::Execute(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                          const Progress& progress) {
  auto database = Admit(caller, request.database);
  if (!database) return Fail(database.error());
  const Deadline within = request.timeout.count() > 0 ? deadline.Within(request.timeout) : deadline;
  cache::HistoryEntry entry = ClientEntry("execute", **database, request.sql, request.parameters);
  entry.question = request.question;
  if (!request.cursor.empty()) entry.verdict = "accept";  // it was checked when it was opened
  const auto start = std::chrono::steady_clock::now();
  auto result = request.cursor.empty() ? Run(within, caller, **database, request, progress, &entry)
                                       : NextPage(within, caller, **database, request);
  if (result) {
    Describe(*result, &entry);
  } else {
    Describe(result.error(), &entry);
    entry.elapsed_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  GetCounter("toomai_executions_total", "Statements run, by outcome",
             {{"outcome", result ? "rows" : std::string(ToString(result.error().code))}})
      .Add();
  const auto recorded = RecordBeforeAnswer(deadline, caller, std::move(entry));
  if (!recorded) return Fail(recorded.error());
  return result;
}

}  // namespace toomai::engine
