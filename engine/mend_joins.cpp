// Conditions of joins: what looks ahead of its join, and keys compared with what they are no keys of.
#include <algorithm>

#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

void ReplaceName(const Statement& s, NodeId ref, const SourceInfo& source, int column, Edits* edits) {
  const ByteRange range = s.tree.NameRange(ref);
  const std::string& name = s.context.schema->column(source.table, column).name;
  edits->Replace(range.begin, range.end, schema::QuoteIdentifier(source.name) + "." + schema::QuoteIdentifier(name),
                 "join-by-key", true);
}

// places.code = votes.state where places has a column state of that type, and votes has no code.
bool JoinBySameName(const Statement& s, NodeId left, const SourceInfo& one, const RefInfo& a, NodeId right,
                    const SourceInfo& two, const RefInfo& b, Edits* edits) {
  const auto twin = [&](const SourceInfo& here, const SourceInfo& there, const RefInfo& ref) {
    const int at = here.Find(there.columns[static_cast<std::size_t>(ref.column)].name);
    return at >= 0 && here.columns[static_cast<std::size_t>(at)].type ==
                          there.columns[static_cast<std::size_t>(ref.column)].type
               ? here.columns[static_cast<std::size_t>(at)].column
               : -1;
  };
  const int in_one = twin(one, two, b), in_two = twin(two, one, a);
  if ((in_one < 0) == (in_two < 0)) return false;
  if (in_one >= 0)
    ReplaceName(s, left, one, in_one, edits);
  else
    ReplaceName(s, right, two, in_two, edits);
  return true;
}

// A column of a table, where it is written.
struct Side {
  NodeId node = kNoNode;
  const SourceInfo* source = nullptr;  // null when it is no column of a base table
  int column = -1;
};

Side SideOf(const Statement& s, NodeId node) {
  Side side{node};
  const RefInfo* ref = s.scopes.Ref(node);
  const SourceInfo* source = ref ? s.scopes.SourceOf(*ref) : nullptr;
  if (!source || source->table < 0) return side;
  side.source = source;
  side.column = ref->column;
  return side;
}

// The column of `there` that the only key with this column leads to; -1 when there is none.
int OtherEnd(const Statement& s, const Side& side, int there) {
  int found = -1;
  for (int index : s.context.joins->EdgesOf(side.source->table)) {
    const schema::JoinEdge& edge = s.context.joins->edges()[static_cast<std::size_t>(index)];
    if (edge.columns.size() != 1 || !edge.to_one) continue;
    const auto [first, second] = edge.columns[0];
    int end = -1;
    if (edge.table1 == side.source->table && first == side.column && edge.table2 == there) end = second;
    if (edge.table2 == side.source->table && second == side.column && edge.table1 == there) end = first;
    if (end < 0 || end == found) continue;
    if (found >= 0) return -1;
    found = end;
  }
  return found;
}

// One of the two is an end of a key between the tables: the other was meant to be its other end.
bool ByOneEnd(const Statement& s, const Side& a, const Side& b, bool may_change_b, Edits* edits) {
  const int for_b = may_change_b ? OtherEnd(s, a, b.source->table) : -1;
  const int for_a = OtherEnd(s, b, a.source->table);
  if ((for_a < 0) == (for_b < 0)) return false;
  if (for_a >= 0)
    ReplaceName(s, a.node, *a.source, for_a, edits);
  else
    ReplaceName(s, b.node, *b.source, for_b, edits);
  return true;
}

const schema::JoinEdge* OnlyDeclaredKey(const Statement& s, const Side& a, const Side& b) {
  const schema::JoinEdge* key = nullptr;
  for (int index : s.context.joins->EdgesOf(a.source->table)) {
    const schema::JoinEdge& edge = s.context.joins->edges()[static_cast<std::size_t>(index)];
    const bool between = edge.table1 == b.source->table || edge.table2 == b.source->table;
    if (!edge.declared || edge.columns.size() != 1 || !between) continue;
    if (key) return nullptr;
    key = &edge;
  }
  return key;
}

}  // namespace

// cars.id = names.model, a number and a text, where a key joins the two tables: the key was meant.
bool JoinByKey(const Statement& s, NodeId left, NodeId right, Edits* edits) {
  const Side a = SideOf(s, left), b = SideOf(s, right);
  if (!s.context.joins || !a.source || !b.source || a.source->table == b.source->table) return false;
  if (ByOneEnd(s, a, b, true, edits)) return true;
  const schema::JoinEdge* key = OnlyDeclaredKey(s, a, b);
  if (!key)
    return JoinBySameName(s, left, *a.source, *s.scopes.Ref(left), right, *b.source, *s.scopes.Ref(right), edits);
  const auto [first, second] = key->columns[0];
  const bool forward = key->table1 == a.source->table;
  ReplaceName(s, left, *a.source, forward ? first : second, edits);
  ReplaceName(s, right, *b.source, forward ? second : first, edits);
  return true;
}

// x IN (SELECT y FROM t), a number and a text, where a key joins their tables.
bool MemberByKey(const Statement& s, NodeId left, NodeId query, Edits* edits) {
  for (const ScopeInfo& scope : s.scopes.scopes()) {
    if (scope.query != query) continue;
    const NodeId targets = s.tree.Child(scope.select, SelectSlots::kTargets);
    if (!s.context.joins || targets == kNoNode || s.tree.Children(targets).size() != 1) return false;
    const Side a = SideOf(s, left), b = SideOf(s, s.tree.Children(s.tree.Children(targets)[0])[0]);
    if (!a.source || !b.source || a.source->table == b.source->table) return false;
    return ByOneEnd(s, a, b, s.tree.Child(scope.select, SelectSlots::kGroupBy) == kNoNode, edits);
  }
  return false;
}

// a JOIN b ON a.x = c.y JOIN c …, and FROM a, b JOIN c ON a.x = c.x: PostgreSQL looks only to the left, and only inside
// the join.
void Joins(const Statement& s, Edits* edits) {
  for (std::size_t index = 0; index < s.scopes.scopes().size(); ++index) {
    const ScopeInfo& scope = s.scopes.scopes()[index];
    const NodeId from = s.tree.Child(scope.select, SelectSlots::kFrom);
    if (from == kNoNode) continue;
    bool ahead = false, plain = true;
    std::vector<NodeId> joins;
    Walk(s.tree, from, [&](NodeId id) {
      if (s.tree[id].kind == NodeKind::kQuery) return false;
      if (s.tree[id].kind == NodeKind::kJoin) joins.push_back(id);
      return true;
    });
    for (NodeId join : joins) {
      const JoinType type = OpOf<JoinType>(s.tree[join]);
      if ((type != JoinType::kInner && type != JoinType::kCross) || s.tree.Has(join, kNatural) ||
          s.tree.Child(join, JoinSlots::kUsing) != kNoNode || s.tree.Child(join, JoinSlots::kAlias) != kNoNode)
        plain = false;
      const NodeId on = s.tree.Child(join, JoinSlots::kOn);
      if (on == kNoNode) continue;
      const ByteRange reach = s.Range(join);
      Walk(s.tree, on, [&](NodeId id) {
        const RefInfo* ref = s.scopes.Ref(id);
        const SourceInfo* source = ref && ref->scope == static_cast<int>(index) ? s.scopes.SourceOf(*ref) : nullptr;
        if (source && source->node != kNoNode) {
          const ByteRange there = s.Range(source->node);
          if (there.begin < reach.begin || there.end > reach.end) ahead = true;
        }
        return true;
      });
    }
    if (!ahead || !plain) continue;
    std::string conditions;
    for (NodeId join : joins) {
      const NodeId on = s.tree.Child(join, JoinSlots::kOn);
      if (on == kNoNode) continue;
      conditions += (conditions.empty() ? "" : " AND ") + Parenthesized(s.tree, on);
      // From the end of the right side to the end of the condition goes "ON …".
      edits->Replace(s.Range(s.tree.Child(join, JoinSlots::kRight)).end, s.Range(on).end, "", "join-order");
      // The words between the two sides become a comma.
      edits->Replace(s.Range(s.tree.Child(join, JoinSlots::kLeft)).end,
                     s.Range(s.tree.Child(join, JoinSlots::kRight)).begin, ", ", "join-order");
    }
    if (const NodeId where = s.tree.Child(scope.select, SelectSlots::kWhere); where != kNoNode) {
      const ByteRange range = s.Range(where);
      edits->Insert(range.begin, conditions + " AND (", "join-order");
      edits->Insert(range.end, ")", "join-order");
    } else {
      edits->Insert(s.Range(from).end, " WHERE " + conditions, "join-order");
    }
    return;
  }
}

}  // namespace toomai::engine::mend
