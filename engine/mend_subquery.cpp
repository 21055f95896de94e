// A subquery that stands for one value and may give several.
#include <algorithm>

#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

// WHERE fixes every column of a key of the only table.
bool FixesKey(const Statement& s, const ScopeInfo& scope) {
  if (scope.sources[0].table < 0) return false;
  const NodeId where = s.tree.Child(scope.select, SelectSlots::kWhere);
  if (where == kNoNode) return false;
  std::vector<int> fixed;
  Walk(s.tree, where, [&](NodeId id) {
    if (s.tree[id].kind == NodeKind::kBinary && s.tree.LastName(id) == "=") {
      for (NodeId side : s.tree.Children(id)) {
        const RefInfo* ref = s.scopes.Ref(side);
        if (ref && s.scopes.SourceOf(*ref) == &scope.sources[0]) fixed.push_back(ref->column);
      }
    }
    return s.tree[id].kind == NodeKind::kAnd;
  });
  const schema::Table& table = s.context.schema->tables[scope.sources[0].table];
  std::vector<std::vector<int>> keys = table.unique_keys;
  if (!table.primary_key.empty()) keys.push_back(table.primary_key);
  return std::any_of(keys.begin(), keys.end(), [&](const std::vector<int>& key) {
    return std::all_of(key.begin(), key.end(),
                       [&](int c) { return std::find(fixed.begin(), fixed.end(), c) != fixed.end(); });
  });
}

bool GivesOneRow(const Statement& s, NodeId query) {
  const NodeId limit = s.tree.Child(query, QuerySlots::kLimit);
  if (limit != kNoNode) return true;  // as the writer decided
  const NodeId body = s.tree.Child(query, QuerySlots::kBody);
  if (s.tree[body].kind != NodeKind::kSelect) return false;
  const NodeId targets = s.tree.Child(body, SelectSlots::kTargets);
  if (s.tree.Child(body, SelectSlots::kGroupBy) == kNoNode && targets != kNoNode && HasAggregate(s.tree, targets))
    return true;
  if (s.tree.Child(body, SelectSlots::kFrom) == kNoNode) return true;
  for (const ScopeInfo& scope : s.scopes.scopes()) {
    if (scope.select == body) return scope.sources.size() == 1 && FixesKey(s, scope);
  }
  return false;
}

// Is the comparison a condition by itself, where NULL and false come to the same: under AND, up to WHERE, HAVING or ON?
bool IsCondition(const Statement& s, const std::vector<NodeId>& parents, NodeId id) {
  NodeId child = id, above = parents[id];
  while (above != kNoNode && s.tree[above].kind == NodeKind::kAnd) {
    child = above;
    above = parents[above];
  }
  if (above == kNoNode) return false;
  if (s.tree[above].kind == NodeKind::kJoin) return s.tree.Child(above, JoinSlots::kOn) == child;
  return s.tree[above].kind == NodeKind::kSelect &&
         (s.tree.Child(above, SelectSlots::kWhere) == child || s.tree.Child(above, SelectSlots::kHaving) == child);
}

}  // namespace

// x = (SELECT y …) fails when there are two rows of y; x IN (SELECT y …) says the same for one row and goes on for
// more.
void Subqueries(const Statement& s, Edits* edits) {
  const std::vector<NodeId> parents = ParentsOf(s.tree);
  for (NodeId id = 0; id < s.tree.size(); ++id) {
    if (s.tree[id].kind != NodeKind::kBinary || s.tree.LastName(id) != "=") continue;
    const NodeId left = s.tree.Children(id)[0], right = s.tree.Children(id)[1];
    if (s.tree[right].kind != NodeKind::kSubquery || !IsCondition(s, parents, id) ||
        GivesOneRow(s, s.tree.Children(right)[0]))
      continue;
    edits->Replace(s.Range(left).end, s.Range(right).begin, " IN ", "scalar-subquery");
  }
}

}  // namespace toomai::engine::mend
