// Which column a word means, near what the question is about.
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "schema/stem.h"
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

double Resolver::Fits(int t, int c, Need need) const {
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

constexpr int kRecency = 8;    // the concept of "newest", "latest"
constexpr double kEcho = 0.3;  // a whole name echoed

// How near a table is to what the question is about.
double Resolver::Near(int t, int owner_table) const {
  double bonus = 0;
  const schema::Table& table = x_.schema->tables[static_cast<std::size_t>(t)];
  const bool view = table.kind == schema::TableKind::kView || table.kind == schema::TableKind::kMaterializedView;
  if ((view || !table.on_search_path) && t != owner_table && t != head_) bonus -= 0.25;
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
std::vector<schema::NameHit> Resolver::QualifiedNames(int mention, int qualifier) const {
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

double Resolver::Echo(int t, int c, int mention) const {
  constexpr int kNear = 3;  // mentions away
  double others = 0, said = 0;
  for (const std::string& word : x_.lexicon.NameOf(t, c).words) {
    const std::string stem = schema::Stem(word);
    bool own = false;
    double heard = 0;
    for (std::size_t i = 0; i < stems_.size(); ++i) {
      if (stems_[i] != stem) continue;
      int away = std::abs(stem_mentions_[i] - mention);
      own |= away == 0;
      heard = std::max(heard, away <= kNear ? 1.0 : 0.5);
    }
    if (own || stem.size() < 3) continue;
    others += 1;
    said += heard;
  }
  return others == 0 ? 0 : said / others;
}

// Holds a number or a moment that says something of the row: no key.
bool Resolver::Measures(int t, int c) const {
  const TypeClass type = Col(t, c).type_class;
  return (schema::IsNumber(type) || schema::IsMoment(type)) && Defaults(t).key != c &&
         x_.joins.EdgeFromColumn(t, c) < 0;
}

Choice Resolver::ChooseColumn(int mention, int owner_table, Need need, int qualifier) const {
  Choice best;
  if (SaysName(mention) && Known(owner_table) && OtherHalfOfName(owner_table) >= 0) {
    best.table = owner_table;  // a person's name has two halves
    best.column = Defaults(owner_table).display;
    best.score = best.name_score = 0.97;
    return best;
  }
  best.score = -1e9;
  double second = -1e9;
  std::vector<schema::NameHit> qualified;
  if (qualifier >= 0) qualified = QualifiedNames(mention, qualifier);
  for (const auto& hit : qualified.empty() ? M(mention).names : qualified) {
    if (Avoided(mention, hit.table, hit.column)) continue;
    Choice c;
    c.table = hit.table;
    c.name_score = hit.score;
    if (hit.column >= 0) {
      c.column = hit.column;
      c.score = hit.score + Near(hit.table, owner_table) + Fits(hit.table, hit.column, need) +
                (hit.score < 0.97f ? kEcho * Echo(hit.table, hit.column, mention) : 0);
      bool foreign = x_.joins.EdgeFromColumn(hit.table, hit.column) >= 0;
      if (foreign && need == Need::kText) c.score -= 0.1;
    } else {
      // "total sales" of sales_orders: their amount.
      const bool number = need == Need::kNumber || need == Need::kComparable;
      const int measure = number ? Defaults(hit.table).measure : -1;
      c.column = measure >= 0 ? measure : Defaults(hit.table).display;
      if (c.column < 0 || (number && measure < 0 && !Measures(hit.table, c.column))) continue;
      c.score = hit.score - 0.2 + Near(hit.table, owner_table) + Fits(hit.table, c.column, need);
    }
    if (c.score > best.score + 1e-9) {
      if (best.Valid() && (best.table != c.table || best.column != c.column)) second = best.score;
      best = c;
    } else if (best.table != c.table || best.column != c.column) {
      second = std::max(second, c.score);
    }
  }
  // "the name of the supplier": what a row is called, whatever the column says.
  const std::string& said = M(mention).norm;
  if ((said == "name" || said == "names") && Known(owner_table) && (!best.Valid() || best.table != owner_table) &&
      Defaults(owner_table).display_strength >= 8) {
    best.table = owner_table;
    best.column = Defaults(owner_table).display;
    best.score = best.name_score = 0.95;
  }
  // "order value": how much the order was.
  const bool amount = said == "value" || said == "values" || said == "amount" || said == "amounts" || said == "worth";
  if (amount && Known(owner_table) && Defaults(owner_table).measure >= 0 && need == Need::kNumber &&
      (!best.Valid() || best.table != owner_table)) {
    best.table = owner_table;
    best.column = Defaults(owner_table).measure;
    best.score = best.name_score = 0.9;
  }
  bool key = said == "id" || said == "ids" || said == "identifier";
  if (key && Known(owner_table) && Defaults(owner_table).key >= 0 && (!best.Valid() || best.table != owner_table)) {
    best.table = owner_table;
    best.column = Defaults(owner_table).key;
    best.score = best.name_score = 0.95;
  }
  if (best.Valid() && second > best.score - 0.08) close_calls_ += 1;
  NoteChoice(mention, best, second);
  return best;
}

Choice Resolver::MeasureBeside(const Choice& column) const {
  Choice beside;
  if (!column.Valid() || column.column < 0) return beside;
  const auto& words = x_.lexicon.NameOf(column.table, column.column).words;
  if (words.empty()) return beside;
  const auto& columns = x_.schema->tables[static_cast<std::size_t>(column.table)].columns;
  for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
    const auto& other = x_.lexicon.NameOf(column.table, c).words;
    bool same = !other.empty() && other.front() == words.front();
    if (!same || c == column.column || !schema::IsNumber(columns[static_cast<std::size_t>(c)].type_class)) continue;
    beside = column;
    beside.column = c;
  }
  return beside;
}

Choice Resolver::ConceptColumn(int concept_id, int owner_table, bool* flip, bool ordering,
                               std::string_view said) const {
  constexpr double kSaid = 1.2;
  const std::string verb = schema::Stem(std::string(said.substr(0, said.find(' '))));
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
    if (edge.table2 == owner_table && edge.columns.size() == 1 && x_.joins.IsUnique(edge.table1, edge.columns[0].first))
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
        if (!has || key || (concept_id == kRecency && AboutLife(name.words))) continue;
        if (ordering && IsDerived(Col(t, c))) continue;  // the day of birth tells more than the year
        if (!measure &&
            !(type == TypeClass::kText && (word == "date" || word == "year" || word == "time" || word == "birth")))
          continue;
        double score = 10 - 0.5 * static_cast<double>(w) -
                       (k == 0      ? 0
                        : k < named ? 1.8
                                    : 3.0) -
                       0.3 * static_cast<double>(name.core.size()) - 0.01 * c + (word == verb ? kSaid : 0);
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
  if (concept_id == kRecency && !best.Valid() && Known(owner_table) && Defaults(owner_table).time >= 0) {
    best.table = owner_table;
    best.column = Defaults(owner_table).time;
    best.score = best.name_score = 0.9;
  }
  return best;
}

// The question asks for exactly this column and nothing else: a condition on it would say nothing.
bool Resolver::ShownByItself(int t, int c) const {
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
int Resolver::RoleEdge(int mention, int table) const {
  for (const auto& name : M(mention).names) {
    if (name.column < 0 && name.table == table && name.score >= M(mention).BestColumn()) return -1;  // just its table
  }
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
Choice Resolver::TextColumn(const Condition& c) {
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

}  // namespace toomai::templates
