// Things within things: rows picked by a query of their own.
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// owner.key IN (SELECT key FROM owner [WHERE its conditions] ORDER BY column LIMIT n)
bool Resolver::RowSubquery(QueryBuilder& b, const Sup& s) {
  int key = Defaults(s.owner).key;
  if (key < 0) key = Defaults(s.owner).display;
  if (key < 0) return false;
  QueryBuilder inner(x_, s.owner, &hints_);
  inner.query().select.push_back({inner.Column(s.owner, key), ""});
  inner.query().order.push_back({inner.Column(s.column.table, s.column.column), s.descending});
  inner.query().limit = s.n;
  if (s.offset > 0) inner.query().offset = s.offset;
  if (inner.failed()) return false;
  ExprPtr left = b.Column(s.owner, key);
  if (b.failed()) return false;
  b.query().where.push_back(MakeIn(left, inner.Take()));
  return true;
}

bool Resolver::CountSubquery(QueryBuilder& b, const Sup& s) {
  int key = Defaults(s.owner).key;
  if (key < 0) key = Defaults(s.owner).display;
  if (key < 0 || s.counted < 0) return false;
  QueryBuilder inner(x_, s.owner, &hints_);
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

bool Resolver::Within(int entity, int ancestor) const {
  for (int e = entity; e >= 0; e = s_.entities[static_cast<std::size_t>(e)].after) {
    if (e == ancestor) return true;
  }
  return false;
}

// Must this thing be found first, by a query of its own? "rivers in the largest state", "states that border states
// that …"
bool Resolver::Nested(int e, int root) const {
  if (e < 0 || e == head_entity_) return false;
  const EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
  int t = entity_table_[static_cast<std::size_t>(e)];
  if (use.via >= 0) return true;
  if (t == root || use.quantified || t < 0) return false;
  for (const Sup& s : sups_) {
    if (s.owner_entity == e && !s.is_common && s.owner == t && HasToMany(Walk(x_, t, root, &hints_))) return true;
  }
  for (std::size_t d = 0; d < s_.entities.size(); ++d) {
    if (static_cast<int>(d) > e && s_.entities[d].via >= 0 && Within(static_cast<int>(d), e)) return true;
  }
  return false;
}

bool Resolver::NestedOwner(int entity, int root) const {
  for (int e = entity; e >= 0 && e != head_entity_; e = s_.entities[static_cast<std::size_t>(e)].after) {
    if (Nested(e, root)) return true;
  }
  return false;
}

// SELECT column FROM the table of entity e WHERE all that is said of it.
QueryPtr Resolver::SetOf(int e, int column, int depth) {
  constexpr int kMaxNesting = 6;
  int t = entity_table_[static_cast<std::size_t>(e)];
  if (depth > kMaxNesting || t < 0 || column < 0) return nullptr;
  QueryBuilder b(x_, t, &hints_);
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
ExprPtr Resolver::Link(QueryBuilder& b, int table, int e, bool negated, int depth) {
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
    QueryBuilder inner(x_, relation, &hints_);
    inner.query().select.push_back({MakeColumn(0, left->columns[0].first), ""});
    if (!open) {
      QueryPtr set = SetOf(e, right->columns[0].second, depth);
      if (!set) return nullptr;
      inner.query().where.push_back(MakeIn(MakeColumn(0, right->columns[0].first), set));
    }
    return MakeIn(b.Column(table, left->columns[0].second), inner.Take(), negated);
  }
  std::vector<Hop> hops = Walk(x_, table, t, &hints_);
  if (hops.empty()) return nullptr;
  ExprPtr left = b.Column(table, hops[0].columns[0].first);
  if (hops.size() == 1) {
    QueryPtr set = SetOf(e, hops[0].columns[0].second, depth);
    return set ? MakeIn(left, set, negated) : nullptr;
  }
  QueryBuilder inner(x_, hops[0].to, &hints_);
  inner.query().select.push_back({MakeColumn(0, hops[0].columns[0].second), ""});
  int key = Defaults(t).key >= 0 ? Defaults(t).key : Defaults(t).display;
  QueryPtr set = SetOf(e, key, depth);
  if (!set) return nullptr;
  inner.query().where.push_back(MakeIn(inner.Column(t, key), set));
  return inner.failed() ? nullptr : MakeIn(left, inner.Take(), negated);
}

// "the salary of the head of the largest department": the rows that a column of other rows refers to.
bool Resolver::PlaceReference(QueryBuilder& b, int root) {
  const schema::NameHit& hit = M(s_.entities[static_cast<std::size_t>(head_entity_)].mention).names.front();
  int edge = x_.joins.EdgeFromColumn(hit.table, hit.column);
  if (edge < 0) return false;
  reference_root_ = hit.table;
  QueryBuilder inner(x_, hit.table, &hints_);
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

}  // namespace toomai::templates
