// Where each fact goes: a condition beside the others, or a subquery behind the first hop.
#include <algorithm>
#include <numeric>

#include "schema/numbers.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

// Rules, as `ask --explain` calls them.
constexpr const char* kCondition = "a condition on rows";
constexpr const char* kGroupCondition = "a condition on groups";
constexpr const char* kExistence = "rows that have, or have not";

}  // namespace

void Resolver::Place(Query& q, ExprPtr e, bool or_previous) {
  if (or_previous && !q.where.empty()) {
    ExprPtr last = q.where.back();
    q.where.back() = Make(ExprKind::kOr, "", {last, e});
  } else {
    q.where.push_back(e);
  }
}

bool Resolver::PlaceFacts(QueryBuilder& b, int root) {
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
    ExprPtr link = SaidBy(f.at, kCondition, Link(b, holder, f.subject, f.negated, 0));
    if (!link) return false;
    Place(q, link, f.or_previous);
  }
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    if (facts_[i].entity >= 0 && NestedOwner(facts_[i].entity, root)) done[i] = 1;
  }
  for (std::size_t i : HavingFirst()) {
    if (done[i]) continue;
    const Fact& f = facts_[i];
    if (!f.having.empty()) {
      done[i] = 1;
      ExprPtr e = SaidBy(f.at, kGroupCondition, f.make(b));
      if (b.failed()) return false;
      q.having.push_back(e);
      if (q.group.empty() && groups_.empty()) {
        // A count of the rows themselves says nothing row by row.
        if (f.having == "count" || !OwnColumnsShown(root)) {  // "job titles with an average salary above …"
          for (const SelectItem& item : q.select) AddGroup(q, item.expr);
        } else {
          AddGroup(q, GroupKeyOf(b, root));
        }
      }
      continue;
    }
    if (!f.make && f.tables[0] != root && Walk(x_, root, f.tables[0], &hints_).empty()) {
      r_.features.doubt += 0.6;  // a table that nothing joins: read as a word
      done[i] = 1;
      continue;
    }
    bool behind = Behind(root, f);
    bool separate = f.negated && (behind || (!f.make && RefersTo(f.tables[0], root)));
    if (f.quantified) separate = true;
    if (behind && !f.negated && !f.quantified && !grouped) {
      // A to-many condition: joined in when the other table is shown anyway, else a semi-join.
      bool shown = true;
      for (int t : f.tables) shown &= b.Has(t);
      for (const Sup& s : sups_) {
        shown |= s.by_count && s.counted >= 0 && Touches(root, s.counted, f);
        shown |= !s.aggregate.empty() && f.tables.size() == 1 && Touches(root, s.column.table, f);
      }
      separate = !shown && o_.semi_joins;
    }
    if (!separate) {
      done[i] = 1;
      if (f.make) {
        ExprPtr e = f.make(b);
        if (b.failed()) return false;
        Place(q, SaidBy(f.at, kCondition, f.negated ? Negate(e) : e), f.or_previous);
      } else if (f.negated) {
        // Rows without a partner on the one side: the reference is empty.
        std::vector<Hop> hops = Walk(x_, root, f.tables[0], &hints_);
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
    std::vector<Hop> hops = Walk(x_, anchor, far, &hints_);
    if (hops.empty()) return false;
    const Hop& first = hops[0];
    QueryBuilder inner(x_, first.to, &hints_);
    inner.SourceOf(far);
    if (inner.failed()) return false;
    if (f.make) {
      inner.query().where.push_back(SaidBy(f.at, kCondition, f.make(inner)));
    }
    done[i] = 1;
    for (std::size_t k = 0; k < facts_.size(); ++k) {
      if (done[k] || facts_[k].quantified || !facts_[k].having.empty()) continue;
      const Fact& g = facts_[k];
      if (f.both && g.both && f.column == g.column && f.column_table == g.column_table) continue;  // two rows, not one
      if (g.negated && DeniesAnother(g)) continue;  // "in 2023 but not in 2024": two rows, not one
      bool same_subject = f.subject >= 0 && g.entity == f.subject;
      bool joined = !f.quantified && !f.negated && Behind(root, g) && !g.negated;
      bool fits = true;
      for (int t : g.tables) fits &= t == far || !(HasToMany(Walk(x_, far, t, &hints_)));
      for (int t : g.tables) fits &= t != root && t != anchor;
      if (!fits || !(same_subject || joined || (f.subject >= 0 && g.entity >= f.subject))) continue;
      if (!g.make && (g.negated || g.at < f.at)) continue;
      done[k] = 1;
      if (!g.make) {
        inner.SourceOf(g.tables[0]);
        continue;
      }
      ExprPtr e = g.make(inner);
      inner.query().where.push_back(SaidBy(g.at, kCondition, g.negated ? Negate(e) : e));
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
    Place(q, SaidBy(f.subject >= 0 ? f.at : -1, kExistence, MakeIn(left, inner.Take(), negated)), f.or_previous);
  }
  return true;
}

// What is compared once rows are put together joins them; what else is said of those rows goes beside it.
std::vector<std::size_t> Resolver::HavingFirst() const {
  std::vector<std::size_t> order(facts_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return !facts_[i].having.empty(); });
  return order;
}

// Something else is said of the same column.
bool Resolver::DeniesAnother(const Fact& denied) const {
  return std::any_of(facts_.begin(), facts_.end(), [&](const Fact& f) {
    return f.make && !f.negated && f.column >= 0 && f.column == denied.column && f.column_table == denied.column_table;
  });
}

// The first step from `to` towards `table` is a key that the other side holds.
bool Resolver::RefersTo(int table, int to) const {
  std::vector<Hop> hops = Walk(x_, to, table, &hints_);
  return !hops.empty() && x_.joins.edges()[static_cast<std::size_t>(hops[0].edge)].table1 != to;
}

bool Resolver::Touches(int root, int counted, const Fact& f) const {
  std::vector<Hop> hops = Walk(x_, root, counted, &hints_);
  for (const Hop& hop : hops) {
    for (int t : f.tables) {
      if (hop.to == t || hop.from == t) return true;
    }
  }
  for (int t : f.tables) {
    if (!HasToMany(Walk(x_, counted, t, &hints_))) return true;
  }
  return false;
}

ExprPtr Resolver::Negate(const ExprPtr& e) {
  const bool element = e->kind == ExprKind::kBinary && e->args[1]->kind == ExprKind::kCall;  // x = any(column)
  if (e->kind == ExprKind::kBinary && !element) {
    static const std::pair<const char*, const char*> kPairs[] = {{"=", "<>"}, {"<", ">="}, {">", "<="},
                                                                 {"<=", ">"}, {">=", "<"}, {"ILIKE", "NOT ILIKE"}};
    for (auto [a, b] : kPairs) {
      if (e->name == a) return MakeBinary(b, e->args[0], e->args[1]);
    }
  }
  return Make(ExprKind::kNot, "", {e});
}

}  // namespace toomai::templates
