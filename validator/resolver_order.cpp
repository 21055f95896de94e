// What ORDER BY, GROUP BY, DISTINCT ON, LIMIT and WINDOW may name.
// https://www.postgresql.org/docs/15/queries-order.html
#include <charconv>

#include "validator/resolver.h"

namespace toomai::validator {
namespace {

// The constant that an expression is, or kNoNode. PostgreSQL's grammar makes one of a minus and a number.
NodeId ConstantIn(const Tree& tree, NodeId id, bool* negative) {
  *negative = tree[id].kind == NodeKind::kUnary && tree.LastName(id) == "-";
  const NodeId constant = *negative ? tree.Child(id, 0) : id;
  const Node& node = tree[constant];
  if (node.kind != NodeKind::kLiteral) return kNoNode;
  const LiteralOp op = OpOf<LiteralOp>(node);
  return *negative && op != LiteralOp::kInteger && op != LiteralOp::kNumeric ? kNoNode : constant;
}

}  // namespace

// After a set operation only its output can be named, and only by name or number.
bool Resolver::SortByOutputOnly(NodeId query, Scope& scope, RelationId output) {
  const std::size_t begin = state_.building.size();
  Expand(output, &state_.building);
  const std::uint32_t items_begin = scope.items_begin;
  scope.items_begin = scope.items_end = static_cast<std::uint32_t>(state_.items.size());
  if (const NodeId order = tree_.Child(query, QuerySlots::kOrderBy); order != kNoNode) {
    for (const NodeId sort : tree_.Children(order)) {
      const NodeId expression = tree_.Child(sort, 0);
      const bool is_column = tree_[expression].kind == NodeKind::kColumnRef;
      const bool is_name = is_column && tree_.NameCount(expression) == 1;
      bool negative = false;
      if (!is_name && ConstantIn(tree_, expression, &negative) == kNoNode && At(output).kind != Relation::Kind::kOpen) {
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
    if (clause == kNoNode || tree_.Child(clause, 0) == kNoNode) continue;
    if (!Condition(tree_.Child(clause, 0), scope)) return false;
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
        if (!SameName(column.name, name)) continue;
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
  bool negative = false;
  if (const NodeId constant = ConstantIn(tree_, expression, &negative); constant != kNoNode) {
    if (OpOf<LiteralOp>(tree_[constant]) != LiteralOp::kInteger) {
      return Report(Rule::kUnknownPosition, tree_.Range(expression), std::string("non-integer constant in ") + clause,
                    "Name a column or give the number of an output column.", {}, "42601");
    }
    std::size_t position = 0;
    const std::string_view digits = tree_.LiteralValue(constant);
    std::from_chars(digits.data(), digits.data() + digits.size(), position);
    for (std::size_t i = targets; i < state_.building.size(); ++i) {
      if (state_.building[i].source.column == kAnyColumn) return true;
    }
    if (!negative && position >= 1 && position <= count) return true;
    return Report(
        Rule::kUnknownPosition, tree_.Range(expression),
        std::string(clause) + " position " + (negative ? "-" : "") + std::string(digits) + " is not in select list",
        "The select list has " + std::to_string(count) + " columns.", {}, "42P10");
  }
  return Expression(expression, scope);
}

bool Resolver::GroupItem(NodeId item, Scope& scope, std::size_t targets) {
  const Node& node = tree_[item];
  const bool is_list =
      node.kind == NodeKind::kGroupingSet || (node.kind == NodeKind::kRow && !tree_.Has(item, kExplicitRow));
  if (!is_list) return SortOrGroupItem(item, scope, targets, true);
  for (const NodeId part : tree_.Children(item)) {
    if (!GroupItem(part, scope, targets)) return false;
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

}  // namespace toomai::validator
