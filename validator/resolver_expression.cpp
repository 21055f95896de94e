// Expressions: every node is visited, so that no position hides a name, a function, an operator or a type.
#include <algorithm>
#include <charconv>

#include "validator/resolver.h"

namespace toomai::validator {

bool Resolver::Expressions(NodeId parent, Scope& scope) {
  for (const NodeId child : tree_.Children(parent)) {
    if (child != kNoNode && !Expression(child, scope)) return false;
  }
  return true;
}

bool Resolver::Expression(NodeId id, Scope& scope) {
  return ReadExpression(id, scope) && (!makes_long_values_ || WorkRule(id)) &&
         (!checker_.HasImplicitCasts() || ImplicitCastRule(id));
}

// What must be a truth value, a number or the like, and is made one.
bool Resolver::Condition(NodeId id, Scope& scope) {
  return Expression(id, scope) && OperandRule(id);
}

bool Resolver::ReadExpression(NodeId id, Scope& scope) {
  const Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return ColumnReference(id, scope);
    case NodeKind::kLiteral:
      return OpOf<LiteralOp>(node) != LiteralOp::kDefault || ReportDefault(id);
    case NodeKind::kParameter:
      return true;  // its rule has looked at the whole tree already
    case NodeKind::kFunctionCall:
      return FunctionCall(id, scope);
    case NodeKind::kIndirection:
      return Indirection(id, scope);
    case NodeKind::kSubquery:
    case NodeKind::kArrayQuery:
    case NodeKind::kExists:
      return SubqueryExpression(id, scope);
    case NodeKind::kQuery: {  // IN (SELECT …), = ANY (SELECT …)
      RelationId relation = kNoRelation;
      if (!Query(id, &scope, &relation)) return false;
      state_.resolved[id] = {relation, 0};
      state_.pending.push_back({relation, kWholeRow});
      return true;
    }
    case NodeKind::kUnary:
      return Expressions(id, scope) && NamedOperatorRule(id, kNoNode, tree_.Child(id, 0));
    case NodeKind::kBinary:
      if (tree_[tree_.Child(id, 0)].kind == NodeKind::kRow && tree_[tree_.Child(id, 1)].kind == NodeKind::kSubquery) {
        return RowAndQuery(id, scope);
      }
      [[fallthrough]];
    case NodeKind::kQuantified:
      return Expressions(id, scope) && NamedOperatorRule(id, tree_.Child(id, 0), tree_.Child(id, 1));
    // What follows calls operators without naming them; a user's operator of the same name could win.
    case NodeKind::kIsDistinct:
    case NodeKind::kIn:
      return Expressions(id, scope) &&
             (!has_user_operators_ ||
              OperatorRule(id, node.kind == NodeKind::kIn && tree_.Has(id, kNegated) ? "<>" : "=", tree_.Child(id, 0),
                           tree_.Child(id, 1)));
    case NodeKind::kBetween:
      return Expressions(id, scope) && (!has_user_operators_ || BetweenRule(id));
    case NodeKind::kLike:
      return Expressions(id, scope) && (!has_user_operators_ || LikeRule(id));
    case NodeKind::kCase:
      return Expressions(id, scope) && (!has_user_operators_ || CaseRule(id));
    case NodeKind::kSpecialCall:
      return Expressions(id, scope) && JsonCastRule(id) && SpecialCallRule(id);
    case NodeKind::kCast:
      return Expression(tree_.Child(id, 0), scope) && Expression(tree_.Child(id, 1), scope) && CastRule(id);
    case NodeKind::kType:
      return TypeRule(id) && Expressions(id, scope);
    case NodeKind::kWindow:
      return Window(id, scope);
    case NodeKind::kWindowName:
      return WindowExists(id, Name(id, 0), scope);
    case NodeKind::kSortBy:
      return Expressions(id, scope) && (OpOf<SortDirection>(node) != SortDirection::kUsing ||
                                        NamedOperatorRule(id, tree_.Child(id, 0), tree_.Child(id, 0)));
    default:
      return Expressions(id, scope);
  }
}

bool Resolver::ReportDefault(NodeId id) {
  return Report(Rule::kSyntaxError, tree_.Range(id), "DEFAULT is not allowed in this context", "Write the value.", {},
                "42601");
}

// SYMMETRIC compares both ways.
bool Resolver::BetweenRule(NodeId id) {
  const NodeId value = tree_.Child(id, 0), low = tree_.Child(id, 1), high = tree_.Child(id, 2);
  return OperatorRule(id, ">=", value, low) && OperatorRule(id, "<=", value, high) &&
         OperatorRule(id, "<", value, low) && OperatorRule(id, ">", value, high);
}

bool Resolver::LikeRule(NodeId id) {
  const bool negated = tree_.Has(id, kNegated);
  const LikeOp op = OpOf<LikeOp>(tree_[id]);
  const char* name = op == LikeOp::kLike    ? (negated ? "!~~" : "~~")
                     : op == LikeOp::kIlike ? (negated ? "!~~*" : "~~*")
                                            : (negated ? "!~" : "~");
  return OperatorRule(id, name, tree_.Child(id, 0), tree_.Child(id, 1));
}

// CASE a WHEN b compares the two.
bool Resolver::CaseRule(NodeId id) {
  const NodeId operand = tree_.Child(id, CaseSlots::kOperand);
  if (operand == kNoNode) return true;
  return std::ranges::all_of(tree_.Children(tree_.Child(id, CaseSlots::kWhens)),
                             [&](NodeId when) { return OperatorRule(when, "=", operand, tree_.Child(when, 0)); });
}

bool Resolver::SpecialCallRule(NodeId call) {
  const NodeId arguments = tree_.Child(call, SpecialCallSlots::kArguments);
  switch (OpOf<SpecialFunction>(tree_[call])) {
    case SpecialFunction::kNullif:
      return !has_user_operators_ || OperatorRule(call, "=", tree_.Child(arguments, 0), tree_.Child(arguments, 1));
    case SpecialFunction::kTreat:
      return TreatRule(call);
    case SpecialFunction::kOverlayCall:  // overlay(a, b) and substring(a, b) look their name up like any call
    case SpecialFunction::kSubstringCall:
      return !has_user_functions_ || FunctionRule(call);
    default:
      return true;
  }
}

// (a, b) = (SELECT x, y …): the one place where a query in parentheses may have several columns.
bool Resolver::RowAndQuery(NodeId id, Scope& scope) {
  const NodeId row = tree_.Child(id, 0), subquery = tree_.Child(id, 1);
  RelationId relation = kNoRelation;
  if (!Expression(row, scope) || !Query(tree_.Child(subquery, 0), &scope, &relation)) return false;
  state_.resolved[subquery] = {relation, 0};
  state_.pending.push_back({relation, kWholeRow});
  return NamedOperatorRule(id, row, subquery);
}

// TREAT(x AS name) calls pg_catalog.name(x), whatever name is.
bool Resolver::TreatRule(NodeId call) {
  const NodeId type = tree_.Child(call, SpecialCallSlots::kType);
  const BuiltinType builtin = OpOf<BuiltinType>(tree_[type]);
  const std::string_view name = builtin == BuiltinType::kNamed ? tree_.LastName(type) : BuiltinTypeName(builtin);
  FunctionCategory category{};
  if (!FindBuiltinFunction(name, &category)) return ReportUnknownFunction(call, name);
  return BuiltinFunctionRule(call, name, category);
}

bool Resolver::SubqueryExpression(NodeId id, Scope& scope) {
  RelationId relation = kNoRelation;
  const NodeId query = tree_.Child(id, 0);
  if (!Query(query, &scope, &relation)) return false;
  if (tree_[id].kind == NodeKind::kExists) return true;
  state_.resolved[id] = {relation, 0};
  state_.pending.push_back({relation, 0});
  if (At(relation).kind == Relation::Kind::kOpen || At(relation).count == 1) return true;
  return Report(Rule::kColumnCount, tree_.Range(query), "subquery must return only one column",
                "It returns " + std::to_string(At(relation).count) + ".", {}, "42601");
}

// (ROW(a, b)).f2 is b.
NodeId Resolver::FieldOfRow(NodeId row, std::string_view name) const {
  std::size_t number = 0;
  if (tree_[row].kind != NodeKind::kRow || !name.starts_with('f') || name.starts_with("f0")) return kNoNode;
  const char* const end = name.data() + name.size();
  if (std::from_chars(name.data() + 1, end, number).ptr != end || number == 0) return kNoNode;
  for (const NodeId value : tree_.Children(row)) {  // t.* stands for several
    if (tree_.Has(value, kStarFlag) || tree_[value].kind == NodeKind::kIndirection) return kNoNode;
  }
  return number <= tree_[row].child_count ? tree_.Child(row, static_cast<std::uint32_t>(number - 1)) : kNoNode;
}

// (x).a, x[1].b: what follows a dot must be a field of the row on its left; anything else would call a function.
bool Resolver::Indirection(NodeId id, Scope& scope) {
  const auto parts = tree_.Children(id);
  if (!Expression(parts[0], scope)) return false;
  Type type;
  bool typed = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const NodeId part = parts[i];
    switch (tree_[part].kind) {
      case NodeKind::kSubscript:
      case NodeKind::kSlice:
        if (!Expressions(part, scope)) return false;
        if (typed && tree_[part].kind == NodeKind::kSubscript) type = type.AsElement();
        break;
      case NodeKind::kField: {
        if (!typed) type = TypeOf(parts[0]);
        if (!typed) {
          for (std::size_t k = 1; k < i; ++k) {
            if (tree_[parts[k]].kind == NodeKind::kSubscript) type = type.AsElement();
          }
        }
        typed = true;
        bool found = false;
        const std::string_view name = Name(part, 0);
        const NodeId value = i == 1 ? FieldOfRow(parts[0], name) : kNoNode;
        found = value != kNoNode;
        const Type field = found ? TypeOf(value) : FieldType(type, name, &found);
        if (!found && !ReportNoSuchField(part, tree_.Range(part), {}, name,
                                         type.kind == Type::Kind::kRelationRow ? type.relation : kNoRelation)) {
          return false;
        }
        type = field;
        break;
      }
      default:
        break;  // .* adds nothing that was not looked at: a whole row is checked where it is named
    }
  }
  return true;
}

bool Resolver::Window(NodeId window, Scope& scope) {
  const NodeId base = tree_.Child(window, WindowSlots::kBase);
  if (base != kNoNode && !WindowExists(base, Name(base, 0), scope)) return false;
  return Expressions(window, scope);
}

bool Resolver::WindowExists(NodeId at, std::string_view name, Scope& scope) {
  std::vector<std::string> candidates;
  if (scope.windows != kNoNode) {
    for (const NodeId window : tree_.Children(scope.windows)) {
      if (Name(window, 0) == name) return true;
      candidates.emplace_back(Name(window, 0));
    }
  }
  return Report(Rule::kUnknownWindow, tree_.Range(at), "window \"" + std::string(name) + "\" does not exist",
                candidates.empty() ? "Define it: WINDOW name AS (…)." : "Use one of the windows of the WINDOW clause.",
                std::move(candidates), "42704");
}

}  // namespace toomai::validator
