// Joins, the columns they merge, and the names aliases give.
// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-JOIN
#include <algorithm>

#include "validator/resolver.h"

namespace toomai::validator {
// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-JOIN
bool Resolver::Join(NodeId item, Scope& scope, RelationId* out) {
  const JoinType type = OpOf<JoinType>(tree_[item]);
  const std::size_t begin = state_.items.size();
  const std::uint32_t saved_begin = scope.items_begin, saved_end = scope.items_end;
  RelationId left = kNoRelation, right = kNoRelation;
  if (!FromItem(tree_.Child(item, JoinSlots::kLeft), scope, &left)) return false;
  const std::size_t middle = state_.items.size();
  SetLateral(begin, middle, true, type == JoinType::kInner || type == JoinType::kLeft || type == JoinType::kCross);
  scope.items_end = static_cast<std::uint32_t>(middle);
  if (!FromItem(tree_.Child(item, JoinSlots::kRight), scope, &right)) return false;
  scope.items_end = saved_end;
  const std::size_t end = state_.items.size();
  if (!CheckConflicts(begin, middle, end, item)) return false;
  if (!JoinColumns(item, left, right, out)) return false;
  if (const NodeId on = tree_.Child(item, JoinSlots::kOn); on != kNoNode) {
    // ON sees the two sides of its own join and the queries around, but no other FROM item.
    SetLateral(begin, end, false, true);
    scope.items_begin = static_cast<std::uint32_t>(begin);
    scope.items_end = static_cast<std::uint32_t>(end);
    if (!Condition(on, scope)) return false;
    scope.items_begin = saved_begin;
    scope.items_end = saved_end;
  }
  const NodeId alias = tree_.Child(item, JoinSlots::kAlias);
  const bool merges = tree_.Child(item, JoinSlots::kUsing) != kNoNode || tree_.Has(item, kNatural);
  if (alias != kNoNode) {  // (a JOIN b …) AS j hides a and b
    state_.items.resize(begin);
    const std::size_t columns = state_.building.size();
    Expand(*out, &state_.building);
    const RelationId relation = AddColumns(columns);
    At(relation).of_join = true;
    return AddAlias(alias, {}, relation, true, out);
  }
  if (!merges) return true;
  for (std::size_t i = begin; i < end; ++i) state_.items[i].columns_visible = false;
  NamespaceItem joined;
  joined.relation = *out;
  joined.relation_visible = false;
  state_.items.push_back(joined);
  if (const NodeId using_alias = tree_.Child(item, JoinSlots::kUsingAlias); using_alias != kNoNode) {
    Relation merged = At(*out);
    merged.kind = Relation::Kind::kColumns;
    NamespaceItem named;
    named.name = Name(using_alias, 0);
    named.relation = AddRelation(merged);
    named.has_alias = true;
    named.columns_visible = false;
    state_.items.push_back(named);
    if (!CheckConflicts(begin, state_.items.size() - 1, state_.items.size(), item)) return false;
  }
  return true;
}

bool Resolver::JoinColumns(NodeId item, RelationId left, RelationId right, RelationId* out) {
  Relation join;
  join.kind = Relation::Kind::kJoin;
  join.left = left;
  join.right = right;
  const std::size_t begin = state_.building.size();
  if (const NodeId list = tree_.Child(item, JoinSlots::kUsing); list != kNoNode) {
    for (const NodeId name : tree_.Children(list)) {
      if (!MergeColumn(name, Name(name, 0), left, right, item)) return false;
    }
  } else if (tree_.Has(item, kNatural)) {
    std::vector<Column> columns;
    Expand(left, &columns);
    for (const Column& column : columns) {
      ColumnSource source;
      if (column.source.column == kAnyColumn || column.name.empty()) continue;
      if (At(right).kind == Relation::Kind::kOpen || FindColumn(right, column.name, &source) == 0) continue;
      if (source.column == kSystemColumn) continue;
      if (!MergeColumn(item, column.name, left, right, item)) return false;
    }
  }
  join.first = static_cast<std::uint32_t>(state_.columns.size());
  join.count = static_cast<std::uint32_t>(state_.building.size() - begin);
  state_.columns.insert(state_.columns.end(), state_.building.begin() + static_cast<std::ptrdiff_t>(begin),
                        state_.building.end());
  state_.building.resize(begin);
  *out = AddRelation(join);
  return true;
}

bool Resolver::MergeColumn(NodeId at, std::string_view name, RelationId left, RelationId right, NodeId join) {
  const ByteRange range = tree_.Range(at);
  ColumnSource sources[2];
  for (int i = 0; i < 2; ++i) {
    const int count = FindColumn(i == 0 ? left : right, name, &sources[i]);
    const std::string side = i == 0 ? "left" : "right";
    if (count == 0 || sources[i].column == kSystemColumn) {
      if (!Report(Rule::kUnknownColumn, range,
                  "column " + Quoted(name) + " specified in USING clause does not exist in " + side + " table",
                  "Join with ON and name the two columns.", {}, "42703")) {
        return false;
      }
      return true;
    }
    if (count > 1) {
      if (!Report(Rule::kAmbiguousColumn, range,
                  "common column name " + Quoted(name) + " appears more than once in " + side + " table",
                  "Join with ON and name the two columns.", {}, "42702")) {
        return false;
      }
    }
    if (!CheckDenied(at, sources[i])) return false;
  }
  if (has_user_operators_ && !OperatorRule(at, range, "=", TypeOfColumn(sources[0]), TypeOfColumn(sources[1])))
    return false;
  if (checker_.HasImplicitCasts() && !CommonTypeRule(range, TypeOfColumn(sources[0]), TypeOfColumn(sources[1])))
    return false;
  const JoinType type = OpOf<JoinType>(tree_[join]);
  Column column;
  column.name = name;
  if (has_user_functions_ || has_user_operators_) {  // the two are made one type
    const Type common = Type::Common(TypeOfColumn(sources[0]), TypeOfColumn(sources[1]));
    if (common.kind == Type::Kind::kSomeBuiltin) column.type_name = "?";
  }
  column.source = sources[type == JoinType::kRight ? 1 : 0];
  column.plain = type != JoinType::kFull;
  if (!column.plain) {
    const std::size_t pending = state_.pending.size();
    state_.pending.insert(state_.pending.end(), {sources[0], sources[1]});
    SealLineage(pending, &column);
  }
  state_.building.push_back(column);
  return true;
}

bool Resolver::AddAlias(NodeId alias, std::string_view default_name, RelationId relation, bool has_alias,
                        RelationId* out) {
  NamespaceItem item;
  item.name = alias != kNoNode && tree_.NameCount(alias) > 0 ? Name(alias, 0) : default_name;
  item.has_alias = has_alias;
  item.relation = relation;
  item.relation_visible = !item.name.empty();
  const NodeId columns = alias == kNoNode ? kNoNode : tree_.Child(alias, AliasSlots::kColumns);
  if (columns != kNoNode && !RenameColumns(columns, item.name, relation, &item.relation)) return false;
  state_.items.push_back(item);
  *out = item.relation;
  return true;
}

bool Resolver::RenameColumns(NodeId columns, std::string_view name, RelationId relation, RelationId* out) {
  const std::uint32_t wanted = tree_[columns].child_count;
  if (At(relation).kind == Relation::Kind::kOpen) return true;
  const std::size_t available =
      At(relation).kind == Relation::Kind::kTable ? At(relation).table->columns.size() : At(relation).count;
  if (wanted > available) {
    return Report(Rule::kColumnCount, tree_.Range(columns),
                  "table " + Quoted(name) + " has " + std::to_string(available) + " columns available but " +
                      std::to_string(wanted) + " columns specified",
                  "Name at most the columns that are there.", {}, "42P10");
  }
  if (At(relation).kind == Relation::Kind::kTable) {
    Relation renamed = At(relation);
    renamed.aliases = static_cast<std::uint32_t>(state_.alias_names.size());
    renamed.alias_count = wanted;
    for (std::uint32_t i = 0; i < wanted; ++i) state_.alias_names.push_back(Name(tree_.Child(columns, i), 0));
    *out = AddRelation(renamed);
    return true;
  }
  // Copies with other names; they keep what they are made of.
  Relation renamed = At(relation);
  renamed.first = static_cast<std::uint32_t>(state_.columns.size());
  for (std::uint32_t i = 0; i < renamed.count; ++i) {
    Column column = state_.columns[At(relation).first + i];
    if (i < wanted) column.name = Name(tree_.Child(columns, i), 0);
    state_.columns.push_back(column);
  }
  *out = AddRelation(renamed);
  return true;
}

bool Resolver::CheckConflicts(std::size_t begin, std::size_t middle, std::size_t end, NodeId at) {
  for (std::size_t right = middle; right < end; ++right) {
    const NamespaceItem& b = state_.items[right];
    if (!b.relation_visible) continue;
    for (std::size_t left = begin; left < middle; ++left) {
      const NamespaceItem& a = state_.items[left];
      if (!a.relation_visible || !SameName(a.name, b.name)) continue;
      const CatalogTable* tables[] = {At(a.relation).table, At(b.relation).table};
      const bool different_tables =
          !a.has_alias && !b.has_alias && tables[0] != nullptr && tables[1] != nullptr && tables[0] != tables[1];
      if (different_tables) continue;  // sales.t and hr.t: each can be named with its schema
      if (!Report(Rule::kDuplicateAlias, tree_.Range(at), "table name " + Quoted(b.name) + " specified more than once",
                  "Give each its own alias.", {}, "42712")) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace toomai::validator
