// What is wanted: columns, things, counts and aggregates.
#include <algorithm>

#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// Where a row of `t` is: its most telling place column.
Choice Resolver::PlaceColumn(int t) const {
  static const char* const kPlaces[] = {"locat",   "address", "place",   "citi",  "state",
                                        "provinc", "region",  "countri", "contin"};
  Choice best;
  for (const char* place : kPlaces) {
    for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(t)].columns.size()); ++c) {
      const auto& words = x_.lexicon.NameOf(t, c).words;
      if (c == Defaults(t).display || c == Defaults(t).key || IsDerived(Col(t, c))) continue;
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
int Resolver::ValueTable() const {
  for (const Condition& c : s_.conditions) {
    if (c.a.kind != OperandKind::kValue || c.a.mention < 0) continue;
    for (const auto& hit : M(c.a.mention).values) {
      if (Defaults(hit.table).display == hit.column) return hit.table;
    }
    if (!M(c.a.mention).values.empty()) return M(c.a.mention).values[0].table;
  }
  return -1;
}

// "how many people work in …", "how many pages does … have": the number is stored.
bool Resolver::IsMeasure(const Choice& c) const {
  if (!schema::IsNumber(Col(c.table, c.column).type_class)) return false;
  if (x_.joins.EdgeFromColumn(c.table, c.column) >= 0 || Defaults(c.table).key == c.column) return false;
  for (const std::string& w : x_.lexicon.NameOf(c.table, c.column).words) {
    if (w == "year" || w == "id" || w == "code" || w == "date" || w == "rank") return false;
  }
  return true;
}

// Numbers of people or things, which add up over rows.
bool Resolver::CountsPeople(const Choice& c) const {
  static const char* const kWords[] = {"popul",  "inhabit", "resid",   "quantiti",
                                       "attend", "staff",   "employe", "visitor"};
  for (const std::string& w : x_.lexicon.NameOf(c.table, c.column).words) {
    for (const char* word : kWords) {
      if (w == word) return true;
    }
  }
  return false;
}

// Some value in the question names one row of `table`.
bool Resolver::OneRowNamed(int table) const {
  for (const Condition& c : s_.conditions) {
    if (c.a.kind != OperandKind::kValue || c.a.mention < 0) continue;
    for (const auto& hit : M(c.a.mention).values) {
      if (hit.table == table && (Defaults(table).display == hit.column || x_.joins.IsUnique(table, hit.column)))
        return true;
    }
  }
  return !s_.superlatives.empty();
}

// Tells which row is meant: its name, its key, part of a person's name.
bool Resolver::Identifies(const Choice& c) const {
  if (Defaults(c.table).display == c.column || Defaults(c.table).key == c.column) return true;
  if (x_.joins.IsUnique(c.table, c.column)) return true;
  const auto& words = x_.lexicon.NameOf(c.table, c.column).words;
  return std::any_of(words.begin(), words.end(), [](const std::string& w) { return w == "name" || w == "titl"; });
}

bool Resolver::IsTerm(const Choice& c) const {
  return IsDerived(Col(c.table, c.column)) && Col(c.table, c.column).type_class == TypeClass::kBoolean;
}

// "which capitals …", where the word is a condition on cities: those rows, not whether they are.
void Resolver::WantTerm(const Choice& term, int mention) {
  Fact f;
  f.tables = {term.table};
  f.column_table = term.table;
  f.column = term.column;
  f.at = mention;
  f.make = SaysYes(term, false);
  facts_.push_back(std::move(f));
}

// The only number that the rows of a value keep, where many rows have that value: readings of a temperature.
Choice Resolver::MeasureOfValue(int mention) const {
  Choice only;
  for (const schema::ValueHit& hit : M(mention).values) {
    if (x_.joins.IsUnique(hit.table, hit.column)) continue;
    Choice here;
    int numbers = 0;
    for (int c = 0; c < static_cast<int>(x_.schema->tables[static_cast<std::size_t>(hit.table)].columns.size()); ++c) {
      Choice candidate;
      candidate.table = hit.table;
      candidate.column = c;
      if (IsDerived(Col(hit.table, c)) || !IsMeasure(candidate)) continue;
      here = candidate;
      ++numbers;
    }
    if (numbers != 1) continue;
    if (only.Valid()) return Choice{};
    only = here;
    only.score = only.name_score = 0.95;
  }
  return only;
}

void Resolver::ResolveTargets() {
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
    w.everything = t.everything;
    w.mention = t.mention;
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
      for (const auto& hit : M(t.mention).names) {
        bool text = hit.column >= 0 && hit.table == w.table && hit.score > 0.97f && !hit.synonym &&
                    Col(hit.table, hit.column).type_class == TypeClass::kText;
        if (text && x_.joins.EdgeFromColumn(hit.table, hit.column) < 0) w.called = hit.column;
      }
      wanted_.push_back(w);
      continue;
    }
    int owner = t.owner >= 0 ? OwnerTable(t.owner) : head_;
    Need need = Need::kAny;
    if (t.kind == Target::kAggregates)
      need = t.aggregates[0] == "max" || t.aggregates[0] == "min" ? Need::kComparable : Need::kNumber;
    const bool of_value = t.kind == Target::kAggregates && M(t.mention).names.empty();
    w.column = of_value ? MeasureOfValue(t.mention) : ChooseColumn(t.mention, owner, need, t.qualifier);
    if (!w.column.Valid() && of_value) r_.features.doubt += 2;
    if (!w.column.Valid()) continue;
    NoteName(w.column.name_score);
    if (t.kind != Target::kAggregates && IsTerm(w.column)) {
      WantTerm(w.column, t.mention);
      w.table = w.column.table;
      w.column = Choice{};
      if (head_guessed_ || head_ < 0) head_ = w.table;
      AddAnchor(w.table);
      wanted_.push_back(w);
      continue;
    }
    if (t.kind == Target::kAggregates && t.maybe_superlative && t.concept_id > 0 &&
        !schema::IsNumber(Col(w.column.table, w.column.column).type_class) &&
        !schema::IsMoment(Col(w.column.table, w.column.column).type_class)) {
      // "the most expensive room type": the row, not a maximum of text.
      w.kind = Target::kThing;
      w.maybe_superlative = false;
      concept_sups_.push_back({t.concept_id, t.super_max, w.column.table});
    }
    if (t.kind == Target::kCount && !t.outer.empty() && IsMeasure(w.column)) {
      w.kind = Target::kAggregates;  // "the average number of views": stored as a number
      w.aggregates = {t.outer};
      w.outer.clear();
    }
    if (t.kind == Target::kCount && !t.distinct && t.outer.empty() && (groups_hint_ == 0 || t.total) &&
        IsMeasure(w.column)) {
      const bool all_rows = CountsPeople(w.column) || s_.conditions.empty();  // "how many square miles are there"
      bool sum = t.total || (all_rows && !OneRowNamed(w.column.table));
      w.kind = sum ? Target::kAggregates : Target::kThing;
      if (sum) w.aggregates = {"sum"};
    }
    if (M(t.mention).sums && (w.kind == Target::kThing || t.kind == Target::kCount) && IsMeasure(w.column)) {
      w.kind = Target::kAggregates;
      w.aggregates = {"sum"};
    }
    if (s_.total && t.kind == Target::kThing && s_.groups.empty() && s_.targets.size() == 1 && IsMeasure(w.column)) {
      w.kind = Target::kAggregates;  // "the area of all states combined"
      w.aggregates = {"sum"};
    }
    const std::string metric = MetricAggregate(Col(w.column.table, w.column.column));
    if (!metric.empty() && (w.kind == Target::kThing || metric == kWholeExpression)) {
      w.kind = Target::kAggregates;
      w.aggregates = {metric};
    }
    if (std::find(anchors_.begin(), anchors_.end(), w.column.table) == anchors_.end())
      anchors_.push_back(w.column.table);
    if (head_guessed_ && head_ != w.column.table && s_.entities.empty() && wanted_.empty()) head_ = w.column.table;
    wanted_.push_back(w);
  }
  bool where_things = s_.where_question && wanted_.size() == 1 && wanted_[0].kind == Target::kThing &&
                      !wanted_[0].column.Valid() && Known(wanted_[0].table);
  if (where_things) wanted_[0].column = PlaceColumn(wanted_[0].table);  // "where is the smallest warehouse"
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
    if (!s_.asks_period) r_.features.guessed += 0.3;
  }
  AnswerWho();
  ShowOtherSide();
  ShowReferences();
  ShowWholeNames();
  // A list given in a second sentence replaces the subject's own column.
  bool listed = false, counted = false;
  for (const Wanted& w : wanted_) {
    listed |= w.explicit_list;
    counted |= w.explicit_list && w.kind == Target::kCount;
  }
  if (listed) {
    const bool told_apart = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& w) {
      return w.explicit_list && w.kind == Target::kThing && (!w.column.Valid() || Identifies(w.column));
    });
    std::erase_if(wanted_, [&](const Wanted& w) {
      return !w.explicit_list && ((w.kind == Target::kThing && told_apart) || (counted && w.kind == Target::kCount));
    });
  }
}

}  // namespace toomai::templates
