// Keys that nobody declared, guessed from names and values: a column is named like another table's key ("customer_id"
// or "airline_code"), two columns share a telling name, or nearly all values of one occur in a unique column of
// another.
#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>

#include "base/text.h"
#include "schema/join_graph.h"
#include "schema/stem.h"
#include "schema/words.h"

namespace toomai::schema {
namespace {

using Words = std::vector<std::string>;

constexpr double kNamedKeyCost = 1.15, kSameNameCost = 1.3, kValueCost = 1.6, kManyToManyCost = 3.5;
constexpr double kSharedValues = 0.9;  // of two columns of one name: reason enough to join tables nothing else joins
constexpr double kMostlyContained = 0.75;  // of a column's values in another's: it may refer to it
constexpr double kHardlyContained = 0.5;   // below, it does not
constexpr std::size_t kManyTables = 60;    // beyond, values are not compared pair by pair
constexpr std::size_t kFewestValues = 5;

bool Joinable(const Column& a, const Column& b) {
  auto family = [](TypeClass t) {
    if (t == TypeClass::kInteger || t == TypeClass::kNumeric) return 1;
    if (t == TypeClass::kText || t == TypeClass::kEnum) return 2;
    if (t == TypeClass::kUuid) return 3;
    return 0;
  };
  return family(a.type_class) != 0 && family(a.type_class) == family(b.type_class);
}

template <std::size_t n>
bool IsAmong(const std::string& word, const char* const (&words)[n]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool LooksLikeKey(const Words& words) {
  static constexpr const char* kKeys[] = {"id", "key", "code", "uid", "uuid", "no", "number", "num", "ref"};
  return !words.empty() && IsAmong(words.back(), kKeys);
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

class JoinGraph::Inference {
 public:
  Inference(JoinGraph* graph, const Schema& schema, const ValueIndex& values)
      : graph_(*graph), schema_(schema), values_(values), count_(static_cast<int>(schema.tables.size())) {
    ReadNames();
  }

  void Run() {
    declared_ = !graph_.edges_.empty();
    BySharedName();
    ByTableName();
    if (static_cast<std::size_t>(count_) <= kManyTables) ByValues();
    BridgeIslands();
  }

 private:
  struct Place {
    int table, column;
  };
  using Places = std::vector<Place>;

  void ReadNames() {
    NameSplitter splitter;
    for (const Table& table : schema_.tables) splitter.AddWord(AsciiLower(table.name));
    words_.resize(schema_.tables.size());
    table_words_.resize(schema_.tables.size());
    for (int t = 0; t < count_; ++t) {
      for (std::string& w : splitter.Split(TableAt(t).name)) table_words_[t].push_back(Stem(w));
      for (int c = 0; c < Columns(t); ++c) {
        words_[t].push_back(splitter.Split(schema_.column(t, c).name));
        by_name_[Fold(schema_.column(t, c).name)].push_back({t, c});
      }
    }
  }

  const Table& TableAt(int t) const { return schema_.tables[static_cast<std::size_t>(t)]; }
  int Columns(int t) const { return static_cast<int>(TableAt(t).columns.size()); }

  // ---- What is joined already ----
  bool Linked(int table, int column) const { return graph_.EdgeFromColumn(table, column) >= 0; }

  bool Referred(int table, int column) const {
    return std::any_of(graph_.by_table_[table].begin(), graph_.by_table_[table].end(), [&](int e) {
      const JoinEdge& edge = graph_.edges_[e];
      return edge.table2 == table && std::any_of(edge.columns.begin(), edge.columns.end(),
                                                 [&](const auto& pair) { return pair.second == column; });
    });
  }

  bool Connected(int a, int b) const {
    return std::any_of(graph_.by_table_[a].begin(), graph_.by_table_[a].end(),
                       [&](int e) { return graph_.edges_[e].table1 == b || graph_.edges_[e].table2 == b; });
  }

  void Add(Place from, Place to, bool to_one, double cost) {
    JoinEdge edge;
    edge.table1 = from.table;
    edge.table2 = to.table;
    edge.columns.emplace_back(from.column, to.column);
    edge.to_one = to_one;
    edge.cost = cost;
    graph_.AddEdge(std::move(edge));
  }

  double Containment(Place a, Place b) const { return values_.Containment(a.table, a.column, b.table, b.column); }
  bool MayJoin(Place a, Place b) const {
    return Joinable(schema_.column(a.table, a.column), schema_.column(b.table, b.column));
  }

  // ---- 1. Same telling name: one table is its home, the others refer to it ----
  void BySharedName() {
    constexpr std::size_t kMostPlaces = 200;
    for (const auto& [name, places] : by_name_) {
      if (places.size() < 2 || places.size() > kMostPlaces || name == "id" || name == "name") continue;
      const Words& key_words = words_[places[0].table][places[0].column];
      if (!LooksLikeKey(key_words) && !name.ends_with("id") && key_words.back() != "name") continue;
      if (const Place* home = HomeOf(name, places)) ReferTo(*home, places);
    }
  }

  const Place* HomeOf(const std::string& name, const Places& places) const {
    const Place* home = nullptr;
    double best = 1.9;
    for (const Place& place : places) {
      const double score = HomeScore(name, place);
      if (score > best) best = score, home = &place;
    }
    return home;
  }

  // How much speaks for this table: it is named like the column, or has it as its key, and is no bridge.
  double HomeScore(const std::string& name, Place place) const {
    const Table& table = TableAt(place.table);
    const Words& own = table_words_[place.table];
    double score = 0;
    for (const std::string& w : own.empty() ? Words() : words_[place.table][place.column])
      score += static_cast<double>(std::count(own.begin(), own.end(), Stem(w))) * 2.0 / static_cast<double>(own.size());
    if (graph_.IsUnique(place.table, place.column)) score += 1.2;
    if (table.primary_key.size() == 1 && table.primary_key[0] == place.column) score += 1.5;
    if (BeginsName(name, table)) score += 1.0;
    if (own.size() == 1) score += 0.4;
    int shared_keys = 0, plain = 0;
    for (int c = 0; c < Columns(place.table); ++c) {
      const std::string column = Fold(table.columns[c].name);
      const bool key = LooksLikeKey(words_[place.table][c]) || column.ends_with("id");
      const auto same = by_name_.find(column);
      if (key && same != by_name_.end() && same->second.size() > 1) ++shared_keys;
      if (!key) ++plain;
    }
    if (plain == 0 && shared_keys >= 2) score -= 1.5;  // a bridge
    return plain > 0 ? score + 0.3 : score;
  }

  // "aid" of author, "pid" of publication: the letters before "id" begin the table's name.
  static bool BeginsName(const std::string& name, const Table& table) {
    std::string initials = name.ends_with("id") ? name.substr(0, name.size() - 2) : std::string();
    while (!initials.empty() && initials.back() == '_') initials.pop_back();
    return !initials.empty() && AsciiLower(table.name).rfind(initials, 0) == 0;
  }

  void ReferTo(Place home, const Places& places) {
    const bool single_key = graph_.IsUnique(home.table, home.column);
    for (const Place& other : places) {
      if (other.table == home.table || Linked(other.table, other.column) || !MayJoin(other, home)) continue;
      const bool elsewhere = TableAt(home.table).schema != TableAt(other.table).schema;
      if (elsewhere && static_cast<std::size_t>(count_) > kManyTables) continue;
      if (Connected(other.table, home.table)) continue;
      const double contained = Containment(other, home);
      if (contained >= 0 && contained < kHardlyContained && declared_) continue;
      Add(other, home, true, single_key ? kNamedKeyCost : kSameNameCost);
    }
  }

  // ---- 2. customer_id, home_team_id, buyer -> customer.id: the words before the key word end with a table's name ----
  void ByTableName() {
    std::unordered_map<std::string, std::vector<int>> by_last_word;
    for (int u = 0; u < count_; ++u)
      if (!table_words_[u].empty()) by_last_word[table_words_[u].back()].push_back(u);
    for (int t = 0; t < count_; ++t) {
      for (int c = 0; c < Columns(t); ++c) {
        Words w = words_[t][c];
        if (w.empty() || Linked(t, c)) continue;
        if (LooksLikeKey(w)) w.pop_back();
        if (w.empty()) continue;
        const auto candidates = by_last_word.find(Stem(w.back()));
        if (candidates == by_last_word.end()) continue;
        for (const int u : candidates->second)
          if (u != t && ReferByName({t, c}, w, u)) break;
      }
    }
  }

  // True when the column, called `w` without its key word, was joined to the table.
  bool ReferByName(Place from, const Words& w, int table) {
    const Words& called = table_words_[table];
    if (called.size() > 1 && (w.size() < 2 || Stem(w[w.size() - 2]) != called[called.size() - 2])) return false;
    const Place to{table, KeyFor(from, table)};
    if (to.column < 0 || !MayJoin(from, to)) return false;
    const double contained = Containment(from, to);
    if (contained >= 0 && contained < kHardlyContained) return false;
    // A number called just like the table ("airline" of flights) is its key; text may be a name.
    const bool whole =
        w.size() == called.size() && schema_.column(from.table, from.column).type_class != TypeClass::kText;
    if (contained < 0 && !LooksLikeKey(words_[from.table][from.column]) && !whole) return false;
    Add(from, to, true, kNamedKeyCost);
    return true;
  }

  // Its primary key, else the first column that could be one; -1: none.
  int KeyFor(Place from, int table) const {
    if (TableAt(table).primary_key.size() == 1) return TableAt(table).primary_key[0];
    for (int k = 0; k < Columns(table); ++k)
      if (LooksLikeKey(words_[table][k]) && MayJoin(from, {table, k})) return k;
    return -1;
  }

  // ---- 3. By values: text nearly contained in another table's first, name-like column ----
  void ByValues() {
    static constexpr const char* kPersonal[] = {"homepage", "url",    "email", "phone",   "first",
                                                "last",     "status", "type",  "comment", "date"};
    for (int t = 0; t < count_; ++t) {
      for (int c = 0; c < Columns(t); ++c) {
        if (schema_.column(t, c).type_class != TypeClass::kText || Linked(t, c) || Referred(t, c)) continue;
        const ColumnValues* own = values_.Of(t, c);
        const bool personal = std::any_of(words_[t][c].begin(), words_[t][c].end(),
                                          [](const std::string& w) { return IsAmong(w, kPersonal); });
        if (own == nullptr || own->values.size() < kFewestValues || personal) continue;
        const Place home = Container({t, c});
        if (home.table >= 0) Add({t, c}, home, graph_.IsUnique(home.table, home.column), kValueCost);
      }
    }
  }

  // The key of another table that holds most of the column's values; table -1: none.
  Place Container(Place from) const {
    Place best{-1, -1};
    double best_score = kMostlyContained;
    for (int u = 0; u < count_; ++u) {
      if (u == from.table) continue;
      for (int k = 0; k < Columns(u); ++k) {
        if (schema_.column(u, k).type_class != TypeClass::kText) continue;
        const bool unique = graph_.IsUnique(u, k);
        if (!unique && (k != 0 || Linked(u, k))) continue;
        const double contained = Containment(from, {u, k});
        if (contained < kMostlyContained) continue;
        const bool named =
            !words_[u][k].empty() && !table_words_[u].empty() && Stem(words_[u][k][0]) == table_words_[u][0];
        const double score = contained + (unique ? 0.1 : 0) + (named ? 0.1 : 0);
        if (score > best_score) best_score = score, best = {u, k};
      }
    }
    return best;
  }

  // ---- 4. Two tables that no path joins but that share a telling column: many to many ----
  void BridgeIslands() {
    constexpr std::size_t kMostPlaces = 12;
    Components components(schema_.tables.size());
    for (const JoinEdge& edge : graph_.edges_) components.Unite(edge.table1, edge.table2);
    for (const auto& [name, places] : by_name_) {
      if (places.size() < 2 || places.size() > kMostPlaces) continue;
      for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t k = i + 1; k < places.size(); ++k) {
          const Place &a = places[i], &b = places[k];
          if (components.Of(a.table) == components.Of(b.table) || !IsTelling(a, b) || !MayJoin(a, b)) continue;
          components.Unite(a.table, b.table);
          const bool first = graph_.IsUnique(a.table, a.column), second = graph_.IsUnique(b.table, b.column);
          if (first && !second)
            Add(b, a, true, kManyToManyCost);
          else
            Add(a, b, second, kManyToManyCost);
        }
      }
    }
  }

  bool IsTelling(Place a, Place b) const {
    static constexpr const char* kOfPersons[] = {"first", "last", "middle", "full", "user", "nick", "zip"};
    const Words& w = words_[a.table][a.column];
    if (!w.empty() && IsAmong(w[0], kOfPersons)) return false;
    if (w.size() >= 2 && (LooksLikeKey(w) || w.back() == "name")) return true;
    return Containment(a, b) >= kSharedValues || Containment(b, a) >= kSharedValues;
  }

  JoinGraph& graph_;
  const Schema& schema_;
  const ValueIndex& values_;
  const int count_;
  bool declared_ = false;
  std::unordered_map<std::string, Places> by_name_;  // column name, folded
  std::vector<std::vector<Words>> words_;            // of each column's name
  std::vector<Words> table_words_;                   // stems
};

void JoinGraph::Infer(const Schema& schema, const ValueIndex& values) {
  Inference(this, schema, values).Run();
}

}  // namespace toomai::schema
