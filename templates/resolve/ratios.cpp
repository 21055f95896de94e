// Ratios, percentages and shares.
#include <algorithm>

#include "templates/render.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// ---- ratios ----
// One number from what is said of one part: a count unless a column is named.
QueryPtr Resolver::ScalarPart(int part, const std::vector<Wanted>& wanted, const std::vector<Fact>& facts) {
  wanted_.clear();
  for (Wanted w : wanted) {
    if (w.part != part) continue;
    if (w.kind == Target::kThing && w.table >= 0) w.kind = Target::kCount;
    if (w.kind == Target::kThing && w.column.Valid() && IsMeasure(w.column)) {
      w.kind = Target::kAggregates;  // one number, however many rows
      w.aggregates = {"sum"};
    }
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

ExprPtr Resolver::Quotient(ExprPtr above, ExprPtr below, bool percent) {
  ExprPtr divisor = Make(ExprKind::kCall, "nullif", {std::move(below), MakeNumber("0")});
  ExprPtr ratio = MakeBinary("/", Make(ExprKind::kCast, "numeric", {std::move(above)}), std::move(divisor));
  return percent ? MakeBinary("*", MakeNumber("100.0"), std::move(ratio)) : ratio;
}

QueryPtr Resolver::ComposeRatio() {
  std::vector<Wanted> wanted = wanted_;
  std::vector<Fact> facts = facts_;
  const Wanted* above = nullptr;
  const Wanted* below = nullptr;
  for (const Wanted& w : wanted) {
    if (w.part == 1 && !above) above = &w;
    if (w.part == 2 && !below) below = &w;
  }
  bool of_all = false;
  if (s_.percent && above != nullptr && below == nullptr) {
    // A share of all rows of the same kind.
    Wanted all = *above;
    all.part = 2;
    if (all.kind == Target::kThing && all.table < 0 && !(all.column.Valid() && IsMeasure(all.column))) return nullptr;
    wanted.push_back(all);
    of_all = true;
    above = nullptr;
    for (const Wanted& w : wanted) {
      if (w.part == 1 && !above) above = &w;
    }
    below = &wanted.back();
  }
  if (above == nullptr || below == nullptr || compared_.size() == 2) return nullptr;
  QueryPtr result;
  bool row_wise = above->column.Valid() && below->column.Valid() && above->kind != Target::kCount &&
                  below->kind != Target::kCount && (above->kind == Target::kThing) == (below->kind == Target::kThing);
  // "between GNP and old GNP for Brazil": what is said last is said of both.
  const bool one_row = s_.difference && row_wise && above->column.table == below->column.table &&
                       std::none_of(facts.begin(), facts.end(), [](const Fact& f) { return f.part == 1; });
  for (Fact& f : facts) f.part = one_row ? 0 : f.part;
  for (Fact& f : facts_) f.part = one_row ? 0 : f.part;
  bool parts_have_facts = false;
  for (const Fact& f : facts) parts_have_facts |= f.part != 0;
  const bool same_rows = s_.difference && !parts_have_facts && above->kind != Target::kCount;
  if (same_rows) return nullptr;  // two numbers of the same rows: subtracted once they are shown
  if (!groups_.empty() || (row_wise && !parts_have_facts)) {
    result = GroupedRatio(*above, *below, wanted, facts, row_wise, of_all);
  } else if (above->kind != Target::kThing || above->table >= 0 || parts_have_facts) {
    Wanted a = *above, b = *below;
    QueryPtr first = ScalarPart(1, wanted, facts);
    QueryPtr second = ScalarPart(2, wanted, facts);
    nonsense_ = first && second && RenderSql(*x_.schema, *first) == RenderSql(*x_.schema, *second);
    if (first && second && first->select.size() == 1 && second->select.size() == 1) {
      result = std::make_shared<Query>();
      if (s_.difference)
        result->select.push_back({MakeBinary("-", MakeSubquery(first), MakeSubquery(second)), "difference"});
      else
        result->select.push_back({Quotient(MakeSubquery(first), MakeSubquery(second), s_.percent), "ratio"});
    }
  }
  wanted_ = wanted;
  facts_ = facts;
  if (result) ratio_done_ = difference_done_ = true;
  return result;
}

QueryPtr Resolver::GroupedRatio(const Wanted& above, const Wanted& below, const std::vector<Wanted>& wanted,
                                const std::vector<Fact>& facts, bool row_wise, bool of_all) {
  int root = above.column.Valid() ? above.column.table : above.table;
  if (!Known(root)) return nullptr;
  QueryBuilder b(x_, root, &hints_);
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
  // "each country's share of total sales": of all groups together.
  const bool filtered = std::any_of(facts.begin(), facts.end(), [](const Fact& f) { return f.part == 1 && f.make; });
  if (of_all && !filtered && a && d) {
    d = rows ? MakeAggregate("sum", b.Column(below.column.table, below.column.column)) : MakeAggregate("sum", d);
    d->over = true;
  }
  if (!a || !d || b.failed()) return nullptr;
  for (const ExprPtr& key : keys) q.select.push_back({key, ""});
  ExprPtr ratio = s_.difference ? MakeBinary("-", a, d) : Quotient(a, d, s_.percent);
  bool average_of_rows = row_wise && !rows && !of_all && above.kind == Target::kThing;
  if (average_of_rows)
    ratio = MakeAggregate("avg", Quotient(b.Column(above.column.table, above.column.column),
                                          b.Column(below.column.table, below.column.column), s_.percent));
  q.select.push_back({ratio, "ratio"});
  if (!rows) {
    for (const ExprPtr& key : keys) AddGroup(q, key);
  }
  return b.failed() ? nullptr : b.Take();
}

}  // namespace toomai::templates
