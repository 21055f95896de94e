// Whose moment a period speaks of: what is counted and summed happens, what it is told of merely is.
#include <algorithm>

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// Order items happened when their order did: the rows with a time that those of `table` are part of, called alike or
// the only such; -1: none.
int Resolver::HeaderOf(int table) const {
  if (!Known(table) || Defaults(table).time >= 0) return -1;
  int header = -1, candidates = 0;
  for (int e : x_.joins.EdgesOf(table)) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    const int whole = edge.table2;
    if (edge.table1 != table || whole == table || !edge.to_one || Defaults(whole).time < 0) continue;
    const auto &words = x_.lexicon.TableWords(table), &other = x_.lexicon.TableWords(whole);
    const bool alike = std::any_of(words.begin(), words.end(), [&](const std::string& w) {
      return std::find(other.begin(), other.end(), w) != other.end();
    });
    if (alike) return whole == head_ ? -1 : whole;
    ++candidates;
    if (Refers(whole)) header = whole;
  }
  return candidates == 1 && header != head_ ? header : -1;
}

// Rows of `table` are what is counted or summed, and `owner` tells of them: not "customers who ordered in 2024".
bool Resolver::Measured(int table, int owner) const {
  const auto part = std::find_if(measured_.begin(), measured_.end(), [&](int m) { return HeaderOf(m) == table; });
  if (part != measured_.end()) return Measured(*part, owner) || *part == owner;
  if (Known(owner) && HeaderOf(owner) == table) return true;
  if (std::find(measured_.begin(), measured_.end(), table) == measured_.end()) return false;
  return table == owner || !Known(owner) || !HasToMany(Walk(x_, table, owner, &hints_));
}

// A number of many rows to each of the subject's: sales of customers.
void Resolver::Measure(int mention) {
  const double calls = close_calls_;
  const Choosing closest = closest_;
  const Choice c = ChooseColumn(mention, head_, Need::kComparable);
  close_calls_ = calls;
  closest_ = closest;
  if (c.Valid() && schema::IsNumber(Col(c.table, c.column).type_class)) MeasureTable(c.table);
}

void Resolver::MeasureTable(int table) {
  if (table == head_ || !Known(head_) || HasToMany(Walk(x_, head_, table, &hints_))) measured_.push_back(table);
}

// The tables whose numbers the answer is ordered by, made of or compared with: "the top customers by sales last month"
// is about last month's sales.
void Resolver::FindMeasured() {
  for (const Superlative& s : s_.superlatives) {
    if (s.column >= 0 && !s.by_count) Measure(s.column);
  }
  for (const OrderKey& key : s_.orders) {
    if (key.mention >= 0 && !key.count) Measure(key.mention);
  }
  for (const Condition& c : s_.conditions) {
    if (c.column >= 0 && (!c.aggregate.empty() || M(c.column).sums)) Measure(c.column);
  }
  for (const Wanted& w : wanted_) {
    const bool amount =
        w.column.Valid() && (w.kind == Target::kAggregates || (!s_.groups.empty() && Additive(w.column)));
    if (amount) MeasureTable(w.column.table);
    if (w.kind == Target::kCount && Known(w.table)) measured_.push_back(w.table);
  }
}

// Things that happen (orders) rather than things that are (customers): those that refer to others.
bool Resolver::Refers(int table) const {
  const auto& edges = x_.joins.EdgesOf(table);
  return std::any_of(edges.begin(), edges.end(), [&](int e) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    return edge.table1 == table && edge.table2 != table;
  });
}

// Tables whose time may be meant, the owner first.
std::vector<int> Resolver::Timed(int owner) const {
  std::vector<int> tables = {owner};
  tables.insert(tables.end(), anchors_.begin(), anchors_.end());
  tables.insert(tables.end(), measured_.begin(), measured_.end());
  if (HeaderOf(owner) >= 0) tables.push_back(HeaderOf(owner));
  for (int t : measured_) {
    if (HeaderOf(t) >= 0) tables.push_back(HeaderOf(t));
  }
  return tables;
}

// When the rows of `owner`, or of what else is talked about, happened. What is measured comes before whose it is.
Choice Resolver::TimeColumn(int owner) const {
  constexpr double kMeasured = 3;
  Choice best;
  const std::vector<int> tables = Timed(owner);
  double best_score = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!Known(tables[i]) || Defaults(tables[i]).time < 0) continue;
    const double score =
        1 + (i == 0 ? 0.6 : 0) + (Refers(tables[i]) ? 0.5 : 0) + (Measured(tables[i], owner) ? kMeasured : 0);
    if (score <= best_score) continue;
    best_score = score;
    best.table = tables[i];
    best.column = Defaults(tables[i]).time;
    best.score = best.name_score = 0.9;
  }
  return best;
}

Choice Resolver::DoneColumn(const Mention& date, int owner) const {
  Choice best;
  best.score = -1e9;
  for (const schema::NameHit& hit : date.when) {
    if (hit.column < 0 || !schema::IsMoment(Col(hit.table, hit.column).type_class)) continue;
    const double score = hit.score + Near(hit.table, owner);
    if (score <= best.score) continue;
    best.table = hit.table;
    best.column = hit.column;
    best.score = score;
    best.name_score = hit.score;
  }
  return best;
}

// "born before 1990": a birth of the owner's rows, or of the one row beside each of them.
bool Resolver::SaysBorn(const Condition& c) const {
  constexpr int kWindow = 4;
  for (int i = std::min(c.at, c.a.mention < 0 ? c.at : c.a.mention) - 1; i >= 0 && i >= c.at - kWindow; --i) {
    if (M(i).norm == "born") return true;
    if (M(i).is_number || M(i).is_date || M(i).tag == Tag::kAnd) return false;
  }
  return false;
}

Choice Resolver::BirthColumn(int owner) const {
  Choice best;
  double nearest = 2.5;  // joins
  for (int t = 0; Known(owner) && t < static_cast<int>(x_.schema->tables.size()); ++t) {
    const double away = t == owner ? 0 : Distance(owner, t);
    if (away >= nearest || (t != owner && HasToMany(Walk(x_, owner, t, &hints_)))) continue;
    for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
      const TypeClass type = Col(t, c).type_class;
      if (!schema::IsMoment(type) && !schema::IsNumber(type)) continue;
      const auto& words = x_.lexicon.NameOf(t, c).words;
      const bool birth = std::any_of(words.begin(), words.end(), [](const std::string& w) {
        return w.starts_with("birth") || w == "dob" || w == "born";
      });
      if (!birth || away >= nearest) continue;
      nearest = away;
      best.table = t;
      best.column = c;
      best.score = best.name_score = 0.95;
    }
  }
  return best;
}

Choice Resolver::YearColumn(int owner) const {
  constexpr double kMeasured = 3;
  Choice best;
  double best_score = -1;
  const std::vector<int> tables = Timed(owner);
  for (std::size_t k = 0; k < tables.size(); ++k) {
    const int t = tables[k];
    if (!Known(t)) continue;
    for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
      const auto& words = x_.lexicon.NameOf(t, c).words;
      const bool year = std::find(words.begin(), words.end(), "year") != words.end();
      if (!year && !schema::IsMoment(Col(t, c).type_class)) continue;
      const double score = (year ? 2 : 1) + (Defaults(t).time == c ? 0.3 : 0) - (k > 0 ? 0.4 : 0) - 0.01 * c -
                           0.1 * static_cast<double>(words.size()) + (Measured(t, owner) ? kMeasured : 0);
      if (score <= best_score) continue;
      best_score = score;
      best.table = t;
      best.column = c;
      best.score = 0.9;
      best.name_score = 0.95;
    }
  }
  return best;
}

}  // namespace toomai::templates
