// Queries: select lists, set operations, VALUES, and what ORDER BY and GROUP BY may name.
#include <array>
#include <charconv>

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
    case NodeKind::kSetOperation:
      return SetOperation(body, scope, out, publish) && (query == kNoNode || SortByOutputOnly(query, scope, *out));
    default:
      return Query(body, &scope, out, publish) && (query == kNoNode || SortByOutputOnly(query, scope, *out));
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
    if (const NodeId condition = tree_.Child(select, slot); condition != kNoNode && !Expression(condition, scope))
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
  for (const NodeId target : tree_.Children(targets)) {
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
      if (!TypeColumns(TypeOf(expression), &open)) return false;
      for (std::size_t i = begin; i < state_.building.size(); ++i) {
        state_.building[i].edges = column.edges;
        state_.building[i].edge_count = column.edge_count;
      }
      if (!open) continue;
      column.source = {AddOpenRelation(), kAnyColumn};
    }
    state_.building.push_back(column);
  }
  return true;
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
    return AddRelationColumns(relation, star, true);
  }
  bool any = false;
  for (std::uint32_t i = scope.items_begin; i < scope.items_end; ++i) {
    if (!state_.items[i].columns_visible) continue;
    any = true;
    if (!AddRelationColumns(state_.items[i].relation, star, true)) return false;
  }
  if (any) return true;
  return Report(Rule::kSyntaxError, tree_.Range(target), "SELECT * with no tables specified is not valid",
                "Name the columns, or add a FROM clause.", {}, "42601");
}

bool Resolver::AddRelationColumns(RelationId relation, NodeId at, bool check_denied) {
  const std::size_t begin = state_.building.size();
  Expand(relation, &state_.building);
  if (!check_denied || !checker_.HasDeniedColumns()) return true;
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
    const std::size_t pending = state_.pending.size();
    for (const NodeId row : rows) {
      if (i >= tree_[row].child_count) continue;
      const NodeId value = tree_.Child(row, i);
      if (!Expression(value, scope)) return false;
      if (column.expression == kNoNode || tree_[column.expression].kind == NodeKind::kLiteral)
        column.expression = value;
    }
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
  if (!AddRelationColumns(*out, values, false) || !SortAndLimit(query, scope, begin) || !Limit(query, scope))
    return false;
  state_.building.resize(begin);
  return true;
}

bool Resolver::TableCommand(NodeId command, NodeId query, Scope& scope, RelationId* out) {
  RelationId relation = kNoRelation;
  if (!FromItem(tree_.Child(command, 0), scope, &relation)) return false;
  scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  const std::size_t targets = state_.building.size();
  if (!AddRelationColumns(relation, command, true)) return false;
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
  if (publish != nullptr && op == SetOp::kUnion) {
    RelationId named = kNoRelation;
    if (!NameCteColumns(publish->cte, left, &named)) return false;
    state_.ctes[publish->cte].relation = named;
    state_.ctes[publish->cte].state = Cte::State::kRecursiveTerm;
  }
  if (!Arm(tree_.Child(operation, SetOperationSlots::kRight), scope, &right)) return false;
  if (At(left).kind == Relation::Kind::kOpen || At(right).kind == Relation::Kind::kOpen) {
    *out = AddOpenRelation();
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
    const std::size_t pending = state_.pending.size();
    state_.pending.push_back({left, i});
    if (i < At(right).count) state_.pending.push_back({right, i});
    SealLineage(pending, &column);
    state_.building.push_back(column);
  }
  *out = AddColumns(begin);
  return true;
}

// After a set operation only its output can be named, and only by name or number.
bool Resolver::SortByOutputOnly(NodeId query, Scope& scope, RelationId output) {
  const std::size_t begin = state_.building.size();
  if (!AddRelationColumns(output, query, false)) return false;
  const std::uint32_t items_begin = scope.items_begin;
  scope.items_begin = scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  if (const NodeId order = tree_.Child(query, QuerySlots::kOrderBy); order != kNoNode) {
    for (const NodeId sort : tree_.Children(order)) {
      const NodeId expression = tree_.Child(sort, 0);
      const NodeKind kind = tree_[expression].kind;
      const bool is_name = kind == NodeKind::kColumnRef && tree_.NameCount(expression) == 1;
      if (!is_name && kind != NodeKind::kLiteral && kind != NodeKind::kUnary &&
          At(output).kind != Relation::Kind::kOpen) {
        const bool is_column = kind == NodeKind::kColumnRef;
        if (is_column && !Expression(expression, scope)) return false;
        if (!Report(Rule::kInvalidReference, tree_.Range(expression), "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    "Only result column names can be used; add the expression to every SELECT, or move the UNION into "
                    "a FROM "
                    "clause.",
                    {}, "0A000")) {
          return false;
        }
      }
    }
  }
  if (!SortAndLimit(query, scope, begin) || !Limit(query, scope)) return false;
  scope.items_begin = items_begin;
  state_.building.resize(begin);
  return true;
}

bool Resolver::SortAndLimit(NodeId query, Scope& scope, std::size_t targets) {
  const NodeId order = tree_.Child(query, QuerySlots::kOrderBy);
  if (order == kNoNode) return true;
  for (const NodeId sort : tree_.Children(order)) {
    const NodeId expression = tree_.Child(sort, 0);
    if (!SortOrGroupItem(expression, scope, targets, false)) return false;
    if (OpOf<SortDirection>(tree_[sort]) == SortDirection::kUsing && !NamedOperatorRule(sort, expression, expression))
      return false;
  }
  return true;
}

bool Resolver::Limit(NodeId query, Scope& scope) {
  scope.in_limit = true;  // LIMIT sees the queries around it, but no column of its own query
  for (const auto slot : {QuerySlots::kLimit, QuerySlots::kOffset}) {
    const NodeId clause = tree_.Child(query, slot);
    if (clause == kNoNode || tree_[clause].child_count == 0 || tree_.Child(clause, 0) == kNoNode) continue;
    if (!Expression(tree_.Child(clause, 0), scope)) return false;
  }
  scope.in_limit = false;
  return true;
}

// GROUP BY prefers a column of FROM to an output name of the same spelling; ORDER BY and DISTINCT ON the other way
// round. https://www.postgresql.org/docs/15/queries-order.html; findTargetlistEntrySQL92.
bool Resolver::SortOrGroupItem(NodeId expression, Scope& scope, std::size_t targets, bool is_group) {
  const Node& node = tree_[expression];
  const char* clause = is_group ? "GROUP BY" : "ORDER BY";
  const std::size_t count = state_.building.size() - targets;
  if (node.kind == NodeKind::kColumnRef && tree_.NameCount(expression) == 1 && !tree_.Has(expression, kStarFlag)) {
    const std::string_view name = Name(expression, 0);
    bool is_column = false;
    if (is_group) {
      ColumnSource source;
      if (!FindBareColumn(expression, name, scope, true, &source, &is_column)) return false;
    }
    if (!is_column) {
      const Column* first = nullptr;
      for (std::size_t i = targets; i < state_.building.size(); ++i) {
        const Column& column = state_.building[i];
        if (column.name != name || column.source.column == kAnyColumn) continue;
        if (first == nullptr) {
          first = &column;
          continue;
        }
        const bool same = first->plain && column.plain && first->source.relation == column.source.relation &&
                          first->source.column == column.source.column;
        const auto text = [&](NodeId id) {
          const ByteRange range = tree_.Range(id);
          return tree_.tokens.text().substr(range.begin, range.end - range.begin);
        };
        const bool same_text = first->expression != kNoNode && column.expression != kNoNode &&
                               text(first->expression) == text(column.expression);
        if (!same && !same_text) {
          return Report(
              Rule::kAmbiguousColumn, tree_.Range(expression),
              std::string(clause) + " \"" + std::string(name) + "\" is ambiguous",
              "Several output columns have this name; give them different names with AS, or write table.column.", {},
              "42702");
        }
      }
      if (first != nullptr) return true;
    }
  }
  const bool negative = node.kind == NodeKind::kUnary && tree_.Name(expression, 0) == "-" &&
                        tree_[tree_.Child(expression, 0)].kind == NodeKind::kLiteral &&
                        OpOf<LiteralOp>(tree_[tree_.Child(expression, 0)]) == LiteralOp::kInteger;
  if (node.kind == NodeKind::kLiteral || negative) {
    const LiteralOp op = negative ? LiteralOp::kInteger : OpOf<LiteralOp>(node);
    if (op == LiteralOp::kTrue || op == LiteralOp::kFalse) return true;
    if (op != LiteralOp::kInteger) {
      return Report(Rule::kUnknownPosition, tree_.Range(expression), std::string("non-integer constant in ") + clause,
                    "Name a column or give the number of an output column.", {}, "42601");
    }
    std::size_t position = 0;
    const std::string_view digits = negative ? std::string_view("0") : tree_.LiteralValue(expression);
    std::from_chars(digits.data(), digits.data() + digits.size(), position);
    for (std::size_t i = targets; i < state_.building.size(); ++i) {
      if (state_.building[i].source.column == kAnyColumn) return true;
    }
    if (position >= 1 && position <= count) return true;
    return Report(Rule::kUnknownPosition, tree_.Range(expression),
                  std::string(clause) + " position " + std::string(negative ? "-" : "") +
                      std::string(negative ? tree_.LiteralValue(tree_.Child(expression, 0)) : digits) +
                      " is not in select list",
                  "The select list has " + std::to_string(count) + " columns.", {}, "42P10");
  }
  return Expression(expression, scope);
}

bool Resolver::GroupItem(NodeId item, Scope& scope, std::size_t targets) {
  const Node& node = tree_[item];
  const bool is_list = node.kind == NodeKind::kGroupingSet || node.kind == NodeKind::kGroupBy ||
                       (node.kind == NodeKind::kRow && !tree_.Has(item, kExplicitRow)) || node.kind == NodeKind::kList;
  if (!is_list) return SortOrGroupItem(item, scope, targets, true);
  for (const NodeId part : tree_.Children(item)) {
    if (part != kNoNode && !GroupItem(part, scope, targets)) return false;
  }
  return true;
}

bool Resolver::WindowClause(NodeId windows, Scope& scope) {
  const auto list = tree_.Children(windows);
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (Name(list[i], 0) != Name(list[j], 0)) continue;
      if (!Report(Rule::kDuplicateAlias, tree_.NameRange(list[i]),
                  "window \"" + std::string(Name(list[i], 0)) + "\" is already defined",
                  "Give each window its own name.", {}, "42P20")) {
        return false;
      }
    }
    if (!Window(list[i], scope)) return false;
  }
  return true;
}

std::string_view Resolver::TargetName(NodeId target) const {
  if (tree_.NameCount(target) > 0) return Name(target, 0);
  int strength = 0;
  const std::string_view name = OutputName(tree_.Child(target, 0), &strength);
  return name.empty() ? std::string_view("?column?") : name;
}

// What PostgreSQL calls an output column without AS (FigureColnameInternal). strength: 0 none, 1 from a type, 2
// certain.
std::string_view Resolver::OutputName(NodeId id, int* strength) const {
  const Node& node = tree_[id];
  const auto certain = [&](std::string_view name) {
    *strength = 2;
    return name;
  };
  *strength = 0;
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return tree_.NameCount(id) == 0 ? std::string_view() : certain(tree_.LastName(id));
    case NodeKind::kFunctionCall:
      return certain(tree_.LastName(id));
    case NodeKind::kIndirection: {
      const auto parts = tree_.Children(id);
      for (std::size_t i = parts.size(); i-- > 1;) {
        if (tree_[parts[i]].kind == NodeKind::kField) return certain(Name(parts[i], 0));
      }
      return OutputName(parts[0], strength);
    }
    case NodeKind::kSpecialCall:
      if (OpOf<SpecialFunction>(node) == SpecialFunction::kTreat) return {};
      return certain(SpecialFunctionName(OpOf<SpecialFunction>(node)));
    case NodeKind::kCast: {
      const std::string_view name = OutputName(tree_.Child(id, 0), strength);
      if (*strength > 1) return name;
      const NodeId type = tree_.Child(id, 1);
      *strength = 1;
      const BuiltinType builtin = OpOf<BuiltinType>(tree_[type]);
      return builtin == BuiltinType::kNamed ? tree_.LastName(type) : BuiltinTypeName(builtin);
    }
    case NodeKind::kCollate:
      return OutputName(tree_.Child(id, 0), strength);
    case NodeKind::kAtTimeZone:
      return certain("timezone");
    case NodeKind::kOverlaps:
      return certain("overlaps");
    case NodeKind::kIsTest:
      return OpOf<IsOp>(node) >= IsOp::kNormalized && !tree_.Has(id, kNegated) ? certain("is_normalized")
                                                                               : std::string_view();
    case NodeKind::kGrouping:
      return certain("grouping");
    case NodeKind::kExists:
      return certain("exists");
    case NodeKind::kArray:
    case NodeKind::kArrayQuery:
      return certain("array");
    case NodeKind::kRow:
      return certain("row");
    case NodeKind::kCase: {
      const NodeId otherwise = tree_.Child(id, CaseSlots::kElse);
      const std::string_view name = otherwise == kNoNode ? std::string_view() : OutputName(otherwise, strength);
      if (*strength > 1) return name;
      *strength = 1;
      return "case";
    }
    case NodeKind::kSubquery: {
      const RelationId relation = state_.resolved[id].relation;
      if (relation == kNoRelation || state_.relations[relation].count == 0) return {};
      return certain(state_.columns[state_.relations[relation].first].name);
    }
    default:
      return {};
  }
}

}  // namespace toomai::validator
