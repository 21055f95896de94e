// A question all the way to rows, and the plan of a statement.
#include <chrono>

#include "engine/engine_impl.h"
#include "engine/plan.h"

namespace toomai::engine {

Expected<Answer> EngineImpl::Ask(const Deadline& deadline, const Caller& caller, const Question& question,
                                 const Budget& budget, bool confirm, const Progress& progress) {
  auto generated = GenerateUnrecorded(deadline, caller, question, true, progress);
  if (!generated) {
    RecordFailure(deadline, caller, "ask", question, generated.error());
    return Fail(generated.error());
  }
  Answer answer;
  answer.generated = std::move(*generated);
  cache::HistoryEntry entry = Describe("ask", question, answer.generated);
  if (answer.generated.sql) {
    ExecuteRequest request;
    request.database = answer.generated.database;
    request.sql = answer.generated.to_run;
    for (const std::string& value : answer.generated.parameters) request.parameters.emplace_back(value);
    request.budget = budget;
    request.confirm = confirm;
    auto database = Find(caller, request.database);
    if (!database) return Fail(database.error());
    auto result = Run(deadline, caller, **database, request, progress, &entry);
    if (result) {
      Describe(*result, &entry);
      answer.result = std::move(*result);
    } else {
      Describe(result.error(), &entry);
      answer.error = result.error();
    }
  }
  auto recorded = Record(deadline, caller, std::move(entry));
  if (!recorded) return Fail(recorded.error());
  answer.generated.history_id = *recorded;
  return answer;
}

Expected<PlanReport> EngineImpl::PlanOf(const Deadline& deadline, const Caller& caller, Database& database,
                                        const std::string& sql, bool analyze, cache::HistoryEntry* entry) {
  auto snapshot = database.GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  const ExecutionOptions& limits = database.options().execution;
  auto valid = Validate(**snapshot, sql, 0, limits.max_rows, &entry->rule);
  if (!valid) {
    entry->verdict = "reject";
    return Fail(valid.error());
  }
  Describe(*valid, **snapshot, entry);
  const pg::StatementScope scope = ScopeFor(caller, database, **snapshot, valid->facts());
  std::string not_run;  // for the truth a statement runs, so it must pass the gate like any other
  if (analyze && limits.allow_analyze) {
    const auto passed = PassCostGate(deadline, database, *valid, {}, scope);
    if (!passed && passed.error().code != ErrorCode::kNotConfirmed) return Fail(passed.error());
    if (!passed) not_run = passed.error().message;
    analyze = not_run.empty();
  }
  auto json = database.executor().ExplainPlan(deadline, *valid, {}, scope, analyze);
  if (!json) {
    if (NameIsGone(json.error())) database.MarkStale();
    return Fail(json.error());
  }
  auto plan = ReadPlan(*json, (*snapshot)->schema.get());
  // How wide a row is expected to be tells how long masked values are.
  if (plan && scope.hide_data_in_errors) plan->bytes = 0;
  if (plan && !not_run.empty()) plan->advice.insert(plan->advice.begin(), "this was not run: " + not_run);
  return plan;
}

Expected<PlanReport> EngineImpl::Explain(const Deadline& deadline, const Caller& caller, const std::string& database,
                                         const std::string& sql, bool analyze) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  cache::HistoryEntry entry = ClientEntry("explain", **found, sql);
  const auto start = std::chrono::steady_clock::now();
  auto plan = PlanOf(deadline, caller, **found, sql, analyze, &entry);
  entry.elapsed_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (!plan) Describe(plan.error(), &entry);
  if (auto recorded = Record(deadline, caller, std::move(entry)); !recorded) return Fail(recorded.error());
  return plan;
}

}  // namespace toomai::engine
