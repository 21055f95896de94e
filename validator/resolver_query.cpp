// Queries: SELECT, select lists, set operations, VALUES, TABLE.
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr std::size_t kMostColumns = 1664;  // PostgreSQL's MaxTupleAttributeNumber

// "column1", "column2", …: what VALUES calls its columns. Lives as long as the program.
std::string_view ValuesColumnName(std::size_t i) {
  static const auto names = [] {
    std::vector<std::string> out;
    for (std::size_t n = 1; n <= kMostColumns; ++n) out.push_back("column" + std::to_string(n));
    return out;
  }();
  return i < names.size() ? std::string_view(names[i]) : std::string_view();
}

std::string_view SetOperationName(SetOp op) {
  return op == SetOp::kUnion ? "UNION" : op == SetOp::kIntersect ? "INTERSECT" : "EXCEPT";
}

}  // namespace

bool Resolver::Query(NodeId query, Scope* parent, RelationId* out, const Publish* publish) {
  Scope scope;
  scope.parent = parent;
  scope.query = query;
  scope.first_item = scope.items_begin = scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  scope.ctes_begin = scope.ctes_end = static_cast<std::uint32_t>(state_.ctes.size());
  const std::size_t pending = state_.pending.size();
  if (!QueryInScope(query, scope, out, publish)) return false;
  state_.pending.resize(pending);
  state_.items.resize(scope.items_begin);
  state_.ctes.resize(scope.ctes_begin);
  return true;
}

bool Resolver::QueryInScope(NodeId query, Scope& scope, RelationId* out, const Publish* publish) {
  if (const NodeId with = tree_.Child(query, QuerySlots::kWith); with != kNoNode && !With(with, scope)) return false;
  return Body(tree_.Child(query, QuerySlots::kBody), query, scope, out, publish);
}

bool Resolver::Body(NodeId body, NodeId query, Scope& scope, RelationId* out, const Publish* publish) {
  switch (tree_[body].kind) {
    case NodeKind::kSelect:
      return Select(body, query, scope, out);
    case NodeKind::kValues:
      return Values(body, query, scope, out);
    case NodeKind::kTableCommand:
      return TableCommand(body, query, scope, out);
    default:  // an arm of a set operation that is one itself goes another way, so there is a query around it
      return SetOperation(body, scope, out, publish) && SortByOutputOnly(query, scope, *out);
  }
}

// https://www.postgresql.org/docs/15/sql-select.html. The order of the clauses here is PostgreSQL's order of analysis,
// so that of several mistakes the same one is reported.
bool Resolver::Select(NodeId select, NodeId query, Scope& scope, RelationId* out) {
  scope.windows = tree_.Child(select, SelectSlots::kWindows);
  if (const NodeId from = tree_.Child(select, SelectSlots::kFrom); from != kNoNode && !FromList(from, scope))
    return false;
  const std::size_t targets = state_.building.size();
  if (const NodeId list = tree_.Child(select, SelectSlots::kTargets); list != kNoNode && !TargetList(list, scope))
    return false;
  const std::size_t pending = state_.pending.size();
  for (const auto slot : {SelectSlots::kWhere, SelectSlots::kHaving}) {
    if (const NodeId condition = tree_.Child(select, slot); condition != kNoNode && !Condition(condition, scope))
      return false;
  }
  if (query != kNoNode && !SortAndLimit(query, scope, targets)) return false;
  if (const NodeId group = tree_.Child(select, SelectSlots::kGroupBy); group != kNoNode) {
    for (const NodeId item : tree_.Children(group)) {
      if (!GroupItem(item, scope, targets)) return false;
    }
  }
  if (const NodeId distinct = tree_.Child(select, SelectSlots::kDistinct); distinct != kNoNode) {
    for (const NodeId item : tree_.Children(distinct)) {
      if (!SortOrGroupItem(item, scope, targets, false)) return false;
    }
  }
  if (query != kNoNode && !Limit(query, scope)) return false;
  if (scope.windows != kNoNode && !WindowClause(scope.windows, scope)) return false;
  state_.pending.resize(pending);
  *out = AddColumns(targets);
  return true;
}

bool Resolver::TargetList(NodeId targets, Scope& scope) {
  const std::size_t first = state_.building.size();
  for (const NodeId target : tree_.Children(targets)) {
    if (state_.building.size() - first > kMostColumns && !ReportTooManyColumns(targets)) return false;
    const NodeId expression = tree_.Child(target, 0);
    const Node& node = tree_[expression];
    if (node.kind == NodeKind::kColumnRef && tree_.Has(expression, kStarFlag)) {
      if (!ExpandStar(target, expression, scope)) return false;
      continue;
    }
    const std::size_t pending = state_.pending.size();
    if (!Expression(expression, scope)) return false;
    Column column;
    column.name = TargetName(target);
    if (node.kind == NodeKind::kColumnRef && state_.resolved[expression].relation != kNoRelation &&
        state_.resolved[expression].column < kAnyColumn) {
      column.source = state_.resolved[expression];
      column.plain = true;
      state_.pending.resize(pending);
    } else {
      column.expression = expression;
      SealLineage(pending, &column);
    }
    // (x).*: as many columns as the row has; their names follow from its type.
    if (node.kind == NodeKind::kIndirection && tree_[tree_.Children(expression).back()].kind == NodeKind::kFieldStar) {
      const std::size_t begin = state_.building.size();
      bool open = false;
      TypeColumns(TypeOf(expression), &open);
      for (std::size_t i = begin; i < state_.building.size(); ++i) {
        state_.building[i].edges = column.edges;
        state_.building[i].edge_count = column.edge_count;
      }
      if (!open) continue;
      column.source = {AddOpenRelation(), kAnyColumn};
    }
    state_.building.push_back(column);
  }
  return state_.building.size() - first <= kMostColumns || ReportTooManyColumns(targets);
}

bool Resolver::ReportTooManyColumns(NodeId targets) {
  return Report(Rule::kTooMany, tree_.Range(targets), "too many output columns",
                "A query returns at most " + std::to_string(kMostColumns) + ".", {}, "54011");
}

bool Resolver::ExpandStar(NodeId target, NodeId star, Scope& scope) {
  if (tree_.NameCount(star) > 0) {  // t.*
    const std::size_t parts = tree_.NameCount(star);
    RelationId relation = kNoRelation;
    bool found = false;
    const std::string_view schema = parts > 1 ? Name(star, parts - 2) : std::string_view();
    if (parts > 2 && !CheckDatabase(Name(star, 0), tree_.NameRange(star))) return false;
    if (!FindItem(star, schema, Name(star, parts - 1), scope, &relation, &found)) return false;
    if (!found) return ReportMissingFrom(star, schema, Name(star, parts - 1), scope);
    return AddRelationColumns(relation, star);
  }
  bool any = false;
  for (std::uint32_t i = scope.items_begin; i < scope.items_end; ++i) {
    if (!state_.items[i].columns_visible) continue;
    any = true;
    if (!AddRelationColumns(state_.items[i].relation, star)) return false;
  }
  if (any) return true;
  return Report(Rule::kSyntaxError, tree_.Range(target), "SELECT * with no tables specified is not valid",
                "Name the columns, or add a FROM clause.", {}, "42601");
}

bool Resolver::AddRelationColumns(RelationId relation, NodeId at) {
  const std::size_t begin = state_.building.size();
  Expand(relation, &state_.building);
  if (!checker_.HasDeniedColumns()) return true;
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    if (!CheckDenied(at, state_.building[i].source)) return false;
  }
  return true;
}

bool Resolver::Values(NodeId values, NodeId query, Scope& scope, RelationId* out) {
  const auto rows = tree_.Children(values);
  const std::size_t width = tree_[rows[0]].child_count;
  for (const NodeId row : rows) {
    if (tree_[row].child_count != width) {
      if (!Report(Rule::kColumnCount, tree_.Range(row), "VALUES lists must all be the same length",
                  "The first row has " + std::to_string(width) + " values, this one " +
                      std::to_string(tree_[row].child_count) + ".",
                  {}, "42601")) {
        return false;
      }
    }
  }
  const std::size_t begin = state_.building.size();
  for (std::uint32_t i = 0; i < width; ++i) {
    Column column;
    column.name = ValuesColumnName(i);
    NodeId first = kNoNode;
    const std::size_t pending = state_.pending.size();
    for (const NodeId row : rows) {
      if (i >= tree_[row].child_count) continue;
      const NodeId value = tree_.Child(row, i);
      if (!Expression(value, scope)) return false;
      if (checker_.HasImplicitCasts() && first != kNoNode &&
          !CommonTypeRule(tree_.Range(value), TypeOf(first), TypeOf(value)))
        return false;
      if (first == kNoNode || tree_[first].kind == NodeKind::kLiteral) first = value;
    }
    column.expression = rows.size() == 1 ? first : values;
    SealLineage(pending, &column);
    state_.building.push_back(column);
  }
  *out = AddColumns(begin);
  if (query == kNoNode) return true;
  NamespaceItem item;  // ORDER BY may compute with column1
  item.name = "*VALUES*";
  item.relation = *out;
  state_.items.push_back(item);
  scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  Expand(*out, &state_.building);
  if (!SortAndLimit(query, scope, begin) || !Limit(query, scope)) return false;
  state_.building.resize(begin);
  return true;
}

bool Resolver::TableCommand(NodeId command, NodeId query, Scope& scope, RelationId* out) {
  RelationId relation = kNoRelation;
  if (!FromItem(tree_.Child(command, 0), scope, &relation)) return false;
  scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  const std::size_t targets = state_.building.size();
  if (!AddRelationColumns(relation, command)) return false;
  if (query != kNoNode && (!SortAndLimit(query, scope, targets) || !Limit(query, scope))) return false;
  *out = AddColumns(targets);
  return true;
}

bool Resolver::Arm(NodeId arm, Scope& scope, RelationId* out) {
  if (tree_[arm].kind == NodeKind::kSetOperation) return SetOperation(arm, scope, out, nullptr);
  if (tree_[arm].kind == NodeKind::kQuery) return Query(arm, &scope, out);
  Scope inner;
  inner.parent = &scope;
  inner.first_item = inner.items_begin = inner.items_end = static_cast<std::uint32_t>(state_.items.size());
  inner.ctes_begin = inner.ctes_end = static_cast<std::uint32_t>(state_.ctes.size());
  if (!Body(arm, kNoNode, inner, out, nullptr)) return false;
  state_.items.resize(inner.items_begin);
  return true;
}

bool Resolver::SetOperation(NodeId operation, Scope& scope, RelationId* out, const Publish* publish) {
  RelationId left = kNoRelation, right = kNoRelation;
  const SetOp op = OpOf<SetOp>(tree_[operation]);
  if (!Arm(tree_.Child(operation, SetOperationSlots::kLeft), scope, &left)) return false;
  RelationId named = kNoRelation;
  if (publish != nullptr && op == SetOp::kUnion) {
    if (!NameCteColumns(publish->cte, left, &named)) return false;
    state_.ctes[publish->cte].relation = named;
    state_.ctes[publish->cte].state = Cte::State::kRecursiveTerm;
  }
  if (!Arm(tree_.Child(operation, SetOperationSlots::kRight), scope, &right)) return false;
  if (At(left).kind == Relation::Kind::kOpen || At(right).kind == Relation::Kind::kOpen) {
    *out = AddOpenRelation();
    At(*out).first = static_cast<std::uint32_t>(state_.columns.size());
    for (const RelationId arm : {left, right}) {
      Column any;
      any.source = {arm, kWholeRow};
      any.plain = true;
      state_.columns.push_back(any);
      ++At(*out).count;
    }
    return true;
  }
  const std::uint32_t width = At(left).count;
  if (width != At(right).count) {
    const std::string name(SetOperationName(op));
    if (!Report(Rule::kColumnCount, tree_.Range(tree_.Child(operation, SetOperationSlots::kRight)),
                "each " + name + " query must have the same number of columns",
                "The first query has " + std::to_string(width) + ", this one " + std::to_string(At(right).count) + ".",
                {}, "42601")) {
      return false;
    }
  }
  const std::size_t begin = state_.building.size();
  for (std::uint32_t i = 0; i < width; ++i) {
    Column column;
    column.name = state_.columns[At(left).first + i].name;
    column.source = {left, i};
    if (checker_.HasImplicitCasts() && i < At(right).count &&
        !CommonTypeRule(tree_.Range(operation), TypeOfColumn({left, i}), TypeOfColumn({right, i})))
      return false;
    const std::size_t pending = state_.pending.size();
    state_.pending.push_back({left, i});
    if (i < At(right).count) state_.pending.push_back({right, i});
    column.merged = publish == nullptr && i < At(right).count;  // a recursive query keeps the types of its first rows
    SealLineage(pending, &column);
    state_.building.push_back(column);
  }
  *out = AddColumns(begin);
  if (named != kNoRelation) FeedBack(named, *out);
  return true;
}

// What the recursive term read as the first rows is, from its second round on, what the term itself made.
void Resolver::FeedBack(RelationId term, RelationId whole) {
  for (std::uint32_t i = 0; i < At(term).count && i < At(whole).count; ++i) {
    Column& column = state_.columns[At(term).first + i];
    const std::size_t pending = state_.pending.size();
    if (column.plain) state_.pending.push_back(column.source);
    for (std::uint32_t k = 0; k < column.edge_count; ++k) state_.pending.push_back(state_.edges[column.edges + k]);
    state_.pending.push_back({whole, i});
    SealLineage(pending, &column);
    column.plain = false;
  }
}

}  // namespace toomai::validator
