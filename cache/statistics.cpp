#include "cache/statistics.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"
#include "cache/history_json.h"
#include "cache/search_index.h"

namespace toomai::cache {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRecent = 20'000;  // entries looked at one by one for the lists of single calls
constexpr std::size_t kTop = 10;

struct Filter {
  std::string text;
  std::vector<std::string> values;

  void Add(const char* condition, const std::string& value) {
    if (value.empty()) return;
    text += (text.empty() ? " WHERE " : " AND ") + std::string(condition);
    values.push_back(value);
  }
};

Filter DailyFilter(const HistoryQuery& query) {
  Filter filter;
  filter.Add("database = ?", query.database);
  filter.Add("source = ?", query.source);
  filter.Add("verdict = ?", query.verdict);
  filter.Add("caller = ?", query.caller);
  filter.Add("kind = ?", query.kind);
  if (query.since_ms > 0) filter.Add("day >= ?", Iso8601(query.since_ms).substr(0, 10));
  if (query.until_ms > 0) filter.Add("day <= ?", Iso8601(query.until_ms).substr(0, 10));
  return filter;
}

// Rows of "key, calls, tokens, cost, mean elapsed".
Expected<Json> SumsBy(Connection& connection, const Filter& filter, const std::string& key, const std::string& name,
                      const std::string& order, int limit) {
  auto select = connection.Prepare("SELECT " + key +
                                   ", sum(calls), sum(prompt_tokens + completion_tokens), sum(cost), sum(elapsed_ms) / "
                                   "sum(calls) FROM daily" +
                                   filter.text + " GROUP BY 1 ORDER BY " + order + " LIMIT ?");
  if (!select) return Fail(select.error());
  for (const std::string& value : filter.values) select->Bind(value);
  select->Bind(limit);
  Json rows = Json::array();
  while (true) {
    const auto row = select->Step();
    if (!row) return Fail(row.error());
    if (!*row) return rows;
    rows.push_back({{name, select->Text(0)},
                    {"calls", select->Int(1)},
                    {"tokens", select->Int(2)},
                    {"cost", select->Real(3)},
                    {"mean_ms", select->Real(4)}});
  }
}

Expected<Json> States(Connection& connection, std::int64_t entries) {
  auto select = connection.Prepare("SELECT state, count(*) FROM review_state GROUP BY 1");
  if (!select) return Fail(select.error());
  std::map<std::string, std::int64_t> counts = {{"new", 0}, {"approved", 0}, {"rejected", 0}, {"needs_work", 0}};
  std::int64_t reviewed = 0;
  while (true) {
    const auto row = select->Step();
    if (!row) return Fail(row.error());
    if (!*row) break;
    counts[select->Text(0)] = select->Int(1);
    reviewed += select->Int(1);
  }
  counts["new"] += entries - reviewed;
  Json rows = Json::array();
  for (const auto& [state, calls] : counts) rows.push_back({{"state", state}, {"calls", calls}});
  return rows;
}

Json Single(const HistoryEntry& entry) {
  return {{"id", entry.id},
          {"at", Iso8601(entry.at_ms)},
          {"database", entry.database},
          {"question", entry.question},
          {"source", entry.source},
          {"elapsed_ms", entry.elapsed_ms},
          {"cost", entry.cost},
          {"tokens", entry.prompt_tokens + entry.completion_tokens}};
}

template <typename Rank>
Json Top(std::vector<HistoryEntry>& entries, Rank rank) {
  const std::size_t count = std::min(kTop, entries.size());
  std::partial_sort(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count), entries.end(),
                    [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
  Json rows = Json::array();
  for (std::size_t i = 0; i < count && rank(entries[i]) > 0; ++i) rows.push_back(Single(entries[i]));
  return rows;
}

Json FailingTables(const std::vector<HistoryEntry>& entries) {
  std::map<std::string, std::int64_t> failures;
  for (const HistoryEntry& entry : entries) {
    if (entry.verdict == "accept") continue;
    for (const std::string& table : Split(entry.tables, ',')) {
      if (const std::string name(Trim(table)); !name.empty()) ++failures[name];
    }
  }
  std::vector<std::pair<std::int64_t, std::string>> ranked;
  for (const auto& [table, count] : failures) ranked.emplace_back(-count, table);
  std::sort(ranked.begin(), ranked.end());
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(kTop, ranked.size()); ++i) {
    rows.push_back({{"table", ranked[i].second}, {"calls", -ranked[i].first}});
  }
  return rows;
}

}  // namespace

Expected<std::string> CollectStatistics(Connection& connection, const HistoryQuery& query) {
  const Filter filter = DailyFilter(query);
  Json statistics;
  const auto totals = SumsBy(connection, filter, "'all'", "of", "1", 1);
  if (!totals) return Fail(totals.error());
  statistics["totals"] = totals->empty() ? Json{{"calls", 0}} : totals->front();
  struct Table {
    const char *title, *key, *name, *order;
    int limit;
  };
  constexpr Table kTables[] = {
      {"per_day", "day", "day", "1 DESC", 366},           {"by_source", "source", "source", "2 DESC", 50},
      {"by_verdict", "verdict", "verdict", "2 DESC", 50}, {"by_database", "database", "database", "2 DESC", 100},
      {"by_caller", "caller", "caller", "2 DESC", 50},
  };
  for (const Table& table : kTables) {
    const auto rows = SumsBy(connection, filter, table.key, table.name, table.order, table.limit);
    if (!rows) return Fail(rows.error());
    statistics[table.title] = *rows;
  }
  Filter refused = filter;
  refused.text += (refused.text.empty() ? " WHERE " : " AND ") + std::string("rule <> ''");
  const auto rules = SumsBy(connection, refused, "rule", "rule", "2 DESC", 50);
  if (!rules) return Fail(rules.error());
  statistics["refusals_by_rule"] = *rules;

  const auto entries = connection.QueryInt("SELECT entries FROM head");
  if (!entries) return Fail(entries.error());
  const auto states = States(connection, *entries);
  if (!states) return Fail(states.error());
  statistics["by_state"] = *states;
  statistics["entries"] = *entries;

  HistoryQuery recent = query;
  recent.text.clear();
  recent.limit = kRecent;
  auto newest = SearchEntries(connection, recent);
  if (!newest) return Fail(newest.error());
  statistics["slowest"] = Top(*newest, [](const HistoryEntry& entry) { return entry.elapsed_ms; });
  statistics["most_expensive"] = Top(*newest, [](const HistoryEntry& entry) { return entry.cost; });
  statistics["failing_tables"] = FailingTables(*newest);
  return statistics.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toomai::cache
