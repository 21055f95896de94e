// What a query shows: columns, counts and aggregates, and what it is grouped by.
#include <algorithm>

#include "templates/derived_columns.h"
#include "templates/resolve/draft.h"

namespace toomai::templates {

bool Draft::Shows(const ExprPtr& column) const {
  return std::any_of(shown.begin(), shown.end(), [&](const ExprPtr& e) { return Resolver::SameColumn(e, column); });
}

void Resolver::FindKinds(Draft* d) const {
  int maxima = 0, others = 0;
  for (const Wanted& w : wanted_) {
    d->has_plain |= w.kind == Target::kThing;
    if (w.kind != Target::kThing) (w.maybe_superlative ? maxima : others) += 1;
  }
  d->has_aggregate = maxima + others > 0;
  d->sups = sups_;
  d->groups = groups_;
  d->row_of_maximum = d->has_plain && groups_.empty() && sups_.empty() && maxima == 1 && others == 0;
  if (!d->row_of_maximum) return;
  for (const Wanted& w : wanted_) {
    if (!w.maybe_superlative) continue;
    Sup sup;
    sup.column = w.column;
    sup.descending = w.super_max;
    sup.owner = w.column.table;
    d->sups.push_back(sup);
  }
  d->has_aggregate = false;
}

// "the date of each order": nothing to aggregate, so "each" says "all".
void Resolver::DropIdleGroups(Draft* d) {
  const bool counted = std::any_of(d->sups.begin(), d->sups.end(), [](const Sup& s) { return s.by_count; });
  if (d->has_aggregate || d->groups.empty() || counted) return;
  d->best_of_each = RanksWithinGroups(*d);
  if (!d->sups.empty() && !d->best_of_each) r_.features.doubt += 0.8;
  for (auto g = d->groups.rbegin(); g != d->groups.rend(); ++g) {
    if (g->bucket || (!g->column.Valid() && !d->best_of_each)) continue;
    Wanted w;
    w.column = g->column;
    if (!w.column.Valid()) w.table = g->table;
    const bool there = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& old) {
      return old.table == w.table && old.column.table == w.column.table && old.column.column == w.column.column;
    });
    if (!there) wanted_.insert(wanted_.begin(), w);
  }
  if (!d->best_of_each) d->groups.clear();
}

// One ranking of rows by a number of their own, within one group of many of them.
bool Resolver::RanksWithinGroups(const Draft& d) const {
  if (d.sups.size() != 1 || d.groups.size() != 1 || !facts_.empty() || d.groups[0].bucket) return false;
  const Sup& s = d.sups[0];
  const Group& g = d.groups[0];
  const bool plain = !s.by_count && !s.is_common && s.aggregate.empty() && s.n == 1 && s.offset == 0;
  return plain && s.column.table == d.root && s.owner == d.root && (g.table < 0 || g.table != d.root) &&
         ManyToEach(s.column, g) && (g.table < 0 || Defaults(g.table).key >= 0);
}

// The columns that are asked for; their joins come before those of conditions.
bool Resolver::ShowThings(Draft* d) {
  for (const Wanted& w : wanted_) {
    if (w.kind != Target::kThing && !(d->row_of_maximum && w.maybe_superlative)) continue;
    const ExprPtr e = SaidBy(w.mention, kShownRule, Shown(d->b, w));
    if (!e) return false;
    if (w.everything && w.table >= 0)
      ShowEverything(d, w.table);
    else
      d->q.select.push_back({e, ""});
    d->shown.push_back(e);
  }
  for (const Group& g : d->groups) d->b.SourceOf(g.table >= 0 ? g.table : g.column.table);
  return !d->b.failed();
}

void Resolver::ShowEverything(Draft* d, int table) const {
  const auto& columns = x_.schema->tables[static_cast<std::size_t>(table)].columns;
  for (int c = 0; c < static_cast<int>(columns.size()); ++c)
    if (!IsDerived(columns[static_cast<std::size_t>(c)])) d->q.select.push_back({d->b.Column(table, c), ""});
}

bool Resolver::ShowNumbers(Draft* d) {
  const bool fans_out = d->b.fans_out();  // by what is said, not by what is counted
  for (const Wanted& w : wanted_) {
    if (w.kind == Target::kThing || (d->row_of_maximum && w.maybe_superlative)) continue;
    if (w.kind == Target::kCount) {
      d->q.select.push_back({SaidBy(w.mention, kCountRule, CountOf(d, w, fans_out)), ""});
      continue;
    }
    for (const std::string& aggregate : w.aggregates) {
      const ExprPtr column = d->b.Column(w.column.table, w.column.column);
      const bool number = schema::IsNumber(Col(w.column.table, w.column.column).type_class);
      if ((aggregate == "avg" || aggregate == "sum") && !number) return false;
      d->q.select.push_back({SaidBy(w.mention, kAggregateRule, InUnit(MakeAggregate(aggregate, column), w)), ""});
    }
  }
  return !d->b.failed();
}

// "how many hours": an interval as a number.
ExprPtr Resolver::InUnit(ExprPtr length, const Wanted& w) const {
  const std::string unit = w.mention < 0 ? "" : M(w.mention).unit;
  if (unit.empty() || !IsSpan(Col(w.column.table, w.column.column)) || CountsDays(Col(w.column.table, w.column.column)))
    return length;
  const char* seconds = unit == "minute" ? "60" : unit == "hour" ? "3600" : unit == "week" ? "604800" : "86400";
  return MakeBinary("/", Make(ExprKind::kCall, "date_part", {MakeText("epoch"), std::move(length)}),
                    MakeNumber(seconds));
}

ExprPtr Resolver::CountOf(Draft* d, const Wanted& w, bool fans_out) {
  QueryBuilder& b = d->b;
  if (w.column.Valid())
    return MakeAggregate("count", b.Column(w.column.table, w.column.column), w.distinct || CountDistinctByDefault(w));
  const int root = d->root;
  const TableDefaults& known = Defaults(root);
  const bool own = root == w.table && d->groups.empty();
  const bool distinct = fans_out && own && known.key >= 0;
  // A table whose rows nothing tells apart may name one thing several times.
  const bool repeats = own && facts_.empty() && known.key < 0 && known.display_strength >= 8 &&
                       x_.schema->tables[static_cast<std::size_t>(root)].primary_key.empty();
  const ExprPtr count = distinct  ? MakeAggregate("count", b.Column(root, known.key), true)
                        : repeats ? MakeAggregate("count", b.Column(root, known.display), true)
                                  : MakeAggregate("count", MakeStar());
  if (w.table >= 0) b.SourceOf(w.table);
  return count;
}

// Group keys are shown, unless the question lists columns of the same thing.
void Resolver::ShowGroups(Draft* d) {
  for (const Group& g : d->groups) {
    if (g.bucket)
      ShowBucket(d, g);
    else if (g.table >= 0)
      ShowGroupOf(d, g);
    else
      ShowGroupColumn(d, g);
  }
}

void Resolver::ShowBucket(Draft* d, const Group& g) {
  const ExprPtr bucket = Bucket(d->b, g);
  d->q.group.push_back(bucket);
  d->q.select.insert(d->q.select.begin(), {bucket, UnitName(g.unit)});
  if (d->order.empty() && s_.orders.empty()) d->order.push_back({bucket, false});
}

void Resolver::ShowGroupOf(Draft* d, const Group& g) {
  const bool described = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& w) {
    return w.kind == Target::kThing && (w.table == g.table || w.column.table == g.table);
  });
  const ExprPtr key = KeyOf(d->b, g.table);
  AddGroup(d->q, key);
  if (described) return;
  const int display = Defaults(g.table).display;
  const ExprPtr e = SaidBy(g.mention, kGroupRule, display >= 0 ? d->b.Column(g.table, display) : key);
  d->q.select.insert(d->q.select.begin(), {e, ""});
  AddGroup(d->q, e);
}

void Resolver::ShowGroupColumn(Draft* d, const Group& g) {
  const ExprPtr e = SaidBy(g.mention, kGroupRule, d->b.Column(g.column.table, g.column.column));
  AddGroup(d->q, e);
  if (!d->Shows(e)) d->q.select.insert(d->q.select.begin(), {e, ""});
}

void Resolver::GroupByShown(Draft* d) {
  if (!d->grouped) return;
  if (d->groups.empty() && d->has_plain) {
    // "the name of each … and the number of …" without "each": one row per thing shown.
    for (const Wanted& w : wanted_) {
      if (w.kind != Target::kThing) continue;
      if (w.table >= 0) AddGroup(d->q, KeyOf(d->b, w.table));
      if (w.column.Valid() && Defaults(w.column.table).display == w.column.column && w.column.table != d->root)
        AddGroup(d->q, KeyOf(d->b, w.column.table));
    }
    r_.features.doubt += 0.3;
  }
  for (const ExprPtr& e : d->shown) AddGroup(d->q, e);
}

// Everything shown or ordered by beside aggregates must be grouped.
void Resolver::GroupTheRest(Query& q) {
  if (q.group.empty()) return;
  for (const SelectItem& item : q.select)
    if (item.expr->kind == ExprKind::kColumn) AddGroup(q, item.expr);
  for (const OrderItem& item : q.order)
    if (item.expr->kind == ExprKind::kColumn) AddGroup(q, item.expr);
}

}  // namespace toomai::templates
