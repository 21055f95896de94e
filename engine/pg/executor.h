// ValidatedSql -> rows. Nothing else runs statements for a caller.
//
// One round trip per call: BEGIN READ ONLY, settings for this transaction (timeouts, work_mem, row security, request
// id; search path, role and claims), the statement, and behind it ROLLBACK and, where the statement may have left
// traces, the reset of the session, whose answers nobody waits for. A session of our own is told the limits that do
// not change once; behind a pooler each transaction is. Rows are streamed and stop at the first cap; the rest is
// cancelled on the server.
//
// `truncated` is exact: it is set when a row was seen that did not fit. So that a row beyond the cap can be seen at
// all, validate with Policy::max_rows one above the rows wanted.
//
// Transient failures are repeated while no row has been handed over. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/options.h"
#include "engine/pg/pool.h"
#include "engine/types.h"
#include "validator/validator.h"

namespace toomai::engine::pg {

using CellViews = std::vector<std::optional<std::string_view>>;  // nullopt is NULL
using RowSink = RowConsumer;

// Stands between the server and everything that counts, cuts or keeps cells, so that nothing but what it lets through
// can be told from budgets either. One per call; used by one thread at a time.
class RowFilter {
 public:
  virtual ~RowFilter() = default;
  virtual void Begin(std::vector<ResultColumn>* columns) = 0;
  virtual void Apply(CellViews* row) = 0;  // the views live until the next call
};

// For whom, and under which names, a statement runs.
struct StatementScope {
  std::string request_id;                     // shown in pg_stat_activity
  std::string role;                           // SET LOCAL ROLE; empty: the login role
  std::map<std::string, std::string> claims;  // set_config(key, value, true); keys must contain a dot
  std::vector<std::string> search_path;       // empty: the session's own
  // Of the statement. A statement that calls nothing but the server's own, harmless functions needs no DISCARD ALL.
  Lease::Traces traces = Lease::Traces::kAny;
  bool hide_data_in_errors = false;   // messages that may quote cells are replaced (masks are in force)
  std::shared_ptr<RowFilter> filter;  // null: rows pass as they are
};

// The caller's wishes within the database's ceilings, with numbers for all. 0 stays "no limit" for tokens only.
Budget EffectiveBudget(const Budget& wanted, const ExecutionOptions& ceilings);

struct StreamEnd {
  std::int64_t rows = 0;
  std::size_t bytes = 0;    // of cells, as handed over, and one per cell for its separator
  std::int64_t tokens = 0;  // estimate
  std::int64_t cells_cut = 0;
  bool truncated = false;
  std::string truncated_by;  // "rows", "bytes", "tokens", "sink", ""
  double elapsed_ms = 0;
};

class Executor {
 public:
  Executor(Pool& pool, const ExecutionOptions& options);
  ~Executor();

  // Collected. elapsed_ms, truncated, notes (cells cut) and sql are filled.
  Expected<QueryResult> Execute(const Deadline& deadline, const validator::ValidatedSql& sql,
                                const std::vector<Parameter>& parameters, const StatementScope& scope,
                                const Budget& budget);
  // Row by row, in flat memory. With `unlimited` the row, byte and token caps are off (a CSV written to a file).
  Expected<StreamEnd> Stream(const Deadline& deadline, const validator::ValidatedSql& sql,
                             const std::vector<Parameter>& parameters, const StatementScope& scope,
                             const Budget& budget, RowSink& sink, bool unlimited = false);
  // Parse and describe only: nothing is executed, no function is folded. What the columns would be.
  Expected<std::vector<ResultColumn>> Describe(const Deadline& deadline, const validator::ValidatedSql& sql,
                                               const StatementScope& scope);
  // EXPLAIN (FORMAT JSON): the server's text. `analyze` runs the statement (ExecutionOptions::allow_analyze is
  // checked).
  Expected<std::string> ExplainPlan(const Deadline& deadline, const validator::ValidatedSql& sql,
                                    const std::vector<Parameter>& parameters, const StatementScope& scope,
                                    bool analyze);

 private:
  friend class Cursors;
  friend struct ExecutorProbe;  // tests that need the layer below the validator
  struct State;

  // Each cap is a number here; the largest int64 means none, and 0 tokens too.
  Expected<StreamEnd> StreamText(const Deadline& deadline, const std::string& sql,
                                 const std::vector<Parameter>& parameters, const StatementScope& scope,
                                 const Budget& caps, RowSink& sink);
  Expected<QueryResult> ExecuteText(const Deadline& deadline, const std::string& sql,
                                    const std::vector<Parameter>& parameters, const StatementScope& scope,
                                    const Budget& caps);
  Expected<std::vector<ResultColumn>> DescribeText(const Deadline& deadline, const std::string& sql,
                                                   const StatementScope& scope);

  std::unique_ptr<State> state_;
};

}  // namespace toomai::engine::pg
