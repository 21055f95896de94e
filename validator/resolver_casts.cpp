// Casts made by users, as far as they run code: those that are written, those of the fields of a written row, and those
// PostgreSQL puts in by itself (https://www.postgresql.org/docs/15/typeconv.html).
#include <algorithm>
#include <string>

#include "validator/builtins.h"
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr int kMostRowNesting = 16;

// May a value of type `given` be of the type a user's cast starts from?
bool MayBeSource(std::string_view source, const Type& given) {
  switch (given.kind) {
    case Type::Kind::kAnything:
      return true;
    case Type::Kind::kLiteral:
      return false;
    case Type::Kind::kSomeBuiltin: {
      std::string_view schema;
      bool is_array = false;
      const std::string_view name = CanonicalTypeName(source, &schema, &is_array);
      return (schema.empty() || schema == "pg_catalog") && FindBuiltinType(name) != kNoBuiltinType;
    }
    default:
      return IsSameType(source, given);
  }
}

Type ElementOf(Type type) {
  type.is_array = false;  // casting an array casts its elements
  return type;
}

// The columns of a named row type; nullptr when it is none.
const std::vector<CatalogColumn>* FieldsOf(const Type& type) {
  if (type.kind == Type::Kind::kTableRow) return &type.table->columns;
  if (type.kind == Type::Kind::kUser && type.user->kind == 'c') return &type.user->fields;
  return nullptr;
}

// Functions that take a value of any type as it is.
bool TakesAnything(std::string_view name) {
  for (const std::string_view one : {"count", "array_agg", "num_nulls", "num_nonnulls", "pg_typeof", "row_to_json",
                                     "to_json", "to_jsonb", "json_agg", "jsonb_agg", "pg_column_size", "unnest"}) {
    if (name == one) return true;
  }
  return false;
}

// Functions that turn values into JSON, for which PostgreSQL uses a cast to json where a type has one.
bool MakesJson(std::string_view name) {
  return name.find("json") != std::string_view::npos &&
         (name.starts_with("to_") || name.starts_with("row_to_") || name.starts_with("array_to_") ||
          name.find("_agg") != std::string_view::npos || name.find("_build_") != std::string_view::npos ||
          name.starts_with("json_object") || name.starts_with("json_array") || name == "json_scalar");
}

}  // namespace

bool Resolver::CastRule(NodeId cast) {
  const NodeId type = tree_.Child(cast, 1);
  const BuiltinType builtin = OpOf<BuiltinType>(tree_[type]);
  if (builtin != BuiltinType::kNamed)
    return CastToRule(tree_.Child(cast, 0), tree_.Range(type), {}, BuiltinTypeName(builtin));
  const std::size_t parts = tree_.NameCount(type);
  return CastToRule(tree_.Child(cast, 0), tree_.Range(type), parts > 1 ? Name(type, parts - 2) : std::string_view(),
                    Name(type, parts - 1));
}

bool Resolver::CastToRule(NodeId operand, ByteRange range, std::string_view schema, std::string_view name) {
  if (!checker_.HasUserCasts()) return true;
  const std::string_view element = name.starts_with('_') ? name.substr(1) : name;
  for (const CatalogCast& cast : catalog_.UserCasts()) {
    if (cast.function.empty()) continue;
    std::string_view target_schema;
    bool is_array = false;
    const std::string_view target = CanonicalTypeName(cast.target_type, &target_schema, &is_array);
    if ((target != name && target != element) || (!schema.empty() && !target_schema.empty() && schema != target_schema))
      continue;
    if (MayBeSource(cast.source_type, ElementOf(TypeOf(operand)))) return ReportCast(range, cast);
  }
  Type target;
  if ((target.user = checker_.FindType(schema, element)) != nullptr)
    target.kind = Type::Kind::kUser;
  else if ((target.table = checker_.FindTable(schema, element)) != nullptr)
    target.kind = Type::Kind::kTableRow;
  return FieldCastRule(operand, range, target, 0);
}

bool Resolver::ReportCast(ByteRange range, const CatalogCast& cast) {
  return Report(Rule::kUserCast, range,
                "the user-defined cast from " + cast.source_type + " to " + cast.target_type + " runs " + cast.function,
                "Only PostgreSQL's own casts are allowed.", {}, "42501");
}

// ROW(a, b)::name casts each field to the type of its column.
bool Resolver::FieldCastRule(NodeId operand, ByteRange range, const Type& target, int depth) {
  const std::vector<CatalogColumn>* fields = FieldsOf(target);
  if (fields == nullptr || depth > kMostRowNesting || TypeOf(operand).kind == Type::Kind::kLiteral) return true;
  if (tree_[operand].kind == NodeKind::kArray) {
    return std::ranges::all_of(tree_.Children(operand),
                               [&](NodeId item) { return FieldCastRule(item, range, target, depth + 1); });
  }
  const auto values = tree_.Children(operand);
  const bool is_row = tree_[operand].kind == NodeKind::kRow && values.size() == fields->size() &&
                      std::ranges::none_of(values, [&](NodeId value) { return tree_.Has(value, kStarFlag); });
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const Type field = TypeOfText((*fields)[i].type);
    const Type given = is_row ? TypeOf(values[i]) : Type::Of(Type::Kind::kAnything);
    for (const CatalogCast& cast : catalog_.UserCasts()) {
      if (!cast.function.empty() && IsSameType(cast.target_type, field) && MayBeSource(cast.source_type, given) &&
          !ReportCast(range, cast)) {
        return false;
      }
    }
    if (is_row && tree_[values[i]].kind == NodeKind::kRow && !FieldCastRule(values[i], range, field, depth + 1))
      return false;
  }
  return true;
}

// The cast PostgreSQL may put in by itself for a value of this type. Types of pg_catalog are left out: only their owner
// can make such a cast from them.
const CatalogCast* Resolver::ImplicitCastOf(const Type& given) const {
  if (!given.MayBeUser() || given.kind == Type::Kind::kAnonymousRow) return nullptr;
  for (const CatalogCast& cast : catalog_.UserCasts()) {
    if (cast.context == 'i' && !cast.function.empty() && MayBeSource(cast.source_type, ElementOf(given))) return &cast;
  }
  return nullptr;
}

bool Resolver::OperandRule(NodeId operand) {
  if (!checker_.HasImplicitCasts() || operand == kNoNode) return true;
  if (tree_[operand].kind == NodeKind::kList) {
    return std::ranges::all_of(tree_.Children(operand), [&](NodeId item) { return OperandRule(item); });
  }
  const CatalogCast* cast = ImplicitCastOf(TypeOf(operand));
  return cast == nullptr || ReportCast(tree_.Range(operand), *cast);
}

// Values that must get one common type: the arms of a UNION, the rows of VALUES, the two sides of USING.
// REQUIRES: there are implicit casts.
bool Resolver::CommonTypeRule(ByteRange range, const Type& left, const Type& right) {
  const auto same = [](const Type& a, const Type& b) {
    return a.kind == b.kind && a.is_array == b.is_array && a.user == b.user && a.table == b.table;
  };
  const CatalogCast* cast = ImplicitCastOf(left);
  if (cast == nullptr) cast = ImplicitCastOf(right);
  return cast == nullptr || same(left, right) || left.kind == Type::Kind::kLiteral ||
         right.kind == Type::Kind::kLiteral || ReportCast(range, *cast);
}

// The elements of an array, the arguments of COALESCE, the results of CASE.
bool Resolver::CommonTypeRule(NodeId list, NodeId last) {
  Type common = Type::Of(Type::Kind::kLiteral);
  const auto fits = [&](NodeId item) {
    const Type type = TypeOf(item);
    const bool same = CommonTypeRule(tree_.Range(item), common, type);
    if (common.kind == Type::Kind::kLiteral) common = type;
    return same;
  };
  return std::ranges::all_of(tree_.Children(list), fits) && (last == kNoNode || fits(last));
}

// Whether an expression uses a value where it may be cast without that being written.
bool Resolver::ImplicitCastRule(NodeId id) {
  const Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::kTarget:
    case NodeKind::kRow:
    case NodeKind::kIndirection:
    case NodeKind::kCast:
    case NodeKind::kNamedArgument:
    case NodeKind::kSubquery:
    case NodeKind::kArrayQuery:
    case NodeKind::kExists:
    case NodeKind::kQuery:
    case NodeKind::kList:
    case NodeKind::kSortBy:
    case NodeKind::kWindow:
      return true;
    case NodeKind::kArray:
      return CommonTypeRule(id);
    case NodeKind::kWhen:
      return OperandRule(tree_.Child(id, 0));
    case NodeKind::kCase:
      return OperandRule(tree_.Child(id, CaseSlots::kOperand)) &&
             CommonTypeRule(tree_.Child(id, CaseSlots::kWhens), tree_.Child(id, CaseSlots::kElse));
    case NodeKind::kSpecialCall:
      if (OpOf<SpecialFunction>(node) == SpecialFunction::kCoalesce)
        return CommonTypeRule(tree_.Child(id, SpecialCallSlots::kArguments));
      break;
    case NodeKind::kIsTest:
      return OpOf<IsOp>(node) == IsOp::kNull || OperandRule(tree_.Child(id, 0));
    case NodeKind::kFunctionCall: {
      const std::string_view name = tree_.LastName(id);
      FunctionCategory category{};
      if (!FindBuiltinFunction(name, &category)) return true;
      const NodeId within = tree_.Child(id, FunctionCallSlots::kWithinGroup);
      if (within != kNoNode) {
        for (const NodeId sort : tree_.Children(within)) {
          if (!OperandRule(tree_.Child(sort, 0))) return false;
        }
      }
      return (TakesAnything(name) || OperandRule(tree_.Child(id, FunctionCallSlots::kArguments))) &&
             OperandRule(tree_.Child(id, FunctionCallSlots::kFilter));
    }
    default:
      break;
  }
  return std::ranges::all_of(tree_.Children(id), [&](NodeId child) { return OperandRule(child); });
}

// Whether a value holds one that is cast to json by a user's function when it is turned into JSON.
bool Resolver::JsonCastRule(NodeId call) {
  if (!checker_.HasJsonCasts()) return true;
  const bool special = tree_[call].kind == NodeKind::kSpecialCall;
  const std::string_view name =
      special ? SpecialFunctionName(OpOf<SpecialFunction>(tree_[call])) : tree_.LastName(call);
  const NodeId arguments = tree_.Child(call, special ? static_cast<std::uint32_t>(SpecialCallSlots::kArguments)
                                                     : static_cast<std::uint32_t>(FunctionCallSlots::kArguments));
  if (!MakesJson(name) || arguments == kNoNode) return true;
  for (const CatalogCast& cast : catalog_.UserCasts()) {
    if (cast.function.empty() || cast.target_type != "json") continue;
    for (const NodeId argument : tree_.Children(arguments)) {
      if (MayHold(TypeOf(argument), cast.source_type, 0) && !ReportCast(tree_.Range(argument), cast)) return false;
    }
  }
  return true;
}

bool Resolver::MayHold(const Type& type, std::string_view source, int depth) {
  const Type element = ElementOf(type);
  if (depth > kMostRowNesting || MayBeSource(source, element)) return true;
  if (const std::vector<CatalogColumn>* fields = FieldsOf(element)) {
    return std::ranges::any_of(
        *fields, [&](const CatalogColumn& field) { return MayHold(TypeOfText(field.type), source, depth + 1); });
  }
  if (element.kind == Type::Kind::kAnonymousRow) return true;
  if (element.kind == Type::Kind::kNamedRow) {
    for (std::string_view columns = element.columns; !columns.empty();) {
      if (MayHold(TypeOfText(TakeColumn(&columns).type), source, depth + 1)) return true;
    }
    return element.columns.empty();
  }
  if (element.kind != Type::Kind::kRelationRow) return false;
  std::vector<Column> columns;
  if (!Expand(element.relation, &columns)) return true;
  return std::ranges::any_of(
      columns, [&](const Column& column) { return MayHold(TypeOfColumn(column.source), source, depth + 1); });
}

}  // namespace toomai::validator
