#include "engine/pg/cursors.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/metrics.h"
#include "base/text.h"
#include "engine/pg/envelope.h"
#include "engine/pg/errors.h"
#include "engine/pg/retry.h"
#include "engine/pg/row_meter.h"
#include "engine/pg/type_names.h"

namespace toomai::engine::pg {
namespace {

using Clock = Deadline::Clock;

constexpr std::size_t kIdLength = 32;
constexpr std::int64_t kFetchRows = 500;      // at most this many rows are held on our side
constexpr std::int64_t kFirstFetchRows = 64;  // while we do not know how wide they are

// A row that was fetched and not handed over: masked and cut as it will be.
struct RowAhead {
  std::vector<Cell> cells;
  std::int64_t cut = 0;  // cells
};

struct Cursor {
  Lease lease;
  std::string sql;
  bool hide_data_in_errors = false;
  std::shared_ptr<RowFilter> filter;
  std::vector<ResultColumn> columns;
  std::deque<RowAhead> ahead;
  std::size_t cell_bytes = 0;           // longer cells are cut
  std::size_t widest = 0, largest = 0;  // rows so far, as they are kept, and as they were sent
  bool at_end = false;                  // the server has no more rows

  void Take(const RowView& row) {
    views_.clear();
    std::size_t sent = 0, kept = 0;
    for (int i = 0; i < row.size(); ++i)
      sent += views_.emplace_back(row.IsNull(i) ? std::nullopt : std::optional(row[i])).value_or("").size();
    if (filter) filter->Apply(&views_);
    RowAhead& taken = ahead.emplace_back();
    taken.cells.reserve(views_.size());
    for (const auto& cell : views_) {
      const bool cut = cell && cell->size() > cell_bytes;
      taken.cut += cut ? 1 : 0;
      taken.cells.push_back(cut ? Cell(CutCell(*cell, cell_bytes)) : cell ? Cell(*cell) : Cell());
      kept += cell ? taken.cells.back()->size() : 0;
    }
    widest = std::max(widest, kept);
    largest = std::max(largest, sent);
    if (largest > kGiantRow) lease.Poison();
  }

 private:
  CellViews views_;
};

// As many as the page can take, as far as we can tell from the rows before.
std::int64_t FetchCount(const Budget& caps, const Cursor& cursor) {
  const std::int64_t fit = cursor.widest == 0
                               ? kFirstFetchRows
                               : std::min(kFetchRows, caps.bytes / static_cast<std::int64_t>(cursor.widest) + 1);
  return caps.rows < fit ? caps.rows + 1 : fit;
}

Statement Fetch(std::int64_t rows, Cursor* cursor) {
  Statement fetch;
  fetch.sql = "FETCH FORWARD " + std::to_string(rows) + " FROM toomai_page";
  fetch.stream = true;
  fetch.on_row = [cursor](const RowView& row) {
    cursor->Take(row);
    return RowAction::kContinue;
  };
  return fetch;
}

// Moves rows into the page until it is full or there are none. Fetches more when it must know whether there are.
Expected<QueryResult> ReadPage(const Deadline& deadline, const ExecutionOptions& options, Cursor& cursor,
                               const Budget& caps) {
  const auto start = Clock::now();
  QueryResult page;
  page.columns = cursor.columns;
  page.sql = cursor.sql;
  ResultCollector collector(&page);
  // Masked and cut as they came: a cut cell must not be cut again, or its mark would tell the length of the mark.
  Budget rest = caps;
  if (static_cast<std::size_t>(caps.cell_bytes) >= cursor.cell_bytes)
    rest.cell_bytes = std::numeric_limits<std::int64_t>::max();
  RowMeter meter(rest, collector, nullptr);
  std::int64_t cut_before = 0;
  CellViews views;
  while (true) {
    if (cursor.ahead.empty() && !cursor.at_end) {
      const std::int64_t wanted = FetchCount(caps, cursor);
      const Deadline limit =
          options.statement_timeout.count() > 0 ? deadline.Within(options.statement_timeout) : deadline;
      if (auto done = cursor.lease->Run(limit, {Fetch(wanted, &cursor)}); !done) return Fail(done.error());
      cursor.at_end = static_cast<std::int64_t>(cursor.ahead.size()) < wanted;
    }
    if (cursor.ahead.empty()) break;
    const RowAhead& row = cursor.ahead.front();
    views.assign(row.cells.begin(), row.cells.end());
    if (meter.Take(&views) == RowAction::kStop) break;
    cut_before += row.cut;
    cursor.ahead.pop_front();
  }
  StreamEnd end = meter.end();
  end.cells_cut += cut_before;
  if (end.truncated && end.rows == 0 && end.truncated_by != "rows") {
    return Fail(ErrorCode::kInvalidArgument, "one row alone is larger than the budget of " + end.truncated_by,
                "allow more " + end.truncated_by + ", or select fewer columns");
  }
  end.elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  collector.Finish(end, caps);
  return page;
}

// Our own end of a forgotten cursor comes first; the server's is for the day we crash.
Statement EndWhenForgotten(const ExecutionOptions& options) {
  Statement statement;
  statement.sql = "SET LOCAL idle_in_transaction_session_timeout = " + std::to_string(2 * options.cursor_ttl.count());
  statement.ends_group = true;
  return statement;
}

}  // namespace

struct Cursors::State {
  struct Entry {
    std::string owner;
    std::unique_ptr<Cursor> cursor;  // null: a page is being read
    Clock::time_point expires;
  };

  Pool& pool;
  const ExecutionOptions options;
  TypeNames type_names;
  Gauge& open_gauge;

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::map<std::string, Entry> entries;
  std::jthread sweeper;

  State(Pool& pool_in, const ExecutionOptions& options_in)
      : pool(pool_in),
        options(options_in),
        open_gauge(
            GetGauge("toomai_cursors_open", "Cursors kept for a next page", {{"database", pool_in.options().name}})) {}

  std::size_t Limit() const {
    const PoolOptions& sizes = pool.options().pool;
    return static_cast<std::size_t>(std::clamp((sizes.max + sizes.overflow) / 2, 0, std::max(0, options.max_cursors)));
  }

  // Keeps the cursor for a next page under `id`; where there is no room, in the place of the owner's own oldest. False:
  // all room is others'.
  bool Keep(const std::string& id, const std::string& owner, std::unique_ptr<Cursor> cursor) {
    Entry gone;  // its session goes back outside the lock
    const std::lock_guard lock(mutex);
    auto entry = entries.find(id);
    if (entry == entries.end()) {
      if (entries.size() >= Limit()) {
        const auto oldest = OldestOf(owner);
        if (oldest == entries.end()) return false;
        gone = std::move(oldest->second);
        entries.erase(oldest);
      }
      entry = entries.emplace(id, Entry()).first;
    }
    entry->second = {owner, std::move(cursor), Clock::now() + options.cursor_ttl};
    open_gauge.Set(static_cast<double>(entries.size()));
    if (!sweeper.joinable()) sweeper = std::jthread([this](const std::stop_token& stop) { Sweep(stop); });
    changed.notify_all();
    return true;
  }

  // REQUIRES: mutex. Of those that no page is read from just now.
  std::map<std::string, Entry>::iterator OldestOf(const std::string& owner) {
    auto oldest = entries.end();
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      if (entry->second.owner != owner || entry->second.cursor == nullptr) continue;
      if (oldest == entries.end() || entry->second.expires < oldest->second.expires) oldest = entry;
    }
    return oldest;
  }

  void Forget(const std::string& id) {
    Entry gone;  // its session goes back outside the lock
    const std::lock_guard lock(mutex);
    const auto entry = entries.find(id);
    if (entry == entries.end()) return;
    gone = std::move(entry->second);
    entries.erase(entry);
    open_gauge.Set(static_cast<double>(entries.size()));
  }

  void Sweep(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Entry> expired;
      std::unique_lock lock(mutex);
      auto next = Clock::now() + options.cursor_ttl;
      for (auto entry = entries.begin(); entry != entries.end();) {
        if (entry->second.cursor != nullptr && entry->second.expires <= Clock::now()) {
          expired.push_back(std::move(entry->second));
          entry = entries.erase(entry);
        } else {
          next = std::min(next, entry->second.cursor != nullptr ? entry->second.expires : next);
          ++entry;
        }
      }
      open_gauge.Set(static_cast<double>(entries.size()));
      if (expired.empty()) changed.wait_until(lock, stop, next, [] { return false; });
      lock.unlock();  // sessions of the expired go back here
    }
  }
};

Cursors::Cursors(Pool& pool, const ExecutionOptions& options) : state_(std::make_unique<State>(pool, options)) {}

Cursors::~Cursors() {
  state_->sweeper.request_stop();
  if (state_->sweeper.joinable()) state_->sweeper.join();
}

Expected<QueryResult> Cursors::Open(const Deadline& deadline, const validator::ValidatedSql& sql,
                                    const std::vector<Parameter>& parameters, const StatementScope& scope,
                                    const Budget& budget, const std::string& owner) {
  return OpenText(deadline, sql.text(), parameters, scope, EffectiveBudget(budget, state_->options), owner);
}

Expected<QueryResult> Cursors::OpenText(const Deadline& deadline, const std::string& sql,
                                        const std::vector<Parameter>& parameters, const StatementScope& scope,
                                        const Budget& caps, const std::string& owner) {
  if (auto claims = CheckClaims(scope); !claims) return Fail(claims.error());
  const auto start = Clock::now();
  auto cursor = std::make_unique<Cursor>();
  Clock::time_point began;
  const auto start_once = [&]() -> Expected<void> {
    *cursor = Cursor();
    auto lease = state_->pool.Borrow(deadline, "cursor");
    if (!lease) return Fail(lease.error());
    cursor->lease = std::move(*lease);
    cursor->sql = sql;
    cursor->hide_data_in_errors = scope.hide_data_in_errors;
    cursor->filter = scope.filter;
    cursor->cell_bytes = static_cast<std::size_t>(caps.cell_bytes);
    TypeNames::Names fresh;
    std::vector<Statement> batch;
    if (state_->type_names.stale()) batch.push_back(TypeNames::Query(&fresh));
    // The settings hold for every page, so they do not follow this call's deadline.
    for (Statement& statement : OpenEnvelope(Deadline::Never(), state_->options, scope, &*cursor->lease))
      batch.push_back(std::move(statement));
    Statement& declare = batch.emplace_back();
    declare.sql = "DECLARE toomai_page NO SCROLL CURSOR WITHOUT HOLD FOR " + sql;
    declare.parameters = parameters;
    const std::int64_t wanted = FetchCount(caps, *cursor);
    Statement fetch = Fetch(wanted, cursor.get());
    fetch.on_fields = [&](const std::vector<Field>& fields) {
      cursor->columns = state_->type_names.Columns(fields, &fresh);
      if (cursor->filter) cursor->filter->Begin(&cursor->columns);
    };
    batch.push_back(std::move(fetch));
    began = Clock::now();
    auto done = cursor->lease->Run(deadline.Within(StatementTimeout(deadline, state_->options)), batch);
    if (!done) return done;
    cursor->lease.Leaves(scope.traces);
    state_->type_names.Adopt(std::move(fresh));
    cursor->at_end = static_cast<std::int64_t>(cursor->ahead.size()) < wanted;
    return {};
  };
  const auto fail = [&](Error error) {
    return Fail(scope.hide_data_in_errors ? WithoutData(std::move(error)) : std::move(error));
  };
  const auto quick = [&] { return !cursor->lease || Clock::now() - began < kQuickEnd; };
  if (auto started = state_->pool.Retry(deadline, start_once, quick); !started) return fail(started.error());
  auto page = ReadPage(deadline, state_->options, *cursor, caps);
  if (!page) return fail(page.error());
  // The first rows came with the cursor: opening it is where the time went.
  page->elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (!page->truncated) return page;
  cursor->lease->Post({EndWhenForgotten(state_->options)});
  const std::string id = RandomId(kIdLength);
  if (state_->Keep(id, owner, std::move(cursor))) {
    page->cursor = id;
  } else {
    page->notes.emplace_back("no cursor is free for the next page: narrow the question, or ask again later");
  }
  return page;
}

Expected<QueryResult> Cursors::Next(const Deadline& deadline, const std::string& id, const std::string& owner,
                                    const Budget& budget) {
  std::unique_ptr<Cursor> cursor;
  {
    const std::lock_guard lock(state_->mutex);
    const auto entry = state_->entries.find(id);
    if (entry == state_->entries.end() || entry->second.owner != owner) {
      return Fail(ErrorCode::kNotFound, "there is no such cursor (any more)",
                  "run the statement again for its first page");
    }
    if (entry->second.cursor == nullptr) {
      return Fail(ErrorCode::kBusy, "a page of this cursor is being read", "wait for it");
    }
    cursor = std::move(entry->second.cursor);
  }
  const Budget caps = EffectiveBudget(budget, state_->options);
  auto page = ReadPage(deadline, state_->options, *cursor, caps);
  if (!page) {
    // A row that is too large leaves the cursor where it was; anything else has ended the transaction.
    const bool intact = page.error().sqlstate.empty() && page.error().code == ErrorCode::kInvalidArgument;
    Error error = cursor->hide_data_in_errors ? WithoutData(page.error()) : page.error();
    if (!intact || !state_->Keep(id, owner, std::move(cursor))) state_->Forget(id);
    return Fail(std::move(error));
  }
  if (!page->truncated) {
    state_->Forget(id);
  } else if (state_->Keep(id, owner, std::move(cursor))) {
    page->cursor = id;
  }
  return page;
}

void Cursors::Close(const std::string& id, const std::string& owner) {
  {
    const std::lock_guard lock(state_->mutex);
    const auto entry = state_->entries.find(id);
    if (entry == state_->entries.end() || entry->second.owner != owner || entry->second.cursor == nullptr) return;
  }
  state_->Forget(id);
}

int Cursors::open() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->entries.size());
}

}  // namespace toomai::engine::pg
