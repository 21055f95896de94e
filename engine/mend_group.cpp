// Columns that are neither grouped nor aggregated, and ORDER BY beside DISTINCT: what SQLite and MySQL let pass.
#include <algorithm>
#include <set>

#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

using Place = std::pair<int, int>;  // source of the scope, column of the source

class GroupMender {
 public:
  GroupMender(const Statement& statement, int scope, Edits* edits)
      : s_(statement), index_(scope), scope_(statement.scopes.scopes()[scope]), edits_(edits) {}

  void Mend() {
    targets_ = s_.tree.Child(scope_.select, SelectSlots::kTargets);
    if (targets_ == kNoNode) return;
    group_ = s_.tree.Child(scope_.select, SelectSlots::kGroupBy);
    const NodeId having = s_.tree.Child(scope_.select, SelectSlots::kHaving);
    order_ = scope_.query == kNoNode ? kNoNode : s_.tree.Child(scope_.query, QuerySlots::kOrderBy);
    const bool aggregates = HasAggregate(s_.tree, targets_) || (having != kNoNode && HasAggregate(s_.tree, having)) ||
                            (order_ != kNoNode && HasAggregate(s_.tree, order_));
    if (group_ == kNoNode && !aggregates) {
      DistinctOrder();
      return;
    }
    if (group_ != kNoNode && !ReadGroup()) return;
    std::vector<NodeId> bare;
    Collect(targets_, &bare);
    Collect(having, &bare);
    if (order_ != kNoNode) Collect(order_, &bare);
    if (bare.empty()) return;
    if (group_ == kNoNode)
      Whole(bare);
    else
      Grouped(bare);
  }

 private:
  // What GROUP BY says: places of columns and texts of expressions. False when it holds what we do not follow.
  bool ReadGroup() {
    for (NodeId item : s_.tree.Children(group_)) {
      if (s_.tree[item].kind == NodeKind::kGroupingSet) return false;
      NodeId expression = item;
      if (s_.tree[item].kind == NodeKind::kLiteral) {  // an ordinal
        const std::size_t number = static_cast<std::size_t>(std::atol(s_.Text(item).c_str()));
        const auto targets = s_.tree.Children(targets_);
        if (number == 0 || number > targets.size()) return false;
        expression = s_.tree.Children(targets[number - 1])[0];
      }
      const RefInfo* ref = s_.scopes.Ref(expression);
      if (ref && ref->status == RefInfo::Status::kOutput) {
        const auto targets = s_.tree.Children(targets_);
        if (static_cast<std::size_t>(ref->output) < targets.size())
          expression = s_.tree.Children(targets[ref->output])[0];
        ref = s_.scopes.Ref(expression);
      }
      texts_.insert(s_.Text(expression));
      if (ref && ref->scope == index_ && ref->source >= 0) grouped_.insert({ref->source, ref->column});
    }
    PrimaryKeys();
    return true;
  }

  // Grouping by a table's primary key allows all its columns.
  void PrimaryKeys() {
    for (std::size_t i = 0; i < scope_.sources.size(); ++i) {
      const SourceInfo& source = scope_.sources[i];
      if (source.table < 0) continue;
      const auto& key = s_.context.schema->tables[source.table].primary_key;
      if (key.empty()) continue;
      const bool all = std::all_of(key.begin(), key.end(), [&](int c) {
        return grouped_.count({static_cast<int>(i), c}) > 0;
      });
      for (std::size_t c = 0; all && c < source.columns.size(); ++c)
        grouped_.insert({static_cast<int>(i), static_cast<int>(c)});
    }
  }

  // Column references of this scope outside aggregates and outside grouped expressions.
  void Collect(NodeId root, std::vector<NodeId>* bare) {
    if (root == kNoNode) return;
    int query_depth = 0;
    Walk(
        s_.tree, root,
        [&](NodeId id) {
          if (s_.tree[id].kind == NodeKind::kQuery) ++query_depth;
          if (query_depth == 0 && IsAggregate(s_.tree, id)) return false;
          if (query_depth == 0 && s_.tree[id].kind != NodeKind::kColumnRef && texts_.count(s_.Text(id))) return false;
          const RefInfo* ref = s_.scopes.Ref(id);
          if (ref && ref->status == RefInfo::Status::kFound && ref->scope == index_ &&
              !grouped_.count({ref->source, ref->column})) {
            bare->push_back(id);
          }
          return true;
        },
        [&](NodeId id) {
          if (s_.tree[id].kind == NodeKind::kQuery) --query_depth;
        });
  }

  // The only min() or max() of the select list, when there is no other aggregate.
  NodeId OnlyExtreme() const {
    NodeId found = kNoNode;
    bool other = false;
    Walk(s_.tree, targets_, [&](NodeId id) {
      if (s_.tree[id].kind == NodeKind::kQuery) return false;
      if (!IsAggregate(s_.tree, id)) return true;
      const std::string_view name = s_.tree.LastName(id);
      const NodeId list = s_.tree.Child(id, FunctionCallSlots::kArguments);
      if ((name == "max" || name == "min") && list != kNoNode && s_.tree.Children(list).size() == 1 && found == kNoNode)
        found = id;
      else
        other = true;
      return false;
    });
    return other ? kNoNode : found;
  }

  // SELECT max(power), name FROM t: the name of the row with the greatest power.
  void Whole(const std::vector<NodeId>& bare) {
    const NodeId extreme = OnlyExtreme();
    const bool free = scope_.query != kNoNode && order_ == kNoNode &&
                      s_.tree.Child(scope_.query, QuerySlots::kLimit) == kNoNode &&
                      s_.tree.Child(scope_.select, SelectSlots::kHaving) == kNoNode;
    if (extreme != kNoNode && free) {
      const std::string inner = s_.Text(s_.tree.Children(s_.tree.Child(extreme, FunctionCallSlots::kArguments))[0]);
      const bool max = s_.tree.LastName(extreme) == "max";
      const ByteRange range = s_.Range(extreme);
      edits_->Replace(range.begin, range.end, inner, "row-of-extreme", true);
      edits_->Insert(s_.Range(scope_.query).end,
                     " ORDER BY " + inner + (max ? " DESC NULLS LAST" : " ASC NULLS LAST") + " LIMIT 1",
                     "row-of-extreme", true);
      return;
    }
    if (extreme != kNoNode && OrderedByIt(extreme)) {
      const ByteRange range = s_.Range(extreme);
      edits_->Replace(range.begin, range.end,
                      s_.Text(s_.tree.Children(s_.tree.Child(extreme, FunctionCallSlots::kArguments))[0]),
                      "row-of-extreme", true);
      return;
    }
    std::string list;
    std::set<std::string> seen;
    for (NodeId ref : bare) {
      if (seen.insert(s_.Text(ref)).second) list += (list.empty() ? "" : ", ") + s_.Text(ref);
    }
    edits_->Insert(EndOfWhere(), " GROUP BY " + list, "group-by", true);
  }

  // SELECT max(day), cost … ORDER BY day DESC LIMIT 1: the order picks the row already.
  bool OrderedByIt(NodeId extreme) const {
    if (order_ == kNoNode || s_.tree.Child(scope_.query, QuerySlots::kLimit) == kNoNode) return false;
    const NodeId first = s_.tree.Children(s_.tree.Children(order_)[0])[0];
    const OutputInfo* sorted = s_.scopes.BaseOf(first);
    const OutputInfo* inner =
        s_.scopes.BaseOf(s_.tree.Children(s_.tree.Child(extreme, FunctionCallSlots::kArguments))[0]);
    return sorted && inner && sorted->table == inner->table && sorted->column == inner->column;
  }

  std::size_t EndOfWhere() const {
    const NodeId where = s_.tree.Child(scope_.select, SelectSlots::kWhere);
    const NodeId from = s_.tree.Child(scope_.select, SelectSlots::kFrom);
    return s_.Range(where != kNoNode ? where : from != kNoNode ? from : targets_).end;
  }

  void Grouped(const std::vector<NodeId>& bare) {
    const bool determined = Determined(bare);
    if (!determined && RowOfExtreme(bare)) return;
    std::string list;
    std::set<std::string> seen;
    for (NodeId ref : bare) {
      if (seen.insert(s_.Text(ref)).second) list += ", " + s_.Text(ref);
    }
    edits_->Insert(s_.Range(group_).end, list, "group-by", !determined);
  }

  // Do the grouped columns, the equalities of the joins and the keys fix every one of these columns?
  bool Determined(const std::vector<NodeId>& bare) const {
    std::set<Place> known = grouped_;
    std::vector<std::pair<Place, Place>> equal;
    const auto collect = [&](NodeId root) {
      if (root == kNoNode) return;
      Walk(s_.tree, root, [&](NodeId id) {
        const NodeKind kind = s_.tree[id].kind;
        if (kind == NodeKind::kQuery || kind == NodeKind::kOr || kind == NodeKind::kNot) return false;
        if (kind == NodeKind::kBinary && s_.tree.LastName(id) == "=") {
          const RefInfo* a = s_.scopes.Ref(s_.tree.Children(id)[0]);
          const RefInfo* b = s_.scopes.Ref(s_.tree.Children(id)[1]);
          if (a && b && a->scope == index_ && b->scope == index_ && a->source >= 0 && b->source >= 0) {
            equal.push_back({{a->source, a->column}, {b->source, b->column}});
          }
        }
        return true;
      });
    };
    for (NodeId on : scope_.conditions) collect(on);
    collect(s_.tree.Child(scope_.select, SelectSlots::kWhere));
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& [a, b] : equal) {
        if (known.count(a) && known.insert(b).second) grew = true;
        if (known.count(b) && known.insert(a).second) grew = true;
      }
      for (std::size_t i = 0; i < scope_.sources.size(); ++i) {
        const SourceInfo& source = scope_.sources[i];
        if (source.table < 0) continue;
        const schema::Table& table = s_.context.schema->tables[source.table];
        std::vector<std::vector<int>> keys = table.unique_keys;
        if (!table.primary_key.empty()) keys.push_back(table.primary_key);
        for (const auto& key : keys) {
          if (!std::all_of(key.begin(), key.end(), [&](int c) { return known.count({static_cast<int>(i), c}) > 0; }))
            continue;
          for (std::size_t c = 0; c < source.columns.size(); ++c)
            grew = known.insert({static_cast<int>(i), static_cast<int>(c)}).second || grew;
        }
      }
    }
    return std::all_of(bare.begin(), bare.end(), [&](NodeId id) {
      const RefInfo* ref = s_.scopes.Ref(id);
      return known.count({ref->source, ref->column}) > 0;
    });
  }

  // SELECT country, name, max(age) … GROUP BY country: the row of each group with the greatest age.
  bool RowOfExtreme(const std::vector<NodeId>& bare) {
    const NodeId extreme = OnlyExtreme();
    if (extreme == kNoNode || order_ != kNoNode || scope_.query == kNoNode ||
        s_.tree.Child(scope_.query, QuerySlots::kLimit) != kNoNode ||
        s_.tree.Child(scope_.select, SelectSlots::kHaving) != kNoNode ||
        s_.tree.Child(scope_.select, SelectSlots::kDistinct) != kNoNode)
      return false;
    const ByteRange list = s_.Range(targets_);
    for (NodeId ref : bare) {  // HAVING and ORDER BY are excluded above; all are in the select list
      if (s_.Range(ref).begin < list.begin || s_.Range(ref).end > list.end) return false;
    }
    const std::string inner = s_.Text(s_.tree.Children(s_.tree.Child(extreme, FunctionCallSlots::kArguments))[0]);
    const bool max = s_.tree.LastName(extreme) == "max";
    std::string keys;
    for (NodeId item : s_.tree.Children(group_)) keys += (keys.empty() ? "" : ", ") + s_.Text(item);
    const ByteRange group = s_.Range(group_), range = s_.Range(extreme);
    edits_->Insert(list.begin, "DISTINCT ON (" + keys + ") ", "row-of-extreme", true);
    edits_->Replace(range.begin, range.end, inner, "row-of-extreme", true);
    edits_->Replace(EndOfWhere(), group.end,
                    " ORDER BY " + keys + ", " + inner + (max ? " DESC NULLS LAST" : " ASC NULLS LAST"),
                    "row-of-extreme", true);
    return true;
  }

  // SELECT DISTINCT name … ORDER BY age: one row per name, ordered by its least (or, descending, greatest) age.
  void DistinctOrder() {
    const NodeId distinct = s_.tree.Child(scope_.select, SelectSlots::kDistinct);
    if (distinct == kNoNode || order_ == kNoNode || !s_.tree.Children(distinct).empty()) return;
    std::set<std::string> listed;
    std::string keys;
    std::set<Place> places;
    for (NodeId target : s_.tree.Children(targets_)) {
      const NodeId expression = s_.tree.Children(target)[0];
      if (s_.tree.Has(expression, kStarFlag) || HasAggregate(s_.tree, expression)) return;
      listed.insert(s_.Text(expression));
      if (s_.tree.NameCount(target)) listed.insert(std::string(s_.tree.Name(target, 0)));
      if (const RefInfo* ref = s_.scopes.Ref(expression); ref && ref->scope == index_)
        places.insert({ref->source, ref->column});
      keys += (keys.empty() ? "" : ", ") + s_.Text(expression);
    }
    std::vector<NodeId> missing;
    for (NodeId sort : s_.tree.Children(order_)) {
      const NodeId expression = s_.tree.Children(sort)[0];
      const RefInfo* ref = s_.scopes.Ref(expression);
      if (s_.tree[expression].kind == NodeKind::kLiteral || listed.count(s_.Text(expression))) continue;
      if (ref && (ref->status == RefInfo::Status::kOutput || places.count({ref->source, ref->column}))) continue;
      missing.push_back(sort);
    }
    if (missing.empty()) return;
    const ByteRange range = s_.Range(distinct);
    edits_->Replace(range.begin, s_.Range(targets_).begin, "", "distinct-order");
    edits_->Insert(EndOfWhere(), " GROUP BY " + keys, "distinct-order");
    for (NodeId sort : missing) {
      const NodeId expression = s_.tree.Children(sort)[0];
      const bool down = OpOf<SortDirection>(s_.tree[sort]) == SortDirection::kDescending;
      const ByteRange at = s_.Range(expression);
      edits_->Replace(at.begin, at.end, std::string(down ? "max(" : "min(") + s_.Text(expression) + ")",
                      "distinct-order");
    }
  }

  const Statement& s_;
  const int index_;
  const ScopeInfo& scope_;
  Edits* edits_;
  NodeId targets_ = kNoNode, group_ = kNoNode, order_ = kNoNode;
  std::set<Place> grouped_;
  std::set<std::string> texts_;
};

}  // namespace

void Grouping(const Statement& statement, Edits* edits) {
  for (std::size_t i = 0; i < statement.scopes.scopes().size(); ++i) {
    GroupMender(statement, static_cast<int>(i), edits).Mend();
    if (!edits->empty()) return;
  }
}

}  // namespace toomai::engine::mend
