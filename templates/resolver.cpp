#include "templates/resolver.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "base/text.h"
#include "schema/dates.h"
#include "schema/numbers.h"
#include "schema/stem.h"
#include "schema/words.h"
#include "templates/builder.h"

namespace toomai::templates {
namespace {

using schema::TypeClass;

struct Choice {
  int table = -1, column = -1;
  double score = 0;       // with context
  double name_score = 0;  // of the name alone
  std::string value;
  bool value_found = false;
  bool Valid() const { return table >= 0; }
};

// A condition ready to be put into whatever query holds its tables.
struct Fact {
  int part = 0;  // of a ratio
  std::vector<int> tables;
  std::function<ExprPtr(QueryBuilder&)> make;  // null: only existence
  bool negated = false;
  bool both = false;
  bool or_previous = false;
  bool quantified = false;
  int op = kGreaterEqual;
  double n = 1;
  int entity = -1;   // entity it was said about
  int subject = -1;  // for entities: index
  int column_table = -1, column = -1;
  bool equality = false;
  std::string having;  // aggregate
  int at = 0;
};

const char* OperatorText(int op) {
  switch (op) {
    case kNotEqual:
      return "<>";
    case kLess:
      return "<";
    case kLessEqual:
      return "<=";
    case kGreater:
      return ">";
    case kGreaterEqual:
      return ">=";
    default:
      return "=";
  }
}
int Flip(int op) {
  switch (op) {
    case kLess:
      return kGreater;
    case kLessEqual:
      return kGreaterEqual;
    case kGreater:
      return kLess;
    case kGreaterEqual:
      return kLessEqual;
    default:
      return op;
  }
}

class Resolver {
 public:
  Resolver(const Context& x, const std::vector<Mention>& m, const Sketch& s, const ResolveOptions& o)
      : x_(x), m_(m), s_(s), o_(o) {}

  Resolution Run() {
    ChooseEntities();
    ChooseHead();
    ResolveTargets();
    if (head_ < 0) return std::move(r_);
    FindMeasured();
    ResolveConditions();
    ResolveSuperlatives();
    ResolveGroups();
    QueryPtr query = s_.ratio || s_.percent ? ComposeRatio() : nullptr;
    if (!query) query = ComposeWithSets();
    if (query) r_.query = query;
    Score();
    return std::move(r_);
  }

 private:
  const Mention& M(int i) const { return m_[static_cast<std::size_t>(i)]; }
  const schema::Column& Col(int t, int c) const { return x_.Column(t, c); }
  const TableDefaults& Defaults(int t) const { return x_.defaults[static_cast<std::size_t>(t)]; }
  bool Known(int t) const { return t >= 0 && t < static_cast<int>(x_.schema->tables.size()); }

  // ---- entities ----

  // How much each table is talked about: names of it, of its columns, and its values.
  void Vote() {
    votes_.assign(x_.schema->tables.size(), 0);
    for (const Mention& m : m_) {
      std::vector<std::pair<int, double>> best;
      auto add = [&best](int t, double v) {
        for (auto& [table, vote] : best) {
          if (table == t) {
            vote = std::max(vote, v);
            return;
          }
        }
        best.emplace_back(t, v);
      };
      for (const auto& hit : m.names) add(hit.table, hit.score * (hit.column < 0 ? 1.0 : 0.6));
      for (const auto& hit : m.values) add(hit.table, 0.4);
      for (auto [t, v] : best) votes_[static_cast<std::size_t>(t)] += v;
    }
  }

  int ChooseTable(int mention) const {
    int best = -1;
    double best_score = 0;
    for (const auto& hit : M(mention).names) {
      if (hit.column >= 0) continue;
      double score = hit.score + 0.05 * votes_[static_cast<std::size_t>(hit.table)];
      const schema::Table& table = x_.schema->tables[static_cast<std::size_t>(hit.table)];
      if (!table.on_search_path) score -= 0.08;
      if (table.kind == schema::TableKind::kView || table.kind == schema::TableKind::kMaterializedView) score -= 0.12;
      for (int t : anchors_) {
        double d = Distance(t, hit.table);
        score += d < 3 ? 0.06 : 0;
      }
      if (score > best_score) best_score = score, best = hit.table;
    }
    if (best >= 0) return best;
    for (const auto& hit : M(mention).names) {
      double score = hit.score + 0.05 * votes_[static_cast<std::size_t>(hit.table)];
      if (score > best_score) best_score = score, best = hit.table;
    }
    return best;
  }

  double Distance(int a, int b) const {
    if (a == b) return 0;
    if (!Known(a) || !Known(b)) return schema::kUnreachable;
    long long key = static_cast<long long>(std::min(a, b)) << 32 | std::max(a, b);
    for (auto& [k, d] : distances_) {
      if (k == key) return d;
    }
    double d = x_.joins.Distance(a, b);
    distances_.emplace_back(key, d);
    return d;
  }

  // What a relation between rows of one table relates; what a reference refers to.
  int RelatedTable(int relation) const {
    for (int e : x_.joins.EdgesOf(relation)) {
      const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
      if (edge.table1 == relation && edge.cost < 2) return edge.table2;
    }
    return -1;
  }

  int EntityTable(const EntityUse& use) const {
    if (use.via >= 0 && use.via == use.mention) return RelatedTable(M(use.via).relation);
    if (use.reference) {
      const schema::NameHit& hit = M(use.mention).names.front();
      int e = x_.joins.EdgeFromColumn(hit.table, hit.column);
      if (e >= 0) return x_.joins.edges()[static_cast<std::size_t>(e)].table2;
    }
    return ChooseTable(use.mention);
  }

  void ChooseEntities() {
    Vote();
    entity_table_.assign(s_.entities.size(), -1);
    for (std::size_t e = 0; e < s_.entities.size(); ++e) {
      int t = EntityTable(s_.entities[e]);
      entity_table_[e] = t;
      if (t >= 0) {
        anchors_.push_back(t);
        if (s_.entities[e].reference) anchors_.push_back(M(s_.entities[e].mention).names.front().table);
        double score = s_.entities[e].via == s_.entities[e].mention || s_.entities[e].reference ? 1 : 0;
        for (const auto& hit : M(s_.entities[e].mention).names) {
          if (hit.table == t && hit.column < 0) score = std::max<double>(score, hit.score);
        }
        NoteName(score);
      }
    }
  }

  void NoteName(double score) {
    double miss = std::max(0.0, 1.0 - score);
    r_.features.names = std::max(r_.features.names, miss);
    name_misses_ += miss;
    ++name_count_;
  }

  void ChooseHead() {
    // The first wanted entity; the owner of wanted columns; the first plain entity.
    for (const Target& t : s_.targets) {
      if (t.kind == Target::kCount && t.owner >= 0) {
        head_ = entity_table_[static_cast<std::size_t>(t.owner)];
        head_entity_ = t.owner;
        break;
      }
      if (t.kind == Target::kThing && t.owner >= 0 &&
          s_.entities[static_cast<std::size_t>(t.owner)].mention == t.mention && !t.explicit_list) {
        head_ = entity_table_[static_cast<std::size_t>(t.owner)];
        head_entity_ = t.owner;
        break;
      }
    }
    if (head_ < 0) {
      for (const Target& t : s_.targets) {
        if (t.owner >= 0 && head_ < 0) {
          head_ = entity_table_[static_cast<std::size_t>(t.owner)];
          head_entity_ = t.owner;
        }
      }
    }
    if (head_ < 0) {
      for (std::size_t e = 0; e < s_.entities.size(); ++e) {
        const EntityUse& use = s_.entities[e];
        if (use.negated || use.quantified || use.superlative) continue;
        head_ = entity_table_[e];
        head_entity_ = static_cast<int>(e);
        break;
      }
    }
    if (head_ < 0 && !s_.entities.empty()) {
      // Only counted or excluded things are named: the subject is what the wanted columns belong to.
      for (const Target& t : s_.targets) {
        if (t.mention < 0 || head_ >= 0) continue;
        Choice c = ChooseColumn(t.mention, -1, Need::kAny, t.qualifier);
        if (c.Valid() && c.name_score > 0.5) {
          head_ = c.table;
          head_from_target_ = true;
        }
      }
    }
    if (head_ < 0 && !s_.entities.empty()) {
      head_ = entity_table_[0];
      head_entity_ = 0;
    }
    if (head_ < 0) {
      // No table named: the one that most of the words speak of.
      double best = 0.25;
      for (std::size_t t = 0; t < votes_.size(); ++t) {
        double vote = votes_[t] - 0.001 * static_cast<double>(x_.lexicon.TableWords(static_cast<int>(t)).size());
        if (vote > best) best = vote, head_ = static_cast<int>(t);
      }
      if (head_ >= 0) {
        anchors_.push_back(head_);
        r_.features.guessed += 0.3;
      }
      head_guessed_ = true;
    }
  }

  // ---- columns ----

  enum class Need { kAny, kNumber, kMoment, kText, kComparable };

  double Fits(int t, int c, Need need) const {
    TypeClass type = Col(t, c).type_class;
    bool key = x_.joins.EdgeFromColumn(t, c) >= 0 || Defaults(t).key == c;
    switch (need) {
      case Need::kNumber:
        return schema::IsNumber(type) ? (key ? -0.2 : 0.15) : -0.5;
      case Need::kComparable:
        return schema::IsNumber(type) || schema::IsMoment(type) ? (key ? -0.15 : 0.15) : -0.25;
      case Need::kMoment:
        return schema::IsMoment(type) ? 0.2 : 0;
      case Need::kText:
        return type == TypeClass::kText || type == TypeClass::kEnum ? 0.1 : -0.3;
      case Need::kAny:
        return 0;
    }
    return 0;
  }

  // How near a table is to what the question is about.
  double Near(int t, int owner_table) const {
    double bonus = 0;
    if (t == owner_table) bonus += 0.45;
    if (t == head_) bonus += 0.2;
    double nearest = 1e9;
    bool anchor = false;
    for (int a : anchors_) {
      if (a == t) anchor = true;
      nearest = std::min(nearest, Distance(a, t));
    }
    if (anchor)
      bonus += 0.22;
    else if (!anchors_.empty())
      bonus -= nearest >= schema::kUnreachable ? 1.5 : 0.12 * nearest;
    return bonus;
  }

  // "release year" said of "song": a column called by both.
  std::vector<schema::NameHit> QualifiedNames(int mention, int qualifier) const {
    std::vector<std::string> stems;
    for (int i : {mention, qualifier}) {
      for (const std::string& w : Split(M(i).norm, ' ')) stems.push_back(schema::Stem(w));
    }
    std::sort(stems.begin(), stems.end());
    stems.erase(std::unique(stems.begin(), stems.end()), stems.end());
    const auto* hits = x_.lexicon.FindKey(schema::Lexicon::KeyOfStems(stems));
    if (hits == nullptr || hits->front().score < 0.75f) return {};
    return *hits;
  }

  Choice ChooseColumn(int mention, int owner_table, Need need, int qualifier = -1) const {
    Choice best;
    best.score = -1e9;
    double second = -1e9;
    std::vector<schema::NameHit> qualified;
    if (qualifier >= 0) qualified = QualifiedNames(mention, qualifier);
    for (const auto& hit : qualified.empty() ? M(mention).names : qualified) {
      Choice c;
      c.table = hit.table;
      c.name_score = hit.score;
      if (hit.column >= 0) {
        c.column = hit.column;
        c.score = hit.score + Near(hit.table, owner_table) + Fits(hit.table, hit.column, need);
        if (Col(hit.table, hit.column).type_class != TypeClass::kText || true) {
          bool foreign = x_.joins.EdgeFromColumn(hit.table, hit.column) >= 0;
          if (foreign && need == Need::kText) c.score -= 0.1;
        }
      } else {
        c.column = Defaults(hit.table).display;
        if (c.column < 0) continue;
        c.score = hit.score - 0.2 + Near(hit.table, owner_table) + Fits(hit.table, c.column, need);
      }
      if (c.score > best.score + 1e-9) {
        if (best.Valid() && (best.table != c.table || best.column != c.column)) second = best.score;
        best = c;
      } else if (best.table != c.table || best.column != c.column) {
        second = std::max(second, c.score);
      }
    }
    // "the name of the maker": what a row is called, whatever the column says.
    const std::string& said = M(mention).norm;
    if ((said == "name" || said == "names") && Known(owner_table) && (!best.Valid() || best.table != owner_table) &&
        Defaults(owner_table).display_strength >= 8) {
      best.table = owner_table;
      best.column = Defaults(owner_table).display;
      best.score = best.name_score = 0.95;
    }
    if (best.Valid() && second > best.score - 0.08) close_calls_ += 1;
    return best;
  }

  Choice ConceptColumn(int concept_id, int owner_table, bool* flip) const {
    *flip = false;
    Choice best;
    double best_score = -1;
    const std::vector<std::string>& words = ConceptWords(concept_id);
    std::vector<int> tables = {owner_table};
    for (int a : anchors_) {
      if (std::find(tables.begin(), tables.end(), a) == tables.end()) tables.push_back(a);
    }
    std::size_t named = tables.size();
    for (int e : x_.joins.EdgesOf(owner_table)) {
      const auto& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
      if (edge.table1 == owner_table && edge.to_one) tables.push_back(edge.table2);
      if (edge.table2 == owner_table && edge.columns.size() == 1 &&
          x_.joins.IsUnique(edge.table1, edge.columns[0].first))
        tables.push_back(edge.table1);
    }
    for (std::size_t k = 0; k < tables.size(); ++k) {
      int t = tables[k];
      for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
        TypeClass type = Col(t, c).type_class;
        bool measure = schema::IsNumber(type) || schema::IsMoment(type);
        bool key = x_.joins.EdgeFromColumn(t, c) >= 0 || Defaults(t).key == c;
        const auto& name = x_.lexicon.NameOf(t, c);
        for (std::size_t w = 0; w < words.size(); ++w) {
          std::string word = words[w].substr(1);
          bool has = std::find(name.words.begin(), name.words.end(), word) != name.words.end();
          if (!has || key) continue;
          if (!measure &&
              !(type == TypeClass::kText && (word == "date" || word == "year" || word == "time" || word == "birth")))
            continue;
          double score = 10 - 0.5 * static_cast<double>(w) -
                         (k == 0      ? 0
                          : k < named ? 1.2
                                      : 2.5) -
                         0.3 * static_cast<double>(name.core.size()) - 0.01 * c;
          if (score > best_score) {
            best_score = score;
            best.table = t;
            best.column = c;
            best.score = 0.9;
            best.name_score = 0.9;
            *flip = words[w][0] == '-';
          }
        }
      }
    }
    return best;
  }

  int OwnerTable(int entity) const {
    if (entity < 0) return head_;
    return entity_table_[static_cast<std::size_t>(entity)];
  }

  // ---- wanted things ----
  struct Wanted {
    int part = 0;
    Target::Kind kind = Target::kThing;
    std::vector<std::string> aggregates;
    Choice column;
    int table = -1;  // an entity shown by its display column, or counted
    bool distinct = false;
    std::string outer;
    bool maybe_superlative = false, super_max = true;
    bool explicit_list = false;
  };

  // Where a row of `t` is: its most telling place column.
  Choice PlaceColumn(int t) const {
    static const char* const kPlaces[] = {"locat",   "address", "place",   "citi",  "state",
                                          "provinc", "region",  "countri", "contin"};
    Choice best;
    for (const char* place : kPlaces) {
      for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
        const auto& words = x_.lexicon.NameOf(t, c).words;
        if (c == Defaults(t).display || c == Defaults(t).key) continue;
        if (std::find(words.begin(), words.end(), place) == words.end()) continue;
        best.table = t;
        best.column = c;
        best.score = best.name_score = 0.9;
        return best;
      }
    }
    return best;
  }

  // The table that a named value most likely belongs to.
  int ValueTable() const {
    for (const Condition& c : s_.conditions) {
      if (c.a.kind != OperandKind::kValue || c.a.mention < 0) continue;
      for (const auto& hit : M(c.a.mention).values) {
        if (Defaults(hit.table).display == hit.column) return hit.table;
      }
      if (!M(c.a.mention).values.empty()) return M(c.a.mention).values[0].table;
    }
    return -1;
  }

  // "how many people live in …", "how many cylinders does … have": the number is stored.
  bool IsMeasure(const Choice& c) const {
    if (!schema::IsNumber(Col(c.table, c.column).type_class)) return false;
    if (x_.joins.EdgeFromColumn(c.table, c.column) >= 0 || Defaults(c.table).key == c.column) return false;
    for (const std::string& w : x_.lexicon.NameOf(c.table, c.column).words) {
      if (w == "year" || w == "id" || w == "code" || w == "date" || w == "rank") return false;
    }
    return true;
  }

  void ResolveTargets() {
    groups_hint_ = static_cast<int>(s_.groups.size());
    for (const Target& t : s_.targets) {
      Wanted w;
      w.kind = t.kind;
      w.aggregates = t.aggregates;
      w.distinct = t.distinct;
      w.outer = t.outer;
      w.part = t.part;
      w.maybe_superlative = t.maybe_superlative;
      w.super_max = t.super_max;
      w.explicit_list = t.explicit_list;
      if (t.mention < 0 && t.concept_id > 0) {
        bool flip = false;
        int owner = t.owner >= 0 ? OwnerTable(t.owner) : ValueTable();
        if (!Known(owner)) owner = head_;
        if (!Known(owner)) continue;
        w.column = ConceptColumn(t.concept_id, owner, &flip);
        if (!w.column.Valid()) {
          r_.features.doubt += 1;
          w.column = Choice{};
          w.table = owner;
        }
        if (head_guessed_ && w.column.Valid()) head_ = w.column.table;
        wanted_.push_back(w);
        continue;
      }
      if (t.mention < 0) {
        w.table = head_;
        wanted_.push_back(w);
        continue;
      }
      bool is_entity = t.owner >= 0 && s_.entities[static_cast<std::size_t>(t.owner)].mention == t.mention;
      if (is_entity && t.kind != Target::kAggregates) {
        w.table = entity_table_[static_cast<std::size_t>(t.owner)];
        if (w.table < 0) continue;
        wanted_.push_back(w);
        continue;
      }
      int owner = t.owner >= 0 ? OwnerTable(t.owner) : head_;
      Need need = Need::kAny;
      if (t.kind == Target::kAggregates)
        need = t.aggregates[0] == "max" || t.aggregates[0] == "min" ? Need::kComparable : Need::kNumber;
      w.column = ChooseColumn(t.mention, owner, need, t.qualifier);
      if (!w.column.Valid()) continue;
      NoteName(w.column.name_score);
      if (t.kind == Target::kAggregates && t.maybe_superlative && t.concept_id > 0 &&
          !schema::IsNumber(Col(w.column.table, w.column.column).type_class) &&
          !schema::IsMoment(Col(w.column.table, w.column.column).type_class)) {
        // "the most expensive room type": the row, not a maximum of text.
        w.kind = Target::kThing;
        w.maybe_superlative = false;
        concept_sups_.push_back({t.concept_id, t.super_max, w.column.table});
      }
      if (t.kind == Target::kCount && !t.outer.empty() && IsMeasure(w.column)) {
        w.kind = Target::kAggregates;  // "the average number of citations": stored as a number
        w.aggregates = {t.outer};
        w.outer.clear();
      }
      if (t.kind == Target::kCount && !t.distinct && t.outer.empty() && groups_hint_ == 0 && IsMeasure(w.column)) {
        w.kind = t.total ? Target::kAggregates : Target::kThing;
        if (t.total) w.aggregates = {"sum"};
      }
      if (std::find(anchors_.begin(), anchors_.end(), w.column.table) == anchors_.end())
        anchors_.push_back(w.column.table);
      if (head_guessed_ && head_ != w.column.table && s_.entities.empty() && wanted_.empty()) head_ = w.column.table;
      wanted_.push_back(w);
    }
    if ((s_.where_question || s_.when_question) && wanted_.empty()) {
      int t = ValueTable();
      if (!Known(t)) t = head_;
      Choice place = Known(t) ? (s_.where_question ? PlaceColumn(t) : Choice{}) : Choice{};
      if (s_.when_question && Known(t)) {
        bool flip = false;
        place = ConceptColumn(8, t, &flip);
      }
      if (place.Valid()) {
        Wanted w;
        w.column = place;
        head_ = t;
        AddAnchor(t);
        wanted_.push_back(w);
      } else {
        r_.features.doubt += 1;
      }
    }
    if (head_ >= 0 && wanted_.empty()) {
      Wanted w;
      w.table = head_;
      wanted_.push_back(w);
      r_.features.guessed += 0.3;
    }
    // A list given in a second sentence replaces the subject's own column.
    bool listed = false, counted = false;
    for (const Wanted& w : wanted_) {
      listed |= w.explicit_list;
      counted |= w.explicit_list && w.kind == Target::kCount;
    }
    if (listed) {
      std::erase_if(wanted_, [&](const Wanted& w) {
        return !w.explicit_list && (w.kind == Target::kThing || (counted && w.kind == Target::kCount));
      });
    }
  }

  // ---- conditions ----

  Choice ChooseValue(const Condition& c, int operand) {
    const Mention& m = M(operand);
    Choice best;
    best.score = -1e9;
    int owner = OwnerTable(c.owner);
    double second = -1e9;
    for (const auto& hit : m.values) {
      Choice v;
      v.table = hit.table;
      v.column = hit.column;
      v.value = std::string(hit.value);
      v.value_found = !m.partial_value;
      v.name_score = hit.exact ? 1 : 0.9;
      v.score = (hit.exact ? 1 : 0.85) + 0.8 * Near(hit.table, owner);
      if (m.text == hit.value) v.score += 0.05;
      if (Defaults(hit.table).display == hit.column) v.score += 0.1;
      bool of_subject = c.owner < 0 || s_.entities[static_cast<std::size_t>(c.owner)].via < 0;
      if (of_subject && ShownByItself(hit.table, hit.column)) v.score -= 0.6;  // asking for what is given
      if (c.beside && !facts_.empty()) {
        // "austin texas": the same row told twice.
        const Fact& before = facts_.back();
        if (before.column_table == hit.table) v.score += before.column == hit.column ? -0.7 : 0.35;
      }
      if (c.column >= 0) {
        double hint = 0;
        for (const auto& name : M(c.column).names) {
          if (name.table == hit.table && (name.column == hit.column)) hint = std::max<double>(hint, name.score);
          if (name.table == hit.table && name.column < 0) hint = std::max<double>(hint, 0.6 * name.score);
          // The column hinted at refers to the table whose value this is: "country France" over makers.country.
          if (name.column >= 0) {
            int e = x_.joins.EdgeFromColumn(name.table, name.column);
            if (e >= 0 && x_.joins.edges()[static_cast<std::size_t>(e)].table2 == hit.table)
              hint = std::max(hint, 0.55 * static_cast<double>(name.score));
          }
        }
        v.score += hint > 0 ? 0.9 * hint : -0.35;
      }
      if (v.score > best.score) {
        second = best.score;
        best = v;
      } else {
        second = std::max(second, v.score);
      }
    }
    if (best.Valid() && second > best.score - 0.05) close_calls_ += 0.5;
    return best;
  }

  // The question asks for exactly this column and nothing else: a condition on it would say nothing.
  bool ShownByItself(int t, int c) const {
    if (wanted_.size() != 1 || wanted_[0].kind != Target::kThing) return false;
    const Wanted& w = wanted_[0];
    if (w.column.Valid()) return w.column.table == t && w.column.column == c;
    if (w.table == t) return Defaults(t).display == c;
    if (w.table < 0 || Defaults(w.table).display < 0) return false;
    // The same thing under another table's reference to it.
    int e = x_.joins.EdgeFromColumn(t, c);
    if (e < 0) return false;
    const auto& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    return edge.table2 == w.table && edge.columns.size() == 1 && edge.columns[0].second == Defaults(w.table).display;
  }

  // The column named plays one of several roles for the table of the value: "referred by Alice", "home team Ajax".
  int RoleEdge(int mention, int table) const {
    for (const auto& name : M(mention).names) {
      if (name.column < 0 || name.score < 0.6f) continue;
      int e = x_.joins.EdgeFromColumn(name.table, name.column);
      if (e < 0 || x_.joins.edges()[static_cast<std::size_t>(e)].table2 != table) continue;
      if (x_.joins.edges()[static_cast<std::size_t>(e)].columns.size() != 1) continue;
      int roles = 0;
      for (int other : x_.joins.EdgesOf(name.table)) {
        const auto& edge = x_.joins.edges()[static_cast<std::size_t>(other)];
        roles += edge.table1 == name.table && edge.table2 == table ? 1 : 0;
      }
      if (name.table == table || roles > 1) return e;
    }
    return -1;
  }

  // The text column that a literal unknown to the data is most likely about.
  Choice TextColumn(const Condition& c) {
    Choice choice;
    if (c.column >= 0) choice = ChooseColumn(c.column, OwnerTable(c.owner), Need::kText, c.qualifier);
    if (!choice.Valid()) {
      int t = OwnerTable(c.owner);
      choice.table = t;
      choice.column = Known(t) ? Defaults(t).display : -1;
      choice.score = 0.5;
      choice.name_score = 0.8;
    }
    return choice;
  }

  static bool YearLike(double v) { return v == std::floor(v) && v >= 1500 && v <= 2100; }

  // The tables whose numbers the answer is ordered by: "the top customers by sales last month" is about last month's
  // sales.
  void FindMeasured() {
    for (const Superlative& s : s_.superlatives) {
      if (s.column < 0 || s.by_count) continue;
      Choice c = ChooseColumn(s.column, head_, Need::kComparable);
      if (c.Valid() && schema::IsNumber(Col(c.table, c.column).type_class) && HasToMany(Walk(x_, head_, c.table)))
        measured_.push_back(c.table);
    }
  }

  // When the rows of `owner`, or of what else is talked about, happened.
  Choice TimeColumn(int owner) const {
    Choice best;
    std::vector<int> tables = {owner};
    for (int a : anchors_) tables.push_back(a);
    for (int t : measured_) tables.push_back(t);
    double best_score = 0;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (!Known(tables[i]) || Defaults(tables[i]).time < 0) continue;
      // Things that happen (orders) rather than things that are (customers): those that refer to others.
      int refers = 0;
      for (int e : x_.joins.EdgesOf(tables[i]))
        refers += x_.joins.edges()[static_cast<std::size_t>(e)].table1 == tables[i] &&
                          x_.joins.edges()[static_cast<std::size_t>(e)].table2 != tables[i]
                      ? 1
                      : 0;
      bool measured = tables[i] != owner && std::find(measured_.begin(), measured_.end(), tables[i]) != measured_.end();
      double score = 1 + (i == 0 ? 0.6 : 0) + (refers > 0 ? 0.5 : 0) + (measured ? 0.5 : 0);
      if (score <= best_score) continue;
      best_score = score;
      best.table = tables[i];
      best.column = Defaults(tables[i]).time;
      best.score = best.name_score = 0.9;
    }
    return best;
  }

  Choice YearColumn(int owner) const {
    Choice best;
    double best_score = -1;
    std::vector<int> tables = {owner};
    for (int a : anchors_) tables.push_back(a);
    for (std::size_t k = 0; k < tables.size(); ++k) {
      int t = tables[k];
      for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
        const auto& words = x_.lexicon.NameOf(t, c).words;
        bool year = std::find(words.begin(), words.end(), "year") != words.end();
        bool moment = schema::IsMoment(Col(t, c).type_class);
        if (!year && !moment) continue;
        double score = (year ? 2 : 1) + (Defaults(t).time == c ? 0.3 : 0) - 0.4 * static_cast<double>(k > 0) -
                       0.01 * c - 0.1 * static_cast<double>(words.size());
        if (score > best_score) {
          best_score = score;
          best.table = t;
          best.column = c;
          best.score = 0.9;
          best.name_score = 0.95;
        }
      }
    }
    return best;
  }

  // A number of a year against a date or timestamp column, or a plain comparison.
  static ExprPtr CompareNumber(TypeClass type, ExprPtr column, int op, const std::string& digits, double v) {
    if (schema::IsMoment(type)) {
      if (digits.find('-') != std::string::npos || digits.find('/') != std::string::npos) {
        std::string iso = digits;
        std::replace(iso.begin(), iso.end(), '/', '-');
        return MakeBinary(OperatorText(op), column, MakeText(iso));
      }
      if (YearLike(v)) {
        long y = static_cast<long>(v);
        auto day = [](long year) { return MakeText(std::to_string(year) + "-01-01"); };
        switch (op) {
          case kEqual:
            return Make(ExprKind::kAnd, "", {MakeBinary(">=", column, day(y)), MakeBinary("<", column, day(y + 1))});
          case kNotEqual:
            return Make(ExprKind::kOr, "", {MakeBinary("<", column, day(y)), MakeBinary(">=", column, day(y + 1))});
          case kLess:
            return MakeBinary("<", column, day(y));
          case kLessEqual:
            return MakeBinary("<", column, day(y + 1));
          case kGreater:
            return MakeBinary(">=", column, day(y + 1));
          default:
            return MakeBinary(">=", column, day(y));
        }
      }
    }
    if (type == TypeClass::kText || type == TypeClass::kEnum)
      return MakeBinary(OperatorText(op), column, MakeText(digits));
    return MakeBinary(OperatorText(op), column, MakeNumber(digits));
  }

  void ResolveConditions() {
    // Entities that only have to exist, not to exist, or to be so many.
    for (std::size_t e = 0; e < s_.entities.size(); ++e) {
      const EntityUse& use = s_.entities[e];
      int t = entity_table_[e];
      if (t < 0 || use.counted || use.target || use.each || use.superlative) continue;
      if (t == head_ && !use.quantified && !use.negated && use.via < 0) continue;
      if (t == head_ && use.negated && static_cast<int>(e) == head_entity_) continue;
      Fact f;
      f.tables = {t};
      f.negated = use.negated;
      f.quantified = use.quantified;
      f.op = use.op;
      f.part = use.part;
      f.n = use.n;
      f.subject = static_cast<int>(e);
      f.entity = static_cast<int>(e);
      f.at = use.mention;
      f.or_previous = use.or_previous;
      facts_.push_back(std::move(f));
    }
    LooseColumns();
    for (std::size_t k = 0; k < s_.conditions.size(); ++k) {
      const Condition& c = s_.conditions[k];
      Fact f;
      f.entity = c.owner;
      f.negated = c.negated;
      f.both = c.both;
      f.at = c.at;
      f.having = c.aggregate;
      f.part = c.part;
      if (!MakeCondition(c, &f)) {
        r_.features.doubt += 1;
        continue;
      }
      ++r_.features.conditions;
      bool same = !facts_.empty() && facts_.back().column >= 0 && facts_.back().column == f.column &&
                  facts_.back().column_table == f.column_table;
      bool listed = same && c.listed && facts_.back().equality && f.equality && !f.both && !s_.both &&
                    facts_.back().negated == f.negated;
      if (same && facts_.back().equality && f.equality && s_.both) {
        facts_.back().both = true;
        f.both = true;
      }
      bool previous_condition = !facts_.empty() && facts_.back().subject < 0 && !EntityBetween(facts_.back().at, c.at);
      f.or_previous = c.or_previous;
      if ((c.or_previous && previous_condition) || listed) {
        Fact& previous = facts_.back();
        auto a = previous.make;
        auto b = f.make;
        bool negated = previous.negated;
        previous.make = [a, b](QueryBuilder& q) { return Make(ExprKind::kOr, "", {a(q), b(q)}); };
        for (int t : f.tables) previous.tables.push_back(t);
        previous.negated = negated;
        continue;
      }
      facts_.push_back(std::move(f));
    }
    std::stable_sort(facts_.begin(), facts_.end(), [](const Fact& a, const Fact& b) { return a.at < b.at; });
    // "a singer above 40 and a singer below 30": two of them, not one.
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      for (std::size_t k = i + 1; k < facts_.size(); ++k) {
        Fact &a = facts_[i], &b = facts_[k];
        bool same = a.column >= 0 && a.column == b.column && a.column_table == b.column_table;
        if (!same || a.entity == b.entity || a.entity < 0 || b.entity < 0 || a.negated || b.negated) continue;
        if (entity_table_[static_cast<std::size_t>(a.entity)] != entity_table_[static_cast<std::size_t>(b.entity)])
          continue;
        a.both = b.both = true;
      }
    }
  }

  // "abandoned dogs", "official languages": a yes-or-no column named as a property.
  void LooseColumns() {
    for (int i : s_.loose) {
      Choice c = ChooseColumn(i, head_, Need::kAny);
      if (!c.Valid()) continue;
      std::string yes = YesValue(c.table, c.column);
      TypeClass type = Col(c.table, c.column).type_class;
      if (!M(i).boolean_like || (yes.empty() && type != TypeClass::kBoolean)) {
        // "without an e-mail address", "unpaid": nothing is stored there.
        if (Col(c.table, c.column).not_null || LooseKind(i) == 0) continue;
        Fact f;
        f.tables = {c.table};
        f.column_table = c.table;
        f.column = c.column;
        f.at = i;
        f.part = s_.percent ? 1 : 0;
        for (std::size_t e = 0; e < s_.entities.size(); ++e) {
          if (entity_table_[e] == c.table) f.entity = static_cast<int>(e);
        }
        int t = c.table, k = c.column;
        ExprKind kind = LooseKind(i) < 0 ? ExprKind::kIsNull : ExprKind::kIsNotNull;
        NoteName(c.name_score);
        f.make = [=](QueryBuilder& q) { return Make(kind, "", {q.Column(t, k)}); };
        facts_.push_back(std::move(f));
        continue;
      }
      NoteName(c.name_score);
      AddAnchor(c.table);
      Fact f;
      f.tables = {c.table};
      f.column_table = c.table;
      f.column = c.column;
      f.at = i;
      f.part = s_.percent ? 1 : 0;
      for (std::size_t e = 0; e < s_.entities.size(); ++e) {
        if (entity_table_[e] == c.table) f.entity = static_cast<int>(e);
      }
      int t = c.table, k = c.column;
      bool number = schema::IsNumber(type), no = LooseKind(i) < 0;
      f.make = [=](QueryBuilder& q) {
        if (type == TypeClass::kBoolean) return no ? Make(ExprKind::kNot, "", {q.Column(t, k)}) : q.Column(t, k);
        if (no) return MakeBinary("<>", q.Column(t, k), number ? MakeNumber(yes) : MakeText(yes));
        return MakeBinary("=", q.Column(t, k), number ? MakeNumber(yes) : MakeText(yes));
      };
      facts_.push_back(std::move(f));
    }
  }

  int LooseKind(int mention) const {
    for (std::size_t i = 0; i < s_.loose.size(); ++i) {
      if (s_.loose[i] == mention) return s_.loose_kind[i];
    }
    return 0;
  }

  std::string YesValue(int table, int column) const {
    const schema::ColumnValues* values = x_.values.Of(table, column);
    if (values == nullptr) return "";
    for (const std::string& v : values->values) {
      std::string f = schema::Fold(v);
      if (f == "1" || f == "t" || f == "y" || f == "yes" || f == "true") return v;
    }
    return "";
  }

  bool EntityBetween(int a, int b) const {
    for (const Fact& f : facts_) {
      if (f.subject >= 0 && f.at > a && f.at < b && f.quantified) return true;
    }
    return false;
  }

  bool MakeCondition(const Condition& c, Fact* f) {
    int owner = OwnerTable(c.owner);
    Choice col;
    auto set = [&](const Choice& choice) {
      f->tables = {choice.table};
      f->column_table = choice.table;
      f->column = choice.column;
      NoteName(choice.name_score);
      AddAnchor(choice.table);
    };
    switch (c.a.kind) {
      case OperandKind::kValue: {
        const Mention& v = M(c.a.mention);
        Choice value = ChooseValue(c, c.a.mention);
        if (!value.Valid()) {
          value = TextColumn(c);
          if (!value.Valid() || value.column < 0) return false;
          if (!Fits(value.table, value.column, Need::kText)) return false;
          value.value = v.text;
          r_.features.empty += 1;
        } else {
          r_.matched_values.push_back("'" + value.value + "' -> " +
                                      x_.schema->tables[static_cast<std::size_t>(value.table)].name + "." +
                                      Col(value.table, value.column).name);
        }
        int role = c.column >= 0 ? RoleEdge(c.column, value.table) : -1;
        if (role >= 0) {
          const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(role)];
          int t1 = edge.table1, c1 = edge.columns[0].first, t2 = edge.table2, c2 = edge.columns[0].second,
              vc = value.column;
          std::string wanted = value.value;
          const Context* x = &x_;
          f->tables = {t1};
          f->column_table = t1;
          f->column = c1;
          f->make = [=](QueryBuilder& q) {
            QueryBuilder inner(*x, t2);
            inner.query().select.push_back({inner.Column(t2, c2), ""});
            inner.query().where.push_back(MakeBinary("=", inner.Column(t2, vc), MakeText(wanted)));
            return MakeIn(q.Column(t1, c1), inner.Take());
          };
          return true;
        }
        set(value);
        if (v.partial_value) r_.features.partial_value += 1;
        int t = value.table, k = value.column;
        std::string text = v.partial_value ? "%" + v.text + "%" : value.value;
        bool partial = v.partial_value || (!value.value_found && v.quoted == false);
        bool number = schema::IsNumber(Col(t, k).type_class);
        int op = c.op;
        bool negated = f->negated;
        f->equality = op == kEqual;
        if (c.between) op = kEqual;
        f->make = [=](QueryBuilder& q) {
          ExprPtr column = q.Column(t, k);
          if (partial) return MakeBinary("ILIKE", column, MakeText(text));
          return MakeBinary(OperatorText(op), column, number ? MakeNumber(text) : MakeText(text));
        };
        (void)negated;
        return true;
      }
      case OperandKind::kPattern: {
        const Mention& v = M(c.a.mention);
        col = TextColumn(c);
        if (!col.Valid() || col.column < 0) return false;
        set(col);
        int t = col.table, k = col.column;
        std::string text = v.text;
        if (c.pattern == "starts")
          text += "%";
        else if (c.pattern == "ends")
          text = "%" + text;
        else
          text = "%" + text + "%";
        f->make = [=](QueryBuilder& q) { return MakeBinary("ILIKE", q.Column(t, k), MakeText(text)); };
        return true;
      }
      case OperandKind::kNull:
      case OperandKind::kNotNull: {
        col = ChooseColumn(c.column, owner, Need::kAny);
        if (!col.Valid()) return false;
        set(col);
        int t = col.table, k = col.column;
        ExprKind kind = c.a.kind == OperandKind::kNull ? ExprKind::kIsNull : ExprKind::kIsNotNull;
        f->make = [=](QueryBuilder& q) { return Make(kind, "", {q.Column(t, k)}); };
        return true;
      }
      case OperandKind::kDate: {
        const Mention& v = M(c.a.mention);
        if (c.column >= 0) col = ChooseColumn(c.column, owner, Need::kMoment);
        if (!col.Valid() || !schema::IsMoment(Col(col.table, col.column).type_class)) {
          col = TimeColumn(owner);
          if (col.Valid())
            r_.assumptions.push_back(x_.schema->tables[static_cast<std::size_t>(col.table)].name + "." +
                                     Col(col.table, col.column).name + " is the time meant by '" + v.text + "'");
        }
        if (!col.Valid()) return false;
        set(col);
        int t = col.table, k = col.column, op = c.op;
        schema::DateRange range = v.date;
        f->make = [=](QueryBuilder& q) {
          ExprPtr column = q.Column(t, k);
          ExprPtr from = MakeRaw(range.from), to = MakeRaw(range.to.empty() ? range.from : range.to);
          switch (op) {
            case kGreater:
              return MakeBinary(range.to.empty() ? ">" : ">=", column, to);
            case kGreaterEqual:
              return MakeBinary(">=", column, from);
            case kLess:
              return MakeBinary("<", column, from);
            case kLessEqual:
              return MakeBinary("<", column, to);
            default:
              break;
          }
          if (range.to.empty()) return MakeBinary(">=", column, from);
          return Make(ExprKind::kAnd, "", {MakeBinary(">=", column, from), MakeBinary("<", column, to)});
        };
        return true;
      }
      case OperandKind::kNumber: {
        const Mention& v = M(c.a.mention);
        int op = c.op;
        bool flip = false;
        if (c.column >= 0) {
          col = ChooseColumn(c.column, owner, v.number == std::floor(v.number) ? Need::kAny : Need::kNumber);
          Choice comparable = ChooseColumn(c.column, owner, Need::kComparable);
          if (comparable.Valid() && col.Valid() && !schema::IsNumber(Col(col.table, col.column).type_class) &&
              op != kEqual)
            col = comparable;
          if (c.concept_id > 0 && col.Valid() && c.op != kEqual) {
            const auto& words = ConceptWords(c.concept_id);
            for (const std::string& w : x_.lexicon.NameOf(col.table, col.column).words) {
              for (const std::string& cw : words) flip |= cw.substr(1) == w && cw[0] == '-';
            }
          }
          // A table mentioned where a number stands: the number of a thing of that name.
        } else if (c.concept_id > 0) {
          col = ConceptColumn(c.concept_id, owner, &flip);
          if (c.concept_id == 8 && YearLike(v.number)) {
            Choice year = YearColumn(owner);
            if (year.Valid() && (!col.Valid() || !schema::IsMoment(Col(col.table, col.column).type_class) ||
                                 Near(year.table, owner) > Near(col.table, owner)))
              col = year, flip = false;
          }
        }
        bool measured =
            c.op != kEqual && c.op != kNotEqual && c.concept_id == 0 && Known(owner) && Defaults(owner).measure >= 0;
        if (!col.Valid() && measured) {
          col.table = owner;
          col.column = Defaults(owner).measure;
          col.name_score = 0.8;
          r_.features.guessed += 0.4;
        }
        if (!col.Valid() && YearLike(v.number)) col = YearColumn(owner);
        if (!col.Valid() && (v.digits.find('-') != std::string::npos)) {
          int t = owner;
          if (Known(t) && Defaults(t).time >= 0) {
            col.table = t;
            col.column = Defaults(t).time;
            col.name_score = 0.8;
          }
        }
        if (!col.Valid() && !v.values.empty()) {
          Condition as_value = c;
          Choice value = ChooseValue(as_value, c.a.mention);
          if (value.Valid()) col = value;
        }
        if (!col.Valid()) return false;
        if (flip) op = Flip(op);
        set(col);
        int t = col.table, k = col.column;
        TypeClass type = Col(t, k).type_class;
        std::string digits = v.digits.empty() ? schema::FormatNumber(v.number) : v.digits;
        double number = v.number;
        bool plain =
            digits.find_first_not_of("0123456789.-") == std::string::npos && digits.find('-') == std::string::npos;
        if (schema::IsNumber(type) && !plain) return false;
        if (!schema::IsNumber(type) && !schema::IsMoment(type) && type != TypeClass::kText && type != TypeClass::kEnum)
          return false;
        if (schema::IsMoment(type) && !YearLike(number) && digits.find('-') == std::string::npos) return false;
        if (type == TypeClass::kText && op != kEqual && op != kNotEqual) r_.features.doubt += 0.3;
        f->equality = op == kEqual;
        if (c.between) {
          const Mention& w = M(c.b.mention);
          std::string upper = w.digits.empty() ? schema::FormatNumber(w.number) : w.digits;
          double high = w.number;
          f->equality = false;
          f->make = [=](QueryBuilder& q) {
            ExprPtr column = q.Column(t, k);
            if (schema::IsMoment(type)) {
              return Make(ExprKind::kAnd, "",
                          {CompareNumber(type, column, kGreaterEqual, digits, number),
                           CompareNumber(type, column, kLessEqual, upper, high)});
            }
            return Make(ExprKind::kBetween, "", {column, MakeNumber(digits), MakeNumber(upper)});
          };
          if (!schema::IsNumber(type) && !schema::IsMoment(type)) return false;
          return true;
        }
        std::string aggregate = c.aggregate;
        f->make = [=](QueryBuilder& q) {
          ExprPtr column = q.Column(t, k);
          if (!aggregate.empty()) column = MakeAggregate(aggregate, column);
          return CompareNumber(type, column, op, digits, number);
        };
        return true;
      }
      case OperandKind::kAggregate: {
        bool flip = false;
        int mention = c.column >= 0 ? c.column : c.a.mention;
        if (mention >= 0)
          col = ChooseColumn(mention, owner, Need::kNumber);
        else if (c.concept_id > 0)
          col = ConceptColumn(c.concept_id, owner, &flip);
        if (!col.Valid() || !schema::IsNumber(Col(col.table, col.column).type_class)) return false;
        set(col);
        int t = col.table, k = col.column;
        int op = flip ? Flip(c.op) : c.op;
        std::string aggregate = c.a.aggregate;
        const Context* x = &x_;
        f->make = [=](QueryBuilder& q) {
          QueryBuilder inner(*x, t);
          inner.query().select.push_back({MakeAggregate(aggregate, inner.Column(t, k)), ""});
          return MakeBinary(OperatorText(op), q.Column(t, k), MakeSubquery(inner.Take()));
        };
        return true;
      }
      case OperandKind::kColumn: {
        Choice left = c.column >= 0 ? ChooseColumn(c.column, owner, Need::kAny) : Choice{};
        Choice right = ChooseColumn(c.a.mention, owner, Need::kAny);
        if (!left.Valid() || !right.Valid() || (left.table == right.table && left.column == right.column)) return false;
        if (Col(left.table, left.column).type_class != Col(right.table, right.column).type_class &&
            !(schema::IsNumber(Col(left.table, left.column).type_class) &&
              schema::IsNumber(Col(right.table, right.column).type_class)))
          return false;
        set(left);
        f->tables.push_back(right.table);
        int op = c.op;
        f->make = [=](QueryBuilder& q) {
          return MakeBinary(OperatorText(op), q.Column(left.table, left.column), q.Column(right.table, right.column));
        };
        return true;
      }
      default:
        return false;
    }
  }

  void AddAnchor(int t) {
    if (std::find(anchors_.begin(), anchors_.end(), t) == anchors_.end()) anchors_.push_back(t);
  }

  // ---- superlatives ----
  struct Sup {
    bool by_count = false;
    Choice column;     // measure, or counted column
    int counted = -1;  // counted table
    bool descending = true;
    long n = 1;
    int owner = -1;  // table whose row it picks
    int owner_entity = -1;
    std::string aggregate;
    Choice common;  // "the most common X"
    bool is_common = false;
  };

  void ResolveSuperlatives() {
    for (const ConceptSup& in : concept_sups_) {
      Sup out;
      bool flip = false;
      out.owner = in.table;
      out.column = ConceptColumn(in.concept_id, in.table, &flip);
      if (!out.column.Valid()) {
        r_.features.doubt += 1.2;
        continue;
      }
      out.descending = in.descending != flip;
      AddAnchor(out.column.table);
      sups_.push_back(out);
    }
    for (const Superlative& in : s_.superlatives) {
      Sup out;
      out.by_count = in.by_count;
      out.descending = in.descending;
      out.n = in.n;
      out.aggregate = in.aggregate;
      out.owner_entity = in.owner;
      out.owner = in.of_target || in.owner < 0 ? head_ : OwnerTable(in.owner);
      if (in.owner >= 0 && in.of_target) out.owner = OwnerTable(in.owner);
      if (!Known(out.owner)) out.owner = head_;
      if (in.common != -1) {
        out.is_common = true;
        out.by_count = true;
        if (in.common >= 0) {
          out.common = ChooseColumn(in.common, head_, Need::kAny);
          if (out.common.Valid()) NoteName(out.common.name_score);
        } else if (!wanted_.empty() && wanted_[0].column.Valid()) {
          out.common = wanted_[0].column;
        }
        out.owner = head_;
        sups_.push_back(out);
        continue;
      }
      if (in.by_count) {
        if (in.column >= 0) {
          float table = M(in.column).BestTable(), column = M(in.column).BestColumn();
          if (table > 0 && table >= column - 0.001f) {
            out.counted = ChooseTable(in.column);
            AddAnchor(out.counted);
          } else {
            out.column = ChooseColumn(in.column, out.owner, Need::kAny);
            if (!out.column.Valid()) {
              r_.features.doubt += 1;
              continue;
            }
            NoteName(out.column.name_score);
            AddAnchor(out.column.table);
            TypeClass type = Col(out.column.table, out.column.column).type_class;
            bool key = x_.joins.EdgeFromColumn(out.column.table, out.column.column) >= 0 ||
                       Defaults(out.column.table).key == out.column.column;
            if (schema::IsNumber(type) && !key)
              out.by_count = false;
            else
              out.counted = out.column.table;
          }
        } else {
          // "which X … the most": counts what links.
          for (std::size_t e = 0; e < s_.entities.size(); ++e) {
            if (entity_table_[e] != head_ && entity_table_[e] >= 0) out.counted = entity_table_[e];
          }
          if (out.counted < 0) {
            r_.features.doubt += 1;
            continue;
          }
        }
      } else if (in.column >= 0) {
        out.column = ChooseColumn(in.column, out.owner, Need::kComparable);
        if (!out.column.Valid()) {
          r_.features.doubt += 1;
          continue;
        }
        NoteName(out.column.name_score);
        AddAnchor(out.column.table);
        // "youngest age": the adjective says the direction by itself.
      } else {
        bool flip = false;
        out.column = ConceptColumn(in.concept_id, out.owner, &flip);
        if (!out.column.Valid()) {
          // The only measure of the table, else its default.
          int measure = Defaults(out.owner).measure;
          if (in.concept_id == 8) measure = Defaults(out.owner).time;
          if (measure < 0) {
            r_.features.doubt += 1.2;
            continue;
          }
          out.column.table = out.owner;
          out.column.column = measure;
          r_.features.guessed += 0.6;
        } else {
          r_.features.guessed += 0.1;
        }
        if (flip) out.descending = !out.descending;
        AddAnchor(out.column.table);
      }
      sups_.push_back(out);
    }
    for (Sup& sup : sups_) {
      bool measure =
          !sup.by_count && sup.column.Valid() && schema::IsNumber(Col(sup.column.table, sup.column.column).type_class);
      if ((s_.total || s_.by_measure || o_.sums_over_many) && measure && sup.aggregate.empty() &&
          sup.column.table != sup.owner && HasToMany(Walk(x_, sup.owner, sup.column.table)))
        sup.aggregate = "sum";
    }
    if (s_.limit > 0 && sups_.size() == 1 && sups_[0].n == 1) sups_[0].n = s_.limit;
  }

  // ---- groups ----
  struct Group {
    int table = -1;  // an entity
    Choice column;
    bool bucket = false;
    int unit = 0;
  };

  void ResolveGroups() {
    for (const GroupKey& g : s_.groups) {
      Group out;
      if (g.bucket) {
        out.bucket = true;
        out.unit = g.unit;
        // A year column groups by year without any date arithmetic.
        Choice time;
        for (int a : anchors_) {
          if (Defaults(a).time >= 0 && !time.Valid()) {
            time.table = a;
            time.column = Defaults(a).time;
          }
        }
        Choice year = YearColumn(head_);
        if (g.unit == 3 && year.Valid() && schema::IsNumber(Col(year.table, year.column).type_class)) {
          out.bucket = false;
          out.column = year;
        } else if (time.Valid()) {
          out.column = time;
          r_.features.guessed += 0.2;
        } else {
          r_.features.doubt += 1;
          continue;
        }
        groups_.push_back(out);
        continue;
      }
      float table = M(g.mention).BestTable(), column = M(g.mention).BestColumn();
      if (table > 0 && table >= column - 0.001f) {
        for (std::size_t e = 0; e < s_.entities.size(); ++e) {
          if (s_.entities[e].mention == g.mention) out.table = entity_table_[e];
        }
        if (out.table < 0) out.table = ChooseTable(g.mention);
        // "each country" where the subject itself has a column country and nothing is shown of the table.
      } else {
        out.column = ChooseColumn(g.mention, head_, Need::kAny);
        if (!out.column.Valid()) continue;
        NoteName(out.column.name_score);
        AddAnchor(out.column.table);
      }
      groups_.push_back(out);
    }
  }

  static ExprPtr MakeYear(ExprPtr moment) {
    return Make(ExprKind::kCast, "int", {Make(ExprKind::kCall, "date_part", {MakeText("year"), std::move(moment)})});
  }

  // ---- composing ----

  ExprPtr Shown(QueryBuilder& b, const Wanted& w) {
    if (w.column.Valid()) return b.Column(w.column.table, w.column.column);
    int display = Defaults(w.table).display;
    if (display < 0) return nullptr;
    return b.Column(w.table, display);
  }

  ExprPtr KeyOf(QueryBuilder& b, int table) {
    int key = Defaults(table).key;
    if (key < 0) key = Defaults(table).display;
    return key < 0 ? nullptr : b.Column(table, key);
  }

  static bool SameColumn(const ExprPtr& a, const ExprPtr& b) {
    return a && b && a->kind == ExprKind::kColumn && b->kind == ExprKind::kColumn && a->source == b->source &&
           a->column == b->column;
  }
  static void AddGroup(Query& q, const ExprPtr& e) {
    if (!e) return;
    for (const ExprPtr& g : q.group) {
      if (SameColumn(g, e)) return;
    }
    q.group.push_back(e);
  }

  bool IsWantedTable(int t) const {
    for (const Wanted& w : wanted_) {
      if (w.table == t || (w.column.Valid() && w.column.table == t)) return true;
    }
    for (const Group& g : groups_) {
      if (g.table == t || g.column.table == t) return true;
    }
    return false;
  }

  // Where a fact lives relative to the root: joined in, or in a subquery behind the first hop.
  bool Behind(int root, const Fact& f) const {
    for (int t : f.tables) {
      if (t == root) continue;
      if (HasToMany(Walk(x_, root, t))) return true;
    }
    return false;
  }

  QueryPtr ComposeWithSets() {
    std::vector<std::size_t> both;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (facts_[i].both && facts_[i].make) both.push_back(i);
    }
    if (both.size() == 2) {
      std::vector<Fact> all = facts_;
      facts_ = all;
      facts_.erase(facts_.begin() + static_cast<long>(both[1]));
      QueryPtr first = Compose();
      facts_ = all;
      facts_.erase(facts_.begin() + static_cast<long>(both[0]));
      QueryPtr second = Compose();
      facts_ = all;
      if (first && second && first->order.empty() && wanted_[0].kind == Target::kThing) {
        first->set_operation = "INTERSECT";
        first->other = second;
        return first;
      }
    }
    return Compose();
  }

  int PickRoot() {
    for (const Wanted& w : wanted_) {
      if (w.kind == Target::kCount && w.table >= 0) return w.table;
    }
    for (const Wanted& w : wanted_) {
      if (w.column.Valid() && w.kind == Target::kAggregates) return w.column.table;
    }
    // A guessed head that shows nothing gives way to what is shown.
    bool shows_head = false;
    for (const Wanted& w : wanted_) shows_head |= w.table == head_ || w.column.table == head_;
    if (!shows_head && head_guessed_ && wanted_[0].column.Valid()) return wanted_[0].column.table;
    return head_;
  }

  QueryPtr Compose() {
    int root = PickRoot();
    if (!Known(root)) return nullptr;
    QueryBuilder b(x_, root);
    Query& q = b.query();

    bool has_aggregate = false, has_plain = false;
    for (const Wanted& w : wanted_) {
      has_aggregate |= w.kind != Target::kThing;
      has_plain |= w.kind == Target::kThing;
    }
    // "the highest price and the name of …": the row that has it.
    bool row_of_maximum = false;
    std::vector<Sup> sups = sups_;
    if (has_plain && groups_.empty() && sups.empty()) {
      int maxima = 0, others = 0;
      for (const Wanted& w : wanted_) {
        if (w.kind == Target::kThing) continue;
        (w.maybe_superlative ? maxima : others) += 1;
      }
      if (maxima == 1 && others == 0) row_of_maximum = true;
    }
    if (row_of_maximum) {
      for (Wanted& w : wanted_) {
        if (!w.maybe_superlative) continue;
        Sup sup;
        sup.column = w.column;
        sup.descending = w.super_max;
        sup.owner = w.column.table;
        sups.push_back(sup);
      }
      has_aggregate = false;
    }

    // Group keys.
    std::vector<Group> groups = groups_;
    if (!has_aggregate && !groups.empty()) {
      bool counted = false;
      for (const Sup& s : sups) counted |= s.by_count;
      if (!counted) {
        // "the date of each treatment": nothing to aggregate, so "each" says "all".
        bool superlative_each = !sups.empty();
        if (superlative_each) r_.features.doubt += 0.8;
        for (auto g = groups.rbegin(); g != groups.rend(); ++g) {
          if (!g->column.Valid() || g->bucket) continue;
          Wanted w;
          w.column = g->column;
          bool there = false;
          for (const Wanted& old : wanted_)
            there |= old.column.table == w.column.table && old.column.column == w.column.column;
          if (!there) wanted_.insert(wanted_.begin(), w);
        }
        groups.clear();
      }
    }
    bool grouped = !groups.empty();
    if (has_aggregate && has_plain && !grouped) grouped = true;

    // Joins for what is shown come first, then conditions.
    std::vector<ExprPtr> shown;
    for (const Wanted& w : wanted_) {
      ExprPtr e;
      if (w.kind == Target::kThing || (row_of_maximum && w.maybe_superlative)) {
        e = Shown(b, w);
        if (!e) return nullptr;
        q.select.push_back({e, ""});
        shown.push_back(e);
      }
    }
    for (const Group& g : groups) {
      if (g.table >= 0) {
        b.SourceOf(g.table);
      } else {
        b.SourceOf(g.column.table);
      }
    }
    if (b.failed()) return nullptr;

    // Conditions.
    if (!PlaceFacts(b, root)) return nullptr;

    // Superlatives.
    bool count_order = false;
    std::vector<OrderItem> order;
    long limit = 0;
    if (sups_.empty()) sups.clear();
    for (const Sup& s : sups) {
      if (s.owner_entity >= 0 && NestedOwner(s.owner_entity, root)) continue;
      if (s.is_common) {
        ExprPtr key =
            s.common.Valid() ? b.Column(s.common.table, s.common.column) : (shown.empty() ? nullptr : shown[0]);
        if (!key) return nullptr;
        bool is_shown = false;
        for (const ExprPtr& e : shown) is_shown |= SameColumn(e, key);
        if (!is_shown) {
          // The rows of the most common X.
          QueryBuilder inner(x_, s.common.table);
          ExprPtr k = inner.Column(s.common.table, s.common.column);
          inner.query().select.push_back({k, ""});
          inner.query().group.push_back(k);
          inner.query().order.push_back({MakeAggregate("count", MakeStar()), s.descending});
          inner.query().limit = s.n;
          q.where.push_back(MakeIn(key, inner.Take()));
          continue;
        }
        AddGroup(q, key);
        for (const ExprPtr& e : shown) AddGroup(q, e);
        order.push_back({MakeAggregate("count", MakeStar()), s.descending});
        limit = s.n;
        count_order = true;
        continue;
      }
      bool at_root = s.owner == root || (!has_aggregate && (IsWantedTable(s.owner)));
      if (s.by_count) {
        if (!at_root && has_aggregate) {
          if (!CountSubquery(b, s)) return nullptr;
          continue;
        }
        if (s.owner != root && !IsWantedTable(s.owner)) {
          if (!CountSubquery(b, s)) return nullptr;
          continue;
        }
        // The table counted may be the root itself ("which year has most concerts").
        b.SourceOf(s.counted);
        if (b.failed()) return nullptr;
        if (s.counted != s.owner && Known(s.owner) && s.owner == root && OwnColumnsShown(root))
          AddGroup(q, GroupKeyOf(b, root));
        for (const ExprPtr& e : shown) AddGroup(q, e);
        order.push_back(
            {MakeAggregate(
                 "count", s.column.Valid() && DistinctCount(s) ? b.Column(s.column.table, s.column.column) : MakeStar(),
                 s.column.Valid() && DistinctCount(s)),
             s.descending});
        limit = s.n;
        count_order = true;
        continue;
      }
      if (!s.aggregate.empty() || (grouped && has_aggregate)) {
        ExprPtr value = b.Column(s.column.table, s.column.column);
        if (!s.aggregate.empty()) {
          value = MakeAggregate(s.aggregate, value);
          if (s.owner == root || IsWantedTable(s.owner)) AddGroup(q, GroupKeyOf(b, s.owner));
          for (const ExprPtr& e : shown) AddGroup(q, e);
          order.push_back({value, s.descending});
          limit = s.n;
          continue;
        }
      }
      bool flat = !has_aggregate && !grouped && (at_root || !HasToMany(Walk(x_, s.owner, root)));
      if (s.owner == root && has_aggregate && !grouped) flat = false;
      if (flat) {
        order.push_back({b.Column(s.column.table, s.column.column), s.descending});
        limit = s.n;
        if (b.failed()) return nullptr;
        continue;
      }
      if (!RowSubquery(b, s)) return nullptr;
    }

    // Aggregates.
    bool fan = b.fans_out();
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const Wanted& w = wanted_[i];
      if (w.kind == Target::kThing || (row_of_maximum && w.maybe_superlative)) continue;
      if (w.kind == Target::kCount) {
        ExprPtr count;
        if (w.column.Valid()) {
          bool distinct = w.distinct || CountDistinctByDefault(w);
          bool star = !distinct;
          ExprPtr column = b.Column(w.column.table, w.column.column);
          count = MakeAggregate("count", star ? column : column, distinct);
        } else {
          bool distinct = fan && root == w.table && groups.empty() && Defaults(root).key >= 0;
          count = distinct ? MakeAggregate("count", b.Column(root, Defaults(root).key), true)
                           : MakeAggregate("count", MakeStar());
          if (w.table >= 0) b.SourceOf(w.table);
        }
        q.select.push_back({count, ""});
      } else {
        for (const std::string& a : w.aggregates) {
          ExprPtr column = b.Column(w.column.table, w.column.column);
          if ((a == "avg" || a == "sum") && !schema::IsNumber(Col(w.column.table, w.column.column).type_class))
            return nullptr;
          q.select.push_back({MakeAggregate(a, column), ""});
        }
      }
    }
    if (b.failed()) return nullptr;

    // Group keys are shown, unless the question lists columns of the same thing.
    for (const Group& g : groups) {
      if (g.bucket) {
        static const char* const kUnits[] = {"", "day", "month", "year", "quarter", "week"};
        ExprPtr moment = b.Column(g.column.table, g.column.column);
        ExprPtr bucket = g.unit == 3 ? MakeYear(moment)
                                     : Make(ExprKind::kCast, "date",
                                            {Make(ExprKind::kCall, "date_trunc", {MakeText(kUnits[g.unit]), moment})});
        q.group.push_back(bucket);
        q.select.insert(q.select.begin(), {bucket, kUnits[g.unit]});
        if (order.empty() && s_.orders.empty()) order.push_back({bucket, false});
        continue;
      }
      if (g.table >= 0) {
        bool described = false;
        for (const Wanted& w : wanted_) {
          described |= w.kind == Target::kThing && (w.table == g.table || w.column.table == g.table);
        }
        ExprPtr key = GroupKeyOf(b, g.table);
        AddGroup(q, key);
        if (!described) {
          int display = Defaults(g.table).display;
          ExprPtr e = display >= 0 ? b.Column(g.table, display) : key;
          q.select.insert(q.select.begin(), {e, ""});
          AddGroup(q, e);
        }
      } else {
        ExprPtr e = b.Column(g.column.table, g.column.column);
        bool is_shown = false;
        for (const ExprPtr& s : shown) is_shown |= SameColumn(s, e);
        AddGroup(q, e);
        if (!is_shown) q.select.insert(q.select.begin(), {e, ""});
      }
    }
    if (grouped) {
      if (groups.empty() && has_plain) {
        // "the name of each … and the number of …" without "each": one row per thing shown.
        for (const Wanted& w : wanted_) {
          if (w.kind == Target::kThing && w.table >= 0) AddGroup(q, GroupKeyOf(b, w.table));
          if (w.kind == Target::kThing && w.column.Valid() && Defaults(w.column.table).display == w.column.column &&
              w.column.table != root)
            AddGroup(q, GroupKeyOf(b, w.column.table));
        }
        r_.features.doubt += 0.3;
      }
      for (const ExprPtr& e : shown) AddGroup(q, e);
    }
    for (const OrderKey& key : s_.orders) {
      ExprPtr e;
      if (key.count) {
        e = MakeAggregate("count", MakeStar());
        if (q.group.empty()) {
          // Ordered by how many of something there are: one row per subject.
          if (key.mention >= 0) {
            int t = M(key.mention).BestTable() > 0 ? ChooseTable(key.mention) : -1;
            if (t >= 0 && t != root) b.SourceOf(t);
          }
          AddGroup(q, GroupKeyOf(b, root));
          for (const ExprPtr& s : shown) AddGroup(q, s);
        }
      } else if (key.mention >= 0) {
        // Something shown under that name, else a column.
        Choice c = ChooseColumn(key.mention, root, Need::kAny);
        if (!c.Valid()) continue;
        ExprPtr column = b.Column(c.table, c.column);
        e = key.aggregate.empty() ? column : MakeAggregate(key.aggregate, column);
        if (key.aggregate.empty() && !q.group.empty()) {
          bool is_key = false;
          for (const ExprPtr& g : q.group) is_key |= SameColumn(g, column);
          if (!is_key) {
            for (const SelectItem& item : q.select) {
              if (item.expr->kind == ExprKind::kAggregate && SameColumn(item.expr->args[0], column))
                e = item.expr, is_key = true;
            }
          }
          if (!is_key) AddGroup(q, column);
        }
      } else if (!q.select.empty()) {
        e = q.select[0].expr;
        if (!q.group.empty()) {
          for (const SelectItem& item : q.select) {
            if (item.expr->kind == ExprKind::kAggregate) e = item.expr;
          }
        }
      }
      if (e) order.push_back({e, key.descending});
    }
    // "top 5 customers by sales": the measure belongs to the answer when only the things themselves are asked for.
    bool bare =
        wanted_.size() == 1 && wanted_[0].kind == Target::kThing && wanted_[0].table >= 0 && !wanted_[0].explicit_list;
    bool directed = false;
    for (const OrderKey& key : s_.orders) directed |= true, (void)key;
    if (bare && order.size() >= 1 && (limit > 1 || (directed && limit == 1)) && !s_.superlatives.empty()) {
      q.select.push_back({order[0].expr, ""});
    }
    if (directed && limit == 1 && !s_.superlatives.empty() && s_.limit == 0) {
      limit = 0;  // "the highest mountains, from highest to lowest": all of them, in that order
      if (order.size() > 1) order.resize(1);
    }
    q.order = order;
    if (limit > 0)
      q.limit = limit;
    else if (s_.limit > 0) {
      q.limit = s_.limit;
      if (q.order.empty()) {
        for (const SelectItem& item : q.select) {
          if (item.expr->kind == ExprKind::kAggregate) q.order = {{item.expr, true}};
        }
      }
    }
    (void)count_order;
    bool distinct = s_.distinct;
    for (const Wanted& w : wanted_) distinct |= w.kind == Target::kThing && w.distinct;
    if (distinct && !has_aggregate && q.group.empty()) {
      bool ordered_by_shown = true;
      for (const OrderItem& o : q.order) {
        bool found = false;
        for (const SelectItem& item : q.select) found |= SameColumn(item.expr, o.expr);
        ordered_by_shown &= found;
      }
      if (ordered_by_shown) q.distinct = true;
    }
    if (b.failed() || q.select.empty()) return nullptr;
    bool simple_aggregate = q.group.empty() && has_aggregate;
    if (simple_aggregate && !q.order.empty()) {
      q.order.clear();
      q.limit.reset();
      r_.features.doubt += 0.7;
    }
    // Everything shown or ordered by beside aggregates must be grouped.
    if (!q.group.empty()) {
      for (const SelectItem& item : q.select) {
        if (item.expr->kind == ExprKind::kColumn) AddGroup(q, item.expr);
      }
      for (const OrderItem& item : q.order) {
        if (item.expr->kind == ExprKind::kColumn) AddGroup(q, item.expr);
      }
    }
    r_.features.joins += b.cost();
    return OuterAggregate(b.Take());
  }

  // "the average number of dogs per owner": an aggregate of counts.
  QueryPtr OuterAggregate(QueryPtr query) {
    for (const Wanted& w : wanted_) {
      if (w.outer.empty()) continue;
      if (query->group.empty()) {
        r_.features.doubt += 0.8;
        return query;
      }
      std::string name = "n";
      int index = -1;
      for (std::size_t i = 0; i < query->select.size(); ++i) {
        if (query->select[i].expr->kind == ExprKind::kAggregate) index = static_cast<int>(i);
      }
      if (index < 0) return query;
      query->select = {{query->select[static_cast<std::size_t>(index)].expr, name}};
      query->order.clear();
      auto outer = std::make_shared<Query>();
      Source source;
      source.derived = query;
      outer->sources.push_back(source);
      outer->select.push_back({MakeAggregate(w.outer, MakeColumn(0, 0)), ""});
      return outer;
    }
    return query;
  }

  static bool DistinctCount(const Sup&) { return false; }
  bool OwnColumnsShown(int root) const {
    for (const Wanted& w : wanted_) {
      if (w.kind == Target::kThing && (w.table == root || w.column.table == root)) {
        // A plain attribute ("which year …") groups by itself; a name groups by its row.
        if (w.table == root) return true;
        if (w.column.column == Defaults(root).display || w.column.column == Defaults(root).key) return true;
        return head_entity_ >= 0;
      }
    }
    return false;
  }

  ExprPtr GroupKeyOf(QueryBuilder& b, int table) { return KeyOf(b, table); }

  bool CountDistinctByDefault(const Wanted& w) const {
    // "how many countries" over a column that repeats: the different ones.
    TypeClass type = Col(w.column.table, w.column.column).type_class;
    return !(x_.joins.IsUnique(w.column.table, w.column.column)) &&
           (type == TypeClass::kText || type == TypeClass::kEnum ||
            x_.joins.EdgeFromColumn(w.column.table, w.column.column) >= 0 || schema::IsNumber(type));
  }

  // owner.key IN (SELECT key FROM owner [WHERE its conditions] ORDER BY column LIMIT n)
  bool RowSubquery(QueryBuilder& b, const Sup& s) {
    int key = Defaults(s.owner).key;
    if (key < 0) key = Defaults(s.owner).display;
    if (key < 0) return false;
    QueryBuilder inner(x_, s.owner);
    inner.query().select.push_back({inner.Column(s.owner, key), ""});
    inner.query().order.push_back({inner.Column(s.column.table, s.column.column), s.descending});
    inner.query().limit = s.n;
    if (inner.failed()) return false;
    ExprPtr left = b.Column(s.owner, key);
    if (b.failed()) return false;
    b.query().where.push_back(MakeIn(left, inner.Take()));
    return true;
  }

  bool CountSubquery(QueryBuilder& b, const Sup& s) {
    int key = Defaults(s.owner).key;
    if (key < 0) key = Defaults(s.owner).display;
    if (key < 0 || s.counted < 0) return false;
    QueryBuilder inner(x_, s.owner);
    inner.SourceOf(s.counted);
    if (inner.failed()) return false;
    ExprPtr k = inner.Column(s.owner, key);
    inner.query().select.push_back({k, ""});
    inner.query().group.push_back(k);
    inner.query().order.push_back({MakeAggregate("count", MakeStar()), s.descending});
    inner.query().limit = s.n;
    ExprPtr left = b.Column(s.owner, key);
    if (b.failed()) return false;
    b.query().where.push_back(MakeIn(left, inner.Take()));
    return true;
  }

  static void Place(Query& q, ExprPtr e, bool or_previous) {
    if (or_previous && !q.where.empty()) {
      ExprPtr last = q.where.back();
      q.where.back() = Make(ExprKind::kOr, "", {last, e});
    } else {
      q.where.push_back(e);
    }
  }

  // ---- things within things ----

  bool Within(int entity, int ancestor) const {
    for (int e = entity; e >= 0; e = s_.entities[static_cast<std::size_t>(e)].after) {
      if (e == ancestor) return true;
    }
    return false;
  }

  // Must this thing be found first, by a query of its own? "rivers in the largest state", "states that border states
  // that …"
  bool Nested(int e, int root) const {
    if (e < 0 || e == head_entity_) return false;
    const EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
    int t = entity_table_[static_cast<std::size_t>(e)];
    if (use.via >= 0) return true;
    if (t == root || use.quantified || t < 0) return false;
    for (const Sup& s : sups_) {
      if (s.owner_entity == e && !s.is_common && s.owner == t && HasToMany(Walk(x_, t, root))) return true;
    }
    for (std::size_t d = 0; d < s_.entities.size(); ++d) {
      if (static_cast<int>(d) > e && s_.entities[d].via >= 0 && Within(static_cast<int>(d), e)) return true;
    }
    return false;
  }

  bool NestedOwner(int entity, int root) const {
    for (int e = entity; e >= 0 && e != head_entity_; e = s_.entities[static_cast<std::size_t>(e)].after) {
      if (Nested(e, root)) return true;
    }
    return false;
  }

  // SELECT column FROM the table of entity e WHERE all that is said of it.
  QueryPtr SetOf(int e, int column, int depth) {
    constexpr int kMaxNesting = 6;
    int t = entity_table_[static_cast<std::size_t>(e)];
    if (depth > kMaxNesting || t < 0 || column < 0) return nullptr;
    QueryBuilder b(x_, t);
    b.query().select.push_back({b.Column(t, column), ""});
    for (const Fact& f : facts_) {
      if (f.subject >= 0 && f.subject != e && s_.entities[static_cast<std::size_t>(f.subject)].after == e) {
        ExprPtr link = Link(b, t, f.subject, f.negated, depth + 1);
        if (!link) return nullptr;
        b.query().where.push_back(link);
      } else if (f.subject < 0 && f.entity == e && f.make) {
        ExprPtr expr = f.make(b);
        b.query().where.push_back(f.negated ? Negate(expr) : expr);
      }
    }
    for (const Sup& s : sups_) {
      if (s.owner_entity != e) continue;
      if (s.by_count) {
        b.SourceOf(s.counted);
        AddGroup(b.query(), b.query().select[0].expr);
        b.query().order.push_back({MakeAggregate("count", MakeStar()), s.descending});
      } else {
        b.query().order.push_back({b.Column(s.column.table, s.column.column), s.descending});
      }
      b.query().limit = s.n;
    }
    return b.failed() ? nullptr : b.Take();
  }

  // The condition on `table` in b that its row belongs with a row of entity e.
  ExprPtr Link(QueryBuilder& b, int table, int e, bool negated, int depth) {
    const EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
    int t = entity_table_[static_cast<std::size_t>(e)];
    bool open = true;  // nothing is said of it: any will do
    for (const Fact& f : facts_)
      open &= !(f.entity == e && f.make) && !(f.subject >= 0 && f.subject != e && Within(f.subject, e));
    for (const Sup& s : sups_) open &= s.owner_entity != e;
    if (use.via >= 0) {
      int relation = M(use.via).relation;
      const schema::JoinEdge *left = nullptr, *right = nullptr;
      for (int id : x_.joins.EdgesOf(relation)) {
        const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(id)];
        if (edge.table1 != relation || edge.cost > 2) continue;
        (left == nullptr ? left : right) = &edge;
      }
      if (left == nullptr || right == nullptr || left->table2 != table) return nullptr;
      QueryBuilder inner(x_, relation);
      inner.query().select.push_back({MakeColumn(0, left->columns[0].first), ""});
      if (!open) {
        QueryPtr set = SetOf(e, right->columns[0].second, depth);
        if (!set) return nullptr;
        inner.query().where.push_back(MakeIn(MakeColumn(0, right->columns[0].first), set));
      }
      return MakeIn(b.Column(table, left->columns[0].second), inner.Take(), negated);
    }
    std::vector<Hop> hops = Walk(x_, table, t);
    if (hops.empty()) return nullptr;
    ExprPtr left = b.Column(table, hops[0].columns[0].first);
    if (hops.size() == 1) {
      QueryPtr set = SetOf(e, hops[0].columns[0].second, depth);
      return set ? MakeIn(left, set, negated) : nullptr;
    }
    QueryBuilder inner(x_, hops[0].to);
    inner.query().select.push_back({MakeColumn(0, hops[0].columns[0].second), ""});
    int key = Defaults(t).key >= 0 ? Defaults(t).key : Defaults(t).display;
    QueryPtr set = SetOf(e, key, depth);
    if (!set) return nullptr;
    inner.query().where.push_back(MakeIn(inner.Column(t, key), set));
    return inner.failed() ? nullptr : MakeIn(left, inner.Take(), negated);
  }

  // "the population of the capital of the largest state": the rows that a column of other rows refers to.
  bool PlaceReference(QueryBuilder& b, int root) {
    const schema::NameHit& hit = M(s_.entities[static_cast<std::size_t>(head_entity_)].mention).names.front();
    int edge = x_.joins.EdgeFromColumn(hit.table, hit.column);
    if (edge < 0) return false;
    reference_root_ = hit.table;
    QueryBuilder inner(x_, hit.table);
    inner.query().select.push_back({MakeColumn(0, hit.column), ""});
    if (!PlaceFacts(inner, hit.table)) return false;
    for (const Sup& s : sups_) {
      if (s.by_count || !s.column.Valid()) continue;
      inner.query().order.push_back({inner.Column(s.column.table, s.column.column), s.descending});
      inner.query().limit = s.n;
    }
    if (inner.failed()) return false;
    int key = x_.joins.edges()[static_cast<std::size_t>(edge)].columns[0].second;
    b.query().where.push_back(MakeIn(b.Column(root, key), inner.Take()));
    return !b.failed();
  }

  bool PlaceFacts(QueryBuilder& b, int root) {
    bool reference =
        head_entity_ >= 0 && s_.entities[static_cast<std::size_t>(head_entity_)].reference && reference_root_ < 0;
    if (reference) {
      bool ok = PlaceReference(b, root);
      if (ok) sups_.clear();
      return ok;
    }
    Query& q = b.query();
    std::vector<char> done(facts_.size(), 0);
    bool grouped = !groups_.empty();
    bool count_target = false;
    for (const Wanted& w : wanted_) count_target |= w.kind != Target::kThing;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const Fact& f = facts_[i];
      if (done[i] || f.subject < 0 || !Nested(f.subject, root)) continue;
      int after = s_.entities[static_cast<std::size_t>(f.subject)].after;
      if (after >= 0 && NestedOwner(after, root)) continue;  // placed with what it belongs to
      int holder = after >= 0 ? entity_table_[static_cast<std::size_t>(after)] : root;
      if (s_.entities[static_cast<std::size_t>(f.subject)].via >= 0) {
        if (RelatedTable(M(s_.entities[static_cast<std::size_t>(f.subject)].via).relation) == root) holder = root;
      } else {
        holder = root;
      }
      ExprPtr link = Link(b, holder, f.subject, f.negated, 0);
      if (!link) return false;
      Place(q, link, f.or_previous);
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (facts_[i].entity >= 0 && NestedOwner(facts_[i].entity, root)) done[i] = 1;
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (done[i]) continue;
      const Fact& f = facts_[i];
      if (!f.having.empty()) {
        done[i] = 1;
        ExprPtr e = f.make(b);
        if (b.failed()) return false;
        q.having.push_back(e);
        if (q.group.empty() && groups_.empty()) {
          AddGroup(q, GroupKeyOf(b, root));
        }
        continue;
      }
      bool behind = Behind(root, f);
      bool separate = f.negated && behind;
      if (f.quantified) separate = true;
      if (behind && !f.negated && !f.quantified && !grouped) {
        // A to-many condition: joined in when the other table is shown anyway, else a semi-join.
        bool shown = true;
        for (int t : f.tables) shown &= b.Has(t);
        for (const Sup& s : sups_) {
          shown |= s.by_count && s.counted >= 0 && Touches(root, s.counted, f);
          shown |= !s.aggregate.empty() && f.tables.size() == 1 && s.column.table == f.tables[0];
        }
        separate = !shown && o_.semi_joins;
      }
      if (!separate) {
        done[i] = 1;
        if (f.make) {
          ExprPtr e = f.make(b);
          if (b.failed()) return false;
          Place(q, f.negated ? Negate(e) : e, f.or_previous);
        } else if (f.negated) {
          // Rows without a partner on the one side: the reference is empty.
          std::vector<Hop> hops = Walk(x_, root, f.tables[0]);
          if (hops.empty()) return false;
          q.where.push_back(Make(ExprKind::kIsNull, "", {b.Column(root, hops[0].columns[0].first)}));
        } else {
          b.SourceOf(f.tables[0]);
          if (b.failed()) return false;
        }
        continue;
      }
      // One subquery for everything that is said about the same things.
      int anchor = root;
      if (f.quantified && f.subject >= 0) {
        int after = s_.entities[static_cast<std::size_t>(f.subject)].after;
        int t = after >= 0 ? entity_table_[static_cast<std::size_t>(after)] : root;
        if (Known(t) && t != f.tables[0]) anchor = t;
      }
      int far = f.tables[0];
      if (far == root && f.quantified && !q.select.empty()) {
        // "cities with at least 20 customers", where the city is written in the customers' rows.
        for (const SelectItem& item : q.select) AddGroup(q, item.expr);
        q.having.push_back(
            MakeBinary(OperatorText(f.op), MakeAggregate("count", MakeStar()), MakeNumber(schema::FormatNumber(f.n))));
        done[i] = 1;
        continue;
      }
      if (far == anchor) {
        anchor = root;
        if (far == root) return false;
      }
      std::vector<Hop> hops = Walk(x_, anchor, far);
      if (hops.empty()) return false;
      const Hop& first = hops[0];
      QueryBuilder inner(x_, first.to);
      inner.SourceOf(far);
      if (inner.failed()) return false;
      if (f.make) {
        ExprPtr e = f.make(inner);
        inner.query().where.push_back(e);
      }
      done[i] = 1;
      for (std::size_t k = 0; k < facts_.size(); ++k) {
        if (done[k] || facts_[k].quantified || !facts_[k].having.empty()) continue;
        const Fact& g = facts_[k];
        bool same_subject = f.subject >= 0 && g.entity == f.subject;
        bool joined = !f.quantified && !f.negated && Behind(root, g) && !g.negated;
        bool fits = true;
        for (int t : g.tables) fits &= t == far || !(HasToMany(Walk(x_, far, t)));
        for (int t : g.tables) fits &= t != root && t != anchor;
        if (!fits || !(same_subject || joined || (f.subject >= 0 && g.entity >= f.subject))) continue;
        if (!g.make && (g.negated || g.at < f.at)) continue;
        done[k] = 1;
        if (!g.make) {
          inner.SourceOf(g.tables[0]);
          continue;
        }
        ExprPtr e = g.make(inner);
        inner.query().where.push_back(g.negated ? Negate(e) : e);
      }
      if (inner.failed()) return false;
      ExprPtr key = MakeColumn(0, first.columns[0].second);
      inner.query().select.push_back({key, ""});
      bool negated = f.negated;
      if (f.quantified) {
        // "fewer than 2" holds for none as well; as a phrase about things that have some, it is counted among them.
        inner.query().group.push_back(key);
        inner.query().having.push_back(
            MakeBinary(OperatorText(f.op), MakeAggregate("count", MakeStar()), MakeNumber(schema::FormatNumber(f.n))));
      } else if (negated && !Col(first.to, first.columns[0].second).not_null) {
        inner.query().where.push_back(Make(ExprKind::kIsNotNull, "", {key}));
      }
      r_.features.joins += inner.cost();
      ExprPtr left = b.Column(anchor, first.columns[0].first);
      if (b.failed()) return false;
      Place(q, MakeIn(left, inner.Take(), negated), f.or_previous);
    }
    return true;
  }

  bool Touches(int root, int counted, const Fact& f) const {
    std::vector<Hop> hops = Walk(x_, root, counted);
    for (const Hop& hop : hops) {
      for (int t : f.tables) {
        if (hop.to == t || hop.from == t) return true;
      }
    }
    for (int t : f.tables) {
      if (!HasToMany(Walk(x_, counted, t))) return true;
    }
    return false;
  }

  static ExprPtr Negate(const ExprPtr& e) {
    if (e->kind == ExprKind::kBinary) {
      static const std::pair<const char*, const char*> kPairs[] = {{"=", "<>"}, {"<", ">="}, {">", "<="},
                                                                   {"<=", ">"}, {">=", "<"}, {"ILIKE", "NOT ILIKE"}};
      for (auto [a, b] : kPairs) {
        if (e->name == a) return MakeBinary(b, e->args[0], e->args[1]);
      }
    }
    return Make(ExprKind::kNot, "", {e});
  }

  // ---- ratios ----
  // One number from what is said of one part: a count unless a column is named.
  QueryPtr ScalarPart(int part, const std::vector<Wanted>& wanted, const std::vector<Fact>& facts) {
    wanted_.clear();
    for (Wanted w : wanted) {
      if (w.part != part) continue;
      if (w.kind == Target::kThing && w.table >= 0) w.kind = Target::kCount;
      if (w.kind == Target::kAggregates && w.aggregates.size() > 1) w.aggregates.resize(1);
      wanted_ = {w};
    }
    if (wanted_.empty()) return nullptr;
    facts_.clear();
    for (const Fact& f : facts) {
      if (f.part == 0 || f.part == part) facts_.push_back(f);
    }
    if (wanted_[0].kind == Target::kThing && facts_.empty()) return nullptr;
    return Compose();
  }

  static ExprPtr Quotient(ExprPtr above, ExprPtr below, bool percent) {
    ExprPtr divisor = Make(ExprKind::kCall, "nullif", {std::move(below), MakeNumber("0")});
    ExprPtr ratio = MakeBinary("/", Make(ExprKind::kCast, "numeric", {std::move(above)}), std::move(divisor));
    return percent ? MakeBinary("*", MakeNumber("100.0"), std::move(ratio)) : ratio;
  }

  QueryPtr ComposeRatio() {
    std::vector<Wanted> wanted = wanted_;
    std::vector<Fact> facts = facts_;
    const Wanted* above = nullptr;
    const Wanted* below = nullptr;
    for (const Wanted& w : wanted) {
      if (w.part == 1 && !above) above = &w;
      if (w.part == 2 && !below) below = &w;
    }
    if (s_.percent && above != nullptr && below == nullptr) {
      // A share of all rows of the same kind.
      Wanted all = *above;
      all.part = 2;
      if (all.kind == Target::kThing && all.table < 0) return nullptr;
      wanted.push_back(all);
      above = nullptr;
      for (const Wanted& w : wanted) {
        if (w.part == 1 && !above) above = &w;
      }
      below = &wanted.back();
    }
    if (above == nullptr || below == nullptr) return nullptr;
    QueryPtr result;
    bool row_wise = above->column.Valid() && below->column.Valid() && above->kind != Target::kCount &&
                    below->kind != Target::kCount && (above->kind == Target::kThing) == (below->kind == Target::kThing);
    bool parts_have_facts = false;
    for (const Fact& f : facts) parts_have_facts |= f.part != 0;
    if (!groups_.empty() || (row_wise && !parts_have_facts)) {
      result = GroupedRatio(*above, *below, wanted, facts, row_wise);
    } else if (above->kind != Target::kThing || above->table >= 0 || parts_have_facts) {
      Wanted a = *above, b = *below;
      QueryPtr first = ScalarPart(1, wanted, facts);
      QueryPtr second = ScalarPart(2, wanted, facts);
      if (first && second && first->select.size() == 1 && second->select.size() == 1) {
        result = std::make_shared<Query>();
        result->select.push_back({Quotient(MakeSubquery(first), MakeSubquery(second), s_.percent), "ratio"});
      }
    }
    wanted_ = wanted;
    facts_ = facts;
    if (result) ratio_done_ = true;
    return result;
  }

  QueryPtr GroupedRatio(const Wanted& above, const Wanted& below, const std::vector<Wanted>& wanted,
                        const std::vector<Fact>& facts, bool row_wise) {
    int root = above.column.Valid() ? above.column.table : above.table;
    if (!Known(root)) return nullptr;
    QueryBuilder b(x_, root);
    Query& q = b.query();
    facts_.clear();
    for (const Fact& f : facts) {
      if (f.part == 0) facts_.push_back(f);
    }
    wanted_ = {above, below};
    // A group that is the rows themselves ("for each aircraft") leaves nothing to aggregate.
    bool rows = row_wise;
    std::vector<ExprPtr> keys;
    for (const Group& g : groups_) {
      int t = g.table >= 0 ? g.table : g.column.table;
      int c = g.table >= 0 ? Defaults(t).display : g.column.column;
      if (c < 0 || g.bucket) return nullptr;
      bool own = t == root && (g.table >= 0 || c == Defaults(t).key || x_.joins.IsUnique(t, c));
      rows &= own;
      keys.push_back(b.Column(t, c));
      if (g.table >= 0 && !own && Defaults(t).key >= 0 && Defaults(t).key != c)
        q.group.push_back(b.Column(t, Defaults(t).key));
    }
    if (groups_.empty()) {
      for (const Wanted& w : wanted) {
        if (w.part != 0 || w.kind != Target::kThing) continue;
        ExprPtr e = Shown(b, w);
        if (e) keys.push_back(e);
      }
    }
    if (!PlaceFacts(b, root)) return nullptr;
    auto value = [&](const Wanted& w, int part) -> ExprPtr {
      ExprPtr e;
      if (w.kind == Target::kCount || (w.kind == Target::kThing && w.table >= 0)) {
        int t = w.table >= 0 ? w.table : w.column.table;
        int key = w.table >= 0 ? Defaults(t).key : w.column.column;
        if (key < 0) key = Defaults(t).display;
        e = MakeAggregate("count", b.Column(t, key), true);
      } else {
        e = b.Column(w.column.table, w.column.column);
        if (!schema::IsNumber(Col(w.column.table, w.column.column).type_class)) return nullptr;
        if (rows) return e;
        e = MakeAggregate(w.kind == Target::kAggregates ? w.aggregates[0] : "sum", e);
      }
      std::vector<ExprPtr> filters;
      for (const Fact& f : facts) {
        if (f.part == part && f.make) filters.push_back(f.make(b));
      }
      if (!filters.empty()) e->args.push_back(filters.size() == 1 ? filters[0] : Make(ExprKind::kAnd, "", filters));
      return e;
    };
    ExprPtr a = value(above, 1), d = value(below, 2);
    if (!a || !d || b.failed()) return nullptr;
    for (const ExprPtr& key : keys) q.select.push_back({key, ""});
    ExprPtr ratio = Quotient(a, d, s_.percent);
    bool average_of_rows = row_wise && !rows && above.kind == Target::kThing;
    if (average_of_rows)
      ratio = MakeAggregate("avg", Quotient(b.Column(above.column.table, above.column.column),
                                            b.Column(below.column.table, below.column.column), s_.percent));
    q.select.push_back({ratio, "ratio"});
    if (!rows) {
      for (const ExprPtr& key : keys) AddGroup(q, key);
    }
    return b.failed() ? nullptr : b.Take();
  }

  // ---- score ----
  void Shape(const Query& q, int depth) {
    Features& f = r_.features;
    f.tables += static_cast<double>(q.sources.size());
    f.nested += depth > 0 ? 1 : 0;
    f.grouped += q.group.empty() ? 0 : 1;
    f.ordered += q.order.empty() ? 0 : 1;
    f.set_operation += q.other ? 1 : 0;
    for (const SelectItem& item : q.select) ShapeOf(*item.expr, depth);
    for (const ExprPtr& e : q.where) ShapeOf(*e, depth);
    for (const Source& s : q.sources) {
      if (s.derived) Shape(*s.derived, depth + 1);
    }
    if (q.other) Shape(*q.other, depth + 1);
  }
  void ShapeOf(const Expr& e, int depth) {
    if (e.kind == ExprKind::kAggregate) r_.features.aggregates += 1;
    for (const ExprPtr& a : e.args) ShapeOf(*a, depth);
    if (e.query) Shape(*e.query, depth + 1);
  }

  void Score() {
    Features& f = r_.features;
    for (const Mention& m : m_) {
      if (m.tag == Tag::kNone) f.length += 1;
      if (m.Unknown()) f.unknown += m.soft ? 0.12 : (m.capital ? 1.2 : 1.0);
      if (m.tag == Tag::kHowMuch) f.doubt += 0.1;
    }
    for (int i : s_.unused) {
      const Mention& m = M(i);
      f.unused += m.is_number ? 0.8 : m.soft ? 0.2 : 0.6;
    }
    f.doubt += s_.doubt;
    f.ambiguous += close_calls_;
    f.mean_name = name_count_ > 0 ? name_misses_ / name_count_ : 0;
    f.parts = static_cast<double>(wanted_.size() + facts_.size() + sups_.size() + groups_.size());
    if (((s_.ratio || s_.percent) && !ratio_done_) || s_.difference) f.doubt += 1.5;
    if (r_.query) Shape(*r_.query, 0);
    f.wanted = static_cast<double>(wanted_.size());
    for (const Fact& fact : facts_) f.negations += fact.negated ? 1 : 0;
    for (const Mention& m : m_) {
      bool group = m.tag == Tag::kEach || m.tag == Tag::kBucket;
      if (group && f.grouped == 0) f.dropped += 0.5;
      bool order = m.tag == Tag::kSuperMax || m.tag == Tag::kSuperMin || m.tag == Tag::kMostOf ||
                   m.tag == Tag::kLeastOf || m.tag == Tag::kTop || m.tag == Tag::kCommon;
      if (order && f.ordered == 0 && f.aggregates == 0) f.dropped += 1;
      bool negative = m.tag == Tag::kNot || m.tag == Tag::kWithout || m.tag == Tag::kExcept || m.tag == Tag::kNeither;
      if (negative && f.negations == 0 && s_.loose.empty()) f.dropped += 1;
      if ((m.tag == Tag::kCompare || m.tag == Tag::kCompareAdjective || m.tag == Tag::kBetween) &&
          s_.conditions.empty() && f.nested == 0)
        f.dropped += 1;
      if (m.tag == Tag::kWhen || m.tag == Tag::kWhere) f.dropped += 0.3;
      if (m.tag == Tag::kHowMuch || m.tag == Tag::kDifference || m.tag == Tag::kCumulative) f.dropped += 0.5;
    }
    double cost = 1.1 * f.unknown + 0.9 * f.unused + 1.2 * f.names + 0.5 * f.mean_name + 0.12 * f.joins +
                  0.8 * f.doubt + 0.5 * f.guessed + 0.25 * f.ambiguous + 0.6 * f.empty + 0.5 * f.partial_value;
    r_.score = r_.query ? -cost : -100;
  }

  const Context& x_;
  const std::vector<Mention>& m_;
  const Sketch& s_;
  const ResolveOptions& o_;
  Resolution r_;
  std::vector<double> votes_;
  std::vector<int> entity_table_, anchors_, measured_;
  mutable std::vector<std::pair<long long, double>> distances_;
  int head_ = -1, head_entity_ = -1;
  bool head_guessed_ = false, head_from_target_ = false;
  std::vector<Wanted> wanted_;
  std::vector<Fact> facts_;
  std::vector<Sup> sups_;
  std::vector<Group> groups_;
  struct ConceptSup {
    int concept_id;
    bool descending;
    int table;
  };
  std::vector<ConceptSup> concept_sups_;
  int reference_root_ = -1;
  bool ratio_done_ = false;
  int groups_hint_ = 0;
  mutable double close_calls_ = 0;
  double name_misses_ = 0;
  int name_count_ = 0;
};

}  // namespace

Resolution Resolve(const Context& context, const std::vector<Mention>& mentions, const Sketch& sketch,
                   const ResolveOptions& options) {
  return Resolver(context, mentions, sketch, options).Run();
}

}  // namespace toomai::templates
