// Results that do not come at once: rows in flat memory, and the next page of an open cursor.
#include "engine/engine_impl.h"

namespace toomai::engine {
namespace {

// Remembers the columns on their way.
class ColumnKeeper : public pg::RowSink {
 public:
  explicit ColumnKeeper(RowConsumer& consumer) : consumer_(consumer) {}

  void OnColumns(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    consumer_.OnColumns(columns);
  }
  bool OnRow(const pg::CellViews& cells) override { return consumer_.OnRow(cells); }
  std::vector<ResultColumn> TakeColumns() { return std::move(columns_); }

 private:
  RowConsumer& consumer_;
  std::vector<ResultColumn> columns_;
};

}  // namespace

Expected<QueryResult> EngineImpl::NextPage(const Deadline& deadline, const Caller& caller, Database& database,
                                           const ExecuteRequest& request) {
  const Budget budget = pg::EffectiveBudget(request.budget, database.options().execution);
  return database.cursors().Next(deadline, request.cursor, caller.name, budget);
}

Expected<QueryResult> EngineImpl::Stream(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                         RowConsumer& consumer, bool every_row) {
  auto database = Admit(caller, request.database);
  if (!database) return Fail(database.error());
  auto snapshot = (*database)->GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  const Budget budget = pg::EffectiveBudget(request.budget, (*database)->options().execution);
  cache::HistoryEntry entry = ClientEntry("execute", **database, request.sql, request.parameters);
  entry.question = request.question;

  Expected<QueryResult> outcome = [&]() -> Expected<QueryResult> {
    auto sql =
        Validate(**snapshot, request.sql, request.parameters.size(), every_row ? -1 : budget.rows + 1, &entry.rule);
    if (!sql) {
      entry.verdict = "reject";
      return Fail(sql.error());
    }
    Describe(*sql, **snapshot, &entry);
    ColumnKeeper sink(consumer);
    const std::vector<pg::Parameter> parameters(request.parameters.begin(), request.parameters.end());
    const pg::StatementScope scope = ScopeFor(caller, **database, **snapshot, sql->facts());
    if (!request.confirm) {
      const auto passed = PassCostGate(deadline, **database, *sql, parameters, scope);
      if (!passed) return Fail(passed.error());
    }
    const auto end = (*database)->executor().Stream(deadline, *sql, parameters, scope, budget, sink, every_row);
    if (!end) return Fail(end.error());
    QueryResult result;
    result.columns = sink.TakeColumns();
    result.truncated = end->truncated;
    result.truncated_by = end->truncated_by;
    result.bytes = end->bytes;
    result.elapsed_ms = end->elapsed_ms;
    result.sql = sql->text();
    entry.rows = end->rows;
    return result;
  }();
  if (outcome) {
    const std::int64_t rows = entry.rows;
    Describe(*outcome, &entry);
    entry.rows = rows;
  } else {
    Describe(outcome.error(), &entry);
  }
  auto recorded = Record(deadline, caller, std::move(entry));
  if (!recorded) return Fail(recorded.error());
  return outcome;
}

}  // namespace toomai::engine
