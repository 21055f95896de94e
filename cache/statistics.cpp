#include "cache/statistics.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"
#include "cache/entry_query.h"
#include "cache/rows.h"
#include "cache/unix_time.h"

namespace toomai::cache {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kTop = 10;

Where DailyFilter(const HistoryQuery& query) {
  Where filter;
  filter.AddIfSet("database = ?", query.database);
  filter.AddIfSet("source = ?", query.source);
  filter.AddIfSet("verdict = ?", query.verdict);
  filter.AddIfSet("caller = ?", query.caller);
  filter.AddIfSet("kind = ?", query.kind);
  if (query.since_ms > 0) filter.AddIfSet("day >= ?", UtcDay(query.since_ms));
  if (query.until_ms > 0) filter.AddIfSet("day <= ?", UtcDay(query.until_ms));
  return filter;
}

// Rows of "key, calls, tokens, cost, mean elapsed".
Expected<Json> SumsBy(Sql& sql, const Where& filter, const std::string& key, const std::string& name,
                      const std::string& order, std::int64_t limit) {
  Json rows = Json::array();
  const auto done = sql.Run("SELECT " + key +
                                ", sum(calls), sum(prompt_tokens + completion_tokens), sum(cost), sum(elapsed_ms) / "
                                "sum(calls) FROM daily " +
                                filter.text() + " GROUP BY 1 ORDER BY " + order + " LIMIT ?",
                            filter.ValuesAnd(limit), [&](const SqlRow& row) {
                              rows.push_back({{name, row.Text(0)},
                                              {"calls", row.Int(1)},
                                              {"tokens", row.Int(2)},
                                              {"cost", row.Real(3)},
                                              {"mean_ms", row.Real(4)}});
                            });
  if (!done) return Fail(done.error());
  return rows;
}

// Of the entries that the query means, `entries` in all.
Expected<Json> States(Sql& sql, const HistoryQuery& query, std::int64_t entries) {
  std::map<std::string, std::int64_t> counts = {{"new", 0}, {"approved", 0}, {"rejected", 0}, {"needs_work", 0}};
  std::int64_t reviewed = 0;
  Where where;
  AddFilters(query, &where);
  const auto done = sql.Run("SELECT s.state, count(*) FROM review_state s JOIN entries e ON e.id = s.entry_id " +
                                where.text() + " GROUP BY 1",
                            where.values(), [&](const SqlRow& row) {
                              counts[row.Text(0)] = row.Int(1);
                              reviewed += row.Int(1);
                            });
  if (!done) return Fail(done.error());
  counts["new"] += std::max<std::int64_t>(0, entries - reviewed);
  Json rows = Json::array();
  for (const auto& [state, calls] : counts) rows.push_back({{"state", state}, {"calls", calls}});
  return rows;
}

// The newest entries that the query means.
Expected<Where> Newest(Sql& sql, const HistoryQuery& query) {
  const auto newest = sql.QueryInt("SELECT coalesce(max(id), 0) FROM entries");
  if (!newest) return Fail(newest.error());
  Where where;
  where.Add("e.id > ?", *newest - kNewestForStatistics);
  AddFilters(query, &where);
  return where;
}

Expected<Json> Top(Sql& sql, Where where, const std::string& rank) {
  where.Add(rank + " > 0");
  Json rows = Json::array();
  const auto done = sql.Run(
      "SELECT e.id, e.at_ms, e.database, e.question, e.source, e.elapsed_ms, e.cost, "
      "e.prompt_tokens + e.completion_tokens FROM entries e " +
          std::string(kReviewJoins) + where.text() + " ORDER BY " + rank + " DESC, e.id DESC LIMIT ?",
      where.ValuesAnd(kTop), [&](const SqlRow& row) {
        rows.push_back({{"id", row.Int(0)},
                        {"at", Iso8601(row.Int(1))},
                        {"database", row.Text(2)},
                        {"question", row.Text(3)},
                        {"source", row.Text(4)},
                        {"elapsed_ms", row.Real(5)},
                        {"cost", row.Real(6)},
                        {"tokens", row.Int(7)}});
      });
  if (!done) return Fail(done.error());
  return rows;
}

Expected<Json> FailingTables(Sql& sql, Where where) {
  where.Add("(e.verdict <> 'accept' OR e.error <> '')");
  where.Add("e.tables <> ''");
  std::map<std::string, std::int64_t> failures;
  const auto done = sql.Run("SELECT e.tables FROM entries e " + std::string(kReviewJoins) + where.text() + " LIMIT ?",
                            where.ValuesAnd(std::int64_t{kNewestForStatistics}), [&](const SqlRow& row) {
                              for (const std::string& table : Split(row.Text(0), ',')) {
                                if (const std::string name(Trim(table)); !name.empty()) ++failures[name];
                              }
                            });
  if (!done) return Fail(done.error());
  std::vector<std::pair<std::int64_t, std::string>> ranked;
  for (const auto& [table, count] : failures) ranked.emplace_back(-count, table);
  std::sort(ranked.begin(), ranked.end());
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(kTop, ranked.size()); ++i) {
    rows.push_back({{"table", ranked[i].second}, {"calls", -ranked[i].first}});
  }
  return rows;
}

// What is told of single calls.
Expected<void> AddLists(Sql& sql, const HistoryQuery& query, Json* statistics) {
  const auto newest = Newest(sql, query);
  if (!newest) return Fail(newest.error());
  const auto slowest = Top(sql, *newest, "e.elapsed_ms"), dearest = Top(sql, *newest, "e.cost");
  if (!slowest) return Fail(slowest.error());
  if (!dearest) return Fail(dearest.error());
  const auto failing = FailingTables(sql, *newest);
  if (!failing) return Fail(failing.error());
  (*statistics)["slowest"] = *slowest;
  (*statistics)["most_expensive"] = *dearest;
  (*statistics)["failing_tables"] = *failing;
  return {};
}

}  // namespace

const char* const kAddToDaily =
    "INSERT INTO daily (day, database, kind, source, verdict, rule, caller, calls, prompt_tokens, completion_tokens, "
    "cost, elapsed_ms) VALUES (?,?,?,?,?,?,?,1,?,?,?,?) ON CONFLICT (day, database, kind, source, verdict, rule, "
    "caller) DO UPDATE SET calls = daily.calls + 1, prompt_tokens = daily.prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = daily.completion_tokens + excluded.completion_tokens, cost = daily.cost + excluded.cost, "
    "elapsed_ms = daily.elapsed_ms + excluded.elapsed_ms";

Expected<std::string> CollectStatistics(Sql& sql, const HistoryQuery& query) {
  const Where filter = DailyFilter(query);
  Where refused = filter;
  refused.Add("rule <> ''");
  Where asked = filter;
  asked.Add("kind IN ('ask', 'generate')");
  struct Table {
    const char *title, *key, *name, *order;
    std::int64_t limit;
    const Where* where;
  };
  const Table kTables[] = {
      {"per_day", "day", "day", "1 DESC", 366, &filter},
      {"questions_per_day", "day", "day", "1 DESC", 366, &asked},
      {"by_source", "source", "source", "2 DESC", 50, &filter},
      {"by_verdict", "verdict", "verdict", "2 DESC", 50, &filter},
      {"by_database", "database", "database", "2 DESC", 100, &filter},
      {"by_caller", "caller", "caller", "2 DESC", 50, &filter},
      {"refusals_by_rule", "rule", "rule", "2 DESC", 50, &refused},
  };
  Json statistics;
  const auto totals = SumsBy(sql, filter, "'all'", "of", "1", 1);
  if (!totals) return Fail(totals.error());
  statistics["totals"] = totals->empty() ? Json{{"calls", 0}} : totals->front();
  for (const Table& table : kTables) {
    const auto rows = SumsBy(sql, *table.where, table.key, table.name, table.order, table.limit);
    if (!rows) return Fail(rows.error());
    statistics[table.title] = *rows;
  }
  const bool all = filter.text().empty();
  const auto entries =
      all ? sql.QueryInt("SELECT entries FROM head") : Expected<std::int64_t>(statistics["totals"].value("calls", 0));
  if (!entries) return Fail(entries.error());
  const auto states = States(sql, query, *entries);
  if (!states) return Fail(states.error());
  statistics["by_state"] = *states;
  statistics["entries"] = *entries;
  if (auto added = AddLists(sql, query, &statistics); !added) return Fail(added.error());
  return statistics.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toomai::cache
