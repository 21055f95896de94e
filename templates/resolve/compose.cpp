// Puts what was resolved together as one query.
#include <algorithm>

#include "templates/resolve/draft.h"

namespace toomai::templates {
ExprPtr Resolver::MakeYear(ExprPtr moment) {
  return Make(ExprKind::kCast, "int", {Make(ExprKind::kCall, "date_part", {MakeText("year"), std::move(moment)})});
}

ExprPtr Resolver::Shown(QueryBuilder& b, const Wanted& w) {
  if (w.column.Valid()) return b.Column(w.column.table, w.column.column);
  int display = w.called >= 0 ? w.called : Defaults(w.table).display;
  if (display < 0) return nullptr;
  return b.Column(w.table, display);
}

ExprPtr Resolver::KeyOf(QueryBuilder& b, int table) {
  int key = Defaults(table).key;
  if (key < 0) key = Defaults(table).display;
  return key < 0 ? nullptr : b.Column(table, key);
}

bool Resolver::SameColumn(const ExprPtr& a, const ExprPtr& b) {
  return a && b && a->kind == ExprKind::kColumn && b->kind == ExprKind::kColumn && a->source == b->source &&
         a->column == b->column;
}

void Resolver::AddGroup(Query& q, const ExprPtr& e) {
  if (!e) return;
  for (const ExprPtr& g : q.group) {
    if (g == e || SameColumn(g, e)) return;
  }
  q.group.push_back(e);
}

bool Resolver::IsWantedTable(int t) const {
  for (const Wanted& w : wanted_) {
    if (w.table == t || (w.column.Valid() && w.column.table == t)) return true;
  }
  for (const Group& g : groups_) {
    if (g.table == t || g.column.table == t) return true;
  }
  return false;
}

// Where a fact lives relative to the root: joined in, or in a subquery behind the first hop.
bool Resolver::Behind(int root, const Fact& f) const {
  for (int t : f.tables) {
    if (t == root) continue;
    if (HasToMany(Walk(x_, root, t, &hints_))) return true;
  }
  return false;
}

QueryPtr Resolver::SharedColumn() {
  bool plain = s_.both && wanted_.size() == 1 && wanted_[0].kind == Target::kThing && s_.conditions.empty() &&
               sups_.empty() && groups_.empty() && s_.targets.size() == 1 && s_.targets[0].mention >= 0;
  if (!plain) return nullptr;
  std::vector<schema::NameHit> columns;
  for (std::size_t e = 0; e < s_.entities.size(); ++e) {
    if (s_.entities[e].mention == s_.targets[0].mention || s_.entities[e].negated || s_.entities[e].quantified)
      continue;
    for (const auto& hit : M(s_.targets[0].mention).names) {
      bool here = hit.column >= 0 && hit.table == entity_table_[e] && hit.score > 0.9f;
      if (!here || std::any_of(columns.begin(), columns.end(), [&](const auto& c) { return c.table == hit.table; }))
        continue;
      columns.push_back(hit);
      break;
    }
  }
  if (columns.size() != 2) return nullptr;
  QueryBuilder first(x_, columns[0].table, &hints_), second(x_, columns[1].table, &hints_);
  first.query().select.push_back({first.Column(columns[0].table, columns[0].column), ""});
  second.query().select.push_back({second.Column(columns[1].table, columns[1].column), ""});
  first.query().set_operation = "INTERSECT";
  first.query().other = second.Take();
  return first.Take();
}

QueryPtr Resolver::ComposeWithSets() {
  if (QueryPtr shared = SharedColumn()) return shared;
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

int Resolver::PickRoot() {
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

// date_trunc of a moment, or its year.
ExprPtr Resolver::Bucket(QueryBuilder& b, const Group& g) {
  ExprPtr moment = b.Column(g.column.table, g.column.column);
  if (g.unit == 3) return schema::IsNumber(Col(g.column.table, g.column.column).type_class) ? moment : MakeYear(moment);
  return Make(ExprKind::kCast, "date", {Make(ExprKind::kCall, "date_trunc", {MakeText(UnitName(g.unit)), moment})});
}

const char* Resolver::UnitName(int unit) {
  static const char* const kUnits[] = {"", "day", "month", "year", "quarter", "week"};
  return unit > 0 && unit < static_cast<int>(std::size(kUnits)) ? kUnits[unit] : "";
}

// "in which years did we have more than 30 orders", "which month had the most sales"
QueryPtr Resolver::ComposePeriod() {
  const Group& g = groups_[0];
  const int root = Known(head_) ? head_ : g.column.table;
  QueryBuilder b(x_, root, &hints_);
  Query& q = b.query();
  ExprPtr bucket = Bucket(b, g);
  q.select.push_back({bucket, UnitName(g.unit)});
  q.group.push_back(bucket);
  if (!PlaceFacts(b, root)) return nullptr;
  for (const Sup& s : sups_) {
    ExprPtr value = s.by_count ? MakeAggregate("count", MakeStar())
                               : MakeAggregate(s.aggregate.empty() ? "sum" : s.aggregate,
                                               b.Column(s.column.table, s.column.column));
    if (s.by_count && s.counted >= 0) b.SourceOf(s.counted);
    q.order.push_back({value, s.descending});
    q.limit = s.n;
  }
  if (q.order.empty()) q.order.push_back({bucket, false});
  return b.failed() ? nullptr : b.Take();
}

// 哪个月的销售额最高, "the year with the highest sales": the period is asked for, and its number ranks it.
bool Resolver::RankPeriods() {
  const bool ranks = wanted_.size() == 1 && wanted_[0].maybe_superlative && wanted_[0].column.Valid() &&
                     sups_.empty() && AddsUp(wanted_[0].column);
  if (!ranks) return false;
  Sup sup;
  sup.column = wanted_[0].column;
  sup.descending = wanted_[0].super_max;
  sup.owner = sup.column.table;
  sup.mention = wanted_[0].mention;
  sups_.push_back(sup);
  return true;
}

QueryPtr Resolver::Compose() {
  if (s_.asks_period && groups_.size() == 1 && (s_.targets.empty() || RankPeriods())) return ComposePeriod();
  const int root = PickRoot();
  if (!Known(root)) return nullptr;
  Draft d(x_, root, &hints_);
  FindKinds(&d);
  DropIdleGroups(&d);
  d.grouped = !d.groups.empty() || (d.has_aggregate && d.has_plain);
  if (!ShowThings(&d) || !PlaceFacts(d.b, root) || !PlaceRanks(&d) || !ShowNumbers(&d)) return nullptr;
  ShowGroups(&d);
  GroupByShown(&d);
  PlaceOrders(&d);
  Limit(&d);
  Differ(d);
  Query& q = d.q;
  if (d.b.failed() || q.select.empty()) return nullptr;
  if (q.group.empty() && d.has_aggregate && !q.order.empty()) {  // one row has no order
    q.order.clear();
    q.limit.reset();
    r_.features.doubt += 0.7;
  }
  GroupTheRest(q);
  r_.features.joins += d.b.cost();
  ComparePeriods(d.b);
  RunUp(q);
  if (s_.difference) Subtract(q);
  return d.b.failed() ? nullptr : NameReferred(OuterAggregate(d.b.Take()));
}

// 李芳的推荐人, not 李芳推荐了…, where the verb has the one named do it.
bool Resolver::SaidOfWhom(int mention) const {
  if (o_.said == nullptr || s_.asks_who) return true;
  for (std::size_t i = 1; i < o_.said->size(); ++i) {
    if ((*o_.said)[i].from == M(mention).from) return (*o_.said)[i - 1].values.empty();
  }
  return true;
}

// "the parent category of Phones", 谁推荐的客户最多: a reference to other rows of the same table, told by their name.
QueryPtr Resolver::NameReferred(QueryPtr query) {
  if (wanted_.size() != 1 || wanted_[0].kind != Target::kThing || wanted_[0].mention < 0 || query->select.size() != 1)
    return query;
  const Choice c = ColumnOf(*query, *query->select[0].expr);
  const int e = c.Valid() ? x_.joins.EdgeFromColumn(c.table, c.column) : -1;
  if (e < 0 || SaysNumber(M(wanted_[0].mention).norm)) return query;
  const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
  const int display = Defaults(c.table).display;
  if (edge.table2 != c.table || !edge.declared || edge.columns.size() != 1 || display < 0) return query;
  if (!SaidOfWhom(wanted_[0].mention)) r_.features.doubt += 1;
  query->distinct = false;
  query->where.push_back(
      Make(ExprKind::kIsNotNull, "", {query->select[0].expr}));  // who refers to none counts for none
  QueryBuilder outer(x_, c.table);
  outer.query().select.push_back({outer.Column(c.table, display), ""});
  outer.query().where.push_back(MakeIn(outer.Column(c.table, edge.columns[0].second), std::move(query)));
  return outer.Take();
}

// "the average number of orders per customer": an aggregate of counts.
QueryPtr Resolver::OuterAggregate(QueryPtr query) {
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

bool Resolver::OwnColumnsShown(int root) const {
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

ExprPtr Resolver::GroupKeyOf(QueryBuilder& b, int table) {
  return KeyOf(b, table);
}

bool Resolver::CountDistinctByDefault(const Wanted& w) const {
  // "how many countries" over a column that repeats: the different ones.
  TypeClass type = Col(w.column.table, w.column.column).type_class;
  return !(x_.joins.IsUnique(w.column.table, w.column.column)) &&
         (type == TypeClass::kText || type == TypeClass::kEnum ||
          x_.joins.EdgeFromColumn(w.column.table, w.column.column) >= 0 || schema::IsNumber(type));
}

}  // namespace toomai::templates
