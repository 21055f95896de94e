// Puts what was resolved together as one query.
#include <algorithm>

#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

// Rules, as `ask --explain` calls them.
constexpr const char* kShown = "what is asked for";
constexpr const char* kCounted = "a count";
constexpr const char* kAggregated = "an aggregate";
constexpr const char* kGrouped = "one row for each";
constexpr const char* kRanked = "a ranking";
constexpr const char* kOrdered = "an order";

}  // namespace

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

QueryPtr Resolver::Compose() {
  if (s_.asks_period && groups_.size() == 1 && s_.targets.empty()) return ComposePeriod();
  int root = PickRoot();
  if (!Known(root)) return nullptr;
  QueryBuilder b(x_, root, &hints_);
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
      e = SaidBy(w.mention, kShown, Shown(b, w));
      if (!e) return nullptr;
      if (w.everything && w.table >= 0) {
        const auto& columns = x_.schema->tables[static_cast<std::size_t>(w.table)].columns;
        for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
          if (!IsDerived(columns[static_cast<std::size_t>(c)])) q.select.push_back({b.Column(w.table, c), ""});
        }
        shown.push_back(e);
        continue;
      }
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
  std::vector<OrderItem> order;
  long limit = 0, offset = 0;
  if (sups_.empty() && !row_of_maximum) sups.clear();  // placed with what they are about
  for (const Sup& s : sups) {
    if (s.owner_entity >= 0 && NestedOwner(s.owner_entity, root)) continue;
    if (s.is_common) {
      ExprPtr key = s.common.Valid() ? b.Column(s.common.table, s.common.column) : (shown.empty() ? nullptr : shown[0]);
      if (!key) return nullptr;
      bool is_shown = false;
      for (const ExprPtr& e : shown) is_shown |= SameColumn(e, key);
      if (!is_shown) {
        // The rows of the most common X.
        QueryBuilder inner(x_, s.common.table, &hints_);
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
      order.push_back({SaidBy(s.mention, kRanked, MakeAggregate("count", MakeStar())), s.descending});
      limit = s.n;
      offset = s.offset;
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
      order.push_back({SaidBy(s.mention, kRanked, MakeAggregate("count", MakeStar())), s.descending});
      limit = s.n;
      offset = s.offset;
      continue;
    }
    if (!s.aggregate.empty() || (grouped && has_aggregate)) {
      ExprPtr value = b.Column(s.column.table, s.column.column);
      if (!s.aggregate.empty()) {
        value = SaidBy(s.mention, kRanked, MakeAggregate(s.aggregate, value));
        const bool attribute = head_entity_ < 0 && s.owner == root && !OwnColumnsShown(root);  // "which countries"
        if ((s.owner == root || IsWantedTable(s.owner)) && !attribute) AddGroup(q, GroupKeyOf(b, s.owner));
        for (const ExprPtr& e : shown) AddGroup(q, e);
        order.push_back({value, s.descending});
        limit = s.n;
        offset = s.offset;
        continue;
      }
    }
    bool flat = !has_aggregate && !grouped && (at_root || !HasToMany(Walk(x_, s.owner, root, &hints_)));
    if (s.owner == root && has_aggregate && !grouped) flat = false;
    if (flat) {
      order.push_back({SaidBy(s.mention, kRanked, b.Column(s.column.table, s.column.column)), s.descending});
      limit = s.n;
      offset = s.offset;
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
        // A table whose rows nothing tells apart may name one thing several times.
        bool repeats = w.table == root && groups.empty() && facts_.empty() && Defaults(root).key < 0 &&
                       Defaults(root).display_strength >= 8 &&
                       x_.schema->tables[static_cast<std::size_t>(root)].primary_key.empty();
        count = distinct  ? MakeAggregate("count", b.Column(root, Defaults(root).key), true)
                : repeats ? MakeAggregate("count", b.Column(root, Defaults(root).display), true)
                          : MakeAggregate("count", MakeStar());
        if (w.table >= 0) b.SourceOf(w.table);
      }
      q.select.push_back({SaidBy(w.mention, kCounted, count), ""});
    } else {
      for (const std::string& a : w.aggregates) {
        ExprPtr column = b.Column(w.column.table, w.column.column);
        if ((a == "avg" || a == "sum") && !schema::IsNumber(Col(w.column.table, w.column.column).type_class))
          return nullptr;
        q.select.push_back({SaidBy(w.mention, kAggregated, MakeAggregate(a, column)), ""});
      }
    }
  }
  if (b.failed()) return nullptr;

  // Group keys are shown, unless the question lists columns of the same thing.
  for (const Group& g : groups) {
    if (g.bucket) {
      ExprPtr bucket = Bucket(b, g);
      q.group.push_back(bucket);
      q.select.insert(q.select.begin(), {bucket, UnitName(g.unit)});
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
        ExprPtr e = SaidBy(g.mention, kGrouped, display >= 0 ? b.Column(g.table, display) : key);
        q.select.insert(q.select.begin(), {e, ""});
        AddGroup(q, e);
      }
    } else {
      ExprPtr e = SaidBy(g.mention, kGrouped, b.Column(g.column.table, g.column.column));
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
    if (key.mention < 0 && key.concept_id > 0) {
      bool flip = false;
      Choice c = ConceptColumn(key.concept_id, root, &flip, true);
      if (c.Valid()) {
        order.push_back({b.Column(c.table, c.column), key.descending != flip});
        continue;
      }
    }
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
    if (e) order.push_back({SaidBy(key.mention, kOrdered, e), key.descending});
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
  if (offset > 0) q.offset = offset;
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
  q.ties = s_.ties;
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
  ComparePeriods(b);
  RunUp(q);
  if (s_.difference) Subtract(q);
  if (b.failed()) return nullptr;
  return OuterAggregate(b.Take());
}

// "the average number of dogs per owner": an aggregate of counts.
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
