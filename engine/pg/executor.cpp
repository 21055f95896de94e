#include "engine/pg/executor.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/metrics.h"
#include "engine/pg/envelope.h"
#include "engine/pg/errors.h"
#include "engine/pg/retry.h"
#include "engine/pg/row_meter.h"
#include "engine/pg/type_names.h"

namespace toomai::engine::pg {
namespace {

using Clock = Deadline::Clock;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
// Our own look at the clock, should the server's statement_timeout not be heard.
constexpr milliseconds kBehindServer{500};

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A wish of 0 means the ceiling; a ceiling of 0 means none.
std::int64_t Within(std::int64_t wanted, std::int64_t ceiling) {
  if (wanted <= 0) return ceiling;
  return ceiling <= 0 ? wanted : std::min(wanted, ceiling);
}
std::int64_t OrNone(std::int64_t limit) {
  return limit <= 0 ? kNoLimit : limit;
}

// Tells the columns only when a first row or the end has come: until then the statement may be repeated.
class LateColumns : public RowSink {
 public:
  explicit LateColumns(RowSink& sink) : sink_(sink) {}
  void OnColumns(const std::vector<ResultColumn>& columns) override { columns_ = columns; }
  bool OnRow(const CellViews& cells) override {
    Tell();
    return sink_.OnRow(cells);
  }
  void Tell() {
    if (!told_) sink_.OnColumns(columns_);
    told_ = true;
  }
  bool told() const { return told_; }

 private:
  RowSink& sink_;
  std::vector<ResultColumn> columns_;
  bool told_ = false;
};

// A statement that comes again is prepared under a name, and then only run. True when it was prepared before.
bool RunKept(PreparedStatements& kept, Statement* statement, std::vector<Statement>* batch) {
  const PreparedStatements::Use use = kept.For(statement->sql);
  if (!use.drop.empty()) batch->emplace_back().sql = "DEALLOCATE " + use.drop;
  if (use.prepare) {
    Statement& prepare = batch->emplace_back();
    prepare.kind = Statement::Kind::kPrepare;
    prepare.sql = statement->sql;
    prepare.name = use.name;
  }
  statement->name = use.name;
  return !use.name.empty() && !use.prepare;
}

// A table was changed since a kept statement was prepared, and its columns are others now. Nothing has run.
bool IsOutdated(const Error& error) {
  return error.sqlstate == "0A000";
}

Error Again(Error error) {
  error.code = ErrorCode::kUnavailable;
  error.retryable = true;
  return error;
}

}  // namespace

struct Executor::State {
  Pool& pool;
  const ExecutionOptions options;
  TypeNames type_names;
  Histogram& seconds;

  State(Pool& pool_in, const ExecutionOptions& options_in)
      : pool(pool_in),
        options(options_in),
        seconds(GetLatency("toomai_statement_seconds", "Statements on the server, with their round trip",
                           {{"database", pool_in.options().name}})) {}

  Deadline For(const Deadline& deadline) const {
    return options.statement_timeout.count() > 0 ? deadline.Within(options.statement_timeout + kBehindServer)
                                                 : deadline;
  }

  Error Explain(Error error, const StatementScope& scope, Clock::time_point start) const {
    const bool timed_out = MillisecondsSince(start) >= static_cast<double>(options.statement_timeout.count());
    if (error.sqlstate == "57014" && error.code == ErrorCode::kCancelled && options.statement_timeout.count() > 0 &&
        timed_out) {
      error.code = ErrorCode::kDeadlineExceeded;  // in a language we cannot read
      error.hint = "ask for less (filter, aggregate), or raise execution.statement_timeout";
      error.retryable = false;
    }
    return scope.hide_data_in_errors ? WithoutData(std::move(error)) : error;
  }

  // One round trip: [type names,] [the session's limits,] envelope, `statements`, ROLLBACK; or, where a reset is due,
  // ROLLBACK and the reset behind it, whose answers nobody waits for. Repeated after transient failures while
  // `may_repeat` says so.
  Expected<void> Run(const Deadline& caller, const StatementScope& scope, const std::vector<Statement>& statements,
                     TypeNames::Names* fresh, const std::function<bool()>& may_repeat,
                     const std::function<bool()>& poison) {
    if (auto claims = CheckClaims(scope); !claims) return claims;
    bool lent = false;
    Clock::time_point start;
    const auto attempt = [&]() -> Expected<void> {
      lent = false;
      auto lease = pool.Borrow(caller, "statement");
      if (!lease) return Fail(lease.error());
      lent = true;
      Connection& session = **lease;
      const Deadline deadline = For(caller);
      std::vector<Statement> batch;
      if (fresh != nullptr && type_names.stale()) batch.push_back(TypeNames::Query(fresh));
      const bool resets = scope.traces == Lease::Traces::kAny;
      const auto add = [&](Statement statement) {
        const bool keep = statement.comes_again && session.direct() && !resets;
        const bool kept = keep && RunKept(session.prepared(), &statement, &batch);
        batch.push_back(std::move(statement));
        return kept;
      };
      for (Statement& statement : OpenEnvelope(deadline, options, scope, &session)) add(std::move(statement));
      bool kept = false;
      for (const Statement& statement : statements) kept = add(statement) || kept;
      if (!resets) add(Rollback());
      start = Clock::now();
      auto done = session.Run(deadline, batch,
                              resets ? CloseEnvelope(options, scope.traces, &session) : std::vector<Statement>());
      // After a failure, or a stop that skipped the rest, nobody knows what was prepared: then the session is reset.
      if (done && (resets || !session.in_transaction())) lease->Leaves(Lease::Traces::kNone);
      if (poison && poison()) lease->Poison();
      seconds.Observe(MillisecondsSince(start) / 1000);
      if (!done && kept && IsOutdated(done.error())) return Fail(Again(done.error()));
      if (!done) return Fail(Explain(done.error(), scope, start));
      if (fresh != nullptr) type_names.Adopt(*fresh);
      return {};
    };
    // Borrowing has its own repetitions.
    return pool.Retry(caller, attempt,
                      [&] { return lent && Clock::now() - start < kQuickEnd && (!may_repeat || may_repeat()); });
  }
};

Budget EffectiveBudget(const Budget& wanted, const ExecutionOptions& ceilings) {
  Budget budget;
  budget.rows = OrNone(Within(wanted.rows, ceilings.max_rows));
  budget.bytes = OrNone(Within(wanted.bytes, ceilings.max_bytes));
  budget.cell_bytes = OrNone(Within(wanted.cell_bytes, ceilings.max_cell_bytes));
  budget.tokens = Within(wanted.tokens, ceilings.max_tokens);
  return budget;
}

Executor::Executor(Pool& pool, const ExecutionOptions& options) : state_(std::make_unique<State>(pool, options)) {}
Executor::~Executor() = default;

Expected<QueryResult> Executor::Execute(const Deadline& deadline, const validator::ValidatedSql& sql,
                                        const std::vector<Parameter>& parameters, const StatementScope& scope,
                                        const Budget& budget) {
  return ExecuteText(deadline, sql.text(), parameters, scope, EffectiveBudget(budget, state_->options));
}

Expected<StreamEnd> Executor::Stream(const Deadline& deadline, const validator::ValidatedSql& sql,
                                     const std::vector<Parameter>& parameters, const StatementScope& scope,
                                     const Budget& budget, RowSink& sink, bool unlimited) {
  Budget caps = EffectiveBudget(budget, state_->options);
  if (unlimited) caps.rows = caps.bytes = caps.cell_bytes = kNoLimit, caps.tokens = 0;
  return StreamText(deadline, sql.text(), parameters, scope, caps, sink);
}

Expected<std::vector<ResultColumn>> Executor::Describe(const Deadline& deadline, const validator::ValidatedSql& sql,
                                                       const StatementScope& scope) {
  return DescribeText(deadline, sql.text(), scope);
}

Expected<StreamEnd> Executor::StreamText(const Deadline& deadline, const std::string& sql,
                                         const std::vector<Parameter>& parameters, const StatementScope& scope,
                                         const Budget& caps, RowSink& sink) {
  const auto start = Clock::now();
  LateColumns columns(sink);
  std::optional<RowMeter> meter;
  TypeNames::Names fresh;
  std::vector<Statement> statements(1);
  statements[0].sql = sql;
  statements[0].parameters = parameters;
  statements[0].stream = statements[0].comes_again = true;
  statements[0].on_fields = [&](const std::vector<Field>& fields) {
    meter.emplace(caps, columns, scope.filter.get());
    std::vector<ResultColumn> described = state_->type_names.Columns(fields, &fresh);
    if (scope.filter) scope.filter->Begin(&described);
    columns.OnColumns(described);
  };
  statements[0].on_row = [&](const RowView& row) { return meter->Take(row); };
  auto done = state_->Run(
      deadline, scope, statements, &fresh, [&] { return !columns.told(); },
      [&] { return meter && meter->largest_row() > kGiantRow; });
  if (!done) return Fail(done.error());
  columns.Tell();
  StreamEnd end = meter ? meter->end() : StreamEnd();
  end.elapsed_ms = MillisecondsSince(start);
  return end;
}

Expected<QueryResult> Executor::ExecuteText(const Deadline& deadline, const std::string& sql,
                                            const std::vector<Parameter>& parameters, const StatementScope& scope,
                                            const Budget& caps) {
  QueryResult result;
  ResultCollector collector(&result);
  auto end = StreamText(deadline, sql, parameters, scope, caps, collector);
  if (!end) return Fail(end.error());
  result.sql = sql;
  collector.Finish(*end, caps);
  return result;
}

Expected<std::vector<ResultColumn>> Executor::DescribeText(const Deadline& deadline, const std::string& sql,
                                                           const StatementScope& scope) {
  std::vector<ResultColumn> columns;
  TypeNames::Names fresh;
  std::vector<Statement> statements(2);
  statements[0].kind = Statement::Kind::kPrepare;
  statements[0].sql = sql;
  statements[1].kind = Statement::Kind::kDescribe;
  statements[1].on_fields = [&](const std::vector<Field>& fields) {
    columns = state_->type_names.Columns(fields, &fresh);
  };
  auto done = state_->Run(deadline, scope, statements, &fresh, nullptr, nullptr);
  if (!done) return Fail(done.error());
  return columns;
}

Expected<std::string> Executor::ExplainPlan(const Deadline& deadline, const validator::ValidatedSql& sql,
                                            const std::vector<Parameter>& parameters, const StatementScope& scope,
                                            bool analyze) {
  if (analyze && !state_->options.allow_analyze) {
    return Fail(ErrorCode::kRejected, "EXPLAIN ANALYZE runs the statement, and is not allowed here",
                "ask for the plan without analyze, or set execution.allow_analyze");
  }
  const std::string prefix = analyze ? "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " : "EXPLAIN (FORMAT JSON) ";
  std::string plan;
  std::vector<Statement> statements(1);
  statements[0].sql = prefix + sql.text();
  statements[0].parameters = parameters;
  statements[0].on_row = [&](const RowView& row) {
    plan = row[0];
    return RowAction::kContinue;
  };
  auto done = state_->Run(deadline, scope, statements, nullptr, nullptr, nullptr);
  if (done) return plan;
  Error error = done.error();
  if (error.position > static_cast<int>(prefix.size())) error.position -= static_cast<int>(prefix.size());
  return Fail(std::move(error));
}

}  // namespace toomai::engine::pg
