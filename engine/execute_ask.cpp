// A question all the way to rows, and the plan of a statement.
#include "engine/engine_impl.h"
#include "engine/plan.h"

namespace toomai::engine {

Expected<Answer> EngineImpl::Ask(const Deadline& deadline, const Caller& caller, const Question& question,
                                 const Budget& budget, bool confirm, const Progress& progress) {
  auto generated = GenerateUnrecorded(deadline, caller, question, progress);
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
    request.sql = answer.generated.parameters.empty() ? answer.generated.as_written : *answer.generated.sql;
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
      entry.error = std::string(ToString(result.error().code)) + ": " + result.error().message;
      answer.error = result.error();
    }
  }
  auto recorded = Record(deadline, caller, std::move(entry));
  if (!recorded) return Fail(recorded.error());
  answer.generated.history_id = *recorded;
  return answer;
}

Expected<PlanReport> EngineImpl::Explain(const Deadline& deadline, const Caller& caller, const std::string& database,
                                         const std::string& sql, bool analyze) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  auto snapshot = (*found)->GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  auto valid = Validate(**snapshot, sql, false, (*found)->options().execution.max_rows);
  if (!valid) return Fail(valid.error());
  const pg::StatementScope scope = ScopeFor(caller, **found, **snapshot, valid->facts());
  auto json = (*found)->executor().ExplainPlan(deadline, *valid, {}, scope, analyze);
  if (!json) {
    if (NameIsGone(json.error())) (*found)->MarkStale();
    return Fail(json.error());
  }
  auto plan = ReadPlan(*json, (*snapshot)->schema.get());
  // How wide a row is expected to be tells how long masked values are.
  if (plan && scope.hide_data_in_errors) plan->bytes = 0;
  return plan;
}

}  // namespace toomai::engine
