// Results that do not come at once: rows in flat memory, and the next page of an open cursor. Masks travel with both.
#include "engine/engine_impl.h"
#include "engine/masking.h"

namespace toomai::engine {
namespace {

// Masks between the executor and whoever takes the rows. Unmasked rows pass as they are.
class MaskingSink : public pg::RowSink {
 public:
  MaskingSink(Masker masker, RowConsumer& consumer) : masker_(std::move(masker)), consumer_(consumer) {}

  void OnColumns(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    masker_.Begin(&columns_);
    consumer_.OnColumns(columns_);
  }
  bool OnRow(const pg::CellViews& cells) override {
    if (!masker_.active()) return consumer_.OnRow(cells);
    std::vector<Cell> row;
    for (const auto& cell : cells) row.push_back(cell ? Cell(std::string(*cell)) : std::nullopt);
    masker_.Apply(&row);
    pg::CellViews masked;
    for (const Cell& cell : row) masked.push_back(cell ? std::optional<std::string_view>(*cell) : std::nullopt);
    return consumer_.OnRow(masked);
  }
  const std::vector<ResultColumn>& columns() const { return columns_; }

 private:
  Masker masker_;
  RowConsumer& consumer_;
  std::vector<ResultColumn> columns_;
};

}  // namespace

void EngineImpl::RememberMask(const std::string& cursor, Masker masker) {
  constexpr std::size_t kMaxRemembered = 1'000;  // far more than the cursors that can be open
  const std::lock_guard lock(lasting_->masks_mutex);
  if (lasting_->masks.size() >= kMaxRemembered) lasting_->masks.erase(lasting_->masks.begin());
  lasting_->masks[cursor] = std::move(masker);
}

Expected<QueryResult> EngineImpl::NextPage(const Deadline& deadline, const Caller& caller, Database& database,
                                           const ExecuteRequest& request) {
  Masker masker;
  if (!database.options().masks.empty()) {
    const std::lock_guard lock(lasting_->masks_mutex);
    const auto known = lasting_->masks.find(request.cursor);
    // Without its mask a page must not leave.
    if (known == lasting_->masks.end())
      return Fail(ErrorCode::kNotFound, "this cursor is not known any more", "run the statement again");
    masker = known->second;
  }
  const Budget budget = pg::EffectiveBudget(request.budget, database.options().execution);
  auto page = database.cursors().Next(deadline, request.cursor, caller.name, budget);
  if (!page) return page;
  masker.Begin(&page->columns);
  for (auto& row : page->rows) masker.Apply(&row);
  if (!page->cursor.empty() && page->cursor != request.cursor && masker.active())
    RememberMask(page->cursor, std::move(masker));
  return page;
}

Expected<QueryResult> EngineImpl::Stream(const Deadline& deadline, const Caller& caller, const ExecuteRequest& request,
                                         RowConsumer& consumer, bool every_row) {
  auto database = Admit(caller, request.database);
  if (!database) return Fail(database.error());
  auto snapshot = (*database)->GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  const Budget budget = pg::EffectiveBudget(request.budget, (*database)->options().execution);
  cache::HistoryEntry entry;
  entry.kind = "execute";
  entry.source = std::string(ToString(Source::kClient));
  entry.database = (*database)->options().name;
  entry.sql_generated = request.sql;
  entry.verdict = "accept";

  Expected<QueryResult> outcome = [&]() -> Expected<QueryResult> {
    auto sql =
        Validate(**snapshot, request.sql, !request.parameters.empty(), every_row ? -1 : budget.rows + 1);
    if (!sql) {
      entry.verdict = "reject";
      return Fail(sql.error());
    }
    MaskingSink sink(Masker((*snapshot)->masks, sql->facts(), lasting_->mask_salt), consumer);
    const std::vector<pg::Parameter> parameters(request.parameters.begin(), request.parameters.end());
    const auto end = (*database)->executor().Stream(
        deadline, *sql, parameters, ScopeFor(caller, **database, **snapshot, sql->facts()), budget, sink, every_row);
    if (!end) return Fail(end.error());
    QueryResult result;
    result.columns = sink.columns();
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
    entry.error = std::string(ToString(outcome.error().code)) + ": " + outcome.error().message;
  }
  auto recorded = Record(deadline, caller, std::move(entry));
  if (!recorded) return Fail(recorded.error());
  return outcome;
}

}  // namespace toomai::engine
