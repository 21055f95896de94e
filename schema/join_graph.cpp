#include "schema/join_graph.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <unordered_map>

#include "base/text.h"
#include "schema/stem.h"
#include "schema/words.h"

namespace toomai::schema {
namespace {

constexpr double kDeclaredCost = 1.0, kNamedKeyCost = 1.15, kSameNameCost = 1.3, kValueCost = 1.6,
                 kManyToManyCost = 3.5;
constexpr double kSharedValues = 0.9;  // of two columns of one name: reason enough to join tables nothing else joins

bool Joinable(const Column& a, const Column& b) {
  auto family = [](TypeClass t) {
    if (t == TypeClass::kInteger || t == TypeClass::kNumeric) return 1;
    if (t == TypeClass::kText || t == TypeClass::kEnum) return 2;
    if (t == TypeClass::kUuid) return 3;
    return 0;
  };
  return family(a.type_class) != 0 && family(a.type_class) == family(b.type_class);
}

bool LooksLikeKey(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  const std::string& last = words.back();
  return last == "id" || last == "key" || last == "code" || last == "uid" || last == "uuid" || last == "no" ||
         last == "number" || last == "num" || last == "ref";
}

// Which tables hang together, while edges are added.
class Components {
 public:
  explicit Components(std::size_t tables) : parent_(tables) { std::iota(parent_.begin(), parent_.end(), 0); }
  int Of(int table) {
    while (parent_[table] != table) table = parent_[table] = parent_[parent_[table]];
    return table;
  }
  void Unite(int a, int b) { parent_[Of(a)] = Of(b); }

 private:
  std::vector<int> parent_;
};

}  // namespace

JoinGraph::JoinGraph(const Schema& schema, const ValueIndex& values) {
  by_table_.resize(schema.tables.size());
  unique_.resize(schema.tables.size());
  bridge_.assign(schema.tables.size(), 0);
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
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    std::vector<char> in_key(schema.tables[t].columns.size(), 0);
    int references = 0;
    for (int e : by_table_[t]) {
      if (edges_[e].table1 != static_cast<int>(t)) continue;
      for (auto& [from, to] : edges_[e].columns) {
        if (!in_key[from]) ++references;
        in_key[from] = 1;
      }
    }
    std::size_t others = 0;
    for (std::size_t c = 0; c < in_key.size(); ++c) {
      if (!in_key[c] &&
          !(schema.tables[t].primary_key.size() == 1 && schema.tables[t].primary_key[0] == static_cast<int>(c))) {
        ++others;
      }
    }
    bridge_[t] = references >= 2 && others <= 1;
  }
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

// A reference is guessed when a column is named like another table's key ("customer_id" or "airline_code"), or when two
// columns share a telling name, or when nearly all values of one occur in a unique column of another.
void JoinGraph::Infer(const Schema& schema, const ValueIndex& values) {
  std::size_t n = schema.tables.size();
  NameSplitter splitter;
  for (const Table& table : schema.tables) splitter.AddWord(AsciiLower(table.name));
  struct Place {
    int table, column;
  };
  std::unordered_map<std::string, std::vector<Place>> by_name;  // column name, folded
  std::vector<std::vector<std::vector<std::string>>> words(n);
  std::vector<std::vector<std::string>> table_words(n);
  for (std::size_t t = 0; t < n; ++t) {
    for (std::string& w : splitter.Split(schema.tables[t].name)) table_words[t].push_back(Stem(w));
    for (std::size_t c = 0; c < schema.tables[t].columns.size(); ++c) {
      words[t].push_back(splitter.Split(schema.tables[t].columns[c].name));
      by_name[Fold(schema.tables[t].columns[c].name)].push_back({static_cast<int>(t), static_cast<int>(c)});
    }
  }
  auto linked = [&](int t1, int c1) {
    for (int e : by_table_[t1]) {
      if (edges_[e].table1 != t1) continue;
      for (auto& [from, to] : edges_[e].columns) {
        if (from == c1) return true;
      }
    }
    return false;
  };
  auto referred = [&](int t2, int c2) {
    for (int e : by_table_[t2]) {
      if (edges_[e].table2 != t2) continue;
      for (auto& [from, to] : edges_[e].columns) {
        if (to == c2) return true;
      }
    }
    return false;
  };
  auto connected = [&](int t1, int t2) {
    for (int e : by_table_[t1]) {
      if (edges_[e].table1 == t2 || edges_[e].table2 == t2) return true;
    }
    return false;
  };
  auto add = [&](int t1, int c1, int t2, int c2, bool to_one, double cost) {
    JoinEdge edge;
    edge.table1 = t1;
    edge.table2 = t2;
    edge.columns.emplace_back(c1, c2);
    edge.to_one = to_one;
    edge.cost = cost;
    AddEdge(std::move(edge));
  };
  std::size_t declared = edges_.size();
  // 1. Same telling name. One table is its home (a key there, or named after the table); the others refer to it.
  for (auto& [name, places] : by_name) {
    if (places.size() < 2 || places.size() > 200 || name == "id" || name == "name") continue;
    const auto& key_words = words[places[0].table][places[0].column];
    if (!LooksLikeKey(key_words) && !name.ends_with("id") && key_words.back() != "name") continue;
    const Place* home = nullptr;
    double best = 1.9;
    for (const Place& place : places) {
      const Table& table = schema.tables[place.table];
      double score = 0;
      for (const std::string& w : key_words) {
        for (const std::string& tw : table_words[place.table])
          score += Stem(w) == tw ? 2.0 / static_cast<double>(table_words[place.table].size()) : 0;
      }
      if (IsUnique(place.table, place.column)) score += 1.2;
      if (table.primary_key.size() == 1 && table.primary_key[0] == place.column) score += 1.5;
      // "aid" of author, "pid" of publication: the letters before "id" begin the table's name.
      std::string initials = name.ends_with("id") ? name.substr(0, name.size() - 2) : std::string();
      while (!initials.empty() && initials.back() == '_') initials.pop_back();
      if (!initials.empty() && AsciiLower(table.name).rfind(initials, 0) == 0) score += 1.0;
      if (table_words[place.table].size() == 1) score += 0.4;
      int shared_keys = 0, plain = 0;
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        auto same = by_name.find(Fold(table.columns[c].name));
        bool key = LooksLikeKey(words[place.table][c]) || Fold(table.columns[c].name).ends_with("id");
        if (key && same != by_name.end() && same->second.size() > 1) ++shared_keys;
        if (!key) ++plain;
      }
      if (plain == 0 && shared_keys >= 2) score -= 1.5;  // a bridge
      if (plain > 0) score += 0.3;
      if (score > best) best = score, home = &place;
    }
    if (home == nullptr) continue;
    const Column& key_column = schema.column(home->table, home->column);
    bool single_key = IsUnique(home->table, home->column);
    for (const Place& other : places) {
      if (other.table == home->table || linked(other.table, other.column)) continue;
      if (!Joinable(schema.column(other.table, other.column), key_column)) continue;
      if (schema.tables[home->table].schema != schema.tables[other.table].schema && n > 60) continue;
      if (connected(other.table, home->table)) continue;
      double contained = values.Containment(other.table, other.column, home->table, home->column);
      if (contained >= 0 && contained < 0.5 && declared > 0) continue;
      add(other.table, other.column, home->table, home->column, true, single_key ? kNamedKeyCost : kSameNameCost);
    }
  }
  // 2. customer_id, home_team_id, buyer -> customer.id: the words before the key word end with the table's name.
  std::unordered_map<std::string, std::vector<std::size_t>> by_last_word;
  for (std::size_t u = 0; u < n; ++u)
    if (!table_words[u].empty()) by_last_word[table_words[u].back()].push_back(u);
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t c = 0; c < words[t].size(); ++c) {
      std::vector<std::string> w = words[t][c];
      if (w.empty() || linked(static_cast<int>(t), static_cast<int>(c))) continue;
      if (LooksLikeKey(w)) w.pop_back();
      if (w.empty()) continue;
      const auto candidates = by_last_word.find(Stem(w.back()));
      if (candidates == by_last_word.end()) continue;
      for (const std::size_t u : candidates->second) {
        if (u == t) continue;
        if (table_words[u].size() > 1 &&
            (w.size() < 2 || Stem(w[w.size() - 2]) != table_words[u][table_words[u].size() - 2]))
          continue;
        int key = schema.tables[u].primary_key.size() == 1 ? schema.tables[u].primary_key[0] : -1;
        for (std::size_t k = 0; key < 0 && k < words[u].size(); ++k) {
          bool code = LooksLikeKey(words[u][k]) && Joinable(schema.column(static_cast<int>(t), static_cast<int>(c)),
                                                            schema.column(static_cast<int>(u), static_cast<int>(k)));
          if (code) key = static_cast<int>(k);
        }
        if (key < 0 ||
            !Joinable(schema.column(static_cast<int>(t), static_cast<int>(c)), schema.column(static_cast<int>(u), key)))
          continue;
        double contained = values.Containment(static_cast<int>(t), static_cast<int>(c), static_cast<int>(u), key);
        if (contained >= 0 && contained < 0.5) continue;
        // A number called just like the table ("airline" of flights) is its key; text may be a name.
        bool whole = w.size() == table_words[u].size() &&
                     schema.column(static_cast<int>(t), static_cast<int>(c)).type_class != TypeClass::kText;
        if (contained < 0 && !LooksLikeKey(words[t][c]) && !whole) continue;
        add(static_cast<int>(t), static_cast<int>(c), static_cast<int>(u), key, true, kNamedKeyCost);
        break;
      }
    }
  }
  // 3. By values: text columns nearly contained in another table's first, name-like column.
  if (n <= 60) {
    for (std::size_t t = 0; t < n; ++t) {
      for (std::size_t c = 0; c < words[t].size(); ++c) {
        int t1 = static_cast<int>(t), c1 = static_cast<int>(c);
        if (schema.column(t1, c1).type_class != TypeClass::kText || linked(t1, c1) || referred(t1, c1)) continue;
        const ColumnValues* own = values.Of(t1, c1);
        if (own == nullptr || own->values.size() < 5) continue;
        int best_table = -1, best_column = -1;
        double best = 0.75;
        for (std::size_t u = 0; u < n; ++u) {
          if (u == t) continue;
          for (std::size_t k = 0; k < words[u].size(); ++k) {
            int t2 = static_cast<int>(u), c2 = static_cast<int>(k);
            if (schema.column(t2, c2).type_class != TypeClass::kText) continue;
            bool key = IsUnique(t2, c2) || (k == 0 && !linked(t2, c2));
            if (!key) continue;
            double contained = values.Containment(t1, c1, t2, c2);
            bool named = !words[u][k].empty() && !table_words[u].empty() && Stem(words[u][k][0]) == table_words[u][0];
            if (contained < 0.75) continue;
            double score = contained + (IsUnique(t2, c2) ? 0.1 : 0) + (named ? 0.1 : 0);
            if (score > best) best = score, best_table = t2, best_column = c2;
          }
        }
        static const char* const kPersonal[] = {"homepage", "url",    "email", "phone",   "first",
                                                "last",     "status", "type",  "comment", "date"};
        for (const std::string& w : words[t][c]) {
          for (const char* p : kPersonal) {
            if (w == p) best_table = -1;
          }
        }
        if (best_table >= 0) add(t1, c1, best_table, best_column, IsUnique(best_table, best_column), kValueCost);
      }
    }
  }
  // 4. Two tables that no path joins but that share a telling column: many to many.
  Components components(n);
  for (const JoinEdge& edge : edges_) components.Unite(edge.table1, edge.table2);
  for (auto& [name, places] : by_name) {
    if (places.size() < 2 || places.size() > 12) continue;
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t k = i + 1; k < places.size(); ++k) {
        const Place &a = places[i], &b = places[k];
        if (components.Of(a.table) == components.Of(b.table)) continue;
        const auto& w = words[a.table][a.column];
        bool person = !w.empty() && (w[0] == "first" || w[0] == "last" || w[0] == "middle" || w[0] == "full" ||
                                     w[0] == "user" || w[0] == "nick" || w[0] == "zip");
        const auto share_values = [&] {
          return values.Containment(a.table, a.column, b.table, b.column) >= kSharedValues ||
                 values.Containment(b.table, b.column, a.table, a.column) >= kSharedValues;
        };
        bool telling = !person && ((w.size() >= 2 && (LooksLikeKey(w) || w.back() == "name")) || share_values());
        if (!telling || !Joinable(schema.column(a.table, a.column), schema.column(b.table, b.column))) continue;
        components.Unite(a.table, b.table);
        bool second = IsUnique(b.table, b.column);
        bool first = IsUnique(a.table, a.column);
        if (first && !second) {
          add(b.table, b.column, a.table, a.column, true, kManyToManyCost);
        } else {
          add(a.table, a.column, b.table, b.column, second, kManyToManyCost);
        }
      }
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
  return unique_[table][column] != 0;
}

}  // namespace toomai::schema
