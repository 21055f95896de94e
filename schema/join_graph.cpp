#include "schema/join_graph.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "base/text.h"

namespace toomai::schema {
namespace {

constexpr double kDeclaredCost = 1.0;

}  // namespace

JoinGraph::JoinGraph(const Schema& schema, const ValueIndex& values) {
  by_table_.resize(schema.tables.size());
  unique_.resize(schema.tables.size());
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    const Table& table = schema.tables[t];
    unique_[t].assign(table.columns.size(), 0);
    if (table.primary_key.size() == 1) unique_[t][table.primary_key[0]] = 1;
    for (const std::vector<int>& key : table.unique_keys) {
      if (key.size() == 1) unique_[t][key[0]] = 1;
    }
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const auto& stats = table.columns[c].stats;
      if (stats && stats->distinct == -1 && stats->null_fraction == 0) unique_[t][c] = 1;
      const ColumnValues* read = values.Of(static_cast<int>(t), static_cast<int>(c));
      bool all_distinct = read != nullptr && read->complete && table.row_estimate > 0 &&
                          static_cast<double>(read->values.size()) >= table.row_estimate;
      if (all_distinct) unique_[t][c] = 1;
    }
  }
  AddDeclared(schema);
  Infer(schema, values);
}

void JoinGraph::AddEdge(JoinEdge edge) {
  int id = static_cast<int>(edges_.size());
  by_table_[edge.table1].push_back(id);
  if (edge.table2 != edge.table1) by_table_[edge.table2].push_back(id);
  edges_.push_back(std::move(edge));
}

void JoinGraph::AddDeclared(const Schema& schema) {
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    for (const ForeignKey& key : schema.tables[t].foreign_keys) {
      if (key.target_table < 0 || key.columns.empty() || key.columns.size() != key.target_columns.size()) continue;
      JoinEdge edge;
      edge.table1 = static_cast<int>(t);
      edge.table2 = key.target_table;
      for (std::size_t i = 0; i < key.columns.size(); ++i)
        edge.columns.emplace_back(key.columns[i], key.target_columns[i]);
      edge.declared = true;
      // Of several keys to one table, the one named after it is the plain one: department_id rather than head_id.
      std::string column = AsciiLower(schema.tables[t].columns[static_cast<std::size_t>(key.columns[0])].name);
      std::string target = AsciiLower(schema.tables[static_cast<std::size_t>(key.target_table)].name);
      std::string singular = target.ends_with("ies") ? target.substr(0, target.size() - 3)
                             : target.ends_with('s') ? target.substr(0, target.size() - 1)
                                                     : target;
      edge.cost = kDeclaredCost + (column.find(singular) == std::string::npos ? 0.02 : 0);
      AddEdge(std::move(edge));
    }
  }
}

bool JoinHints::Names(int table) const {
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

double JoinHints::Factor(int edge, int to, bool from_named) const {
  constexpr double kNamedRole = 0.7, kNamedTable = 0.45;
  double factor = 1;
  if (std::find(edges.begin(), edges.end(), edge) != edges.end()) factor *= kNamedRole;
  if (from_named || Names(to)) factor *= kNamedTable;
  return factor;
}

std::vector<int> JoinGraph::Path(const std::vector<int>& from, int to, const JoinHints* hints) const {
  std::unordered_map<int, std::pair<double, int>> best;  // table -> cost, edge that reached it
  using Item = std::pair<double, int>;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> queue;
  std::unordered_map<int, int> hops;
  for (int t : from) {
    if (t == to) return {};
    best[t] = {0, -1};
    hops[t] = 0;
    queue.push({0, t});
  }
  while (!queue.empty()) {
    auto [cost, t] = queue.top();
    queue.pop();
    if (cost > best[t].first) continue;
    if (t == to) break;
    if (hops[t] >= kMaxJoinHops) continue;
    for (int e : by_table_[t]) {
      int other = edges_[e].table1 == t ? edges_[e].table2 : edges_[e].table1;
      double next =
          cost + edges_[e].cost * (hints == nullptr ? 1 : hints->Factor(e, other, hops[t] > 0 && hints->Names(t)));
      auto it = best.find(other);
      if (it != best.end() && it->second.first <= next) continue;
      best[other] = {next, e};
      hops[other] = hops[t] + 1;
      queue.push({next, other});
    }
  }
  std::vector<int> path;
  auto it = best.find(to);
  if (it == best.end()) return {};
  for (int t = to; best[t].second >= 0;) {
    int e = best[t].second;
    path.push_back(e);
    t = edges_[e].table1 == t ? edges_[e].table2 : edges_[e].table1;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

double JoinGraph::Distance(int from, int to) const {
  if (from == to) return 0;
  std::vector<int> path = Path({from}, to);
  if (path.empty()) return kUnreachable;
  double cost = 0;
  for (int e : path) cost += edges_[e].cost;
  return cost;
}

int JoinGraph::EdgeFromColumn(int table, int column) const {
  for (int e : by_table_[table]) {
    if (edges_[e].table1 != table) continue;
    for (auto& [from, to] : edges_[e].columns) {
      if (from == column) return e;
    }
  }
  return -1;
}

bool JoinGraph::IsUnique(int table, int column) const {
  const std::vector<char>& known = unique_[table];  // columns that were added later are not among them
  return static_cast<std::size_t>(column) < known.size() && known[column] != 0;
}

}  // namespace toomai::schema
