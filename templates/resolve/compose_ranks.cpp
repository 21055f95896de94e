// In which order a query shows its rows, and how many of them.
#include <algorithm>
#include <utility>

#include "templates/resolve/draft.h"

namespace toomai::templates {

void Draft::Rank(const Sup& sup, ExprPtr by) {
  order.push_back({SaidBy(sup.mention, kRankRule, std::move(by)), sup.descending});
  limit = sup.n;
  offset = sup.offset;
}

bool Resolver::PlaceRanks(Draft* d) {
  if (d->best_of_each) return RankWithinGroups(d);
  if (sups_.empty() && !d->row_of_maximum) d->sups.clear();  // placed with what they are about
  for (const Sup& s : d->sups) {
    if (s.owner_entity >= 0 && NestedOwner(s.owner_entity, d->root)) continue;
    const bool placed = s.is_common ? RankByFrequency(d, s) : s.by_count ? RankByCount(d, s) : RankByMeasure(d, s);
    if (!placed) return false;
  }
  return true;
}

// "the most common X", shown; or the rows that have it.
bool Resolver::RankByFrequency(Draft* d, const Sup& s) {
  ExprPtr key = s.common.Valid()   ? d->b.Column(s.common.table, s.common.column)
                : d->shown.empty() ? nullptr
                                   : d->shown[0];
  if (!key) return false;
  if (d->Shows(key)) {
    AddGroup(d->q, key);
    for (const ExprPtr& e : d->shown) AddGroup(d->q, e);
    d->Rank(s, MakeAggregate("count", MakeStar()));
    return true;
  }
  QueryBuilder inner(x_, s.common.table, &hints_);
  const ExprPtr k = inner.Column(s.common.table, s.common.column);
  inner.query().select.push_back({k, ""});
  inner.query().group.push_back(k);
  inner.query().order.push_back({MakeAggregate("count", MakeStar()), s.descending});
  inner.query().limit = s.n;
  d->q.where.push_back(MakeIn(key, inner.Take()));
  return true;
}

// The rows that have the largest number among those of their group.
bool Resolver::RankWithinGroups(Draft* d) {
  const Sup& s = d->sups[0];
  const Group& g = d->groups[0];
  auto key = [&](QueryBuilder& b) {
    return g.table >= 0 ? KeyOf(b, g.table) : b.Column(g.column.table, g.column.column);
  };
  QueryBuilder inner(x_, s.column.table, &hints_);
  const ExprPtr of = key(inner), measure = inner.Column(s.column.table, s.column.column);
  if (inner.failed() || !of) return false;
  inner.query().select = {{of, ""}, {MakeAggregate(s.descending ? "max" : "min", measure), ""}};
  inner.query().group.push_back(of);
  const ExprPtr row = Make(ExprKind::kCall, "row", {key(d->b), d->b.Column(s.column.table, s.column.column)});
  d->q.where.push_back(SaidBy(s.mention, kRankRule, MakeIn(row, inner.Take())));
  d->groups.clear();
  d->grouped = false;
  return !d->b.failed();
}

// The thing with most of something.
bool Resolver::RankByCount(Draft* d, const Sup& s) {
  const bool elsewhere = s.owner != d->root && (d->has_aggregate || !IsWantedTable(s.owner));
  if (elsewhere) return CountSubquery(d->b, s);
  // The table counted may be the root itself ("which year has most orders").
  d->b.SourceOf(s.counted);
  if (d->b.failed()) return false;
  if (s.counted != s.owner && Known(s.owner) && s.owner == d->root && OwnColumnsShown(d->root))
    AddGroup(d->q, KeyOf(d->b, d->root));
  for (const ExprPtr& e : d->shown) AddGroup(d->q, e);
  d->Rank(s, MakeAggregate("count", MakeStar()));
  return true;
}

// What is added up for each group, where the ranking is by the same numbers.
const Wanted* Resolver::SummedBy(const Sup& s) const {
  const auto w = std::find_if(wanted_.begin(), wanted_.end(), [&](const Wanted& one) {
    return one.kind == Target::kAggregates && one.aggregates == std::vector<std::string>{"sum"} && one.column.Valid() &&
           one.column.table == s.column.table && one.column.column == s.column.column;
  });
  return w == wanted_.end() || groups_.empty() ? nullptr : &*w;
}

bool Resolver::RankByMeasure(Draft* d, const Sup& s) {
  const int root = d->root;
  if (!s.aggregate.empty()) {
    const ExprPtr value = MakeAggregate(s.aggregate, d->b.Column(s.column.table, s.column.column));
    const bool attribute = head_entity_ < 0 && s.owner == root && !OwnColumnsShown(root);  // "which countries"
    if ((s.owner == root || IsWantedTable(s.owner)) && !attribute) AddGroup(d->q, KeyOf(d->b, s.owner));
    for (const ExprPtr& e : d->shown) AddGroup(d->q, e);
    d->Rank(s, value);
    return true;
  }
  if (const Wanted* summed = SummedBy(s); summed != nullptr && d->grouped) {  // 国別売上上位3: the groups are ranked
    d->Rank(s, MakeAggregate(summed->aggregates[0], d->b.Column(s.column.table, s.column.column)));
    return !d->b.failed();
  }
  if (d->grouped && d->has_aggregate) d->b.SourceOf(s.column.table);
  const bool at_root = s.owner == root || (!d->has_aggregate && IsWantedTable(s.owner));
  const bool flat = !d->has_aggregate && !d->grouped && (at_root || !HasToMany(Walk(x_, s.owner, root, &hints_)));
  if (!flat) return RowSubquery(d->b, s);
  d->Rank(s, d->b.Column(s.column.table, s.column.column));
  return !d->b.failed();
}

void Resolver::PlaceOrders(Draft* d) {
  for (const OrderKey& key : s_.orders) {
    if (key.mention < 0 && key.concept_id > 0) {
      bool flip = false;
      const Choice c = ConceptColumn(key.concept_id, d->root, &flip, true);
      if (c.Valid()) {
        d->order.push_back({d->b.Column(c.table, c.column), key.descending != flip});
        continue;
      }
    }
    const ExprPtr e = key.count ? OrderByCount(d, key) : key.mention >= 0 ? OrderByNamed(d, key) : OrderByShown(d->q);
    if (e) d->order.push_back({SaidBy(key.mention, kOrderRule, e), key.descending});
  }
}

// By how many of something there are: one row per subject.
ExprPtr Resolver::OrderByCount(Draft* d, const OrderKey& key) {
  if (!d->q.group.empty()) return MakeAggregate("count", MakeStar());
  const int counted = key.mention >= 0 && M(key.mention).BestTable() > 0 ? ChooseTable(key.mention) : -1;
  if (counted >= 0 && counted != d->root) d->b.SourceOf(counted);
  AddGroup(d->q, KeyOf(d->b, d->root));
  for (const ExprPtr& s : d->shown) AddGroup(d->q, s);
  return MakeAggregate("count", MakeStar());
}

// Something shown under that name, else a column.
ExprPtr Resolver::OrderByNamed(Draft* d, const OrderKey& key) {
  const Choice c = ChooseColumn(key.mention, d->root, Need::kAny);
  if (!c.Valid()) return nullptr;
  const ExprPtr column = d->b.Column(c.table, c.column);
  if (!key.aggregate.empty()) return MakeAggregate(key.aggregate, column);
  if (d->q.group.empty()) return column;
  if (std::any_of(d->q.group.begin(), d->q.group.end(), [&](const ExprPtr& g) { return SameColumn(g, column); }))
    return column;
  for (const SelectItem& item : d->q.select) {
    if (item.expr->kind == ExprKind::kAggregate && SameColumn(item.expr->args[0], column)) return item.expr;
  }
  AddGroup(d->q, column);
  return column;
}

// By what stands first; by the number, where there is one for each group.
ExprPtr Resolver::OrderByShown(const Query& q) {
  if (q.select.empty()) return nullptr;
  ExprPtr by = q.select[0].expr;
  if (q.group.empty()) return by;
  for (const SelectItem& item : q.select)
    if (item.expr->kind == ExprKind::kAggregate) by = item.expr;
  return by;
}

void Resolver::Limit(Draft* d) {
  Query& q = d->q;
  const bool bare =
      wanted_.size() == 1 && wanted_[0].kind == Target::kThing && wanted_[0].table >= 0 && !wanted_[0].explicit_list;
  const bool directed = !s_.orders.empty();
  // "top 5 customers by sales": the measure belongs to the answer when only the things themselves are asked for.
  if (bare && !d->order.empty() && (d->limit > 1 || (directed && d->limit == 1)) && !s_.superlatives.empty())
    q.select.push_back({d->order[0].expr, ""});
  if (directed && d->limit == 1 && !s_.superlatives.empty() && s_.limit == 0) {
    d->limit = 0;  // "the highest mountains, from highest to lowest": all of them, in that order
    if (d->order.size() > 1) d->order.resize(1);
  }
  q.order = d->order;
  q.ties = s_.ties;
  if (d->offset > 0) q.offset = d->offset;
  if (d->limit > 0) {
    q.limit = d->limit;
  } else if (s_.limit > 0) {
    q.limit = s_.limit;
    for (const SelectItem& item : q.select)
      if (d->order.empty() && item.expr->kind == ExprKind::kAggregate) q.order = {{item.expr, true}};
  }
}

// Only the different rows, where the order does not need others.
void Resolver::Differ(const Draft& d) const {
  Query& q = d.q;
  const bool attribute = wanted_.size() == 1 && wanted_[0].kind == Target::kThing && wanted_[0].column.Valid() &&
                         !Identifies(wanted_[0].column) &&
                         Col(wanted_[0].column.table, wanted_[0].column.column).type_class == TypeClass::kText;
  const bool wished = s_.distinct || (o_.asks_which && attribute) ||
                      std::any_of(wanted_.begin(), wanted_.end(),
                                  [](const Wanted& w) { return w.kind == Target::kThing && w.distinct; });
  if (!wished || d.has_aggregate || !q.group.empty()) return;
  q.distinct = std::all_of(q.order.begin(), q.order.end(), [&](const OrderItem& o) {
    return std::any_of(q.select.begin(), q.select.end(),
                       [&](const SelectItem& item) { return SameColumn(item.expr, o.expr); });
  });
}

}  // namespace toomai::templates
