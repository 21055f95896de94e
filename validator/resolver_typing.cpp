// The cheap typing that rules ask for: never wrong, only sometimes vague. See types.h.
#include <algorithm>

#include "validator/builtins.h"
#include "validator/resolver.h"

namespace toomai::validator {

Type Resolver::TypeOf(NodeId id) {
  if (types_.empty()) {
    types_.resize(tree_.size());
    has_type_.resize(tree_.size());
  }
  if (!has_type_[id]) {
    const Type type = ComputeType(id);
    types_[id] = type;
    has_type_[id] = true;
  }
  return types_[id];
}

Type Resolver::Unify(NodeId list) {
  Type literal = Type::Of(Type::Kind::kLiteral);
  if (list == kNoNode) return literal;
  for (const NodeId child : tree_.Children(list)) {
    const Type type = TypeOf(child);
    if (type.kind == Type::Kind::kBuiltin) return type.is_array ? type : Type::Of(Type::Kind::kSomeBuiltin);
    if (type.kind != Type::Kind::kLiteral) return type;
  }
  return literal;
}

Type Resolver::ComputeType(NodeId id) {
  const Node& node = tree_[id];
  const Type some = Type::Of(Type::Kind::kSomeBuiltin);
  const auto child = [&](std::uint32_t slot) { return TypeOf(tree_.Child(id, slot)); };
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return TypeOfColumn(state_.resolved[id]);
    case NodeKind::kSubquery:
    case NodeKind::kQuery:
      return TypeOfColumn(state_.resolved[id]);
    case NodeKind::kArrayQuery:
      return TypeOfColumn(state_.resolved[id]).AsArray();
    case NodeKind::kLiteral:
      switch (OpOf<LiteralOp>(node)) {
        case LiteralOp::kInteger:
          return tree_.LiteralValue(id).size() < 10 ? Type::Builtin("int4") : some;
        case LiteralOp::kNumeric:  // digits alone are a bigint while they fit one
          return tree_.LiteralValue(id).find_first_of(".eE") != std::string_view::npos ? Type::Builtin("numeric")
                                                                                       : some;
        case LiteralOp::kTrue:
        case LiteralOp::kFalse:
          return Type::Builtin("bool");
        case LiteralOp::kBit:
        case LiteralOp::kHex:
          return Type::Builtin("bit");
        default:
          return Type::Of(Type::Kind::kLiteral);
      }
    case NodeKind::kParameter:
      return Type::Of(Type::Kind::kLiteral);
    case NodeKind::kAnd:
    case NodeKind::kOr:
    case NodeKind::kNot:
    case NodeKind::kIsTest:
    case NodeKind::kIsJson:
    case NodeKind::kIsDistinct:
    case NodeKind::kLike:
    case NodeKind::kBetween:
    case NodeKind::kIn:
    case NodeKind::kQuantified:
    case NodeKind::kOverlaps:
    case NodeKind::kExists:
      return Type::Builtin("bool");
    case NodeKind::kCast:
      return child(1);
    case NodeKind::kType:
      return TypeOfNode(id);
    case NodeKind::kCollate:
    case NodeKind::kNamedArgument:
    case NodeKind::kJsonValue:
      return child(0);
    case NodeKind::kArray: {
      Type element = Type::Of(Type::Kind::kLiteral);
      for (const NodeId item : tree_.Children(id)) element = Type::Common(element, TypeOf(item));
      return element.AsArray();
    }
    case NodeKind::kRow:
      return Type::Of(Type::Kind::kAnonymousRow);
    case NodeKind::kWhen:
    case NodeKind::kJsonPair:
      return child(1);
    case NodeKind::kCase: {
      const Type whens = Unify(tree_.Child(id, CaseSlots::kWhens));
      const NodeId otherwise = tree_.Child(id, CaseSlots::kElse);
      return whens.kind == Type::Kind::kLiteral && otherwise != kNoNode ? TypeOf(otherwise) : whens;
    }
    case NodeKind::kUnary: {
      const Type operand = child(0);
      return operand.MayBeUser() ? Type::Of(Type::Kind::kAnything) : some;
    }
    case NodeKind::kBinary: {
      static constexpr std::string_view kComparisons[] = {"=", "<>", "<", ">", "<=", ">="};
      const std::string_view name = tree_.LastName(id);
      if (std::find(std::begin(kComparisons), std::end(kComparisons), name) != std::end(kComparisons))
        return Type::Builtin("bool");
      const Type left = child(0), right = child(1);
      for (const Type& side : {left, right}) {
        if (name == "||" && side.kind == Type::Kind::kUser && side.is_array) return side;
      }
      return left.MayBeUser() || right.MayBeUser() ? Type::Of(Type::Kind::kAnything) : some;
    }
    case NodeKind::kIndirection: {
      const auto parts = tree_.Children(id);
      Type type = TypeOf(parts[0]);
      for (std::size_t i = 1; i < parts.size(); ++i) {
        const NodeKind kind = tree_[parts[i]].kind;
        bool found = false;
        if (kind == NodeKind::kSubscript) type = type.AsElement();
        if (kind != NodeKind::kField) continue;
        const NodeId value = i == 1 ? FieldOfRow(parts[0], Name(parts[i], 0)) : kNoNode;
        type = value != kNoNode ? TypeOf(value) : FieldType(type, Name(parts[i], 0), &found);
      }
      return type;
    }
    case NodeKind::kSpecialCall: {
      const NodeId declared = tree_.Child(id, SpecialCallSlots::kType);
      if (declared != kNoNode)
        return tree_[declared].kind == NodeKind::kType ? TypeOfNode(declared) : TypeOf(tree_.Child(declared, 0));
      switch (OpOf<SpecialFunction>(node)) {
        case SpecialFunction::kCoalesce:
        case SpecialFunction::kGreatest:
        case SpecialFunction::kLeast:
        case SpecialFunction::kNullif:
          return Unify(tree_.Child(id, SpecialCallSlots::kArguments));
        default:
          return some;
      }
    }
    case NodeKind::kFunctionCall:
      return TypeOfCall(id);
    case NodeKind::kSortBy:
      return child(0);
    case NodeKind::kList:
      return Unify(id);
    default:
      return some;
  }
}

Type Resolver::TypeOfCall(NodeId call) {
  FunctionInfo info{};
  if (!IsBuiltinCall(call) || !FindBuiltinFunction(tree_.LastName(call), &info)) return ResultOfUserFunction(call);
  if (info.result == "*") return PolymorphicResult(call, info);
  if (info.result == "record")
    return info.columns.empty() ? Type::Of(Type::Kind::kAnonymousRow) : Type::Row(info.columns);
  return info.result == "?" || info.result.empty() ? Type::Of(Type::Kind::kSomeBuiltin) : Type::Builtin(info.result);
}

// What a function of pg_catalog returns when that follows from its arguments.
Type Resolver::PolymorphicResult(NodeId call, const FunctionInfo& info) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), info.name) != names.end();
  };
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  const NodeId within = tree_.Child(call, FunctionCallSlots::kWithinGroup);
  Type type = Unify(arguments);
  if (within != kNoNode) {  // mode, percentile_disc: for several fractions an array
    const bool several = type.is_array;
    type = TypeOf(tree_.Child(within, 0));
    if (several) type = type.AsArray();
  }
  if (info.name.starts_with("array_") || is_one_of({"enum_range", "trim_array"})) return type.AsArray();
  if (info.name == "unnest" && arguments != kNoNode && IsTextVector(TypeOf(tree_.Child(arguments, 0))))
    return Type::Row(info.columns);
  if (!type.MayBeUser()) return type.is_array && info.name != "unnest" ? type : Type::Of(Type::Kind::kSomeBuiltin);
  if (info.name == "unnest") return type.AsElement();
  // Of a range they give the bounds, or a multirange.
  if (is_one_of({"lower", "upper", "multirange", "range_agg", "range_intersect_agg", "range_merge"}))
    return Type::Of(Type::Kind::kAnything);
  return type;
}

// anyelement, anycompatiblearray and the like: what the arguments that were declared so have in common.
Type Resolver::PolymorphicResult(NodeId call, const CatalogFunction& function) {
  const Type anything = Type::Of(Type::Kind::kAnything);
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  const std::size_t given = arguments == kNoNode ? 0 : tree_[arguments].child_count;
  if (function.return_type.ends_with("range") || given > function.argument_types.size()) return anything;
  Type element = Type::Of(Type::Kind::kLiteral);
  for (std::uint32_t i = 0; i < given; ++i) {
    const NodeId argument = tree_.Child(arguments, i);
    const std::string_view declared = function.argument_types[i];
    if (!declared.starts_with("any")) continue;
    if (declared.ends_with("range") || tree_[argument].kind == NodeKind::kNamedArgument) return anything;
    const Type type = TypeOf(argument);
    element = Type::Common(element, declared.ends_with("array") ? type.AsElement() : type);
  }
  if (element.kind == Type::Kind::kLiteral) return anything;
  return function.return_type.ends_with("array") ? element.AsArray() : element;
}

// Anything, when overloads return different things.
Type Resolver::ResultOfUserFunction(NodeId call) {
  const Type anything = Type::Of(Type::Kind::kAnything);
  if (!has_user_functions_) return anything;
  const std::size_t parts = tree_.NameCount(call);
  const auto overloads = Overloads(parts > 1 ? Name(call, parts - 2) : std::string_view(), tree_.LastName(call));
  if (overloads.empty()) return anything;
  std::string_view result = overloads.front()->return_type;
  for (const CatalogFunction* function : overloads) {
    if (function->return_type != result) return anything;
  }
  if (result.starts_with("SETOF ")) result.remove_prefix(6);
  if (result == "record") return Type::Row({});
  if (result.starts_with("any")) return overloads.size() == 1 ? PolymorphicResult(call, *overloads.front()) : anything;
  if (result.starts_with("TABLE(")) return Type::Row(result.substr(6, result.size() - 7));
  return TypeOfText(result);
}

Type Resolver::TypeOfColumn(const ColumnSource& source) {
  if (source.relation == kNoRelation || source.column == kAnyColumn) return Type::Of(Type::Kind::kAnything);
  if (source.column == kSystemColumn) return Type::Of(Type::Kind::kSomeBuiltin);
  const Relation relation = At(source.relation);
  if (relation.kind == Relation::Kind::kOpen) return Type::Of(Type::Kind::kAnything);
  if (source.column == kWholeRow) {
    Type row = Type::Of(relation.kind == Relation::Kind::kTable ? Type::Kind::kTableRow : Type::Kind::kRelationRow);
    row.table = relation.table;
    row.relation = source.relation;
    return row;
  }
  if (relation.kind == Relation::Kind::kTable) return TypeOfText(relation.table->columns[source.column].type);
  if (source.column >= relation.count) return Type::Of(Type::Kind::kAnything);
  const Column& column = state_.columns[relation.first + source.column];
  if (!column.type_name.empty())
    return column.type_name == "?" ? Type::Of(Type::Kind::kSomeBuiltin) : TypeOfText(column.type_name);
  if (column.expression != kNoNode && tree_[column.expression].kind == NodeKind::kValues)
    return TypeInValues(column.expression, source.column);
  if (column.expression != kNoNode) return TypeOf(column.expression);
  const Type type = TypeOfColumn(column.source);
  return column.merged ? Type::Common(type, TypeOfColumn(state_.edges[column.edges + 1])) : type;
}

Type Resolver::TypeInValues(NodeId values, std::uint32_t column) {
  constexpr std::uint32_t kMostRows = 64;  // beyond, nobody asks so closely
  if (tree_[values].child_count > kMostRows) return Type::Of(Type::Kind::kAnything);
  Type type = Type::Of(Type::Kind::kLiteral);
  for (const NodeId row : tree_.Children(values)) {
    if (column < tree_[row].child_count) type = Type::Common(type, TypeOf(tree_.Child(row, column)));
  }
  return type;
}

Type Resolver::TypeOfNode(NodeId node) {
  const BuiltinType builtin = OpOf<BuiltinType>(tree_[node]);
  Type type;
  if (builtin != BuiltinType::kNamed) {
    type = Type::Builtin(BuiltinTypeName(builtin));
  } else {
    const std::size_t parts = tree_.NameCount(node);
    const std::string_view name = Name(node, parts - 1);
    const std::string_view schema = parts > 1 ? Name(node, parts - 2) : std::string_view();
    if ((schema.empty() || schema == "pg_catalog") && FindBuiltinType(name) != kNoBuiltinType) {
      type.kind = Type::Kind::kBuiltin;
      type.builtin = FindBuiltinType(name);
    } else if (const CatalogType* user = checker_.FindType(schema, name)) {
      type.kind = Type::Kind::kUser;
      type.user = user;
    } else if (const CatalogTable* table = checker_.FindTable(schema, name)) {
      type.kind = Type::Kind::kTableRow;
      type.table = table;
    } else {
      type = TypeOfText(name);
    }
  }
  if (tree_.Has(node, kArrayFlag)) type.is_array = true;
  return type;
}

Type Resolver::TypeOfText(std::string_view spelled) const {
  std::string_view schema;
  Type type;
  const std::string_view name = CanonicalTypeName(spelled, &schema, &type.is_array);
  if (schema.empty() || schema == "pg_catalog") {
    type.builtin = FindBuiltinType(name);
    if (type.builtin != kNoBuiltinType) {
      type.kind = name == "record" ? Type::Kind::kAnonymousRow : Type::Kind::kBuiltin;
      return type;
    }
  }
  if (const CatalogType* user = checker_.FindType(schema, name)) {
    type.kind = Type::Kind::kUser;
    type.user = user;
  } else if (const CatalogTable* table = checker_.FindTable(schema, name)) {
    type.kind = Type::Kind::kTableRow;
    type.table = table;
  }
  return type;
}

Type Resolver::FieldType(const Type& row, std::string_view name, bool* found) {
  *found = false;
  const Type anything = Type::Of(Type::Kind::kAnything);
  if (row.is_array) return anything;
  const auto take = [&](const std::vector<CatalogColumn>& columns) {
    for (const CatalogColumn& column : columns) {
      if (column.name != name) continue;
      *found = true;
      return TypeOfText(column.type);
    }
    return anything;
  };
  switch (row.kind) {
    case Type::Kind::kUser:
      if (row.user->kind == 'd') return FieldType(TypeOfText(row.user->base), name, found);
      if (row.user->kind == 'c' && row.user->fields.empty())
        *found = !IsCallable(name);  // its fields were not recorded
      return take(row.user->fields);
    case Type::Kind::kTableRow:
      return take(row.table->columns);
    case Type::Kind::kRelationRow: {
      ColumnSource source;
      const int count = FindColumn(row.relation, name, &source);
      *found = count > 0 && source.column != kSystemColumn;
      return *found ? TypeOfColumn(source) : anything;
    }
    case Type::Kind::kNamedRow: {
      if (row.columns.empty()) *found = !IsCallable(name);
      for (std::string_view columns = row.columns; !columns.empty();) {
        const NamedColumn column = TakeColumn(&columns);
        if (column.name != name) continue;
        *found = true;
        return TypeOfText(column.type);
      }
      return anything;
    }
    default:
      return anything;
  }
}

}  // namespace toomai::validator
